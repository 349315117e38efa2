namespace OsDevHv.Machine.Debug;

/// <summary>Page-table entries in words (Intel SDM vol. 3A, tables 4-4 to 4-20).</summary>
internal static class PageEntryText
{
    /// <summary>The name of an entry of a level.</summary>
    public static string NameOf(int level) => level switch { 5 => "PML5E", 4 => "PML4E", 3 => "PDPTE", 2 => "PDE", _ => "PTE" };

    /// <summary>"4 KiB", "2 MiB", "1 GiB"...</summary>
    public static string SizeOf(ulong bytes) => bytes switch
    {
        >= 1UL << 40 when bytes % (1UL << 40) == 0 => $"{bytes >> 40} TiB",
        >= 1 << 30 when bytes % (1 << 30) == 0 => $"{bytes >> 30} GiB",
        >= 1 << 20 when bytes % (1 << 20) == 0 => $"{bytes >> 20} MiB",
        _ => $"{bytes >> 10} KiB",
    };

    /// <summary>The entry's flags: "present, writable, kernel, accessed".</summary>
    /// <param name="mode">The paging mode.</param>
    /// <param name="step">The entry.</param>
    /// <param name="isPage">It maps a page; else it points to a table.</param>
    public static string Describe(PagingMode mode, in PageWalkStep step, bool isPage)
    {
        ulong value = step.Value;
        if ((value & 1) == 0)
        {
            return value == 0 ? "empty" : "not present";
        }
        var words = new List<string> { "present" };
        if (!PageWalk.IsPaePointer(mode, step.Level))
        {
            words.Add((value & 2) != 0 ? "writable" : "read-only");
            words.Add((value & 4) != 0 ? "user" : "kernel");
            AddIf(words, value, 5, "accessed");
            AddIf(words, isPage ? value : 0, 6, "dirty");
        }
        AddIf(words, value, 3, "write-through");
        AddIf(words, value, 4, "uncached");
        if (isPage)
        {
            words.Add($"page of {SizeOf(1UL << PageWalk.Shift(mode, step.Level))}");
            AddIf(words, value, 8, "global");
            AddIf(words, value, step.Level == 1 ? 7 : 12, "PAT");
        }
        if (mode != PagingMode.ThirtyTwoBit)
        {
            AddIf(words, value, 63, "no-execute");
        }
        if (isPage && mode >= PagingMode.FourLevel && (value >> 59 & 0xf) is > 0 and var key)
        {
            words.Add($"key {key}");
        }
        return string.Join(", ", words);
    }

    private static void AddIf(List<string> words, ulong value, int bit, string word)
    {
        if ((value >> bit & 1) != 0)
        {
            words.Add(word);
        }
    }
}
