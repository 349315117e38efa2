using System.Buffers.Binary;
using OsDevHv.Kvm;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>
/// A processor's state after power-up (Intel SDM vol. 3A, table 10-1), with one exception: the x87 is as after FNINIT and not as after
/// power-up, when all its exceptions are unmasked. Firmware leaves it so, and so does every other virtual machine.
/// </summary>
internal static class ResetValues
{
    public const ulong Xcr0 = 1;

    private const ulong ApicBase = 0xfee00000;
    private const ulong ApicBaseBootProcessor = 1 << 8;
    private const ulong ApicBaseEnabled = 1 << 11;
    private const ulong RflagsReserved = 2;

    /// <summary>
    /// Index and value of the model-specific registers that a reset changes. EFER and the segment bases are system registers.
    /// </summary>
    public static ReadOnlySpan<(uint Index, ulong Value)> Msrs => s_msrs;

    private static readonly (uint Index, ulong Value)[] s_msrs =
    [
        (0x10, 0), // TSC
        (0x3b, 0), // TSC_ADJUST
        (0x174, 0), // SYSENTER_CS
        (0x175, 0), // SYSENTER_ESP
        (0x176, 0), // SYSENTER_EIP
        (0x1d9, 0), // DEBUGCTL
        (0x277, 0x0007_0406_0007_0406), // PAT
        (0x12, 0), // MSR_KVM_SYSTEM_TIME: KVM writes the time there no longer
        (0x2ff, 0), // MTRR_DEF_TYPE: all memory uncacheable, fixed and variable ranges off
        (0xda0, 0), // XSS
        (0x4b56_4d01, 0), // MSR_KVM_SYSTEM_TIME_NEW
        (0xc000_0081, 0), // STAR
        (0xc000_0082, 0), // LSTAR
        (0xc000_0083, 0), // CSTAR
        (0xc000_0084, 0), // FMASK
        (0xc000_0102, 0), // KERNEL_GS_BASE
        (0xc000_0103, 0), // TSC_AUX
    ];

    /// <summary>DR6 and DR7 have bits that are always 1.</summary>
    public static DebugRegisters Debug => new(0, 0, 0, 0, 0xffff0ff0, 0x400);

    /// <summary>RIP is FFF0h; EDX is the processor's signature, as CPUID leaf 1 gives it in EAX.</summary>
    public static GeneralRegisters General(uint signature) => new() { Rip = 0xfff0, Rdx = signature, Rflags = RflagsReserved };

    /// <summary>
    /// Real mode, CS at FFFF0000h. The APIC base says that the local APIC is on: CPUID shows it by that.
    /// </summary>
    public static SystemRegisters System(bool isBootProcessor)
    {
        const SegmentBits usable = SegmentBits.Present | SegmentBits.CodeOrData;
        var data = new Segment(0, 0xffff, 0, 3, 0, usable);
        return new SystemRegisters
        {
            Cs = new Segment(0xffff0000, 0xffff, 0xf000, 0xb, 0, usable),
            Ss = data,
            Ds = data,
            Es = data,
            Fs = data,
            Gs = data,
            Tr = new Segment(0, 0xffff, 0, 0xb, 0, SegmentBits.Present),
            Ldt = new Segment(0, 0xffff, 0, 2, 0, SegmentBits.Present),
            Gdt = new DescriptorTable(0, 0xffff),
            Idt = new DescriptorTable(0, 0xffff),
            Cr0 = 0x60000010,
            ApicBase = ApicBase | ApicBaseEnabled | (isBootProcessor ? ApicBaseBootProcessor : 0),
        };
    }

    /// <summary>FCW 037Fh, all x87 registers empty, MXCSR 1F80h, all XMM registers 0.</summary>
    public static byte[] Fxsave()
    {
        var image = new byte[KvmVcpu.FxsaveSize];
        BinaryPrimitives.WriteUInt16LittleEndian(image, 0x37f);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(24), 0x1f80);
        return image;
    }
}
