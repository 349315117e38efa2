using System.Diagnostics;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <summary>
/// One vCPU and the thread that owns it. Everything that touches the vCPU happens here; others flag what they want and kick.
/// </summary>
/// <remarks>
/// The order in <see cref="Loop"/> is what makes a kick impossible to lose: clear the kick, fence, then read what is wanted. Whoever wants
/// something flags it first and kicks after.
/// </remarks>
internal sealed class VcpuThread
{
    private const ulong InterruptFlag = 1 << 9;
    private const ulong SingleStepStatus = 1 << 14;

    private readonly ExecutionController _controller;
    private readonly IVcpu _vcpu;
    private readonly IExitHandler _handler;
    private readonly IInterruptSource? _interrupts;
    private readonly Thread _thread;
    private DebugControl _control;
    private volatile bool _attention = true;
    private volatile VcpuActivity _activity = VcpuActivity.Starting;
    private volatile bool _asleepForGood;
    private bool _incomplete;
    private bool _halted;
    private bool _waitsForSipi;
    private bool _canWake;
    private volatile bool _stepOffOverdue;
    private ulong? _liftedAt;

    public VcpuThread(ExecutionController controller, IVcpu vcpu, IExitHandler handler, IInterruptSource? interrupts)
    {
        _controller = controller;
        _vcpu = vcpu;
        _handler = handler;
        _interrupts = interrupts;
        _waitsForSipi = vcpu.Index != 0;
        _thread = new Thread(Main) { Name = $"vCPU {vcpu.Index}", IsBackground = true };
    }

    /// <summary>From 0.</summary>
    public int Index => _vcpu.Index;

    /// <summary>What it is doing. Any thread.</summary>
    public VcpuActivity Activity => _activity;

    /// <summary>Registers as of the last stop; valid while the machine is stopped.</summary>
    public VcpuSnapshot Snapshot { get; } = new();

    /// <summary>Something is wanted of it. Set by others under the controller's lock, before the kick.</summary>
    public bool Attention { get => _attention; set => _attention = value; }

    /// <summary>What the last resume told it to do. Controller's lock.</summary>
    public ResumeKind Action { get; set; }

    /// <summary>A stop that happened while another was being reported. Controller's lock.</summary>
    public StopRequest? Pending { get; set; }

    /// <summary>Where it was when it was reported as the one that stopped, null once resumed or moved. Controller's lock.</summary>
    public ulong? ReportedPc { get; set; }

    /// <summary>Requests to run on its thread. Controller's lock.</summary>
    public Queue<Action> Mailbox { get; } = new();

    /// <summary>The thread is to end. Controller's lock.</summary>
    public bool MustQuit { get; set; }

    /// <summary>It sleeps and no interrupt can wake it.</summary>
    public bool IsAsleepForGood => _asleepForGood;

    /// <summary>Its last exits; read while it is parked.</summary>
    public ExitRing LastExits { get; } = new();

    /// <summary>The bytes of the instruction that the engine could not execute, where it gave up; empty where it did not or could not tell.</summary>
    public ReadOnlyMemory<byte> NotExecuted { get; private set; }

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Makes it leave guest code. Any thread.</summary>
    public void Kick() => _vcpu.Kick();

    /// <summary>A step off a breakpoint keeps the others waiting for too long: it is to be cut short. Any thread.</summary>
    public void GiveUpStepOff()
    {
        _stepOffOverdue = true;
        Kick();
    }

    /// <summary>Waits for the thread's end; returns at once when it never began.</summary>
    public void Join()
    {
        if ((_thread.ThreadState & System.Threading.ThreadState.Unstarted) == 0)
        {
            _thread.Join();
        }
    }

    /// <summary>Runs <paramref name="request"/> with the vCPU on its own thread and waits. Any other thread.</summary>
    public void Execute(Action<IVcpu> request) => _controller.Deliver(this, () => request(_vcpu));

    /// <summary>
    /// Puts the vCPU at the start of its life: it runs from where its registers say, or waits for a SIPI. On its own thread, through <see cref="Execute"/>.
    /// </summary>
    public void Restart(bool waitsForSipi)
    {
        _halted = false;
        _waitsForSipi = waitsForSipi;
        TakeSnapshot();
    }

