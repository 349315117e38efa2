using OsDevHv.Gdb;

namespace OsDevHv.Machine.Debug;

/// <summary>A place to trap: a breakpoint or watchpoint without who wants it and when it counts.</summary>
/// <param name="Kind">Z0 to Z4.</param>
/// <param name="Address">Linear address; guest-physical where <paramref name="IsPhysical"/>.</param>
/// <param name="Length">Bytes watched; for breakpoints the debugger's instruction kind, which x86 does not need.</param>
/// <param name="Cr3">The address space by its page tables' address, flags and PCID left out; null for those that the vCPUs are in.</param>
/// <param name="IsPhysical">A breakpoint on a byte of RAM, wherever it is mapped.</param>
internal readonly record struct TrapRequest(BreakpointKind Kind, ulong Address, int Length, ulong? Cr3 = null, bool IsPhysical = false)
{
    /// <summary>Whether it breaks on execution rather than watching data.</summary>
    public bool IsExecute => Kind is BreakpointKind.Software or BreakpointKind.Hardware;
}

/// <summary>How a request is met.</summary>
internal enum TrapMeans
{
    /// <summary>A byte in guest memory.</summary>
    Planted,

    /// <summary>A byte in guest memory, and a debug register in case the guest overwrites it.</summary>
    PlantedAndGuarded,

    /// <summary>One or more debug registers.</summary>
    DebugRegister,

    /// <summary>Read-only memory.</summary>
    ReadOnlyMemory,

    /// <summary>Stepping everything and comparing.</summary>
    Stepping,
}
