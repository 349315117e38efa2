using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>The paging mode, and what is mapped where ("Paging Mode Feature", "Memory Layout at Entry", "Caching").</summary>
internal static class LiminePaging
{
    private const ulong FourLevel = 0;
    private const ulong FiveLevel = 1;

    // The higher half begins here: bit 47 or bit 56 and all above it are set.
    private const ulong DirectMapOfFourLevels = 0xffff_8000_0000_0000;
    private const ulong DirectMapOfFiveLevels = 0xff00_0000_0000_0000;

    /// <summary>Whether five levels are to be used.</summary>
    /// <exception cref="BootException">The executable accepts no mode that the processors have.</exception>
    public static bool ChooseFiveLevels(BootFile file, LimineRequests requests, BootMachine machine)
    {
        if (!requests.Has(LimineFeature.PagingMode))
        {
            return false;
        }

        bool statesRange = requests.RevisionOf(LimineFeature.PagingMode) >= 1;
        ulong wanted = requests.Member(LimineFeature.PagingMode, 0);
        ulong most = statesRange ? requests.Member(LimineFeature.PagingMode, 1) : wanted;
        ulong least = statesRange ? requests.Member(LimineFeature.PagingMode, 2) : FourLevel;
        bool mayBeFour = least == FourLevel;
        bool mayBeFive = least <= FiveLevel && most >= FiveLevel;
        bool prefersFive = wanted >= FiveLevel || !mayBeFour;
        if (mayBeFive && prefersFive && machine.HasFiveLevelPaging())
        {
            return true;
        }

        return mayBeFour
            ? false
            : throw file.Bad($"it accepts the paging modes {least} to {most} of the Limine boot protocol (0 has four levels, 1 five), and "
                + "this machine's processors have none of them.");
    }

    /// <summary>The mode as the response has it.</summary>
    public static ulong ModeOf(bool fiveLevels) => fiveLevels ? FiveLevel : FourLevel;

    /// <summary>Where the Higher Half Direct Map begins.</summary>
    public static ulong DirectMap(bool fiveLevels) => fiveLevels ? DirectMapOfFiveLevels : DirectMapOfFourLevels;

    /// <summary>The tables: the direct map, for base revision 0 the identity map, and the executable.</summary>
    /// <param name="regions">The machine's memory before anything is given out: what is, is RAM and mapped whatever it becomes.</param>
    /// <param name="revision">The base revision.</param>
    /// <param name="fiveLevels">The paging mode.</param>
    /// <param name="image">The executable.</param>
    public static PageTableBuilder Map(IReadOnlyList<LimineRegion> regions, int revision, bool fiveLevels, LimineImage image)
    {
        const ulong page = PageTableBuilder.PageBytes;
        ulong directMap = DirectMap(fiveLevels);
        PageTableBuilder tables = new(fiveLevels ? 5 : 4);
        if (revision <= 2)
        {
            tables.Map(directMap, 0, MemoryMap.HoleEnd);
        }

        if (revision == 0)
        {
            tables.Map(page, page, MemoryMap.HoleEnd - page);
        }

        foreach (LimineRegion region in regions.Where(region => LimineMemoryMap.IsMapped(region.Type, revision)))
        {
            PageAccess access = PageAccess.WriteExecute | (region.Type == LimineMemoryType.Framebuffer ? PageAccess.WriteCombining : 0);
            tables.Map(directMap + region.Start, region.Start, region.End - region.Start, access);
            if (revision == 0)
            {
                ulong start = Math.Max(region.Start, page);
                tables.Map(start, start, region.End - Math.Min(start, region.End), access);
            }
        }

        image.Map(tables);
        return tables;
    }
}
