namespace OsDevHv.Machine.Engine;

/// <summary>How a software breakpoint can be made on this host.</summary>
public enum SoftwareBreakpointTechnique
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>A planted INT3 leaves the guest as a debug exit with RIP on it: hardware KVM.</summary>
    Int3DebugExit,

    /// <summary>A planted INT3 cannot be executed by the engine, which says so with RIP on it.</summary>
    Int3NotEmulated,

    /// <summary>A planted HLT exits with RIP past it. Kernel code only: in user code it is #GP.</summary>
    PlantedHalt,
}

/// <summary>What this host's engine can do for a debugger; measured, not assumed.</summary>
/// <param name="SoftwareBreakpoints">How to make Z0.</param>
/// <param name="ExecuteRegisters">Execute breakpoints in debug registers fire.</param>
/// <param name="DataRegisters">Data watchpoints in debug registers fire.</param>
/// <param name="SingleStep">Single steps work.</param>
/// <param name="ReadOnlyMemory">Writes to read-only memory exit, so pages can be watched for writes.</param>
public sealed record EngineTraits(
    SoftwareBreakpointTechnique SoftwareBreakpoints,
    bool ExecuteRegisters,
    bool DataRegisters,
    bool SingleStep,
    bool ReadOnlyMemory);
