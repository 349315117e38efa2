using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Boot;

/// <summary>The boot CPU's state at entry, for each mode in which a kernel is entered.</summary>
internal static class InitialState
{
    /// <summary>Bytes of the descriptor table that <see cref="WriteGdt"/> writes.</summary>
    public const ulong GdtBytes = 4 * 8;

    private const ushort Code32Selector = 0x08;
    private const ushort DataSelector = 0x10;
    private const ushort Code64Selector = 0x18;

    private const byte CodeType = 0xb;
    private const byte DataType = 0x3;
    private const byte BusyTssType = 0xb;
    private const byte LdtType = 0x2;

    // Enabled, boot processor, at FEE00000h: the value after reset (Intel SDM vol. 3A, 11.4.4).
    private const ulong ApicBaseOfBootCpu = 0xfee0_0900;

    private const ulong Cr0MonitorCoprocessor = 1 << 1;
    private const ulong Cr0NumericError = 1 << 5;
    private const ulong Cr4OsFxsr = 1 << 9;
    private const ulong Cr4OsXmmExceptions = 1 << 10;

    /// <summary>Null, flat 32-bit code (08h), flat data (10h), 64-bit code (18h).</summary>
    public static void WriteGdt(BootMemory memory, ulong address)
    {
        ReadOnlySpan<byte> table =
        [
            0, 0, 0, 0, 0, 0, 0, 0,
            0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0,
            0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
            0xff, 0xff, 0, 0, 0, 0x9b, 0xaf, 0,
        ];
        memory.Write(address, table);
    }

    /// <summary>32-bit protected mode, paging off, flat segments, interrupts off, no IDT: Multiboot's machine state.</summary>
    public static SystemRegisters Protected(ulong gdt)
    {
        SystemRegisters registers = Flat(gdt, new Segment(0, uint.MaxValue, Code32Selector, CodeType, 0, FlatBits | SegmentBits.Default32));
        registers.Cr0 = ControlBits.Cr0Pe | ControlBits.Cr0Et;
        return registers;
    }

    /// <summary>
    /// 64-bit mode with four-level paging, interrupts off, no IDT. x87 and SSE are enabled, since compilers use them unless told not to.
    /// </summary>
    public static SystemRegisters Long(ulong gdt, ulong pageTables)
    {
        SystemRegisters registers = Flat(gdt, new Segment(0, uint.MaxValue, Code64Selector, CodeType, 0, FlatBits | SegmentBits.Long));
        registers.Cr0 = ControlBits.Cr0Pg | ControlBits.Cr0Pe | ControlBits.Cr0Et | Cr0MonitorCoprocessor | Cr0NumericError;
        registers.Cr3 = pageTables;
        registers.Cr4 = ControlBits.Cr4Pae | Cr4OsFxsr | Cr4OsXmmExceptions;
        registers.Efer = ControlBits.EferLme | ControlBits.EferLma;
        return registers;
    }

    /// <summary>Real mode as a BIOS leaves it for a boot sector: CS as given, SS as given, the other segments 0, vectors at 0.</summary>
    public static SystemRegisters Real(ushort codeSelector, ushort stackSelector) => new()
    {
        Cs = RealSegment(codeSelector, CodeType),
        Ss = RealSegment(stackSelector, DataType),
        Ds = RealSegment(0, DataType),
        Es = RealSegment(0, DataType),
        Fs = RealSegment(0, DataType),
        Gs = RealSegment(0, DataType),
        Tr = new Segment(0, 0xffff, 0, BusyTssType, 0, SegmentBits.Present),
        Ldt = new Segment(0, 0xffff, 0, LdtType, 0, SegmentBits.Present),
        Gdt = new DescriptorTable(0, 0xffff),
        Idt = new DescriptorTable(0, 0x3ff),
        Cr0 = ControlBits.Cr0Et,
        ApicBase = ApicBaseOfBootCpu,
    };

    private const SegmentBits FlatBits = SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Granular;

    private static SystemRegisters Flat(ulong gdt, Segment code)
    {
        Segment data = new(0, uint.MaxValue, DataSelector, DataType, 0, FlatBits | SegmentBits.Default32);
        return new SystemRegisters
        {
            Cs = code,
            Ss = data,
            Ds = data,
            Es = data,
            Fs = data,
            Gs = data,
            Tr = new Segment(0, 0xffff, 0, BusyTssType, 0, SegmentBits.Present),
            Ldt = new Segment(0, 0xffff, 0, LdtType, 0, SegmentBits.Present),
            Gdt = new DescriptorTable(gdt, (ushort)(GdtBytes - 1)),
            ApicBase = ApicBaseOfBootCpu,
        };
    }

    private static Segment RealSegment(ushort selector, byte type) =>
        new((ulong)selector << 4, 0xffff, selector, type, 0, SegmentBits.Present | SegmentBits.CodeOrData);
}
