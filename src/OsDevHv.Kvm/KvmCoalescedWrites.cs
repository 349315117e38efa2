using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm;

/// <summary>
/// The writes to coalesced ports that KVM has collected, in the order in which the guest made them (KVM documentation, 4.116). When the
/// ring is full a write exits as any other.
/// </summary>
/// <remarks>Any thread may look; one at a time may take.</remarks>
public sealed unsafe class KvmCoalescedWrites
{
    /// <summary>KVM_COALESCED_MMIO_MAX: how many entries fit in a page behind the ring's head.</summary>
    internal const uint Capacity = (4096 - 8) / 24;

    private readonly KvmCoalescedRing* _ring;

    internal KvmCoalescedWrites(KvmCoalescedRing* ring) => _ring = ring;

    /// <summary>Whether any write waits.</summary>
    public bool Any => Volatile.Read(ref _ring->First) != Volatile.Read(ref _ring->Last);

    /// <summary>Takes the oldest write.</summary>
    public bool TryTake(out ushort port, out byte value)
    {
        uint first = _ring->First;
        if (first == Volatile.Read(ref _ring->Last) || first >= Capacity)
        {
            port = 0;
            value = 0;
            return false;
        }

        ref readonly KvmCoalescedWrite write = ref ((KvmCoalescedWrite*)(_ring + 1))[first];
        port = (ushort)write.Address;
        value = (byte)write.Data;

        // Only now may KVM use the entry again.
        Volatile.Write(ref _ring->First, (first + 1) % Capacity);
        return true;
    }
}
