using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <content>Registers and reset.</content>
internal sealed partial class KvmVcpuAdapter
{
    /// <inheritdoc/>
    public void GetGeneral(out GeneralRegisters registers)
    {
        ref readonly var r = ref vcpu.Registers;
        (registers.Rax, registers.Rbx, registers.Rcx, registers.Rdx) = (r.Rax, r.Rbx, r.Rcx, r.Rdx);
        (registers.Rsi, registers.Rdi, registers.Rsp, registers.Rbp) = (r.Rsi, r.Rdi, r.Rsp, r.Rbp);
        (registers.R8, registers.R9, registers.R10, registers.R11) = (r.R8, r.R9, r.R10, r.R11);
        (registers.R12, registers.R13, registers.R14, registers.R15) = (r.R12, r.R13, r.R14, r.R15);
        (registers.Rip, registers.Rflags) = (r.Rip, r.Rflags | (_hidesTrapFlag && _trapFlag ? SteppedInstruction.TrapFlag : 0));
    }

    /// <inheritdoc/>
    public void SetGeneral(in GeneralRegisters registers)
    {
        KvmRegs r;
        (r.Rax, r.Rbx, r.Rcx, r.Rdx) = (registers.Rax, registers.Rbx, registers.Rcx, registers.Rdx);
        (r.Rsi, r.Rdi, r.Rsp, r.Rbp) = (registers.Rsi, registers.Rdi, registers.Rsp, registers.Rbp);
        (r.R8, r.R9, r.R10, r.R11) = (registers.R8, registers.R9, registers.R10, registers.R11);
        (r.R12, r.R13, r.R14, r.R15) = (registers.R12, registers.R13, registers.R14, registers.R15);
        (r.Rip, r.Rflags) = (registers.Rip, registers.Rflags);
        _trapFlag = (r.Rflags & SteppedInstruction.TrapFlag) != 0;
        vcpu.SetRegisters(r);
    }

    /// <inheritdoc/>
    public void GetSystem(out SystemRegisters registers)
    {
        ref readonly var s = ref vcpu.SystemRegisters;
        registers.Cs = FromKvm(s.Cs);
        registers.Ss = FromKvm(s.Ss);
        registers.Ds = FromKvm(s.Ds);
        registers.Es = FromKvm(s.Es);
        registers.Fs = FromKvm(s.Fs);
        registers.Gs = FromKvm(s.Gs);
        registers.Tr = FromKvm(s.Tr);
        registers.Ldt = FromKvm(s.Ldt);
        registers.Gdt = new DescriptorTable(s.Gdt.Base, s.Gdt.Limit);
        registers.Idt = new DescriptorTable(s.Idt.Base, s.Idt.Limit);
        (registers.Cr0, registers.Cr2, registers.Cr3, registers.Cr4, registers.Cr8) = (s.Cr0, s.Cr2, s.Cr3, s.Cr4, s.Cr8);
        (registers.Efer, registers.ApicBase) = (s.Efer, s.ApicBase);
    }

    /// <inheritdoc/>
    public bool BringsSystemRegisters
    {
        set
        {
            _bringsSystemRegisters = value;
            vcpu.BringSystemRegisters = value || _control != default;
        }
    }

    /// <inheritdoc/>
    public bool TrySetSystem(in SystemRegisters registers)
    {
        // The interrupt bitmap stays 0: an interrupt that is queued stays queued.
        var s = new KvmSregs
        {
            Cs = ToKvm(registers.Cs),
            Ss = ToKvm(registers.Ss),
            Ds = ToKvm(registers.Ds),
            Es = ToKvm(registers.Es),
            Fs = ToKvm(registers.Fs),
            Gs = ToKvm(registers.Gs),
            Tr = ToKvm(registers.Tr),
            Ldt = ToKvm(registers.Ldt),
            Gdt = new KvmDtable { Base = registers.Gdt.Base, Limit = registers.Gdt.Limit },
            Idt = new KvmDtable { Base = registers.Idt.Base, Limit = registers.Idt.Limit },
            Cr0 = registers.Cr0,
            Cr2 = registers.Cr2,
            Cr3 = registers.Cr3,
            Cr4 = registers.Cr4,
            Cr8 = registers.Cr8,
            Efer = registers.Efer,
            ApicBase = registers.ApicBase,
        };
        return vcpu.TrySetSystemRegisters(s);
    }

    /// <inheritdoc/>
    public void GetFxsave(Span<byte> image) => vcpu.GetFxsave(image);

    /// <inheritdoc/>
    public bool TrySetFxsave(ReadOnlySpan<byte> image) => vcpu.TrySetFxsave(image);

