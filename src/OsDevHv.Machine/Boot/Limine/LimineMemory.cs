namespace OsDevHv.Machine.Boot.Limine;

/// <summary>Types of memory map entries ("Memory Map Feature").</summary>
internal enum LimineMemoryType : ulong
{
    Usable = 0,
    Reserved = 1,
    AcpiReclaimable = 2,
    AcpiNonVolatile = 3,
    Bad = 4,
    BootloaderReclaimable = 5,
    ExecutableAndModules = 6,
    Framebuffer = 7,
    ReservedMapped = 8,
}

/// <summary>Guest-physical memory of one type; <paramref name="End"/> is one past the last byte.</summary>
internal readonly record struct LimineRegion(ulong Start, ulong End, LimineMemoryType Type);

/// <summary>
/// RAM that is given out in whole pages, so that what is left can be told as usable and what the kernel may reclaim as reclaimable: both
/// kinds of entries are aligned to 4 KiB and overlap nothing.
/// </summary>
internal sealed class LimineMemory(BootMemory memory)
{
    private readonly List<LimineRegion> _regions = [];

    public BootMemory Boot => memory;

    /// <summary>What was given out, in that order.</summary>
    public IReadOnlyList<LimineRegion> Regions => _regions;

    /// <summary>At least one page, below 4 GiB, above 1 MiB where there is room.</summary>
    /// <exception cref="BootException">There is none.</exception>
    public ulong Allocate(string what, ulong bytes, LimineMemoryType type, ulong alignment = PageTableBuilder.PageBytes)
    {
        ulong pages = Math.Max(bytes / PageTableBuilder.PageBytes + (bytes % PageTableBuilder.PageBytes == 0 ? 0UL : 1), 1);
        ulong length = Math.Min(pages, ulong.MaxValue / PageTableBuilder.PageBytes) * PageTableBuilder.PageBytes;
        ulong address = memory.AllocateHigh(what, length, alignment);
        _regions.Add(new LimineRegion(address, address + length, type));
        return address;
    }
}
