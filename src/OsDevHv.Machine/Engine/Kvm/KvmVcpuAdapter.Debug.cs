using System.Runtime.InteropServices;
using OsDevHv.Kvm.Abi;
using OsDevHv.Machine.Debug;

namespace OsDevHv.Machine.Engine.Kvm;

/// <content>What the debugger asks of a vCPU.</content>
internal sealed partial class KvmVcpuAdapter
{
    private const byte HltOpcode = 0xf4;

    private bool _haltMayBeLate;

    // While KVM steps it shows no trap flag, whosever it is: the guest's own is kept here.
    private bool _hidesTrapFlag;
    private bool _trapFlag;

    /// <inheritdoc/>
    public void SetDebugControl(in DebugControl control)
    {
        if (control != _control)
        {
            _control = control;
            _controlInForce = false;

            // After a step or at a breakpoint the linear PC is wanted, and with it CS; and CR3 tells where a breakpoint counts.
            vcpu.BringSystemRegisters = _bringsSystemRegisters || control.SingleStep || control.TrapInt3 || control.Dr7 != 0;
        }
    }

    /// <inheritdoc/>
    public void DeliverGuestInt3()
    {
        // The guest is to find the RIP behind its INT3. A processor that has decoded the INT3 adds its length; a KVM that could not
        // emulate it saves RIP as it is.
        if (_int3NotEmulated)
        {
            GetGeneral(out var registers);
            registers.Rip++;
            SetGeneral(registers);
        }

        InjectException(KvmGuestDebugControl.InjectBreakpoint);
    }

    /// <inheritdoc/>
    public void DeliverGuestDebugException(ulong dr6)
    {
        // KVM queues the exception without what it would do to DR6.
        vcpu.GetDebugRegisters(out var registers);
        registers.Dr6 = (uint)dr6;
        _ = vcpu.TrySetDebugRegisters(registers);
        InjectException(KvmGuestDebugControl.InjectDebugException);
    }

    /// <inheritdoc/>
    public void GetDebugRegisters(out DebugRegisters registers)
    {
        vcpu.GetDebugRegisters(out var raw);
        registers = new DebugRegisters(raw.Db0, raw.Db1, raw.Db2, raw.Db3, raw.Dr6, raw.Dr7);
    }

    /// <inheritdoc/>
    public void SetDebugRegisters(in DebugRegisters registers)
    {
        // The processor has no upper halves of DR6 and DR7 (Intel SDM vol. 3B, 18.2.6), and KVM refuses them.
        var raw = new KvmDebugRegs
        {
            Db0 = registers.Dr0,
            Db1 = registers.Dr1,
            Db2 = registers.Dr2,
            Db3 = registers.Dr3,
            Dr6 = (uint)registers.Dr6,
            Dr7 = (uint)registers.Dr7,
        };
        _ = vcpu.TrySetDebugRegisters(raw);
    }

    /// <summary>One step, of which the guest sees nothing.</summary>
    private void Step(out VcpuExit exit)
    {
        GetGeneral(out var general);
        GetSystem(out var system);
        var instruction = SteppedInstruction.Read(memory, general, system);
        if (instruction.IsSystemCall && TryEnterSystemCall(general, system, out exit))
        {
            return;
        }
        RunOneStep(out exit);
        GetGeneral(out var after);
        var before = _trapFlag;
        if (exit is { Kind: VcpuExitKind.Debug, Vector: 1 } && (exit.DebugStatus & DebugRegisterBits.SingleStep) != 0)
        {
            _trapFlag = instruction.Finish(memory, after, before);
            exit.GuestDebugStatus = (before ? DebugRegisterBits.SingleStep : 0) | GuestSlots(exit.DebugStatus);
            return;
        }
        GetSystem(out var systemAfter);
        _trapFlag &= !instruction.LedToHandler(memory, after, systemAfter, before);
    }

    /// <summary>Which of the guest's own debug registers went off in a step; those of the debugger take their place.</summary>
    private ulong GuestSlots(ulong status)
    {
        const ulong anyRegister = 0xf;
        if (_control.Dr7 != 0 || (status & anyRegister) == 0)
        {
            return 0;
        }
        // A bit may show without its register being enabled (Intel SDM vol. 3B, 18.2.3).
        GetDebugRegisters(out var registers);
        return status & DebugRegisterBits.Enabled(registers.Dr7);
    }

