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
        traps.LiftAt(pc, _context.System);
        _liftedAt = pc;
        ExitOutcome end = Step(traps, traps.StepOverControl, pc, out StopRequest stop);
        _liftedAt = null;
        traps.PlantAt(pc, _context.System);
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

    /// <summary>
    /// Whether a PUSHF is at RIP: stepped, it pushes the trap flag with which the processor is made to step, and the guest would get a #DB of
    /// ours when it pops it.
    /// </summary>
    private bool IsAtPushFlags(ArmedTraps traps)
    {
        const byte pushFlags = 0x9c;
        const byte operandSize = 0x66;
        _context.Take(traps);
        Span<byte> code = stackalloc byte[2];
        code.Clear();
        ulong pc = _context.LinearPc;
        if (!_context.TryReadMemory(pc, code) && !_context.TryReadMemory(pc, code[..1]))
        {
            return false;
        }
        return code[0] == pushFlags || (code[1] == pushFlags && (code[0] == operandSize || (code[0] & 0xf0) == 0x40));
    }

    /// <summary>Clears the trap flag in what a PUSHF has just pushed.</summary>
    private void CleanPushedFlags(ArmedTraps traps)
    {
        const byte trapFlag = 1;
        _context.Take(traps);
        bool is64 = CpuMode.Is64Bit(_context.System);
        bool isWide = is64 || (_context.System.Ss.Flags & SegmentBits.Default32) != 0;
        ulong offset = is64 ? _context.General.Rsp : isWide ? (uint)_context.General.Rsp : (ushort)_context.General.Rsp;
        ulong linear = is64 ? offset : (uint)(_context.System.Ss.Base + offset);
        Span<byte> second = stackalloc byte[1];
        if (PageWalk.TryTranslate(traps.Memory, _context.System, unchecked(linear + 1), out Translation at)
            && traps.Memory.TryRead(at.PhysicalAddress, second)
            && (second[0] & trapFlag) != 0)
        {
            second[0] &= unchecked((byte)~trapFlag);
            traps.Memory.TryWrite(at.PhysicalAddress, second);
        }
    }
}
