using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>What an exit means: an access to serve, a stop to report, or something of the guest's own.</content>
internal sealed partial class VcpuThread
{
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
        LastExits.Record(exit, CurrentRip);
        switch (exit.Kind)
        {
            case VcpuExitKind.PortIo:
                _handler.PortIo(Index, exit, _vcpu.ExitData);
                return ExitOutcome.Access;
            case VcpuExitKind.Mmio:
                return ServeMmio(exit, traps, stepping, out stop);
            case VcpuExitKind.Msr:
                if (!_handler.Msr(_vcpu, exit, _vcpu.ExitData))
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
                _shutDown = true;
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
            _handler.Mmio(Index, exit, _vcpu.ExitData);
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
