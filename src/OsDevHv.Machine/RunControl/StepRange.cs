namespace OsDevHv.Machine.RunControl;

/// <summary>A range of linear addresses to step through.</summary>
/// <param name="Start">The first address inside.</param>
/// <param name="End">The first address behind it; not above <paramref name="Start"/> where the range is empty.</param>
internal readonly record struct StepRange(ulong Start, ulong End)
{
    /// <summary>Whether an address is inside.</summary>
    public bool Contains(ulong address) => address >= Start && address < End;
}
