using OsDevHv.Devices;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>A stopped machine's memory by linear address, page by page, as its page tables map it.</summary>
internal sealed class LinearMemory(IGuestMemory memory, AddressSpaces spaces)
{
    private const ulong PageSize = 4096;

    /// <summary>Reads up to the first byte that is not mapped RAM; returns how many bytes.</summary>
    public int Read(int vcpu, ulong address, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            if (!TryFind(vcpu, address, done, destination.Length, out ulong physical, out int length)
                || !memory.TryRead(physical, destination.Slice(done, length)))
            {
                break;
            }
            done += length;
        }
        return done;
    }

    /// <summary>Writes all or nothing.</summary>
    public bool TryWrite(int vcpu, ulong address, ReadOnlySpan<byte> source, out string? error)
    {
        Span<byte> probe = stackalloc byte[1];
        for (int done = 0; done < source.Length;)
        {
            if (!TryFind(vcpu, address, done, source.Length, out ulong physical, out int length)
                || !memory.TryRead(physical, probe)
                || !memory.TryRead(physical + (ulong)length - 1, probe))
            {
                error = $"{unchecked(address + (ulong)done):x}h is not mapped to RAM";
                return false;
            }
            done += length;
        }
        for (int done = 0; done < source.Length;)
        {
            TryFind(vcpu, address, done, source.Length, out ulong physical, out int length);
            memory.TryWrite(physical, source.Slice(done, length));
            done += length;
        }
        error = null;
        return true;
    }

    private bool TryFind(int vcpu, ulong address, int done, int total, out ulong physical, out int length)
    {
        ulong linear = unchecked(address + (ulong)done);
        length = (int)Math.Min((ulong)(total - done), PageSize - (linear % PageSize));
        bool mapped = spaces.TryTranslate(vcpu, linear, out Translation at);
        physical = at.PhysicalAddress;
        return mapped;
    }
}
