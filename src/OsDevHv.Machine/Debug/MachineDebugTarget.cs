using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>The machine as the gdb server sees it: run control, breakpoints, registers and memory put together.</summary>
internal sealed partial class MachineDebugTarget : IDebugTarget
{
    private readonly ExecutionController _controller;
    private readonly DebugTargetParts _parts;
    private readonly LinearMemory _linear;
    private readonly DebugRegisterFile _registers;
    private readonly ModeNotices _modeNotices;
    private readonly AddressSpaces _spaces;
    private readonly BreakpointTable _breakpoints;
    private readonly Notices _notices = new();
    private IReadOnlyList<ulong> _readOnlyPages = [];

    public MachineDebugTarget(ExecutionController controller, DebugTargetParts parts)
    {
        _controller = controller;
        _parts = parts;
        _spaces = new AddressSpaces(parts.Memory, controller.Vcpus);
        _linear = new LinearMemory(parts.Memory, _spaces);
        _registers = new DebugRegisterFile(parts.Memory, new MsrFile(controller.Clock, parts.Apics)) { LinearPc = parts.LinearPc };
        _modeNotices = new ModeNotices(parts.Architecture);
        _breakpoints = new BreakpointTable(parts.Memory, _spaces, parts.Traits, GuestUsesDebugRegisters) { Print = _notices.Add };
        controller.PlanTraps = Arm;
        foreach (VcpuThread vcpu in controller.Vcpus)
        {
            vcpu.ConditionRegisters = _registers;
        }
    }

    /// <inheritdoc/>
    public TargetArchitecture Architecture => _parts.Architecture();

    /// <inheritdoc/>
    public RegisterFeatures Features => _parts.Features;

    /// <inheritdoc/>
    public int VcpuCount => _controller.Vcpus.Count;

    /// <inheritdoc/>
    public bool IsStopped => _controller.IsStopped;

    /// <inheritdoc/>
    public StopEvent LastStop => _controller.LastStop;

    /// <inheritdoc/>
    public IReadOnlyList<MemoryRange> MemoryMap => _parts.MemoryMap;

    /// <summary>The breakpoints and how each is met, for <c>monitor info breakpoints</c>.</summary>
    internal BreakpointTable Breakpoints => _breakpoints;

    /// <summary>Whether the instruction pointer is shown with the base of CS added. Any thread.</summary>
    internal bool LinearPc { get => _registers.LinearPc; set => _registers.LinearPc = value; }

    /// <inheritdoc/>
    public string? TakeModeNotice(int vcpu) =>
        TryFindStopped(vcpu, out VcpuThread? thread, out _) ? _modeNotices.Take(thread!.Snapshot) : null;

    /// <inheritdoc/>
    public string DescribeVcpu(int vcpu)
    {
        VcpuThread thread = _controller.Vcpus[vcpu];
        if (!_controller.IsStopped)
        {
            return thread.Activity switch
            {
                VcpuActivity.Halted => "halted",
                VcpuActivity.WaitingForSipi => "waiting for SIPI",
                VcpuActivity.WaitingForRelease => "waiting for release",
                _ => "running",
            };
        }
        VcpuSnapshot at = thread.Snapshot;
        string state = at.WaitsForSipi ? "waiting for SIPI"
            : at.WaitsForRelease ? "waiting for release"
            : at.IsHalted ? "halted"
            : "stopped";
        return at.WaitsForSipi
            ? state
            : $"{state} in {CpuMode.Describe(at.General, at.System)}, CPL {CpuMode.Cpl(at.General, at.System)}";
    }

    /// <inheritdoc/>
    public async Task<StopEvent> AttachAsync(CancellationToken cancellation)
    {
        _controller.SetDebuggerAttached(true);
        return await _controller.StopAsync(new StopEvent(StopKind.Attached, 0, GdbSignal.Trap)).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DetachAsync()
    {
        _controller.SetDebuggerAttached(false);
        await _controller.StopAsync(new StopEvent(StopKind.Attached, 0, GdbSignal.Trap)).ConfigureAwait(false);
        _breakpoints.Clear();
        var actions = new ResumeKind[VcpuCount];
        Array.Fill(actions, ResumeKind.Continue);
        // Nobody waits for what comes of it any more; a pending event of the old session must not hold the machine.
        _controller.DropPending();
        _ = ResumeAsync(actions);
    }

    /// <inheritdoc/>
    public Task<StopEvent> ResumeAsync(ReadOnlyMemory<ResumeKind> actions)
    {
        if (actions.Span.Contains(ResumeKind.Continue))
        {
            _breakpoints.ForgetRemoved();
        }
        return _controller.Resume(actions.Span, Arm());
    }

    /// <inheritdoc/>
    public void SettleOutput() => _parts.SettleOutput();

    /// <inheritdoc/>
    public string TakeNotices() => _notices.Take();

    /// <inheritdoc/>
    public Action? NoticesCame
    {
        get => _notices.Came;
        set => _notices.Came = value;
    }

    /// <inheritdoc/>
    public void SetStepRange(int vcpu, ulong start, ulong end) => _controller.Vcpus[vcpu].Range = new StepRange(start, end);

    /// <inheritdoc/>
    public Task LookAsync(Action look) => _controller.LookAsync(look);

    /// <inheritdoc/>
    public Task<string?> RestartAsync(string? commandLine) =>
        _controller.LastStop.Kind == StopKind.Exited ? Task.FromResult<string?>("the run is over")
        : !_controller.IsStopped ? Task.FromResult<string?>("the machine is running; stop it first")
        : _parts.Restart is { } restart ? Task.Run(() => restart(commandLine))
        : Task.FromResult<string?>("this machine cannot be started again");

    /// <inheritdoc/>
    public void Interrupt() => _controller.RequestStop(new StopRequest(new StopEvent(StopKind.Interrupted, 0, GdbSignal.Interrupt)));

    /// <inheritdoc/>
    public bool TryReadRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        if (!TryFindStopped(vcpu, out VcpuThread? thread, out error))
        {
            return false;
        }
        _registers.Read(thread!, groups, registers);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error) =>
        TryFindStopped(vcpu, out VcpuThread? thread, out error) && _registers.TryWrite(thread!, groups, registers, out error);

