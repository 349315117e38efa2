using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>Executing one instruction, or those of a range one by one.</content>
internal sealed partial class VcpuThread
{
    /// <summary>
    /// One step, or for a range as many as it takes to leave it: without a word to anybody in between, so that a step of the range costs what
    /// a step of the engine costs. Cut short where something else is wanted of the vCPU; it goes on with the next order.
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
            if (!Step(traps, control, pc, out StopRequest stop))
            {
                return;
            }
            if (Action != ResumeKind.StepRange || stop.Event.Kind != StopKind.StepDone)
            {
                RaiseStop(stop);
                return;
            }
            pc = LinearPc();
            if (!Range.Contains(pc))
            {
                RaiseStop(stop);
                return;
            }
            if (traps.TryFindStepped(pc, out BreakpointKind kind))
            {
                RaiseStop(Breakpoint(kind, pc));
                return;
            }
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

    /// <summary>Executes one instruction of a run that looks for a breakpoint which nothing but stepping can find.</summary>
    private void StepTowardsBreakpoint(ArmedTraps traps)
    {
        ulong pc = LinearPc();
        if (traps.TryFindStepped(pc, out BreakpointKind kind))
        {
            RaiseStop(Breakpoint(kind, pc));
            return;
        }
        DeliverInterrupts();
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
        ReportedPc = null;
        traps.PlantAt(pc);
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
        if (!stops && !_attention && Action is (ResumeKind.Step or ResumeKind.StepRange))
        {
            StepAndReport(traps, traps.StepControl, LinearPc());
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
        while (true)
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
        while (true)
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
}