    /// <summary>
    /// SYSCALL (Intel SDM vol. 2B), by hand: the processor would save the trap flag of the step in R11, and a mask in IA32_FMASK would end
    /// the stepping without a word.
    /// </summary>
    private bool TryEnterSystemCall(GeneralRegisters general, SystemRegisters system, out VcpuExit exit)
    {
        const uint star = 0xc000_0081, longStar = 0xc000_0082, flagMask = 0xc000_0084;
        const ulong resumeFlag = 1 << 16;
        const SegmentBits flat = SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Granular;
        exit = default;
        if (_accessUnfinished || !vcpu.TryGetMsr(star, out var selectors) || !vcpu.TryGetMsr(longStar, out var entry)
            || !vcpu.TryGetMsr(flagMask, out var mask))
        {
            return false;
        }
        var selector = (ushort)((selectors >> 32) & 0xfffc);
        system.Cs = new Segment(0, 0xffff_ffff, selector, 0xb, 0, flat | SegmentBits.Long);
        system.Ss = new Segment(0, 0xffff_ffff, (ushort)(selector + 8), 3, 0, flat | SegmentBits.Default32);
        if (!TrySetSystem(system))
        {
            return false;
        }
        var traps = (general.Rflags & ~mask & SteppedInstruction.TrapFlag) != 0;
        general.Rcx = general.Rip + 2;
        general.R11 = general.Rflags & ~resumeFlag;
        general.Rip = entry;
        general.Rflags = (general.R11 & ~mask) | ControlBits.RflagsFixed;
        SetGeneral(general);
        exit = new VcpuExit
        {
            Kind = VcpuExitKind.Debug,
            Vector = 1,
            Address = entry,
            DebugStatus = DebugRegisterBits.SingleStep,
            GuestDebugStatus = traps ? DebugRegisterBits.SingleStep : 0,
        };
        return true;
    }

    /// <summary>
    /// One step. Where a page that the instruction needs has first to be mapped for the guest, some processors that are emulated report
    /// the step before the instruction is executed, once for each such page; it is then asked for again. An instruction that leaves all
    /// registers as they are, RIP too, is a jump to itself: it may be executed again without harm, but not for ever.
    /// </summary>
    private void RunOneStep(out VcpuExit exit)
    {
        // Tables of five levels, code and two operands, each across the end of a page.
        const int attempts = 24;
        const ulong anyRegister = 0xf;
        var before = vcpu.Registers;
        var attempt = 0;
        do
        {
            RunOnce(out exit);
            attempt++;
        }
        while (exit is { Kind: VcpuExitKind.Debug, Vector: 1 }
            && (exit.DebugStatus & anyRegister) == 0
            && attempt < attempts
            && AreEqual(before, vcpu.Registers));
    }

    private static bool AreEqual(in KvmRegs left, in KvmRegs right) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<KvmRegs>(in left)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<KvmRegs>(in right)));

    private static KvmGuestDebug ToKvm(in DebugControl control)
    {
        var debug = new KvmGuestDebug();
        if (control.SingleStep)
        {
            debug.Control |= KvmGuestDebugControl.Enable | KvmGuestDebugControl.SingleStep;
        }

        if (control.TrapInt3)
        {
            debug.Control |= KvmGuestDebugControl.Enable | KvmGuestDebugControl.SoftwareBreakpoints;
        }

        if (control.Dr7 != 0)
        {
            debug.Control |= KvmGuestDebugControl.Enable | KvmGuestDebugControl.HardwareBreakpoints;
            debug.Registers[0] = control.Dr0;
            debug.Registers[1] = control.Dr1;
            debug.Registers[2] = control.Dr2;
            debug.Registers[3] = control.Dr3;
            debug.Registers[7] = control.Dr7;
        }

        return debug;
    }

    /// <summary>A step must be asked for again each time: KVM ties it to the RIP at which it was asked for.</summary>
    private void PutDebugControlInForce()
    {
        if (!_controlInForce || _control.SingleStep)
        {
            _controlInForce = TryPutInForce(ToKvm(_control));
        }
    }

    /// <summary>KVM forgets the guest's own trap flag over a step: it is put back where KVM no longer steps.</summary>
    private bool TryPutInForce(in KvmGuestDebug debug)
    {
        if (!_hidesTrapFlag)
        {
            _trapFlag = (vcpu.Registers.Rflags & SteppedInstruction.TrapFlag) != 0;
        }
        if (!vcpu.TrySetGuestDebug(debug))
        {
            return false;
        }
        var wasHidden = _hidesTrapFlag;
        _hidesTrapFlag = (debug.Control & KvmGuestDebugControl.SingleStep) != 0;
        if (wasHidden && !_hidesTrapFlag && _trapFlag)
        {
            var registers = vcpu.Registers;
            registers.Rflags |= SteppedInstruction.TrapFlag;
            vcpu.SetRegisters(registers);
        }
        return true;
    }

    /// <summary>
    /// A KVM that emulates a stepped HLT says only that the step is over, and reports the halt behind whatever it emulates next. Such an
    /// exit is told by the byte before the PC, which is no HLT.
    /// </summary>
    private bool IsHaltOfAnEarlierStep()
    {
        var reason = vcpu.RunPage.ExitReason;
        if (reason != KvmExitReason.Halt)
        {
            _haltMayBeLate |= reason == KvmExitReason.Debug && _control.SingleStep;
            return false;
        }

        if (!_haltMayBeLate)
        {
            return false;
        }

        _haltMayBeLate = false;
        GetGeneral(out var general);
        GetSystem(out var system);
        Span<byte> before = stackalloc byte[1];
        return PageWalk.TryTranslate(memory, system, CpuMode.LinearPc(general, system) - 1, out var at)
            && memory.TryRead(at.PhysicalAddress, before)
            && before[0] != HltOpcode;
    }

    /// <summary>
    /// Queues an exception at RIP. An exception that is on its way already goes first; the instruction is then executed again.
    /// </summary>
    private void InjectException(KvmGuestDebugControl exception)
    {
        var debug = ToKvm(_control);
        debug.Control |= exception;
        _ = TryPutInForce(debug);
        _controlInForce = false;
    }
}
