using OsDevHv.Devices;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// Guest memory while a kernel is loaded: who has claimed which bytes, room for what else is needed, and writes that reach nothing but
/// what was claimed. What it places itself stays out of the first 64 KiB, so a real-mode vector table, BIOS data and the usual
/// places of AP trampolines stay free.
/// </summary>
internal sealed class BootMemory(MemoryMap map, IGuestMemory memory, string kernelPath)
{
    private const int ChunkBytes = 64 * 1024;
    private const ulong LowStart = 0x1_0000;

    private readonly List<Claim> _claims = [];
    private readonly byte[] _chunk = new byte[ChunkBytes];

    public MemoryMap Map { get; } = map;

    /// <summary>The tables that are in the BIOS area, where there are any.</summary>
    public FirmwareTables? Firmware { get; init; }

    /// <summary>The screen.</summary>
    public BootScreen Screen { get; init; } = BootScreen.None;

    /// <summary>One past the highest byte claimed; 0 when none is.</summary>
    public ulong ClaimedEnd => _claims.Count == 0 ? 0 : _claims[^1].End;

    /// <summary>Claims what an image asks for by address; refuses what is not usable RAM or already claimed.</summary>
    public void ClaimExact(BootFile file, string what, ulong start, ulong length)
    {
        if (start + length < start || !Map.IsUsable(start, length))
        {
            throw file.Bad($"{what} needs guest-physical 0x{start:x} to 0x{unchecked(start + length - 1):x}, which is not all RAM that "
                + $"a kernel may use ({DescribeUsable()}); change its load address or give the machine more memory.");
        }

        int index = FirstEndingAfter(start);
        if (index < _claims.Count && _claims[index].Start < start + length)
        {
            Claim claim = _claims[index];
            throw file.Bad($"{what} (guest-physical 0x{start:x} to 0x{start + length - 1:x}) overlaps {claim.What} "
                + $"(0x{claim.Start:x} to 0x{claim.End - 1:x}).");
        }

        Add(new Claim(start, start + length, what));
    }

    /// <summary>Room below 1 MiB from 64 KiB on, or else above 1 MiB and below 4 GiB.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public ulong AllocateLow(string what, ulong length, ulong alignment) =>
        TryAllocate(what, length, alignment, LowStart, MemoryMap.LowMemoryEnd, out ulong address)
        || TryAllocate(what, length, alignment, MemoryMap.HighMemoryStart, MemoryMap.HoleStart, out address)
            ? address
            : throw NoRoom(what, length);

    /// <summary>Room above 1 MiB and below 4 GiB, above everything claimed so far where possible.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public ulong AllocateHigh(string what, ulong length, ulong alignment) =>
        TryAllocate(what, length, alignment, Math.Max(ClaimedEnd, MemoryMap.HighMemoryStart), MemoryMap.HoleStart, out ulong address)
        || TryAllocate(what, length, alignment, MemoryMap.HighMemoryStart, MemoryMap.HoleStart, out address)
        || TryAllocate(what, length, alignment, LowStart, MemoryMap.LowMemoryEnd, out address)
            ? address
            : throw NoRoom(what, length);

    /// <summary>
    /// Claims the lowest free bytes in [<paramref name="from"/>, <paramref name="to"/>). Nothing, for a length of 0, still has an
    /// address.
    /// </summary>
    public bool TryAllocate(string what, ulong length, ulong alignment, ulong from, ulong to, out ulong address)
    {
        if (!TryFindLowest(length, alignment, from, to, out address))
        {
            return false;
        }

        Add(new Claim(address, address + length, what));
        return true;
    }

    /// <summary>Claims the highest free bytes in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public bool TryAllocateHighest(string what, ulong length, ulong alignment, ulong from, ulong to, out ulong address)
    {
        if (!TryFindHighest(length, alignment, from, to, out address))
        {
            return false;
        }

        Add(new Claim(address, address + length, what));
        return true;
    }

    /// <summary>
    /// The lowest free, usable, aligned address for <paramref name="length"/> bytes in [<paramref name="from"/>, <paramref name="to"/>).
    /// </summary>
    public bool TryFindLowest(ulong length, ulong alignment, ulong from, ulong to, out ulong address)
    {
        foreach ((ulong start, ulong end) in FreeRanges(from, to))
        {
            address = AlignUp(start, alignment);
            if (address >= start && address <= end && length <= end - address)
            {
                return true;
            }
        }

        address = 0;
        return false;
    }

