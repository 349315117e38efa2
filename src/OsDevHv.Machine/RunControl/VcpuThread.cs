using System.Diagnostics;
using OsDevHv.Devices;
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
#pragma warning disable CA1001 // The event's wait handle is never made, so there is nothing to dispose of.
internal sealed partial class VcpuThread
#pragma warning restore CA1001
{
    private const ulong InterruptFlag = 1 << 9;

    [ThreadStatic]
    private static VcpuThread? t_current;

    private readonly ExecutionController _controller;
    private readonly IVcpu _vcpu;
    private readonly IExitHandler _handler;
    private readonly IInterruptSource? _interrupts;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _awake = new();
    private DebugControl _control;
    private volatile bool _attention = true;
    private volatile VcpuActivity _activity = VcpuActivity.Starting;
    private volatile bool _asleepForGood;
    private bool _incomplete;
    private bool _shutDown;
    private bool _halted;
    private bool _waitsForSipi;
    private volatile Func<bool>? _isReleased;
    private bool _mayBeQueued;
    private byte? _withdrawn;
    private bool _nmiWithdrawn;
    private volatile bool _stepOffOverdue;
    private volatile bool _isBroken;
    private ulong? _liftedAt;

    // What DR6 is to show in a #DB of the guest's own that a step of the debugger's has held up.
    private ulong? _guestTrap;
    private bool _clashTold;

    public VcpuThread(ExecutionController controller, IVcpu vcpu, IExitHandler handler, IInterruptSource? interrupts)
    {
        _controller = controller;
        _vcpu = vcpu;
        _handler = handler;
        _interrupts = interrupts;
        _waitsForSipi = vcpu.Index != 0;
        _context = new TrapContext(vcpu);
        _thread = new Thread(Main) { Name = $"vCPU {vcpu.Index}", IsBackground = true };
    }

    /// <summary>The vCPU whose thread this is; null on any other thread.</summary>
    public static VcpuThread? OfThisThread => t_current;

    /// <summary>RIP. On its own thread.</summary>
    public ulong CurrentRip
    {
        get
        {
            _vcpu.GetGeneral(out GeneralRegisters registers);
            return registers.Rip;
        }
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

    /// <summary>The linear addresses in which it steps on for <see cref="ResumeKind.StepRange"/>. Written while it is parked.</summary>
    public StepRange Range
    {
        get => _range;
        set
        {
            _range = value;
            _stepsInRange = 0;
            _plansOfRange = 0;
        }
    }

    /// <summary>A stop that happened while another was being reported. Controller's lock.</summary>
    public StopRequest? Pending { get; set; }

    /// <summary>Where it was when it was reported as the one that stopped, null once resumed or moved. Controller's lock.</summary>
    public ulong? ReportedPc { get; set; }

    /// <summary>Requests to run on its thread. Controller's lock.</summary>
    public Queue<Action> Mailbox { get; } = new();

    /// <summary>The thread is to end. Controller's lock.</summary>
    public bool MustQuit { get; set; }

    /// <summary>It sleeps and no interrupt can wake it.</summary>
    public bool IsAsleepForGood => _asleepForGood && _isReleased?.Invoke() != true;

    /// <summary>Its last exits; read while it is parked.</summary>
    public ExitRing LastExits { get; } = new();

    /// <summary>
    /// The bytes of the instruction that the engine could not execute, where it gave up; empty where it did not or could not tell.
    /// </summary>
    public ReadOnlyMemory<byte> NotExecuted { get; private set; }

    /// <summary>Keeps registers against their loss in a triple fault; null where that is not wanted. Before the thread starts.</summary>
    public FaultReplay? Replay { get; set; }

    /// <summary>
    /// What is to be known of its registers after a triple fault; null where there is nothing to it. Read while it is parked.
    /// </summary>
    public string? RegistersNote { get; private set; }

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Makes it leave guest code or its sleep, and look at what is wanted. Any thread.</summary>
    public void Kick()
    {
        _vcpu.Kick();
        _awake.Set();
    }

    /// <summary>Its interrupt source has something new: makes it look soon, wherever it is. Any thread.</summary>
    public void InterruptArrived()
    {
        // The other half is in the loop: it says that it runs, fences, and then looks at what is pending.
        Interlocked.MemoryBarrier();
        if (_activity == VcpuActivity.Running)
        {
            _vcpu.Kick();
        }
        else
        {
            _awake.Set();
        }
    }

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
    /// Puts the vCPU at the start of its life: it runs from where its registers say, or waits for a SIPI. On its own thread, through
    /// <see cref="Execute"/>.
    /// </summary>
    /// <param name="waitsForSipi">It waits for a SIPI.</param>
    /// <param name="isReleased">
    /// Its code does nothing but wait until this becomes true, so it need not run before; null where it does something. Called by any
    /// thread.
    /// </param>
    public void Restart(bool waitsForSipi, Func<bool>? isReleased = null)
    {
        _isReleased = isReleased;
        _halted = false;
        _waitsForSipi = waitsForSipi;
        _withdrawn = null;
        _nmiWithdrawn = false;
        _guestTrap = null;
        RegistersNote = null;
        TakeSnapshot();
    }

    /// <summary>An error of ours ended it: it cannot run any more, whatever state it is given. Any thread.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>
    /// Saves all of its state, or makes it the one that was saved, and parks as if it had just stopped there. On its own thread, through
    /// <see cref="Execute"/>.
    /// </summary>
    /// <param name="state">Where to, or from.</param>
    /// <param name="time">The machine's.</param>
    /// <param name="isReleased">As of <see cref="Restart"/>, for one that waited so; null where boot code has it do no such thing.</param>
    public void ExchangeState(StateExchange state, SavedTime time, Func<bool>? isReleased)
    {
        _vcpu.ExchangeState(state, time);
        bool halted = state.Of(_halted);
        bool waitsForSipi = state.Of(_waitsForSipi);
        bool waitsForRelease = state.Of(_isReleased is not null);
        byte? withdrawn = state.Of(_withdrawn);
        bool nmiWithdrawn = state.Of(_nmiWithdrawn);
        ulong guestTrap = state.Of(_guestTrap ?? 0);
        if (!state.IsRestoring)
        {
            return;
        }
        _incomplete = false;
        _mayBeQueued = false;
        _shutDown = false;
        NotExecuted = default;
        _control = default;
        _vcpu.SetDebugControl(_control);
        Restart(waitsForSipi, waitsForRelease ? isReleased : null);
        _withdrawn = withdrawn;
        _nmiWithdrawn = nmiWithdrawn;
        _guestTrap = guestTrap == 0 ? null : guestTrap;
        _halted = halted;
        Snapshot.IsHalted = halted;
    }

    /// <summary>
    /// Registers were written by a debugger: takes a new snapshot. A CPU in HLT whose PC was moved runs from there. On its own thread.
    /// </summary>
    public void RegistersWritten()
    {
        ulong before = Snapshot.LinearPc;
        TakeSnapshot();
        if (_interrupts is not null)
        {
            _interrupts.TaskPriority = (byte)(Snapshot.System.Cr8 & 0xf);
        }
        if (Snapshot.LinearPc != before)
        {
            _halted = false;
            _isReleased = null;
            Snapshot.IsHalted = false;
            Snapshot.WaitsForRelease = false;
            ReportedPc = null;
        }
    }

    private void Main()
    {
        t_current = this;
        _vcpu.BindToCurrentThread();
        try
        {
            _vcpu.BringsSystemRegisters = Replay is not null;
            Loop();
        }
#pragma warning disable CA1031 // An error of ours must end the run with a verdict, not the process with a stack trace.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _isBroken = true;
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
        while (true)
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
            ObeyInitAndStartUp();
            if (_halted || _waitsForSipi)
            {
                Sleep();
                continue;
            }
            if (_isReleased is { } isReleased)
            {
                AwaitRelease(isReleased);
                continue;
            }
            _activity = VcpuActivity.Running;
            Interlocked.MemoryBarrier();
            ArmedTraps traps = _controller.Traps;
            if (traps.StepsEverywhere)
            {
                StepTowardsBreakpoint(traps);
                continue;
            }
            Apply(traps.RunControl);
            if (_guestTrap is { } trap)
            {
                // An interrupt comes after a trap (Intel SDM vol. 3A, 6.9): with the next window.
                DeliverGuestTrap(trap);
                _vcpu.WantInterruptWindow = _interrupts is not null;
            }
            else if (!DeliverInterrupts(traps))
            {
                continue;
            }
            Enter(out VcpuExit exit);
            switch (HandleExit(exit, traps, stepping: false, out StopRequest stop))
            {
                case ExitOutcome.Stop:
                    RaiseStop(stop);
                    break;
                case ExitOutcome.Pass:
                    PassBreakpoint(traps);
                    break;
            }
            if (traps.FollowsGates)
            {
                FollowGates(traps);
            }
        }
    }

    /// <summary>Parks and does what the controller orders; false when the thread is to end.</summary>
    private bool ParkAndObey()
    {
        Drain();
        WithdrawInterrupts();
        RecoverRegisters();
        TakeSnapshot();
        _activity = VcpuActivity.Parked;
        while (true)
        {
            switch (_controller.Park(this))
            {
                case VcpuOrder.Serve:
                    ServeMailbox();
                    break;
                case VcpuOrder.Run:
                    CatchUpWithTime();
                    return true;
                case VcpuOrder.Step:
                    CatchUpWithTime();
                    StepAndReport(_controller.Traps, _controller.Traps.StepControl, Snapshot.LinearPc);
                    return true;
                case VcpuOrder.StepOff:
                    CatchUpWithTime();
                    StepOff(_controller.Traps);
                    return true;
                case VcpuOrder.Quit:
                    return false;
                default:
                    throw new UnreachableException();
            }
        }
    }

    /// <summary>After a triple fault: finds registers again that the engine has lost.</summary>
    private void RecoverRegisters()
    {
        if (_shutDown)
        {
            _shutDown = false;
            if (Replay is { } replay)
            {
                // All that was collected before has been served at the exit. What another CPU writes meanwhile, on its way to be parked, is
                // lost.
                _handler.DropsCollectedWrites = true;
                RegistersNote = replay.Recover(_vcpu);
                _handler.CatchUp();
                _handler.DropsCollectedWrites = false;
            }
            _control = default;
            _vcpu.SetDebugControl(_control);
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
        byte priority = 0;
        if (_interrupts is not null)
        {
            priority = _interrupts.TaskPriority;
            _vcpu.TaskPriority = priority;
        }
        Replay?.NoteEntry(_vcpu, _incomplete, _mayBeQueued);
        _vcpu.Run(out exit);
        _handler.CatchUp();
        _mayBeQueued &= exit.Kind == VcpuExitKind.Interrupted;
        if (_interrupts is not null && _vcpu.TaskPriority != priority)
        {
            _interrupts.TaskPriority = _vcpu.TaskPriority;
        }
        _incomplete = exit.Kind is VcpuExitKind.PortIo or VcpuExitKind.Mmio or VcpuExitKind.Msr;
    }

    private void TakeSnapshot()
    {
        _vcpu.GetGeneral(out Snapshot.General);
        _vcpu.GetSystem(out Snapshot.System);
        Snapshot.IsHalted = _halted;
        Snapshot.WaitsForSipi = _waitsForSipi;
        Snapshot.WaitsForRelease = _isReleased is not null;
    }

    private void RaiseStop(in StopRequest stop) => _controller.RequestStop(stop);

    private void Apply(in DebugControl control)
    {
        if (control != _control || control.SingleStep)
        {
            _vcpu.SetDebugControl(control);
            _control = control;
        }
    }
}