    /// <inheritdoc/>
    public int ReadMemory(int vcpu, ulong address, Span<byte> destination) =>
        TryFindStopped(vcpu, out _, out _) ? _linear.Read(vcpu, address, destination) : 0;

    /// <inheritdoc/>
    public bool TryWriteMemory(int vcpu, ulong address, ReadOnlySpan<byte> source, out string? error) =>
        TryFindStopped(vcpu, out _, out error) && _linear.TryWrite(vcpu, address, source, out error);

    /// <inheritdoc/>
    public bool TryInsertBreakpoint(
        BreakpointKind kind, ulong address, int length, BreakpointCode code, out string? error) =>
        TryFindStopped(0, out _, out error) && _breakpoints.TryAdd(new TrapRequest(kind, address, length), code, out error);

    /// <inheritdoc/>
    public bool TryRemoveBreakpoint(BreakpointKind kind, ulong address, int length, out string? error)
    {
        if (!TryFindStopped(0, out _, out error))
        {
            return false;
        }
        bool removed = _breakpoints.Remove(new TrapRequest(kind, address, length));
        error = removed ? null : $"there is no such breakpoint at {address:x}h";
        return removed;
    }

    /// <inheritdoc/>
    public Task<string> MonitorAsync(string command, int vcpu) => _parts.Monitor(command, vcpu);

    /// <inheritdoc/>
    public void Kill() => _controller.End(new Verdict(VerdictKind.Stopped, "killed by the debugger", ExitCodes.Stopped));

    /// <summary>Puts the breakpoints and catches into their places; every vCPU is parked.</summary>
    private ArmedTraps Arm()
    {
        ArmedTraps traps = _breakpoints.Arm(Tell, out IReadOnlyList<ulong> readOnlyPages);
        if (!readOnlyPages.SequenceEqual(_readOnlyPages))
        {
            _parts.SetReadOnlyPages(readOnlyPages);
            _readOnlyPages = readOnlyPages;
        }
        _parts.SetCatches(_breakpoints.Rules);
        return traps;
    }

    private void Tell(string text)
    {
        _parts.Tell(text);
        _notices.Add(text + "\n");
    }

    private bool TryFindStopped(int vcpu, out VcpuThread? thread, out string? error)
    {
        thread = vcpu >= 0 && vcpu < VcpuCount ? _controller.Vcpus[vcpu] : null;
        error = thread is null ? $"there is no vCPU {vcpu}"
            : !_controller.IsStandingStill ? "the machine is running; stop it first"
            : _controller.LastStop.Kind == StopKind.Exited ? "the run is over"
            : null;
        return error is null;
    }

    private bool GuestUsesDebugRegisters()
    {
        const ulong enables = 0xff;
        foreach (VcpuThread vcpu in _controller.Vcpus)
        {
            ulong dr7 = 0;
            vcpu.Execute(cpu =>
            {
                cpu.GetDebugRegisters(out DebugRegisters registers);
                dr7 = registers.Dr7;
            });
            if ((dr7 & enables) != 0)
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>What the debug target takes from the machine around it.</summary>
/// <param name="Memory">Guest-physical memory.</param>
/// <param name="MemoryMap">Its ranges, ascending.</param>
/// <param name="Architecture">The register description; asked at each use, for it follows the kernel that is loaded.</param>
/// <param name="Traits">What the host can do; measured when first asked.</param>
/// <param name="SetReadOnlyPages">Makes exactly these pages read-only; called with the machine stopped.</param>
/// <param name="Monitor">Runs a monitor command for a vCPU.</param>
/// <param name="Tell">Tells the user something, a line.</param>
/// <param name="Restart">
/// Switches the stopped machine off and on, with another command line or null for the same; returns why it cannot. Null where there is no
/// way.
/// </param>
internal sealed record DebugTargetParts(
    IGuestMemory Memory,
    IReadOnlyList<MemoryRange> MemoryMap,
    Func<TargetArchitecture> Architecture,
    Func<EngineTraits> Traits,
    Action<IReadOnlyList<ulong>> SetReadOnlyPages,
    Func<string, int, Task<string>> Monitor,
    Action<string> Tell,
    Func<string?, string?>? Restart = null)
{
    /// <summary>The registers that not every processor has.</summary>
    public RegisterFeatures Features { get; init; }

    /// <summary>The local APICs, by vCPU; empty where there are none.</summary>
    public IReadOnlyList<VcpuInterrupts> Apics { get; init; } = [];

    /// <summary>Whether the instruction pointer is shown with the base of CS added, to begin with.</summary>
    public bool LinearPc { get; init; } = true;

    /// <summary>Finds the kernel's file and place, by means of what reads a stopped vCPU's memory.</summary>
    public Func<Func<int, ulong, byte[], int>, KernelImage?> FindKernel { get; init; } = static _ => null;

    /// <summary>Waits for a moment until what the guest has printed was passed on.</summary>
    public Action SettleOutput { get; init; } = static () => { };

    /// <summary>
    /// Makes what is caught leave the guest: model-specific registers, and ports whose writes are collected. With every vCPU parked.
    /// </summary>
    public Action<IReadOnlyList<CatchRule>> SetCatches { get; init; } = static _ => { };
}
