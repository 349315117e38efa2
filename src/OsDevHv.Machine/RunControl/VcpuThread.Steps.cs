using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>Executing one instruction, or those of a range.</content>
internal sealed partial class VcpuThread
{
    /// <summary>
    /// One step, or for a range as many as it takes to leave it: without a word to anybody in between, so that a step of the range costs
    /// what a step of the engine costs, and in part without steps (<see cref="RangePlan"/>). Cut short where something else is wanted of
    /// the vCPU; it goes on with the next order.
    /// </summary>
    private void StepAndReport(ArmedTraps traps, in DebugControl control, ulong start)
    {
        for (ulong pc = start; ;)
        {
            if (_controller.InterruptsInSteps && TryEnterInterrupt())
            {
                RaiseStop(StepDone());
                return;
            }
            CaughtState before = traps.Catches.NeedsSteps ? State() : default;
            switch (Step(traps, control, pc, out StopRequest stop))
            {
                case ExitOutcome.Stop when traps.Catches.NeedsSteps && traps.Catches.Changed(Index, before, State()) is { } message:
                    RaiseStop(Caught(message));
                    return;
                case ExitOutcome.Stop when Action == ResumeKind.StepRange && stop.Event.Kind == StopKind.StepDone:
                    break;
                case ExitOutcome.Stop:
                    RaiseStop(stop);
                    return;
                case ExitOutcome.Pass:
                    _controller.QueueStepOff(this);
                    return;
                default:
                    return;
            }
            pc = LinearPc();
            if (!Range.Contains(pc))
            {
                RaiseStop(StepDone());
                return;
            }
            if (_guestTrap is null && traps.StepsTo(pc) && JudgeBreakpoint(traps, out StopRequest there) == ExitOutcome.Stop)
            {
                RaiseStop(there);
                return;
            }
            if (Action == ResumeKind.StepRange && !GoFreely(traps))
            {
                return;
            }
            pc = LinearPc();
        }
    }

    /// <summary>
    /// The step that a pending interrupt makes: to its handler's first instruction. False where none is pending, the CPU takes none now,
    /// or its entry is not one that can be done by hand; then it goes on waiting for the CPU to run.
    /// </summary>
    private bool TryEnterInterrupt()
    {
        if (_interrupts is null || _waitsForSipi || _controller.GuestMemory is not { } memory || !_vcpu.CanInjectInterrupt)
        {
            return false;
        }
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        if ((general.Rflags & InterruptFlag) == 0)
        {
            return false;
        }
        if (_withdrawn is null && (_interrupts.Pending & VcpuSignals.Interrupt) != 0 && _interrupts.TryAcknowledge(out byte acknowledged))
        {
            LastInterrupts.Record(_controller.Clock.Now, acknowledged);
            _withdrawn = acknowledged;
        }
        if (_withdrawn is not { } vector || !InterruptEntry.TryEnter(memory, system, ref general, vector))
        {
            return false;
        }
        _withdrawn = null;
        _halted = false;
        _vcpu.SetGeneral(general);
        return true;
    }

    /// <summary>Executes one instruction of a run that looks for something which nothing but stepping can find.</summary>
    private void StepTowardsBreakpoint(ArmedTraps traps)
    {
        ulong pc = LinearPc();
        if (_guestTrap is null && traps.StepsTo(pc) && JudgeBreakpoint(traps, out StopRequest there) == ExitOutcome.Stop)
        {
            RaiseStop(there);
            return;
        }
        if (!DeliverInterrupts(traps))
        {
            return;
        }
        CaughtState before = traps.Catches.NeedsSteps ? State() : default;
        ExitOutcome end = Step(traps, traps.StepControl, pc, out StopRequest stop);
        if (end == ExitOutcome.Pass)
        {
            PassBreakpoint(traps);
        }
        else if (end == ExitOutcome.Stop && stop.Event.Kind != StopKind.StepDone)
        {
            RaiseStop(stop);
        }
        else if (traps.Catches.NeedsSteps && traps.Catches.Changed(Index, before, State()) is { } message)
        {
            RaiseStop(Caught(message));
        }
        if (traps.FollowsGates)
        {
            FollowGates(traps);
        }
    }

