using System.Runtime.InteropServices;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <content>The state of a vCPU: what can be read and set between runs.</content>
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Bytes of the XSAVE image that KVM exchanges: standard format, without the tile data of AMX.</summary>
    public const int XsaveSize = 4096;

    /// <summary>Bytes of an FXSAVE image (Intel SDM vol. 1, 10.5.1).</summary>
    public const int FxsaveSize = 512;

    // Of an FXSAVE image, what the processor defines; the rest is reserved or the software's.
    private const int FxsaveDefined = 416;
    private const int MxcsrOffset = 24;
    private const int MxcsrMaskOffset = 28;
    private const uint DefaultMxcsrMask = 0xffbf;
    private const int XstateBvOffset = 512;
    private const ulong XstateX87AndSse = 3;

    private bool HasDirtyRegisters => (_page->DirtyRegisters & KvmSyncSets.Regs) != 0;

    /// <summary>The general registers, RIP and RFLAGS.</summary>
    public ref readonly KvmRegs Registers
    {
        get
        {
            AssertOwner();
            if (!HasDirtyRegisters && (_valid & KvmSyncSets.Regs) == 0)
            {
                Call(KvmIoctls.GetRegs, &_page->Regs, "KVM_GET_REGS");
                _valid |= KvmSyncSets.Regs;
            }

            return ref _page->Regs;
        }
    }

    /// <summary>Segment, descriptor-table and control registers.</summary>
    public ref readonly KvmSregs SystemRegisters
    {
        get
        {
            AssertOwner();
            if ((_valid & KvmSyncSets.Sregs) == 0)
            {
                Call(KvmIoctls.GetSregs, &_page->Sregs, "KVM_GET_SREGS");
                _valid |= KvmSyncSets.Sregs;
            }

            return ref _page->Sregs;
        }
    }

    /// <summary>Sets the general registers, from the next run on. Drops an exception that was queued but not yet delivered.</summary>
    public void SetRegisters(in KvmRegs registers)
    {
        AssertOwner();
        _page->Regs = registers;
        _page->DirtyRegisters |= KvmSyncSets.Regs;
        if ((_synchronised & KvmSyncSets.Regs) == 0)
        {
            FlushRegisters();
        }
    }

    /// <summary>Sets the system registers at once, CR8 included; false, and nothing changed, when KVM refuses the combination.</summary>
    public bool TrySetSystemRegisters(in KvmSregs registers)
    {
        AssertOwner();
        if (registers.Cr8 > 15)
        {
            return false;
        }

        fixed (KvmSregs* argument = &registers)
        {
            if (!TryCall(KvmIoctls.SetSregs, argument, "KVM_SET_SREGS"))
            {
                return false;
            }
        }

        // Each run takes CR8 from the page, not from the registers; and KVM may have normalised what it was given.
        _page->Cr8 = registers.Cr8;
        _valid &= ~KvmSyncSets.Sregs;
        return true;
    }

    /// <summary>Fills <paramref name="image"/>, <see cref="FxsaveSize"/> bytes, with the x87 and SSE state; reserved parts are 0.</summary>
    public void GetFxsave(Span<byte> image)
    {
        AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, FxsaveSize);
        KvmXsave xsave;
        Call(KvmIoctls.GetXsave, &xsave, "KVM_GET_XSAVE");
        new ReadOnlySpan<byte>(&xsave, FxsaveDefined).CopyTo(image);
        image[FxsaveDefined..].Clear();
    }

    /// <summary>Sets the x87 and SSE state; false, and nothing changed, when MXCSR has reserved bits set.</summary>
    /// <remarks>Goes by way of XSAVE: KVM_SET_FPU does not mark the state as in use, so a processor may ignore what it sets.</remarks>
    public bool TrySetFxsave(ReadOnlySpan<byte> image)
    {
        AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, FxsaveSize);
        KvmXsave xsave;
        Call(KvmIoctls.GetXsave, &xsave, "KVM_GET_XSAVE");
        var present = new Span<byte>(&xsave, sizeof(KvmXsave));
        var mask = MemoryMarshal.Read<uint>(present[MxcsrMaskOffset..]);
        if ((MemoryMarshal.Read<uint>(image[MxcsrOffset..]) & ~(mask != 0 ? mask : DefaultMxcsrMask)) != 0)
        {
            return false;
        }

        image[..FxsaveDefined].CopyTo(present);
        MemoryMarshal.Write(present[MxcsrMaskOffset..], mask);
        var inUse = MemoryMarshal.Read<ulong>(present[XstateBvOffset..]) | XstateX87AndSse;
        MemoryMarshal.Write(present[XstateBvOffset..], inUse);
        return TryCall(KvmIoctls.SetXsave, &xsave, "KVM_SET_XSAVE");
    }

    /// <summary>
    /// Fills <paramref name="image"/>, <see cref="XsaveSize"/> bytes, with the XSAVE image: components stand where CPUID leaf 0Dh says, and
    /// those that are in their initial state are 0.
    /// </summary>
    public void GetXsave(Span<byte> image)
    {
        AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, XsaveSize);
        fixed (byte* argument = image)
        {
            Call(KvmIoctls.GetXsave, argument, "KVM_GET_XSAVE");
        }
    }

    /// <summary>
    /// Sets the state from an image got by <see cref="GetXsave"/>: the components that <paramref name="changed"/> names (bits as in XCR0)
    /// count as in use. False when KVM refuses it.
    /// </summary>
    public bool TrySetXsave(ReadOnlySpan<byte> image, ulong changed)
    {
        AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, XsaveSize);
        KvmXsave xsave;
        var copy = new Span<byte>(&xsave, sizeof(KvmXsave));
        image.CopyTo(copy);
        MemoryMarshal.Write(copy[XstateBvOffset..], MemoryMarshal.Read<ulong>(copy[XstateBvOffset..]) | changed);
        return TryCall(KvmIoctls.SetXsave, &xsave, "KVM_SET_XSAVE");
    }

    /// <summary>Reads XCR0; false when the processor has none.</summary>
    public bool TryGetXcr0(out ulong value)
    {
        AssertOwner();
        var registers = default(KvmXcrs);
        var there = TryCall(KvmIoctls.GetXcrs, &registers, "KVM_GET_XCRS") && registers.Count > 0;
        value = there ? registers.Registers[0].Value : 0;
        return there;
    }

    /// <summary>Sets XCR0; false when KVM refuses it, or the processor has none.</summary>
    public bool TrySetXcr0(ulong value)
    {
        AssertOwner();
        var registers = new KvmXcrs { Count = 1 };
        registers.Registers[0] = new KvmXcr { Value = value };
        return TryCall(KvmIoctls.SetXcrs, &registers, "KVM_SET_XCRS");
    }

    /// <summary>Reads a model-specific register; false when KVM has none of that number.</summary>
    public bool TryGetMsr(uint index, out ulong value)
    {
        AssertOwner();
        var registers = new KvmMsrs1 { Head = new KvmMsrs { Count = 1 }, Entry = new KvmMsrEntry { Index = index } };
        var found = Call(KvmIoctls.GetMsrs, &registers, "KVM_GET_MSRS") == 1;
        value = found ? registers.Entry.Data : 0;
        return found;
    }

    /// <summary>Writes a model-specific register; false when KVM has none of that number, or refuses the value.</summary>
    public bool TrySetMsr(uint index, ulong value)
    {
        AssertOwner();
        var registers = new KvmMsrs1 { Head = new KvmMsrs { Count = 1 }, Entry = new KvmMsrEntry { Index = index, Data = value } };
        var accepted = Call(KvmIoctls.SetMsrs, &registers, "KVM_SET_MSRS") == 1;

        // EFER, the FS and GS bases and the APIC base are among the system registers as well.
        _valid &= ~KvmSyncSets.Sregs;
        return accepted;
    }

    /// <summary>Reads many registers at once; gives how many, from the first on, KVM has: the one behind them it does not.</summary>
    public int GetMsrs(Span<KvmMsrEntry> entries) => Msrs(KvmIoctls.GetMsrs, entries, "KVM_GET_MSRS");

    /// <summary>Writes many registers at once; gives how many, from the first on, KVM took: the one behind them it refused.</summary>
    public int SetMsrs(Span<KvmMsrEntry> entries)
    {
        int taken = Msrs(KvmIoctls.SetMsrs, entries, "KVM_SET_MSRS");
        _valid &= ~KvmSyncSets.Sregs;
        return taken;
    }

    private int Msrs(uint request, Span<KvmMsrEntry> entries, string name)
    {
        // KVM takes no more at a time.
        const int most = 255;
        AssertOwner();
        int count = Math.Min(entries.Length, most);
        byte* memory = stackalloc byte[sizeof(KvmMsrs) + (most * sizeof(KvmMsrEntry))];
        *(KvmMsrs*)memory = new KvmMsrs { Count = (uint)count };
        var list = new Span<KvmMsrEntry>(memory + sizeof(KvmMsrs), count);
        entries[..count].CopyTo(list);
        int done = Call(request, memory, name);
        list.CopyTo(entries);
        return done;
    }

    /// <summary>The rate of the guest's time stamp counter in kHz; 0 when KVM does not know it.</summary>
    public uint TscKilohertz
    {
        get
        {
            AssertOwner();
            int result = Libc.Ioctl(_descriptor, KvmIoctls.GetTscKhz, 0);
            return result > 0 ? (uint)result : 0;
        }
    }

    /// <summary>
    /// Reads what KVM adds to the host's time stamp counter for the guest (KVM_VCPU_TSC_OFFSET); false where KVM does not tell: before
    /// Linux 5.16.
    /// </summary>
    public bool TryGetTscOffset(out ulong offset)
    {
        AssertOwner();
        ulong value = 0;
        var attribute = TscOffset(&value);
        bool told = Libc.Ioctl(_descriptor, KvmIoctls.GetDeviceAttribute, (nuint)(&attribute)) == 0;
        offset = value;
        return told;
    }

    /// <summary>Sets what KVM adds to the host's time stamp counter for the guest; false where KVM cannot.</summary>
    public bool TrySetTscOffset(ulong offset)
    {
        AssertOwner();
        var attribute = TscOffset(&offset);
        return Libc.Ioctl(_descriptor, KvmIoctls.SetDeviceAttribute, (nuint)(&attribute)) == 0;
    }

    /// <summary>The guest's own debug registers.</summary>
    public void GetDebugRegisters(out KvmDebugRegs registers)
    {
        AssertOwner();
        fixed (KvmDebugRegs* argument = &registers)
        {
            Call(KvmIoctls.GetDebugRegs, argument, "KVM_GET_DEBUGREGS");
        }
    }

    /// <summary>Sets the guest's own debug registers; false when the upper half of DR6 or DR7 is not 0.</summary>
    public bool TrySetDebugRegisters(in KvmDebugRegs registers)
    {
        AssertOwner();
        fixed (KvmDebugRegs* argument = &registers)
        {
            return TryCall(KvmIoctls.SetDebugRegs, argument, "KVM_SET_DEBUGREGS");
        }
    }

    /// <summary>Pending and in-progress events.</summary>
    public void GetEvents(out KvmVcpuEvents events)
    {
        AssertOwner();
        fixed (KvmVcpuEvents* argument = &events)
        {
            Call(KvmIoctls.GetVcpuEvents, argument, "KVM_GET_VCPU_EVENTS");
        }
    }

    /// <summary>Sets pending and in-progress events.</summary>
    public void SetEvents(in KvmVcpuEvents events)
    {
        AssertOwner();

        // Setting registers drops a queued exception: those that wait must come first.
        FlushRegisters();
        fixed (KvmVcpuEvents* argument = &events)
        {
            Call(KvmIoctls.SetVcpuEvents, argument, "KVM_SET_VCPU_EVENTS");
        }
    }

    /// <summary>KVM_SET_CPUID2. Once, before the first run: some KVMs refuse a second time.</summary>
    public void SetCpuid(ReadOnlySpan<KvmCpuidEntry> entries)
    {
        AssertOwner();
        var buffer = new byte[sizeof(KvmCpuid2) + (entries.Length * sizeof(KvmCpuidEntry))];
        fixed (byte* memory = buffer)
        {
            var head = (KvmCpuid2*)memory;
            head->Count = (uint)entries.Length;
            entries.CopyTo(new Span<KvmCpuidEntry>(head + 1, entries.Length));
            Call(KvmIoctls.SetCpuid2, memory, "KVM_SET_CPUID2");
        }

        _valid &= ~KvmSyncSets.Sregs;
    }

    /// <summary>
    /// KVM_SET_GUEST_DEBUG; false when an exception that it is to inject finds another one pending. Allocates nothing.
    /// </summary>
    public bool TrySetGuestDebug(in KvmGuestDebug debug)
    {
        AssertOwner();

        // KVM notes RIP as the place where to trap; registers set later would take the trap away.
        FlushRegisters();
        fixed (KvmGuestDebug* argument = &debug)
        {
            return TryCall(KvmIoctls.SetGuestDebug, argument, "KVM_SET_GUEST_DEBUG");
        }
    }

    /// <summary>KVM_INTERRUPT: delivers an external interrupt on the next run. KVM does not look at RFLAGS.IF.</summary>
    public void Interrupt(byte vector)
    {
        AssertOwner();
        var argument = new KvmInterrupt { Irq = vector };
        Call(KvmIoctls.Interrupt, &argument, "KVM_INTERRUPT");
    }

    /// <summary>KVM_NMI: delivers an NMI as soon as none is being handled.</summary>
    public void Nmi()
    {
        AssertOwner();
        Call(KvmIoctls.Nmi, null, "KVM_NMI");
    }

    /// <summary>
    /// The ring of coalesced writes, which all vCPUs of a machine share: it lies at page <paramref name="ringPage"/>
    /// (<see cref="KvmCapability.CoalescedMmio"/>) behind the run page. To be used no longer than the vCPU.
    /// </summary>
    public KvmCoalescedWrites CoalescedWrites(int ringPage)
    {
        AssertOwner();
        return new KvmCoalescedWrites((KvmCoalescedRing*)((byte*)_page + (ringPage * (int)GuestRam.PageSize)));
    }

    private static KvmDeviceAttribute TscOffset(ulong* value) => new()
    {
        Group = KvmDeviceAttribute.TscControl,
        Attribute = KvmDeviceAttribute.TscOffset,
        Address = (ulong)value,
    };

    private void FlushRegisters()
    {
        if (HasDirtyRegisters)
        {
            Call(KvmIoctls.SetRegs, &_page->Regs, "KVM_SET_REGS");
            _page->DirtyRegisters &= ~KvmSyncSets.Regs;

            // KVM may have normalised RFLAGS.
            _valid &= ~KvmSyncSets.Regs;
        }
    }
}
