using System.Diagnostics;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.RunControl;

/// <summary>
/// The only writer of the machine's run state. It stops every vCPU by acknowledgement: a stop is reported exactly when each vCPU has parked
/// itself, once an epoch, with the first reason.
/// </summary>
/// <remarks>
/// <para>One lock, <c>_gate</c>, guards everything here. It is never held across an ioctl, a device call, a log call or an await, so
/// whoever holds a device's lock may take it. What is done under it beside bookkeeping: lifting breakpoint bytes (plain stores to guest
/// RAM), so that nobody can see a stopped machine with them; kicks; and starting and stopping the clock, which sets the host's
/// timer.</para>
/// <para>The order of all locks of a running machine, outermost first; a thread that holds one takes only later ones. That of collected
/// writes (<c>MachineBuses</c>) or that of alarms going off (<c>MachineTimers._goingOff</c>), never both; a device's, and its
/// <c>GatedLine</c>'s; an interrupt pin's; the interrupt controllers' (<c>InterruptFabric.Lock</c>, which is also the local APICs' device
/// lock); <c>_gate</c>; and the innermost, inside of which is no other: the timers' (<c>MachineTimers._lock</c>), that of the planted
/// breakpoints (<c>PlantedTraps</c>), an output queue's, that of the counts of unclaimed accesses. An interrupt wakes a vCPU with a kick or
/// an event and takes no lock for it.</para>
/// <para>Wanted and acknowledged are two things: <c>_stopWanted</c> and <c>_parked</c>. All are flagged and kicked first; then each parks.
/// Nobody acknowledges for a vCPU.</para>
/// </remarks>
internal sealed partial class ExecutionController : IVcpuWaker, IDisposable
{
    private readonly object _gate = new();
    private readonly VcpuThread[] _vcpus;
    private readonly IExitHandler _handler;
    private readonly Stopwatch _running = new();
    private TaskCompletionSource<Verdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<Verdict> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<int> _stepOffs = new();
    private readonly Queue<Action> _looks = new();
    private TaskCompletionSource<StopEvent> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArmedTraps _traps = ArmedTraps.None;
    private bool _stopWanted;
    private bool _stopped = true;
    private bool _over;
    private bool _debuggerAttached;
    private int _parked;
    private long _pulses;
    private long _stepOffStarted;
    private bool _serving;
    private bool _interruptsInSteps;
    private bool _rearming;
    private StopRequest? _reason;
    private Verdict? _end;
    private Verdict? _death;
    private Action? _service;

    /// <summary>
    /// How long a step off a breakpoint may keep the other vCPUs waiting: it is one instruction, but that may fault into a handler.
    /// </summary>
    public static readonly TimeSpan StepOffLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a vCPU that stepped looks out for its next step before it sleeps: an answer and a question through a local socket.
    /// </summary>
    private static readonly TimeSpan NextStepWait = TimeSpan.FromMicroseconds(100);

    /// <param name="vcpus">The vCPUs, by index.</param>
    /// <param name="handler">Serves their accesses.</param>
    /// <param name="interrupts">The interrupts of each; null where it gets none.</param>
    /// <param name="clock">Stopped and started with the machine; null is one of its own.</param>
    public ExecutionController(
        IReadOnlyList<IVcpu> vcpus, IExitHandler handler, IInterruptSource?[]? interrupts = null, MachineClock? clock = null)
    {
        Clock = clock ?? new MachineClock();
        _handler = handler;
        _vcpus = new VcpuThread[vcpus.Count];
        for (int i = 0; i < _vcpus.Length; i++)
        {
            _vcpus[i] = new VcpuThread(this, vcpus[i], handler, interrupts?[i]);
        }
        LastStop = new StopEvent(StopKind.Attached, 0, GdbSignal.Trap);
    }

    /// <summary>The machine's time.</summary>
    public MachineClock Clock { get; }

    /// <summary>The vCPUs, by index.</summary>
    public IReadOnlyList<VcpuThread> Vcpus => _vcpus;

    /// <summary>Completes when the run is over.</summary>
    public Task<Verdict> Completion => _verdict.Task;

    /// <summary>
    /// A guest that dies with no debugger there stays stopped until one has come, instead of ending the run. Before the machine runs.
    /// </summary>
    public bool HoldsDead { get; set; }

    /// <summary>Completes when a dead guest is held for a debugger, with what will be its verdict.</summary>
    public Task<Verdict> Held => _held.Task;

    /// <summary>The guest's memory, in which a step enters an interrupt's handler; null where there is none to enter.</summary>
    public IGuestMemory? GuestMemory { get; init; }

    /// <summary>Whether a step delivers a pending interrupt. Any thread.</summary>
    public bool InterruptsInSteps
    {
        get => Volatile.Read(ref _interruptsInSteps);
        set => Volatile.Write(ref _interruptsInSteps, value);
    }

    /// <summary>The last stop reported.</summary>
    public StopEvent LastStop { get; private set; }

