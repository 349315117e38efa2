namespace OsDevHv.Machine.Debug;

/// <summary>Everything that is to be in force, as <see cref="TrapPlanner"/> found it.</summary>
internal sealed record TrapPlan
{
    public PlantedTrap[] Planted { get; init; } = [];

    public TrapSlot[] Slots { get; init; } = [];

    public TrapRequest[] Stepped { get; init; } = [];

    public MemoryWatch[] Watches { get; init; } = [];

    public Breakpoint[] Breakpoints { get; init; } = [];

    public CatchSet Catches { get; init; } = CatchSet.None;

    /// <summary>The gates of exceptions that are caught.</summary>
    public GateWatch[] Gates { get; init; } = [];
}

/// <summary>An exception's gate, and where it led when the traps were planned.</summary>
/// <param name="Vcpu">Whose table.</param>
/// <param name="Vector">The exception.</param>
/// <param name="Handler">Linear address; null where there was none.</param>
internal readonly record struct GateWatch(int Vcpu, int Vector, ulong? Handler);

/// <summary>A watched range on read-only memory.</summary>
/// <param name="Linear">What the debugger named.</param>
/// <param name="Physical">First guest-physical byte of this piece.</param>
/// <param name="Length">Bytes of this piece; it does not cross a page.</param>
internal readonly record struct MemoryWatch(ulong Linear, ulong Physical, int Length);

/// <summary>A software breakpoint in guest memory.</summary>
/// <param name="Request">What it is for.</param>
/// <param name="Physical">Where its byte is.</param>
/// <param name="SharesByte">An earlier trap has the same physical byte (two linear addresses of one page) and plants it.</param>
/// <param name="IsGuarded">A debug register holds the same address, so an overwritten byte cannot make it miss.</param>
internal readonly record struct PlantedTrap(TrapRequest Request, ulong Physical, bool SharesByte, bool IsGuarded);
