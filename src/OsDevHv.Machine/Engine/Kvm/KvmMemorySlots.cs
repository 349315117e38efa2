using OsDevHv.Devices;
using OsDevHv.Kvm;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>
/// The memory slots of a virtual machine: turns a layout into the fewest changes of slots. KVM allows no overlap even for a moment, nor a
/// slot to become read-only, so what is gone or changed is removed before what is new is added, and what stays is not touched.
/// </summary>
internal sealed class KvmMemorySlots(KvmVm vm, GuestRam ram) : IGuestMemory
{
    private readonly Dictionary<MemoryMapping, int> _slotOf = [];
    private readonly int _capacity = vm.Check(OsDevHv.Kvm.Abi.KvmCapability.MemorySlots);

    /// <summary>How many KVM_SET_USER_MEMORY_REGION calls were made.</summary>
    public int Changes { get; private set; }

    /// <summary>Makes the guest's memory that of <paramref name="mappings"/>.</summary>
    public void Apply(ReadOnlySpan<MemoryMapping> mappings)
    {
        Check(mappings);
        var wanted = new HashSet<MemoryMapping>(mappings.Length);
        foreach (var mapping in mappings)
        {
            wanted.Add(mapping);
        }

        foreach (var (mapping, slot) in _slotOf.ToArray())
        {
            if (!wanted.Contains(mapping))
            {
                vm.RemoveMemory(slot);
                Changes++;
                _slotOf.Remove(mapping);
            }
        }

        var used = new HashSet<int>(_slotOf.Values);
        var free = 0;
        wanted.ExceptWith(_slotOf.Keys);
        foreach (var mapping in wanted)
        {
            while (!used.Add(free))
            {
                free++;
            }

            vm.AddMemory(free, mapping.GuestAddress, ram, mapping.RamOffset, mapping.Length, mapping.ReadOnly);
            Changes++;
            _slotOf.Add(mapping, free);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination) =>
        TryFind(address, (ulong)destination.Length, out var offset) && ram.TryRead(offset, destination);

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) =>
        TryFind(address, (ulong)source.Length, out var offset) && ram.TryWrite(offset, source);

    /// <inheritdoc/>
    public bool Contains(ulong address, ulong length) => TryFind(address, length, out _);

    private bool TryFind(ulong address, ulong length, out ulong offset)
    {
        foreach (var (mapping, _) in _slotOf)
        {
            var into = address - mapping.GuestAddress;
            if (address >= mapping.GuestAddress && into < mapping.Length && length <= mapping.Length - into)
            {
                offset = mapping.RamOffset + into;
                return true;
            }
        }

        offset = 0;
        return false;
    }

    private void Check(ReadOnlySpan<MemoryMapping> mappings)
    {
        if (mappings.Length > _capacity)
        {
            throw new ArgumentException($"{mappings.Length} pieces of memory; this KVM has {_capacity} slots.", nameof(mappings));
        }

        var end = 0UL;
        foreach (var (address, offset, length, _) in mappings)
        {
            if (length == 0 || (address | offset | length) % GuestRam.PageSize != 0)
            {
                throw new ArgumentException($"Memory at {address:x}h is not made of whole pages.", nameof(mappings));
            }

            if (address < end)
            {
                throw new ArgumentException($"Memory at {address:x}h overlaps what is below it, or is out of order.", nameof(mappings));
            }

            if (!ram.Contains(offset, length))
            {
                throw new ArgumentException($"Memory at {address:x}h needs more than the {ram.Length:x}h bytes of RAM.", nameof(mappings));
            }

            if (address > ulong.MaxValue - length)
            {
                throw new ArgumentException($"Memory at {address:x}h reaches beyond the address space.", nameof(mappings));
            }

            end = address + length;
        }
    }
}