    /// <summary>How often the machine has stopped.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether every vCPU is parked and the stop has been reported, or the run is over.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_gate)
            {
                return _stopped;
            }
        }
    }

    /// <summary>Whether every vCPU stands still: the machine is stopped, its run is over, or it is paused for a look or a reset.</summary>
    public bool IsStandingStill
    {
        get
        {
            lock (_gate)
            {
                return _stopped || _serving;
            }
        }
    }

    /// <summary>Whether the guest has died and is held for a debugger.</summary>
    public bool IsDead
    {
        get
        {
            lock (_gate)
            {
                return _death is not null;
            }
        }
    }

    /// <summary>The vCPU that the end of the run, or the last stop, was about.</summary>
    public int Culprit { get; private set; }

    /// <summary>Time spent running, debugger stops excluded.</summary>
    public TimeSpan RunningTime
    {
        get
        {
            lock (_gate)
            {
                return _running.Elapsed;
            }
        }
    }

    /// <summary>There is no other vCPU that could run while one steps off a breakpoint.</summary>
    internal bool IsOnlyVcpu => _vcpus.Length == 1;

    /// <summary>Whether no other vCPU executes anything until the next stop. To be called by the thread of one that runs.</summary>
    internal bool IsAlone(VcpuThread vcpu)
    {
        foreach (VcpuThread other in _vcpus)
        {
            if (other != vcpu && other.Action != ResumeKind.Stay)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Plans the traps anew, on a pool thread with every vCPU parked; null where nobody debugs.</summary>
    internal Func<ArmedTraps>? PlanTraps { get; set; }

    /// <summary>The traps in force.</summary>
    public ArmedTraps Traps => Volatile.Read(ref _traps);

    /// <summary>Starts the threads; the vCPUs are parked. Completes when all are.</summary>
    public Task<StopEvent> StartAsync()
    {
        lock (_gate)
        {
            _stopped = false;
            _stopWanted = true;
            _reason = new StopRequest(LastStop);
        }
        foreach (VcpuThread vcpu in _vcpus)
        {
            vcpu.Start();
        }
        return _stop.Task;
    }

    /// <summary>Says whether a debugger looks at stops; without one a guest that dies ends the run.</summary>
    public void SetDebuggerAttached(bool attached)
    {
        lock (_gate)
        {
            _debuggerAttached = attached;
        }
    }

    /// <summary>
    /// Asks for a stop. The first request since the last resume is the one reported; others are dropped or kept as they can be.
    /// </summary>
    public void RequestStop(in StopRequest request)
    {
        lock (_gate)
        {
            if (_over || _stopped)
            {
                return;
            }
            if (_reason is null)
            {
                _stopWanted = true;
                _reason = request;
            }
            else if (request.HappensOnce)
            {
                _vcpus[request.Event.Vcpu].Pending ??= request;
            }
            AlertAll();
        }
    }

    /// <summary>
    /// Stops a running machine for <paramref name="reason"/>; one that is stopped stays so. Completes when it is stopped.
    /// </summary>
    public Task<StopEvent> StopAsync(StopEvent reason)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return Task.FromResult(LastStop);
            }
            RequestStop(new StopRequest(reason));
            return _stop.Task;
        }
    }

    /// <summary>Forgets events kept for the next resume: nobody is left to be told.</summary>
    public void DropPending()
    {
        lock (_gate)
        {
            foreach (VcpuThread vcpu in _vcpus)
            {
                vcpu.Pending = null;
            }
        }
    }

    /// <summary>Ends the run at its time limit; or holds it for a debugger, where that is wanted. Any thread.</summary>
    public void TimeOut(Verdict verdict)
    {
        if (HoldsDead)
        {
            RequestStop(new StopRequest(new StopEvent(StopKind.Crashed, 0, GdbSignal.Alarm, Message: verdict.Detail), verdict));
        }
        else
        {
            End(verdict);
        }
    }

    /// <summary>Ends the run with a verdict, as soon as every vCPU has parked. The first verdict counts. Any thread.</summary>
    public void End(Verdict verdict)
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }
            _end ??= verdict;
            if (_stopped)
            {
                Finish(_end);
                return;
            }
            _stopWanted = true;
            AlertAll();
        }
    }

    /// <summary>
    /// Stops the machine, runs <paramref name="service"/> on a pool thread with every vCPU parked, and lets all vCPUs run on: a reset.
    /// When the machine is stopped already the service runs and it stays stopped.
    /// </summary>
    public void Service(Action service)
    {
        lock (_gate)
        {
            if (_over || _service is not null)
            {
                return;
            }
            if (!_stopped)
            {
                _service = service;
                _stopWanted = true;
                AlertAll();
                return;
            }
        }
        service();
        lock (_gate)
        {
            // Whoever died before it is not dead any more, and no breakpoint was hit.
            _death = null;
            LastStop = new StopEvent(StopKind.Attached, 0, GdbSignal.Trap);
            foreach (VcpuThread vcpu in _vcpus)
            {
                vcpu.ReportedPc = null;
            }
        }
        DropPending();
    }

    /// <summary>
    /// The stopped machine, or the one whose run is over, got another state: it is stopped there, as if it had never run or died, and can
    /// be resumed. What waited for the end of a run that is over has been told.
    /// </summary>
    /// <returns>False where the machine is running, is closed, or cannot run any more.</returns>
    public bool Revive()
    {
        lock (_gate)
        {
            if (!_stopped || Array.Exists(_vcpus, static vcpu => vcpu.IsBroken || vcpu.MustQuit))
            {
                return false;
            }
            if (_over)
            {
                _verdict = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            // Whoever waits for the last run's death is not to hear of the next one's.
            _held = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
            _over = false;
            _end = null;
            _death = null;
            _reason = null;
            _service = null;
            _stepOffs.Clear();
            _running.Reset();
            LastStop = new StopEvent(StopKind.Attached, 0, GdbSignal.Trap);
            foreach (VcpuThread vcpu in _vcpus)
            {
                vcpu.ReportedPc = null;
                vcpu.Pending = null;
            }
            return true;
        }
    }

    /// <summary>
    /// Runs <paramref name="look"/> with every vCPU parked: at once when the machine is stopped or its run is over, else on a pool thread
    /// in a pause of which nobody is told, after which each vCPU goes on with what it was told to do. It must not throw.
    /// </summary>
    public Task LookAsync(Action look)
    {
        lock (_gate)
        {
            if (!_over && !_stopped)
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _looks.Enqueue(() =>
                {
                    look();
                    done.SetResult();
                });
                _stopWanted = true;
                AlertAll();
                return done.Task;
            }
        }
        look();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Resumes a stopped machine. Completes at the next stop. An event kept from the last epoch is reported at once, without running.
    /// </summary>
    /// <param name="actions">One entry a vCPU.</param>
    /// <param name="traps">The traps to put in force.</param>
    public Task<StopEvent> Resume(ReadOnlySpan<ResumeKind> actions, ArmedTraps traps)
    {
        lock (_gate)
        {
            if (_over || !_stopped)
            {
                return Task.FromResult(LastStop);
            }
            _stop = new TaskCompletionSource<StopEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_death is not null)
            {
                Finish(_death);
                return _stop.Task;
            }
            for (int i = 0; i < _vcpus.Length; i++)
            {
                _vcpus[i].Action = actions[i];
                if (actions[i] != ResumeKind.Stay && _vcpus[i].Pending is { } kept)
                {
                    _vcpus[i].Pending = null;
                    Report(kept);
                    return _stop.Task;
                }
            }
            Volatile.Write(ref _traps, traps);
            traps.Plant();
            QueueStepOffs(traps);
            _stopped = false;
            LetRun();
            return _stop.Task;
        }
    }

    /// <summary>Lets every vCPU run from the start, unless a debugger came first: then it decides.</summary>
    public void ResumeUnlessDebugged()
    {
        lock (_gate)
        {
            if (_debuggerAttached)
            {
                return;
            }
            Span<ResumeKind> actions = stackalloc ResumeKind[_vcpus.Length];
            actions.Fill(ResumeKind.Continue);
            _ = Resume(actions, ArmedTraps.None);
        }
    }

    /// <summary>Lets vCPUs that wait for room for their output look again. Any thread.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Pulse();
        }
    }

    /// <summary>Makes one vCPU look at its interrupts soon, wherever it is. Any thread.</summary>
    public void InterruptArrived(int vcpu) => _vcpus[vcpu].InterruptArrived();

    /// <summary>Whether <see cref="Watch"/> is needed even when nobody debugs.</summary>
    public bool NeedsWatching => _handler.CollectsWrites;

    /// <summary>
    /// To be called every few milliseconds while the machine runs: serves what the guest wrote without an exit, plants overwritten
    /// breakpoints again, has a vCPU that runs through a range look whether its code is still the same, and ends steps off a breakpoint
    /// that take too long. Returns the address of a breakpoint that the guest overwrote and may have passed, or null.
    /// </summary>
    public ulong? Watch()
    {
        _handler.CatchUp();
        lock (_gate)
        {
            if (_stopped || _serving)
            {
                return null;
            }
            foreach (VcpuThread vcpu in _vcpus)
            {
                // A guest that never exits is made to, so that a table it has loaded, or code it has changed meanwhile, is found.
                if (Traps.FollowsGates || vcpu.RunsFreely)
                {
                    vcpu.Kick();
                }
            }
            if (_stepOffs.TryPeek(out int alone) && Stopwatch.GetElapsedTime(_stepOffStarted) > StepOffLimit)
            {
                _vcpus[alone].GiveUpStepOff();
            }
        }
        return Traps.Planted.NeedsRepair ? Traps.Planted.RepairOverwritten() : null;
    }

    /// <summary>What every vCPU is doing, a line each: for messages about a limit that expired.</summary>
    public string DescribeAll() => string.Join('\n', _vcpus.Select(vcpu => $"vCPU {vcpu.Index}: {vcpu.Activity}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        End(new Verdict(VerdictKind.Stopped, "the machine was closed", ExitCodes.Stopped));
        lock (_gate)
        {
            foreach (VcpuThread vcpu in _vcpus)
            {
                vcpu.MustQuit = true;
            }
            Pulse();
        }
        foreach (VcpuThread vcpu in _vcpus)
        {
            vcpu.Join();
        }
    }
}
