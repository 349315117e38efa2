namespace OsDevHv.Gdb;

/// <summary>Why the machine stopped.</summary>
public enum StopKind
{
    /// <summary>It has not run yet, or a debugger attached: reported as SIGTRAP.</summary>
    Attached,

    /// <summary>The debugger asked (Ctrl-C): SIGINT.</summary>
    Interrupted,

    /// <summary>The debugger asked one vCPU to stop where it is while others run (<c>vCont;t</c>): signal 0.</summary>
    Halted,

    /// <summary>A step is complete: SIGTRAP.</summary>
    StepDone,

    /// <summary>A software breakpoint (Z0): SIGTRAP, <c>swbreak</c>.</summary>
    SoftwareBreakpoint,

    /// <summary>A hardware breakpoint (Z1): SIGTRAP, <c>hwbreak</c>.</summary>
    HardwareBreakpoint,

    /// <summary>A write watchpoint (Z2): SIGTRAP, <c>watch</c>.</summary>
    WriteWatchpoint,

    /// <summary>A read watchpoint (Z3): SIGTRAP, <c>rwatch</c>.</summary>
    ReadWatchpoint,

    /// <summary>An access watchpoint (Z4): SIGTRAP, <c>awatch</c>.</summary>
    AccessWatchpoint,

    /// <summary>
    /// Something that a <c>monitor</c> command asked to be stopped at; <see cref="StopEvent.Message"/> says what: SIGTRAP without a reason,
    /// since the debugger has no breakpoint there.
    /// </summary>
    Caught,

    /// <summary>
    /// The guest died (triple fault, dead halt, unemulatable instruction); its state can still be looked at: SIGSEGV, SIGQUIT or SIGABRT as
    /// <see cref="StopEvent.Signal"/> says.
    /// </summary>
    Crashed,

    /// <summary>The run is over; <see cref="StopEvent.Signal"/> is the exit code of the process (RSP <c>W</c>).</summary>
    Exited,
}

/// <summary>A stop of the whole machine.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Vcpu">Which vCPU caused it, from 0.</param>
/// <param name="Signal">gdb's signal number, or for <see cref="StopKind.Exited"/> the exit code, 0 to 255.</param>
/// <param name="Address">The watched address, for watchpoints.</param>
/// <param name="Message">What the user should read, one line without a line feed; or null.</param>
public readonly record struct StopEvent(StopKind Kind, int Vcpu, int Signal, ulong Address = 0, string? Message = null);

/// <summary>What one vCPU does on resume.</summary>
public enum ResumeKind
{
    /// <summary>Stays where it is while others run.</summary>
    Stay,

    /// <summary>Runs.</summary>
    Continue,

    /// <summary>Executes one instruction; no interrupt is delivered to it.</summary>
    Step,

    /// <summary>
    /// Steps, at least once, until its program counter leaves the range of <see cref="IDebugTarget.SetStepRange"/>; that is then a
    /// finished step. Every other stop ends it too.
    /// </summary>
    StepRange,
}

/// <summary>RSP's Z0 to Z4.</summary>
public enum BreakpointKind
{
    /// <summary>Z0.</summary>
    Software = 0,

    /// <summary>Z1.</summary>
    Hardware = 1,

    /// <summary>Z2.</summary>
    WriteWatch = 2,

    /// <summary>Z3.</summary>
    ReadWatch = 3,

    /// <summary>Z4.</summary>
    AccessWatch = 4,
}

/// <summary>A range of the guest-physical address space, for <c>qXfer:memory-map:read</c>.</summary>
/// <param name="Start">First address.</param>
/// <param name="Length">Bytes, above 0.</param>
/// <param name="IsRam">RAM; otherwise ROM.</param>
public readonly record struct MemoryRange(ulong Start, ulong Length, bool IsRam);

/// <summary>
/// The machine as a debugger needs it. Implemented by the machine; called by one session at a time, but for <see cref="LookAsync"/>.
/// </summary>
/// <remarks>
/// Members that look at or change vCPUs or memory may be called only while the machine is stopped and answer with an error in words
/// otherwise. No member throws for anything a debugger can send. Addresses are linear (after segmentation, before paging) in the address
/// space of the vCPU named, unless said otherwise.
/// </remarks>
public interface IDebugTarget
{
    /// <summary>The register description to use, from the kernel's ELF class or the profile.</summary>
    TargetArchitecture Architecture { get; }

    /// <summary>Which of the registers that not every processor has are there; the same for all vCPUs and for the whole run.</summary>
    RegisterFeatures Features { get; }

    /// <summary>How many vCPUs there are, 1 to 64; RSP thread ids are index + 1.</summary>
    int VcpuCount { get; }

    /// <summary>Whether the machine is stopped (or its run is over).</summary>
    bool IsStopped { get; }

    /// <summary>The last stop; what <c>?</c> answers.</summary>
    StopEvent LastStop { get; }

    /// <summary>
    /// What a vCPU is doing, for <c>qThreadExtraInfo</c>: "running", "halted", "waiting for SIPI", "stopped in long mode, CPL 0".
    /// </summary>
    string DescribeVcpu(int vcpu);

    /// <summary>A debugger has connected: stops the machine. Completes with the stop.</summary>
    Task<StopEvent> AttachAsync(CancellationToken cancellation);

    /// <summary>
    /// The debugger is gone: removes every breakpoint, leaving memory as the guest made it, and lets the machine run on. Called once for
    /// each <see cref="AttachAsync"/>, completed or not, unless <see cref="Kill"/> was; the session has stopped the machine before, but
    /// for one that would not stop.
    /// </summary>
    Task DetachAsync();