    /// <summary>The highest such address.</summary>
    public bool TryFindHighest(ulong length, ulong alignment, ulong from, ulong to, out ulong address)
    {
        bool found = false;
        address = 0;
        foreach ((ulong start, ulong end) in FreeRanges(from, to))
        {
            if (length <= end - start && (end - length) / alignment * alignment >= start)
            {
                address = (end - length) / alignment * alignment;
                found = true;
            }
        }

        return found;
    }

    /// <summary>Whether these bytes are usable RAM and nobody's.</summary>
    public bool IsFree(ulong start, ulong length)
    {
        int index = FirstEndingAfter(start);
        return Map.IsUsable(start, length) && (index == _claims.Count || _claims[index].Start >= start + length);
    }

    /// <summary>Writes to claimed memory.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (!memory.TryWrite(address, source))
        {
            throw new BootException($"{kernelPath}: guest memory at 0x{address:x} cannot be written although the memory map has RAM "
                + "there.");
        }
    }

    /// <summary>Reads RAM.</summary>
    public void Read(ulong address, Span<byte> destination)
    {
        if (!memory.TryRead(address, destination))
        {
            throw new BootException($"{kernelPath}: guest memory at 0x{address:x} cannot be read although the memory map has RAM there.");
        }
    }

    /// <summary>Copies part of a file to claimed memory, a chunk at a time.</summary>
    public void Load(BootFile file, string what, ulong offset, ulong length, ulong address)
    {
        for (ulong done = 0; done < length;)
        {
            Span<byte> chunk = _chunk.AsSpan(0, (int)Math.Min(length - done, ChunkBytes));
            file.Read(offset + done, chunk, what);
            Write(address + done, chunk);
            done += (ulong)chunk.Length;
        }
    }

    /// <summary>Makes claimed memory zero, without touching what is zero already: fresh RAM then takes no host memory.</summary>
    public void Zero(ulong address, ulong length)
    {
        for (ulong done = 0; done < length;)
        {
            Span<byte> chunk = _chunk.AsSpan(0, (int)Math.Min(length - done, ChunkBytes));
            if (!memory.TryRead(address + done, chunk) || chunk.ContainsAnyExcept((byte)0))
            {
                chunk.Clear();
                Write(address + done, chunk);
            }

            done += (ulong)chunk.Length;
        }
    }

    private static ulong AlignUp(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;

    private IEnumerable<(ulong Start, ulong End)> FreeRanges(ulong from, ulong to)
    {
        foreach (MemoryMapEntry range in Map.Ranges)
        {
            if (range.Kind != MemoryKind.Usable)
            {
                continue;
            }

            ulong start = Math.Max(range.Start, from);
            ulong end = Math.Min(range.End, to);
            foreach (Claim claim in _claims)
            {
                if (claim.Start > start && start < end)
                {
                    yield return (start, Math.Min(claim.Start, end));
                }

                start = Math.Max(start, claim.End);
            }

            if (start < end)
            {
                yield return (start, end);
            }
        }
    }

    private void Add(Claim claim)
    {
        if (claim.End == claim.Start)
        {
            return;
        }

        _claims.Insert(FirstEndingAfter(claim.Start), claim);
    }

    /// <summary>Claims are ascending and do not overlap, so their ends ascend as well.</summary>
    private int FirstEndingAfter(ulong address)
    {
        int low = 0, high = _claims.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _claims[middle].End > address ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>The error that there is no room for something.</summary>
    public BootException NoRoom(string what, ulong length) =>
        new($"{kernelPath}: there is no room for {what} (0x{length:x} bytes) in RAM beside the kernel ({DescribeUsable()} can be used); "
            + "give the machine more memory.");

    private string DescribeUsable() => string.Join(
        ", ",
        Map.Ranges.Where(range => range.Kind == MemoryKind.Usable).Select(range => $"0x{range.Start:x}-0x{range.End - 1:x}"));

    private readonly record struct Claim(ulong Start, ulong End, string What);
}
