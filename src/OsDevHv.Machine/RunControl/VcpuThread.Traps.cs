using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>Breakpoints that count only sometimes, and what <c>monitor catch</c> asked for.</content>
internal sealed partial class VcpuThread
{
    private readonly TrapContext _context;

    /// <summary>How the conditions of breakpoints read this vCPU's registers. Before the machine runs.</summary>
    public DebugRegisterFile? ConditionRegisters
    {
        set => _context.File = value;
    }
    private ulong? _int3Told;

    /// <summary>
    /// A breakpoint went off, with RIP on it: asks whether it counts. If not, the vCPU is to step off it, and nobody else takes notice.
    /// </summary>
    private ExitOutcome JudgeBreakpoint(ArmedTraps traps, out StopRequest stop)
    {
        stop = default;
        _context.Take(traps);
        HitOutcome outcome = traps.Judge(_context, out StopKind kind, out string? message);
        if (outcome != HitOutcome.Stop)
        {
            return ExitOutcome.Pass;
        }
        stop = new StopRequest(new StopEvent(kind, Index, GdbSignal.Trap, _context.LinearPc, message));
        return ExitOutcome.Stop;
    }

    /// <summary>Steps off a breakpoint that does not count: alone at once, else when the others have let go of the code.</summary>
    private void PassBreakpoint(ArmedTraps traps)
    {
        if (!_controller.IsOnlyVcpu)
        {
            _controller.QueueStepOff(this);
            return;
        }
        WithdrawInterrupts();
        ulong pc = _context.LinearPc;
        traps.Planted.LiftAt(pc, _context.System);
        _liftedAt = pc;
        ExitOutcome end = Step(traps, traps.StepOverControl, pc, out StopRequest stop);
        _liftedAt = null;
        traps.Planted.PlantAt(pc, _context.System);
        if (end == ExitOutcome.Stop && stop.Event.Kind != StopKind.StepDone)
        {
            RaiseStop(stop);
        }
    }

    private StopRequest Caught(string message) => new(new StopEvent(StopKind.Caught, Index, GdbSignal.Trap, Message: message));

    /// <summary>An INT3 that is not ours: the guest's, who gets it at once or, where it is caught, when it goes on.</summary>
    private ExitOutcome GuestInt3(ArmedTraps traps, ulong pc, out StopRequest stop)
    {
        if (traps.Catches.CatchesInt3 && _int3Told != pc)
        {
            _int3Told = pc;
            stop = Caught(traps.Catches.Int3(Index, pc));
            return ExitOutcome.Stop;
        }
        _int3Told = null;
        stop = default;
        _vcpu.DeliverGuestInt3();
        return ExitOutcome.Handled;
    }

    /// <summary>After an exit: whether the guest's exception handlers are still where the traps stand.</summary>
    private void FollowGates(ArmedTraps traps)
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        if (traps.HaveGatesMoved(Index, general, system))
        {
            _controller.Rearm();
        }
    }

    private CaughtState State()
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        return CaughtState.Of(general, system);
    }

    /// <summary>Has the engine give the guest a #DB that it is owed.</summary>
    private void DeliverGuestTrap(ulong status)
    {
        _guestTrap = null;
        _vcpu.DeliverGuestDebugException(status | DebugRegisterBits.Dr6Fixed);
    }

    /// <summary>
    /// Before a step: enters the handler of the #DB that the guest is owed, which is then the step. Where the entry cannot be made by hand
    /// the engine makes it, and the step goes on in or behind the handler; false then.
    /// </summary>
    private bool TryEnterGuestTrap()
    {
        const byte debugException = 1;
        if (_guestTrap is not { } status)
        {
            return false;
        }
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        if (_controller.GuestMemory is not { } memory || !InterruptEntry.TryEnter(memory, system, ref general, debugException))
        {
            DeliverGuestTrap(status);
            return false;
        }
        _vcpu.GetDebugRegisters(out DebugRegisters registers);
        _vcpu.SetDebugRegisters(registers with
        {
            Dr6 = (registers.Dr6 & ~DebugRegisterBits.Slots) | status | DebugRegisterBits.Dr6Fixed,
            Dr7 = registers.Dr7 & ~DebugRegisterBits.GeneralDetect,
        });
        _vcpu.SetGeneral(general);
        _guestTrap = null;
        return true;
    }

    /// <summary>
    /// What the user should know when a step is over and the guest traps by itself at the same place; told when it begins.
    /// </summary>
    private string? Clash()
    {
        bool isNews = _guestTrap is not null && !_clashTold;
        _clashTold = _guestTrap is not null;
        return !isNews ? null
            : (_guestTrap & DebugRegisterBits.SingleStep) != 0
                ? "the guest is stepping itself (RFLAGS.TF): the next step or run takes it into its own #DB handler"
                : "a debug register of the guest's own went off: the next step or run takes it into its own #DB handler";
    }
}
