using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// The processors' state at entry ("Machine State at Entry", x86-64), which is that of base revision 5 for the older ones too, whose
/// guarantees it keeps: what they leave undefined is clear.
/// </summary>
internal static class LimineState
{
    /// <summary>Bytes of the descriptor table and the code behind it.</summary>
    public const ulong StartBytes = CodeOffset + 64;

    /// <summary>IA32_PAT as "Caching" has it; entries 6 and 7, which are unspecified, as after power-up.</summary>
    public const ulong PageAttributes = 0x0007_0105_0007_0406;

    /// <summary>Where in MP information is the stack that a parked processor is to have: its member `reserved`.</summary>
    public const ulong InfoStackOffset = 8;

    /// <summary>Where in MP information is the member `goto_address`.</summary>
    public const ulong InfoGotoOffset = 16;

    private const ulong CodeOffset = 64;
    private const ushort CodeSelector = 0x28;
    private const ushort DataSelector = 0x30;
    private const byte CodeType = 0xb;
    private const byte DataType = 0x3;
    private const byte BusyTssType = 0xb;
    private const ulong Cr0WriteProtect = 1 << 16;

    // Enabled at FEE00000h; bit 8 is the boot processor's.
    private const ulong ApicBase = 0xfee0_0800;
    private const ulong ApicBaseOfBootProcessor = 1 << 8;

    private static readonly byte[] s_descriptors =
    [
        0, 0, 0, 0, 0, 0, 0, 0,
        0xff, 0xff, 0, 0, 0, 0x9b, 0x00, 0,
        0xff, 0xff, 0, 0, 0, 0x93, 0x00, 0,
        0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0,
        0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
        0xff, 0xff, 0, 0, 0, 0x9b, 0xaf, 0,
        0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
    ];

    // RDI is the processor's MP information. At the end all registers but RDI and RSP are 0, RFLAGS is 2, and 0 is the return address.
    private static readonly byte[] s_parkedCode =
    [
        0xf3, 0x90,                     // again: pause
        0x48, 0x8b, 0x47, 0x10,         //        mov rax, [rdi + 16]
        0x48, 0x85, 0xc0,               //        test rax, rax
        0x74, 0xf5,                     //        jz again
        0x48, 0x8b, 0x67, 0x08,         //        mov rsp, [rdi + 8]
        0x6a, 0x00,                     //        push 0
        0x50,                           //        push rax
        0x6a, 0x02,                     //        push 2
        0x9d,                           //        popfq
        0xb8, 0x00, 0x00, 0x00, 0x00,   //        mov eax, 0
        0xc3,                           //        ret
    ];

    /// <summary>The descriptor table, and behind it the code in which the other processors wait.</summary>
    public static void WriteStart(BootMemory memory, ulong address)
    {
        memory.Zero(address, PageTableBuilder.PageBytes);
        memory.Write(address, s_descriptors);
        memory.Write(address + CodeOffset, s_parkedCode);
    }

    /// <summary>The boot processor's general registers; the stack's top word, a return address of 0, is in place.</summary>
    public static GeneralRegisters BootProcessor(ulong entry, ulong stackTop) =>
        new() { Rip = entry, Rsp = stackTop - sizeof(ulong), Rflags = ControlBits.RflagsFixed };

    /// <summary>Another processor's general registers while it waits.</summary>
    public static GeneralRegisters Parked(ulong start, ulong information, ulong stackTop) =>
        new() { Rip = start + CodeOffset, Rdi = information, Rsp = stackTop, Rflags = ControlBits.RflagsFixed };

    /// <summary>The system registers of every processor.</summary>
    public static SystemRegisters System(ulong descriptors, ulong pageTables, bool fiveLevels, bool isBootProcessor)
    {
        const SegmentBits flat = SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Granular;
        Segment data = new(0, uint.MaxValue, DataSelector, DataType, 0, flat | SegmentBits.Default32);
        return new SystemRegisters
        {
            Cs = new Segment(0, uint.MaxValue, CodeSelector, CodeType, 0, flat | SegmentBits.Long),
            Ss = data,
            Ds = data,
            Es = data,
            Fs = data,
            Gs = data,
            Tr = new Segment(0, 0, 0, BusyTssType, 0, SegmentBits.Present),
            Ldt = new Segment(0, 0, 0, 0, 0, SegmentBits.Unusable),
            Gdt = new DescriptorTable(descriptors, (ushort)(s_descriptors.Length - 1)),
            Cr0 = ControlBits.Cr0Pg | Cr0WriteProtect | ControlBits.Cr0Et | ControlBits.Cr0Pe,
            Cr3 = pageTables,
            Cr4 = ControlBits.Cr4Pae | (fiveLevels ? ControlBits.Cr4La57 : 0),
            Efer = ControlBits.EferLme | ControlBits.EferLma | ControlBits.EferNxe,
            ApicBase = ApicBase | (isBootProcessor ? ApicBaseOfBootProcessor : 0),
        };
    }
}
