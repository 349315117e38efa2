using System.Buffers.Binary;
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

        /// <summary>A breakpoint that does not count: to be stepped off without a word.</summary>
        Pass,

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
                return AfterAccess(traps.Catches.Port(Index, exit, _vcpu.ExitData), stepping, out stop);
            case VcpuExitKind.Mmio:
                return ServeMmio(exit, traps, stepping, out stop);
            case VcpuExitKind.Msr:
                return ServeMsr(exit, traps, stepping, out stop);
            case VcpuExitKind.Halt:
                return ClassifyHalt(traps, stepping, out stop);
            case VcpuExitKind.Debug:
                return ClassifyDebug(exit, traps, stepping, out stop);
            case VcpuExitKind.InstructionNotEmulated:
                return ClassifyNotEmulated(traps, out stop);
            case VcpuExitKind.Shutdown:
                _shutDown = true;
                stop = new StopRequest(
                    new StopEvent(StopKind.Crashed, Index, GdbSignal.SegmentationFault, Message: $"{traps.Catches.TripleFault()}triple fault on CPU {Index}"),
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
        if (!exit.IsWrite || !traps.TryServeWatchedWrite(exit.Address, _vcpu.ExitData, out ulong? watched))
        {
            _handler.Mmio(Index, exit, _vcpu.ExitData);
            return AfterAccess(traps.Catches.Memory(Index, exit, _vcpu.ExitData), stepping, out stop);
        }
        stop = default;
        if (watched is not { } address || !CountsWatch(traps, address))
        {
            return ExitOutcome.Access;
        }
        stop = new StopRequest(new StopEvent(StopKind.WriteWatchpoint, Index, GdbSignal.Trap, address));
        // While stepping the store must be completed before the step is judged.
        return stepping ? ExitOutcome.Access : ExitOutcome.Stop;
    }

    private ExitOutcome ServeMsr(in VcpuExit exit, ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        // What exits only because it is caught is not ours to answer.
        bool known = _handler.Msr(_vcpu, exit, _vcpu.ExitData)
            || (traps.Catches.CoversMsr(exit.Address) && TryPassMsr(exit, _vcpu.ExitData));
        if (!known)
        {
            _vcpu.FailMsr();
        }
        return AfterAccess(traps.Catches.Msr(Index, exit, _vcpu.ExitData, faults: !known), stepping, out stop);
    }

    private bool TryPassMsr(in VcpuExit exit, Span<byte> data)
    {
        uint index = (uint)exit.Address;
        if (exit.IsWrite)
        {
            return _vcpu.TrySetMsr(index, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }
        bool read = _vcpu.TryGetMsr(index, out ulong value);
        BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        return read;
    }

    /// <summary>An access is served; a catch may stop the machine, behind the instruction.</summary>
    private ExitOutcome AfterAccess(string? caught, bool stepping, out StopRequest stop)
    {
        stop = caught is null ? default : Caught(caught);
        return caught is null || stepping ? ExitOutcome.Access : ExitOutcome.Stop;
    }

    private ExitOutcome ClassifyHalt(ArmedTraps traps, bool stepping, out StopRequest stop)
    {
        if (traps.Technique == SoftwareBreakpointTechnique.PlantedHalt && traps.Planted.Any)
        {
            _vcpu.GetGeneral(out GeneralRegisters general);
            _vcpu.GetSystem(out SystemRegisters system);
            general.Rip--;
            ulong pc = CpuMode.LinearPc(general, system);
            if (pc != _liftedAt && traps.Planted.OwnsByteAt(pc, system))
            {
                _vcpu.SetGeneral(general);
                return JudgeBreakpoint(traps, out stop);
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
            _vcpu.GetSystem(out SystemRegisters system);
            return exit.Address != _liftedAt && traps.Planted.OwnsByteAt(exit.Address, system)
                ? JudgeBreakpoint(traps, out stop)
                : GuestInt3(traps, exit.Address, out stop);
        }
        // Registers that are not in force now are the guest's, or show although they are not enabled.
        ulong hits = exit.DebugStatus & DebugRegisterBits.Enabled(_control.Dr7);
        SlotMatch match = traps.FindSlot(hits, out TrapSlot slot);
        if (match == SlotMatch.Hit && slot.IsExecute)
        {
            return JudgeBreakpoint(traps, out stop);
        }
        bool ours = (exit.DebugStatus & DebugRegisterBits.SingleStep) != 0 && stepping;
        if (exit.GuestDebugStatus != 0)
        {
            _guestTrap = exit.GuestDebugStatus;
        }
        if (match == SlotMatch.Hit && CountsWatch(traps, slot.Address))
        {
            stop = new StopRequest(new StopEvent(WatchKind(slot.Kind), Index, GdbSignal.Trap, slot.Address));
            return ExitOutcome.Stop;
        }
        if (!ours && match != SlotMatch.None)
        {
            return ExitOutcome.Handled;
        }
        if (!ours)
        {
            _guestTrap = exit.DebugStatus & (_control.Dr7 == 0 ? DebugRegisterBits.Causes | DebugRegisterBits.Slots : DebugRegisterBits.Causes);
            return ExitOutcome.Handled;
        }
        stop = StepDone(Clash());
        return ExitOutcome.Stop;
    }

    private bool CountsWatch(ArmedTraps traps, ulong address)
    {
        _context.Take(traps);
        return traps.JudgeWatch(address, _context);
    }

    private ExitOutcome ClassifyNotEmulated(ArmedTraps traps, out StopRequest stop)
    {
        _vcpu.GetGeneral(out GeneralRegisters general);
        _vcpu.GetSystem(out SystemRegisters system);
        ulong pc = CpuMode.LinearPc(general, system);
        ReadOnlySpan<byte> instruction = _vcpu.ExitData;
        if (instruction.Length > 0 && instruction[0] == 0xcc)
        {
            return pc != _liftedAt && traps.Planted.OwnsByteAt(pc, system)
                ? JudgeBreakpoint(traps, out stop)
                : GuestInt3(traps, pc, out stop);
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

    private StopRequest Failed(string why, int signal) => new(
        new StopEvent(StopKind.Crashed, Index, signal, Message: why), new Verdict(VerdictKind.MachineError, why, ExitCodes.MachineError));

    private static StopKind WatchKind(BreakpointKind kind) => kind switch
    {
        BreakpointKind.ReadWatch => StopKind.ReadWatchpoint,
        BreakpointKind.AccessWatch => StopKind.AccessWatchpoint,
        _ => StopKind.WriteWatchpoint,
    };
}
