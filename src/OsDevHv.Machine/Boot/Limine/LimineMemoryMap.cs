using OsDevHv.Devices;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// The memory map as the protocol tells it ("Memory Map Feature"): ascending, nothing overlapping, every entry but what is below
/// 1 MiB aligned to 4 KiB. There is no bad memory, and no ACPI reclaimable or NVS memory: all firmware tables are in the BIOS segment at
/// F0000h, which from base revision 4 on is one reserved region that is mapped.
/// </summary>
internal static class LimineMemoryMap
{
    /// <summary>The machine's memory before anything is given out.</summary>
    public static List<LimineRegion> Initial(MemoryMap map, int revision, FirmwareTables? firmware, FrameLayout? frame)
    {
        const ulong page = PageTableBuilder.PageBytes;
        List<LimineRegion> regions = [];
        foreach (MemoryMapEntry range in map.Ranges.Where(static range => range.Kind != MemoryKind.Usable))
        {
            regions.Add(new LimineRegion(range.Start, range.End, LimineMemoryType.Reserved));
        }

        foreach (MemoryMapEntry range in map.Ranges.Where(static range => range.Kind == MemoryKind.Usable))
        {
            ulong start = (range.Start + page - 1) / page * page;
            ulong end = range.End / page * page;
            Set(regions, new LimineRegion(start, Math.Max(start, end), LimineMemoryType.Usable));
            Set(regions, new LimineRegion(Math.Max(start, end), range.End, LimineMemoryType.Reserved));
        }

        if (revision <= 2)
        {
            // "For base revisions <= 2, memory between 0 and 0x1000 is never marked as usable memory."
            Set(regions, new LimineRegion(0, page, LimineMemoryType.Reserved));
        }

        if (revision >= 4 && firmware is { RsdpAddress: not null } or { SmbiosEntryAddress: not null })
        {
            Set(regions, new LimineRegion(BiosArea.Start, BiosArea.End, LimineMemoryType.ReservedMapped));
        }

        if (frame is { } shown)
        {
            ulong end = (shown.Address + shown.Length + page - 1) / page * page;
            Set(regions, new LimineRegion(shown.Address / page * page, end, LimineMemoryType.Framebuffer));
        }

        return Merged(regions);
    }

    /// <summary>The map with what was given out.</summary>
    public static List<LimineRegion> With(IReadOnlyList<LimineRegion> initial, IReadOnlyList<LimineRegion> given)
    {
        List<LimineRegion> regions = [.. initial];
        foreach (LimineRegion region in given)
        {
            Set(regions, region);
        }

        return Merged(regions);
    }

    /// <summary>Whether the Higher Half Direct Map has regions of a type, whatever their address ("Memory Layout at Entry").</summary>
    public static bool IsMapped(LimineMemoryType type, int revision) => type switch
    {
        LimineMemoryType.Usable or LimineMemoryType.BootloaderReclaimable or LimineMemoryType.ExecutableAndModules
            or LimineMemoryType.Framebuffer or LimineMemoryType.ReservedMapped => true,
        LimineMemoryType.AcpiReclaimable or LimineMemoryType.AcpiNonVolatile => revision != 3,
        _ => revision == 0,
    };

    /// <summary>Makes a range be of a type, whatever it was.</summary>
    private static void Set(List<LimineRegion> regions, LimineRegion added)
    {
        if (added.Start >= added.End)
        {
            return;
        }

        List<LimineRegion> kept = [];
        foreach (LimineRegion region in regions)
        {
            if (region.Start < added.Start)
            {
                kept.Add(region with { End = Math.Min(region.End, added.Start) });
            }

            if (region.End > added.End)
            {
                kept.Add(region with { Start = Math.Max(region.Start, added.End) });
            }
        }

        kept.Add(added);
        regions.Clear();
        regions.AddRange(kept);
    }

    private static List<LimineRegion> Merged(List<LimineRegion> regions)
    {
        regions.Sort(static (left, right) => left.Start.CompareTo(right.Start));
        List<LimineRegion> merged = [];
        foreach (LimineRegion region in regions)
        {
            if (merged.Count > 0 && merged[^1].Type == region.Type && merged[^1].End == region.Start)
            {
                merged[^1] = merged[^1] with { End = region.End };
            }
            else
            {
                merged.Add(region);
            }
        }

        return merged;
    }
}
