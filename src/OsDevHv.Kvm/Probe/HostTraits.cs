using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm.Probe;

/// <summary>What an INT3 in kernel code does while user space has asked to see it (KVM_GUESTDBG_USE_SW_BP).</summary>
public enum Int3Outcome
{
    /// <summary>Something else than the below.</summary>
    Unexpected,

    /// <summary>A debug exit with RIP on it, as it should be.</summary>
    DebugExit,

    /// <summary>KVM cannot execute it and says so, with RIP on it.</summary>
    NotEmulated,

    /// <summary>The guest's own handler runs: user space does not see it.</summary>
    ReachesGuest,
}

/// <summary>What works in kernel code of one processor mode.</summary>
/// <param name="Int3">What an INT3 does.</param>
/// <param name="Halt">HLT exits with RIP past it, so that one can be planted as a breakpoint.</param>
/// <param name="SingleStep">A single step ends in a debug exit on the next instruction.</param>
/// <param name="ExecuteRegister">An execute breakpoint in a debug register ends in a debug exit on its instruction.</param>
/// <param name="DataRegister">A data watchpoint in a debug register ends in a debug exit.</param>
/// <param name="SoftwareInterrupt">INT n is executed.</param>
/// <param name="Sse">SSE2 arithmetic is executed.</param>
public sealed record ModeTraits(
    Int3Outcome Int3,
    bool Halt,
    bool SingleStep,
    bool ExecuteRegister,
    bool DataRegister,
    bool SoftwareInterrupt,
    bool Sse);

/// <summary>What this host's KVM can do: measured with tiny guests, not inferred from versions.</summary>
/// <param name="ApiVersion">KVM_GET_API_VERSION.</param>
/// <param name="Module">The kernel module behind /dev/kvm ("kvm_intel", "kvm_amd", ...), or "" where it cannot be told.</param>
/// <param name="Nested">The host is itself a virtual machine.</param>
/// <param name="Real">Real mode.</param>
/// <param name="Protected">32-bit protected mode, without paging.</param>
/// <param name="Long">64-bit mode.</param>
/// <param name="ReadOnlyMemory">Writes to read-only slots exit and leave memory as it is.</param>
/// <param name="MsrExits">x2APIC and unknown model-specific registers exit to user space.</param>
/// <param name="CoalescedPorts">Port writes can be collected without exiting.</param>
/// <param name="SyncRegisters">Registers come with an exit, without a system call.</param>
/// <param name="MissingCapabilities">The capabilities of <see cref="KvmCapability"/> that this KVM does not have.</param>
/// <param name="MaximumVcpus">KVM_CAP_MAX_VCPUS.</param>
/// <param name="Elapsed">How long the probe took.</param>
public sealed record HostTraits(
    int ApiVersion,
    string Module,
    bool Nested,
    ModeTraits Real,
    ModeTraits Protected,
    ModeTraits Long,
    bool ReadOnlyMemory,
    bool MsrExits,
    bool CoalescedPorts,
    bool SyncRegisters,
    IReadOnlyList<KvmCapability> MissingCapabilities,
    int MaximumVcpus,
    TimeSpan Elapsed)
{
    /// <summary>The three modes.</summary>
    public IReadOnlyList<ModeTraits> Modes => [Real, Protected, Long];
}