    /// <summary>
    /// Resumes; <paramref name="actions"/> has one entry a vCPU and is the session's own buffer, not to be kept after this returns.
    /// Completes at the next stop, through a source with RunContinuationsAsynchronously. Only when stopped. Once it has returned, an
    /// <see cref="Interrupt"/> is not lost.
    /// </summary>
    Task<StopEvent> ResumeAsync(ReadOnlyMemory<ResumeKind> actions);

    /// <summary>
    /// The range of linear addresses in which the vCPU steps on when it is resumed with <see cref="ResumeKind.StepRange"/>; one that is
    /// empty makes that a single step. Only when stopped.
    /// </summary>
    /// <param name="vcpu">From 0.</param>
    /// <param name="start">The first address inside.</param>
    /// <param name="end">The first address behind it.</param>
    void SetStepRange(int vcpu, ulong start, ulong end);

    /// <summary>
    /// Runs <paramref name="look"/>, which may call everything here that only reads, with every vCPU standing still: at once when the
    /// machine is stopped, else in a short pause in which its time stands still too and which nobody is told of. Any thread, several at
    /// once; <paramref name="look"/> may run on another one and must not throw or wait for the machine.
    /// </summary>
    Task LookAsync(Action look);

    /// <summary>
    /// Starts the machine again as if it was switched off and on, stopped before the first instruction; breakpoints stay. Completes with
    /// null, or with why it cannot in words. Only when stopped.
    /// </summary>
    /// <param name="commandLine">The kernel's command line from now on; null keeps the one it has.</param>
    Task<string?> RestartAsync(string? commandLine);

    /// <summary>
    /// Asks a running machine to stop; the pending <see cref="ResumeAsync"/> completes. Does nothing when stopped. Any thread.
    /// </summary>
    void Interrupt();

    /// <summary>
    /// What the user should know about the mode in which a stopped vCPU is, where it differs from the last time this was asked: one line
    /// without a line feed. Null when there is nothing to say.
    /// </summary>
    string? TakeModeNotice(int vcpu);

    /// <summary>Fills the named groups of <paramref name="registers"/>; false with an error in words.</summary>
    bool TryReadRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error);

    /// <summary>Takes over the named groups from <paramref name="registers"/>; false with an error in words, and nothing changed.</summary>
    bool TryWriteRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error);

    /// <summary>
    /// Reads memory; returns how many bytes could be read from the start, fewer than asked at an unmapped edge, 0 when the first byte
    /// cannot be read. Never shows a planted breakpoint.
    /// </summary>
    int ReadMemory(int vcpu, ulong address, Span<byte> destination);

    /// <summary>
    /// Writes memory, read-only pages included; false with an error in words, and nothing written, when any byte is unmapped.
    /// </summary>
    bool TryWriteMemory(int vcpu, ulong address, ReadOnlySpan<byte> source, out string? error);

    /// <summary>
    /// Sets a breakpoint or watchpoint that stops, or executes its commands, as its code says. Setting one twice is a success and replaces
    /// the code. False with an error in words when this host cannot do it.
    /// </summary>
    bool TryInsertBreakpoint(BreakpointKind kind, ulong address, int length, BreakpointCode code, out string? error);

    /// <summary>
    /// Before a stop is reported: waits, for a fraction of a second at most, until what the guest has printed is where its user reads it,
    /// which may be the debugger's own terminal. Any thread.
    /// </summary>
    void SettleOutput();

    /// <summary>
    /// What the user should know of breakpoints and has not been told yet, lines ended by line feeds; empty for nothing. Given once. Any
    /// thread.
    /// </summary>
    string TakeNotices();

    /// <summary>
    /// Called when there is something for <see cref="TakeNotices"/> after there was nothing; on any thread, so it must not wait. Null for
    /// nobody.
    /// </summary>
    Action? NoticesCame { get; set; }

    /// <summary>Removes a breakpoint or watchpoint; false when there is none.</summary>
    bool TryRemoveBreakpoint(BreakpointKind kind, ulong address, int length, out string? error);

    /// <summary>Reads guest-physical memory; returns how many bytes could be read from the start.</summary>
    int ReadPhysicalMemory(ulong address, Span<byte> destination);

    /// <summary>Writes guest-physical memory; false with an error in words, and nothing written, when any byte is no RAM.</summary>
    bool TryWritePhysicalMemory(ulong address, ReadOnlySpan<byte> source, out string? error);

    /// <summary>What is mapped alike around a linear address; the region need not be the largest such.</summary>
    MemoryRegion FindMemoryRegion(int vcpu, ulong address);

    /// <summary>
    /// The kernel's file and where it runs; null where it is no ELF file. Where is not always known: of Linux, which moves itself, only
    /// while the machine is stopped in it.
    /// </summary>
    KernelImage? FindKernel();

    /// <summary>
    /// Whether a step delivers a pending interrupt; by default it holds them back. Any thread, stopped or not.
    /// </summary>
    bool InterruptsInSteps { get; set; }

    /// <summary>The guest-physical memory map, ascending.</summary>
    IReadOnlyList<MemoryRange> MemoryMap { get; }

    /// <summary>
    /// Runs a <c>monitor</c> command; returns its output, lines ended by line feeds. An unknown command's output says so.
    /// </summary>
    /// <param name="command">The command line.</param>
    /// <param name="vcpu">The vCPU that the debugger looks at.</param>
    Task<string> MonitorAsync(string command, int vcpu);

    /// <summary>
    /// Ends the run as stopped by the user (RSP <c>k</c>, <c>vKill</c>); running or stopped. No <see cref="DetachAsync"/> follows.
    /// </summary>
    void Kill();
}