    /// <summary>
    /// Registers were written by a debugger: takes a new snapshot. A CPU in HLT whose PC was moved runs from there. On its own thread.
    /// </summary>
    public void RegistersWritten()
    {
        ulong before = Snapshot.LinearPc;
        TakeSnapshot();
        if (Snapshot.LinearPc != before)
        {
            _halted = false;
            Snapshot.IsHalted = false;
            ReportedPc = null;
        }
    }

    private void Main()
    {
        _vcpu.BindToCurrentThread();
        try
        {
            Loop();
        }
#pragma warning disable CA1031 // An error of ours must end the run with a verdict, not the process with a stack trace.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _controller.End(new Verdict(VerdictKind.MachineError, $"vCPU {Index}: {failure}", ExitCodes.MachineError));
            while (_controller.Park(this) is var order && order != VcpuOrder.Quit)
            {
                ServeMailbox();
            }
        }
        _activity = VcpuActivity.Ended;
    }

    private void Loop()
    {
        for (;;)
        {
            _vcpu.ClearKick();
            Interlocked.MemoryBarrier();
            if (_attention)
            {
                if (!ParkAndObey())
                {
                    return;
                }
                continue;
            }
            if (_handler.IsCongested)
            {
                _controller.WaitWhile(this, _handler, static handler => handler.IsCongested);
                continue;
            }
            if (_halted || _waitsForSipi)
            {
                Sleep();
                continue;
            }
            ArmedTraps traps = _controller.Traps;
            if (traps.StepsEverywhere)
            {
                StepTowardsBreakpoint(traps);
                continue;
            }
            Apply(traps.RunControl);
            DeliverInterrupt();
            _activity = VcpuActivity.Running;
            Enter(out VcpuExit exit);
            if (HandleExit(exit, traps, stepping: false, out StopRequest stop) == ExitOutcome.Stop)
            {
                RaiseStop(stop);
            }
        }
    }

    /// <summary>Parks and does what the controller orders; false when the thread is to end.</summary>
    private bool ParkAndObey()
    {
        Drain();
        TakeSnapshot();
        _activity = VcpuActivity.Parked;
        for (;;)
        {
            switch (_controller.Park(this))
            {
                case VcpuOrder.Serve:
                    ServeMailbox();
                    break;
                case VcpuOrder.Run:
                    return true;
                case VcpuOrder.Step:
                    StepAndReport(_controller.Traps, _controller.Traps.StepControl);
                    return true;
                case VcpuOrder.StepOff:
                    StepOff(_controller.Traps);
                    return true;
                case VcpuOrder.Quit:
                    return false;
                default:
                    throw new UnreachableException();
            }
        }
    }

    private void ServeMailbox()
    {
        while (_controller.NextRequest(this) is { } request)
        {
            request();
        }
    }

    /// <summary>Completes a pending I/O, MMIO or MSR exit, so that its result is in the registers.</summary>
    private void Drain()
    {
        while (_incomplete)
        {
            _vcpu.KickSelf();
            Enter(out VcpuExit exit);
            if (HandleExit(exit, _controller.Traps, stepping: false, out StopRequest stop) == ExitOutcome.Stop)
            {
                // The machine is stopping for another reason already; the controller keeps this one if it must not be lost.
                TakeSnapshot();
                _controller.RequestStop(stop);
            }
        }
    }

    /// <summary>Enters the guest and notes whether the exit leaves something that only the next entry completes.</summary>
    private void Enter(out VcpuExit exit)
    {
        _vcpu.Run(out exit);
        _incomplete = exit.Kind is VcpuExitKind.PortIo or VcpuExitKind.Mmio or VcpuExitKind.Msr;
    }

    private void TakeSnapshot()
    {
        _vcpu.GetGeneral(out Snapshot.General);
        _vcpu.GetSystem(out Snapshot.System);
        Snapshot.IsHalted = _halted;
        Snapshot.WaitsForSipi = _waitsForSipi;
    }

    private void RaiseStop(in StopRequest stop) => _controller.RequestStop(stop);

    private void Sleep()
    {
        _activity = _halted ? VcpuActivity.Halted : VcpuActivity.WaitingForSipi;
        _vcpu.GetGeneral(out GeneralRegisters registers);
        _canWake = !_waitsForSipi && (registers.Rflags & InterruptFlag) != 0;
        _asleepForGood = !_canWake;
        if (_asleepForGood)
        {
            _controller.CheckForDeadHalt();
        }
        _controller.WaitWhile(this, this, static vcpu => !vcpu.HasWakingInterrupt);
        _asleepForGood = false;
        _halted = _halted && !HasWakingInterrupt;
    }

    private bool HasWakingInterrupt => _canWake && _interrupts is { IsPending: true };

    private void Apply(in DebugControl control)
    {
        if (control != _control || control.SingleStep)
        {
            _vcpu.SetDebugControl(control);
            _control = control;
        }
    }

    private void DeliverInterrupt()
    {
        if (_interrupts is not { IsPending: true })
        {
            return;
        }
        if (_vcpu.CanInjectInterrupt && _interrupts.TryAcknowledge(out byte vector))
        {
            _vcpu.InjectInterrupt(vector);
        }
        _vcpu.WantInterruptWindow = _interrupts.IsPending;
    }

    // ---- Steps ----

    private void StepAndReport(ArmedTraps traps, in DebugControl control)
    {
        if (Step(traps, control, Snapshot.LinearPc, out StopRequest stop))
        {
            RaiseStop(stop);
        }
    }

    /// <summary>Executes one instruction of a run that looks for a breakpoint which nothing but stepping can find.</summary>
    private void StepTowardsBreakpoint(ArmedTraps traps)
    {
        ulong pc = LinearPc();
        if (traps.TryFindStepped(pc, out BreakpointKind kind))
        {
            RaiseStop(Breakpoint(kind, pc));
            return;
        }
        DeliverInterrupt();
        if (Step(traps, traps.StepControl, pc, out StopRequest stop) && stop.Event.Kind != StopKind.StepDone)
        {
            RaiseStop(stop);
        }
    }

    /// <summary>Executes the instruction under a breakpoint with the breakpoint out of the way and every other vCPU parked.</summary>
    private void StepOff(ArmedTraps traps)
    {
        ulong pc = Snapshot.LinearPc;
        traps.LiftAt(pc);
        _liftedAt = pc;
        _stepOffOverdue = false;
        bool done = Step(traps, traps.StepOverControl, pc, out StopRequest stop);
        _liftedAt = null;
        traps.PlantAt(pc);
        if (done && (Action == ResumeKind.Step || stop.Event.Kind != StopKind.StepDone))
        {
            RaiseStop(stop);
        }
        else if (!done)
        {
            // Cut short: the breakpoint is still to be stepped off when the vCPU goes on after a stop.
            ReportedPc = pc;
        }
        _stepOffOverdue = false;
        _controller.StepOffDone(this);
        if (!done && !_attention && Action == ResumeKind.Step)
        {
            StepAndReport(traps, traps.StepControl);
        }
    }

    /// <summary>
    /// Executes one instruction; no interrupt is delivered meanwhile. False when a stop or its time limit came first: what the instruction did so far is complete,
    /// and it goes on with the next step or run.
    /// </summary>
    private bool Step(ArmedTraps traps, in DebugControl control, ulong start, out StopRequest stop)
    {
        // A CPU in HLT goes on behind it, as if woken: interrupts are held back while stepping, so nothing else could wake it.
        _halted = false;
        _vcpu.WantInterruptWindow = false;
        _activity = VcpuActivity.Running;
        stop = default;
        if (_waitsForSipi)
        {
            return false;
        }
        for (;;)
        {
            _vcpu.ClearKick();
            Interlocked.MemoryBarrier();
            if (_attention || _stepOffOverdue)
            {
                return false;
            }
            Apply(control);
            Enter(out VcpuExit exit);
            switch (HandleExit(exit, traps, stepping: true, out stop))
            {
                case ExitOutcome.Stop:
                    return true;
                case ExitOutcome.Access when DrainStep(traps, start, ref stop):
                    return true;
                default:
                    continue;
            }
        }
    }

    /// <summary>Completes an access made while stepping; true when the step is over with it.</summary>
    private bool DrainStep(ArmedTraps traps, ulong start, ref StopRequest stop)
    {
        StopRequest watched = stop;
        for (;;)
        {
            _vcpu.KickSelf();
            Enter(out VcpuExit exit);
            if (exit.Kind == VcpuExitKind.Interrupted)
            {
                break;
            }
            if (HandleExit(exit, traps, stepping: true, out stop) == ExitOutcome.Stop)
            {
                stop = watched.Event.Kind == StopKind.WriteWatchpoint ? watched : stop;
                return true;
            }
        }
        if (watched.Event.Kind == StopKind.WriteWatchpoint)
        {
            stop = watched;
            return true;
        }
        stop = StepDone();
        return LinearPc() != start;
    }

    private ulong LinearPc()
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        return CpuMode.LinearPc(general, system);
    }

    private StopRequest StepDone() => new(new StopEvent(StopKind.StepDone, Index, GdbSignal.Trap));

    // ---- Exits ----

    private enum ExitOutcome
    {
        /// <summary>Handled; run on.</summary>
        Handled,

        /// <summary>An access was served; it is complete only after the next entry.</summary>
        Access,

        /// <summary>The guest was left because of a kick.</summary>
        Kicked,

        /// <summary>The machine must stop.</summary>
        Stop,
    }

    private ExitOutcome HandleExit(in VcpuExit exit, ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        stop = default;
        if (exit.Kind == VcpuExitKind.Interrupted)
        {
            return ExitOutcome.Kicked;
        }
        LastExits.Record(exit);
        switch (exit.Kind)
        {
            case VcpuExitKind.PortIo:
                _handler.PortIo(exit, _vcpu.ExitData);
                return ExitOutcome.Access;
            case VcpuExitKind.Mmio:
                return ServeMmio(exit, traps, stepping, out stop);
            case VcpuExitKind.Msr:
                if (!_handler.Msr(exit, _vcpu.ExitData))
                {
                    _vcpu.FailMsr();
                }
                return ExitOutcome.Access;
            case VcpuExitKind.Halt:
                return ClassifyHalt(traps, stepping, out stop);
            case VcpuExitKind.Debug:
                return ClassifyDebug(exit, traps, stepping, out stop);
            case VcpuExitKind.InstructionNotEmulated:
                return ClassifyNotEmulated(traps, out stop);
            case VcpuExitKind.Shutdown:
                stop = new StopRequest(
                    new StopEvent(StopKind.Crashed, Index, GdbSignal.SegmentationFault, Message: $"triple fault on CPU {Index}"),
                    new Verdict(VerdictKind.TripleFaulted, Index == 0 ? "" : $"on CPU {Index}", ExitCodes.TripleFaulted));
                return ExitOutcome.Stop;
            case VcpuExitKind.EntryFailed:
                stop = Failed($"the processor refused the vCPU's state (reason {exit.Value:X}h)", GdbSignal.Abort);
                return ExitOutcome.Stop;
            case VcpuExitKind.Other:
                stop = Failed($"KVM exit {exit.Value} is not one this program knows", GdbSignal.Abort);
                return ExitOutcome.Stop;
            default:
                // An interrupt window or a lowered TPR: the loop looks at interrupts before the next entry.
                return ExitOutcome.Handled;
        }
    }

    private ExitOutcome ServeMmio(in VcpuExit exit, ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        stop = default;
        if (!exit.IsWrite || !traps.TryServeWatchedWrite(exit.Address, _vcpu.ExitData, out ulong? watched))
        {
            _handler.Mmio(exit, _vcpu.ExitData);
            return ExitOutcome.Access;
        }
        if (watched is not { } address)
        {
            return ExitOutcome.Access;
        }
        stop = new StopRequest(new StopEvent(StopKind.WriteWatchpoint, Index, GdbSignal.Trap, address));
        // While stepping the store must be completed before the step is judged.
        return stepping ? ExitOutcome.Access : ExitOutcome.Stop;
    }

    private ExitOutcome ClassifyHalt(ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        stop = default;
        if (traps.Technique == SoftwareBreakpointTechnique.PlantedHalt && traps.HasPlanted)
        {
            _vcpu.GetGeneral(out GeneralRegisters general);
            _vcpu.GetSystem(out SystemRegisters system);
            general.Rip--;
            ulong pc = CpuMode.LinearPc(general, system);
            if (pc != _liftedAt && traps.TryFindPlanted(pc, out BreakpointKind kind))
            {
                _vcpu.SetGeneral(general);
                stop = Breakpoint(kind, pc);
                return ExitOutcome.Stop;
            }
        }
        _halted = true;
        stop = StepDone();
        return stepping ? ExitOutcome.Stop : ExitOutcome.Handled;
    }

    private ExitOutcome ClassifyDebug(in VcpuExit exit, ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        stop = default;
        if (exit.Vector == 3)
        {
            if (exit.Address != _liftedAt && traps.TryFindPlanted(exit.Address, out BreakpointKind planted))
            {
                stop = Breakpoint(planted, exit.Address);
                return ExitOutcome.Stop;
            }
            _vcpu.DeliverGuestInt3();
            return ExitOutcome.Handled;
        }
        SlotMatch match = traps.FindSlot(exit.DebugStatus, out TrapSlot slot);
        if (match == SlotMatch.Hit)
        {
            stop = slot.IsExecute
                ? Breakpoint(slot.Kind, slot.Address)
                : new StopRequest(new StopEvent(WatchKind(slot.Kind), Index, GdbSignal.Trap, slot.Address));
            return ExitOutcome.Stop;
        }
        bool ours = (exit.DebugStatus & SingleStepStatus) != 0 && stepping;
        if (!ours && match == SlotMatch.MereWrite)
        {
            return ExitOutcome.Handled;
        }
        if (!ours)
        {
            _vcpu.DeliverGuestDebugException(exit.DebugStatus);
            return ExitOutcome.Handled;
        }
        stop = StepDone();
        return ExitOutcome.Stop;
    }

    private ExitOutcome ClassifyNotEmulated(ArmedTraps traps, out StopRequest stop)
    {
        ulong pc = LinearPc();
        ReadOnlySpan<byte> instruction = _vcpu.ExitData;
        bool isInt3 = instruction.Length > 0 && instruction[0] == 0xcc;
        if (isInt3 && pc != _liftedAt && traps.TryFindPlanted(pc, out BreakpointKind kind))
        {
            stop = Breakpoint(kind, pc);
            return ExitOutcome.Stop;
        }
        if (isInt3)
        {
            _vcpu.DeliverGuestInt3();
            stop = default;
            return ExitOutcome.Handled;
        }
        NotExecuted = instruction.ToArray();
        string bytes = instruction.IsEmpty ? "that could not be fetched" : Convert.ToHexString(instruction);
        string hint = traps.HasWatches
            ? "it may be a store to a page that a watchpoint made read-only; without the watchpoint it may run"
            : "'osdevhv doctor' says what it can";
        stop = Failed(
            $"this host's KVM cannot execute the instruction at {pc:X}h ({bytes}); {hint}",
            GdbSignal.IllegalInstruction);
        return ExitOutcome.Stop;
    }

    private StopRequest Breakpoint(BreakpointKind kind, ulong pc) => new(new StopEvent(
        kind == BreakpointKind.Hardware ? StopKind.HardwareBreakpoint : StopKind.SoftwareBreakpoint, Index, GdbSignal.Trap, pc));

    private StopRequest Failed(string why, int signal) => new(
        new StopEvent(StopKind.Crashed, Index, signal, Message: why), new Verdict(VerdictKind.MachineError, why, ExitCodes.MachineError));

    private static StopKind WatchKind(BreakpointKind kind) => kind switch
    {
        BreakpointKind.ReadWatch => StopKind.ReadWatchpoint,
        BreakpointKind.AccessWatch => StopKind.AccessWatchpoint,
        _ => StopKind.WriteWatchpoint,
    };
}