    /// <summary>Executes the instruction under a breakpoint with the breakpoint out of the way and every other vCPU parked.</summary>
    private void StepOff(ArmedTraps traps)
    {
        ulong pc = Snapshot.LinearPc;
        traps.Planted.LiftAt(pc, Snapshot.System);
        _liftedAt = pc;
        _stepOffOverdue = false;
        ExitOutcome end = Step(traps, traps.StepOverControl, pc, out StopRequest stop);
        _liftedAt = null;
        ReportedPc = null;
        traps.Planted.PlantAt(pc, Snapshot.System);
        bool done = end == ExitOutcome.Stop;
        bool isOnItsWay = Action == ResumeKind.Continue || (Action == ResumeKind.StepRange && Range.Contains(LinearPc()));
        bool stops = done && (!isOnItsWay || stop.Event.Kind != StopKind.StepDone);
        if (stops)
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
        if (end == ExitOutcome.Pass)
        {
            // The instruction faulted, and on the way through its handler is a breakpoint that does not count.
            _controller.QueueStepOff(this);
        }
        else if (!stops && !_attention && Action is (ResumeKind.Step or ResumeKind.StepRange))
        {
            StepAndReport(traps, traps.StepControl, LinearPc());
        }
    }

    /// <summary>
    /// Executes one instruction; no interrupt is delivered meanwhile. <see cref="ExitOutcome.Stop"/> when it is done or something is to be
    /// reported, <see cref="ExitOutcome.Pass"/> at a breakpoint that does not count, <see cref="ExitOutcome.Kicked"/> when a stop or its
    /// time limit came first: what the instruction did so far is complete, and it goes on with the next step or run.
    /// </summary>
    private ExitOutcome Step(ArmedTraps traps, in DebugControl control, ulong start, out StopRequest stop)
    {
        // A CPU in HLT goes on behind it, as if woken: interrupts are held back while stepping, so nothing else could wake it.
        _halted = false;
        _vcpu.WantInterruptWindow = false;
        _activity = VcpuActivity.Running;
        stop = default;
        if (_waitsForSipi)
        {
            return ExitOutcome.Kicked;
        }
        if (TryEnterGuestTrap())
        {
            stop = StepDone();
            return ExitOutcome.Stop;
        }
        while (true)
        {
            _vcpu.ClearKick();
            Interlocked.MemoryBarrier();
            if (_attention || _stepOffOverdue)
            {
                return ExitOutcome.Kicked;
            }
            Apply(control);
            Enter(out VcpuExit exit);
            ExitOutcome outcome = HandleExit(exit, traps, stepping: true, out stop);
            switch (outcome)
            {
                case ExitOutcome.Stop or ExitOutcome.Pass:
                    return outcome;
                case ExitOutcome.Handled when TryEnterGuestTrap():
                    stop = StepDone();
                    return ExitOutcome.Stop;
                case ExitOutcome.Access when DrainStep(traps, start, ref stop):
                    return ExitOutcome.Stop;
                default:
                    continue;
            }
        }
    }

    /// <summary>Completes an access made while stepping; true when the step is over with it.</summary>
    private bool DrainStep(ArmedTraps traps, ulong start, ref StopRequest stop)
    {
        StopRequest noticed = stop;
        while (true)
        {
            _vcpu.KickSelf();
            Enter(out VcpuExit exit);
            if (exit.Kind == VcpuExitKind.Interrupted)
            {
                break;
            }
            ExitOutcome outcome = HandleExit(exit, traps, stepping: true, out stop);
            if (IsNoticed(stop) && !IsNoticed(noticed))
            {
                noticed = stop;
            }
            if (outcome == ExitOutcome.Stop)
            {
                stop = IsNoticed(noticed) ? noticed : stop;
                return true;
            }
        }
        if (IsNoticed(noticed))
        {
            stop = noticed;
            return true;
        }
        return IsDrainedStepOver(start, out stop);
    }

    /// <summary>An access was completed and the engine said nothing of a step: it was one if the PC has moved.</summary>
    private bool IsDrainedStepOver(ulong start, out StopRequest stop)
    {
        const ulong trapFlag = 1 << 8;
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        bool isOver = CpuMode.LinearPc(general, system) != start;
        if (isOver && (general.Rflags & trapFlag) != 0)
        {
            _guestTrap = DebugRegisterBits.SingleStep;
        }
        stop = StepDone(isOver ? Clash() : null);
        return isOver;
    }

    /// <summary>An access hit a watchpoint or a catch.</summary>
    private static bool IsNoticed(in StopRequest stop) => stop.Event.Kind is StopKind.WriteWatchpoint or StopKind.Caught;

    private ulong LinearPc()
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        return CpuMode.LinearPc(general, system);
    }

    private StopRequest StepDone(string? message = null) => new(new StopEvent(StopKind.StepDone, Index, GdbSignal.Trap, Message: message));
}
