namespace OsDevHv.Gdb;

/// <summary>Linear addresses that are mapped alike, or alike not mapped.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Last">The last address, not below <paramref name="Start"/>.</param>
/// <param name="Access">What the page tables allow; none where nothing is mapped.</param>
public readonly record struct MemoryRegion(ulong Start, ulong Last, MemoryAccess Access);

/// <summary>What may be done with memory.</summary>
[Flags]
public enum MemoryAccess
{
    /// <summary>Nothing: it is not mapped.</summary>
    None = 0,

    /// <summary>Reading.</summary>
    Read = 1,

    /// <summary>Writing.</summary>
    Write = 2,

    /// <summary>Execution.</summary>
    Execute = 4,
}