    /// <inheritdoc/>
    public void GetXsave(Span<byte> image) => vcpu.GetXsave(image);

    /// <inheritdoc/>
    public bool TrySetXsave(ReadOnlySpan<byte> image, ulong changed) => vcpu.TrySetXsave(image, changed);

    /// <inheritdoc/>
    public bool TryGetXcr0(out ulong value) => vcpu.TryGetXcr0(out value);

    /// <inheritdoc/>
    public bool TrySetXcr0(ulong value) => vcpu.TrySetXcr0(value);

    /// <inheritdoc/>
    public bool TryGetMsr(uint index, out ulong value) => vcpu.TryGetMsr(index, out value);

    /// <inheritdoc/>
    public bool TrySetMsr(uint index, ulong value) =>
        index == TscMsr && TrySetCounter(value) ? true : vcpu.TrySetMsr(index, value);

    /// <inheritdoc/>
    public void GetEvents(out VcpuEvents events)
    {
        vcpu.GetEvents(out var e);
        events = new VcpuEvents(
            e.ExceptionNumber,
            (e.ExceptionInjected | e.ExceptionPending) != 0,
            e.ExceptionHasErrorCode != 0 ? e.ExceptionErrorCode : null,
            e.InterruptInjected != 0,
            e.InterruptNumber,
            e.InterruptShadow != 0,
            e.NmiMasked != 0,
            (e.NmiPending | e.NmiInjected) != 0);
    }

    /// <inheritdoc/>
    public void ResetState()
    {
        InitState();
        _ = vcpu.TrySetXcr0(ResetValues.Xcr0);
        _ = vcpu.TrySetFxsave(ResetValues.Fxsave());

        // Which of them a KVM has depends on the host, and one that it lacks needs no reset. Some are readable only, and KVM then logs
        // each attempt to write them: hence the comparison.
        foreach (var (index, value) in ResetValues.Msrs)
        {
            if (vcpu.TryGetMsr(index, out var present) && present != value)
            {
                _ = vcpu.TrySetMsr(index, value);
            }
        }
    }

    /// <inheritdoc/>
    public void InitState()
    {
        FinishAccess();

        // Events first: setting them takes the registers that wait with it.
        vcpu.SetEvents(new KvmVcpuEvents { Flags = KvmVcpuEventParts.NmiPending | KvmVcpuEventParts.Shadow });
        if (!TrySetSystem(ResetValues.System(isBootProcessor: vcpu.Id == 0)))
        {
            throw new InvalidOperationException("KVM refuses the processor's state after power-up.");
        }

        SetGeneral(ResetValues.General(processor.Signature));
        SetDebugRegisters(ResetValues.Debug);
        var page = vcpu.RunPage;
        page.RequestInterruptWindow = false;
        _interruptQueued = false;
    }

    /// <summary>KVM would move RIP at the end of the last access, which is at the beginning of the next run.</summary>
    private void FinishAccess()
    {
        if (_accessUnfinished)
        {
            vcpu.KickSelf();
            while (vcpu.Run())
            {
                // The next part of an access that comes in parts: it goes nowhere, as the processor gets another state.
            }

            _accessUnfinished = false;
        }
    }

    private static Segment FromKvm(in KvmSegment s)
    {
        var bits = (s.Present != 0 ? SegmentBits.Present : 0)
            | (s.S != 0 ? SegmentBits.CodeOrData : 0)
            | (s.L != 0 ? SegmentBits.Long : 0)
            | (s.Db != 0 ? SegmentBits.Default32 : 0)
            | (s.G != 0 ? SegmentBits.Granular : 0)
            | (s.Avl != 0 ? SegmentBits.Available : 0)
            | (s.Unusable != 0 ? SegmentBits.Unusable : 0);
        return new Segment(s.Base, s.Limit, s.Selector, s.Type, s.Dpl, bits);
    }

    private static KvmSegment ToKvm(in Segment s) => new()
    {
        Base = s.Base,
        Limit = s.Limit,
        Selector = s.Selector,
        Type = (byte)(s.Type & 0xf),
        Dpl = (byte)(s.Dpl & 3),
        Present = Bit(s.Flags, SegmentBits.Present),
        S = Bit(s.Flags, SegmentBits.CodeOrData),
        L = Bit(s.Flags, SegmentBits.Long),
        Db = Bit(s.Flags, SegmentBits.Default32),
        G = Bit(s.Flags, SegmentBits.Granular),
        Avl = Bit(s.Flags, SegmentBits.Available),
        Unusable = Bit(s.Flags, SegmentBits.Unusable),
    };

    private static byte Bit(SegmentBits bits, SegmentBits bit) => (bits & bit) != 0 ? (byte)1 : (byte)0;
}
