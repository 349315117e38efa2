using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Platform;

/// <summary>Cuts pages out of a memory layout and puts them back read-only.</summary>
internal static class ReadOnlyPages
{
    private const ulong PageSize = 4096;

    /// <summary>The layout with some pages read-only.</summary>
    /// <param name="layout">Ascending, not overlapping.</param>
    /// <param name="pages">Guest-physical page addresses, ascending, each once; one outside the layout is passed over.</param>
    public static MemoryMapping[] Apply(ReadOnlySpan<MemoryMapping> layout, IReadOnlyList<ulong> pages)
    {
        var result = new List<MemoryMapping>(layout.Length + (2 * pages.Count));
        foreach (MemoryMapping whole in layout)
        {
            MemoryMapping rest = whole;
            foreach (ulong page in pages)
            {
                if (page < rest.GuestAddress || page - rest.GuestAddress >= rest.Length)
                {
                    continue;
                }
                ulong before = page - rest.GuestAddress;
                if (before > 0)
                {
                    result.Add(rest with { Length = before });
                }
                result.Add(new MemoryMapping(page, rest.RamOffset + before, PageSize, ReadOnly: true));
                ulong taken = before + PageSize;
                rest = new MemoryMapping(page + PageSize, rest.RamOffset + taken, rest.Length - taken, rest.ReadOnly);
            }
            if (rest.Length > 0)
            {
                result.Add(rest);
            }
        }
        return [.. result];
    }
}
