namespace OsDevHv.Gdb;

/// <summary>The parts of a <see cref="RegisterFile"/>, for reading or writing only what is needed.</summary>
[Flags]
public enum RegisterGroups
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>General registers, RIP and RFLAGS.</summary>
    General = 1,

    /// <summary>Segment registers with what they cached of their descriptors, descriptor tables, control registers and EFER.</summary>
    System = 2,

    /// <summary>x87, SSE and MXCSR.</summary>
    FloatingPoint = 4,

    /// <summary>DR0 to DR3, DR6 and DR7 as the guest set them.</summary>
    Debug = 8,

    /// <summary>XCR0 and what it enables beyond SSE: the upper parts of the vector registers, mask registers, PKRU.</summary>
    Extended = 16,

    /// <summary>The named model-specific registers.</summary>
    Msrs = 32,

    /// <summary>The memory type range registers.</summary>
    MemoryTypes = 64,

    /// <summary>What <c>g</c> holds.</summary>
    Core = General | System | FloatingPoint,

    /// <summary>Everything.</summary>
    All = Core | Debug | Extended | Msrs | MemoryTypes,
}

/// <summary>Registers that not every processor has.</summary>
[Flags]
public enum RegisterFeatures
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>AVX: YMM0 to YMM15.</summary>
    Avx = 1,

    /// <summary>AVX-512: ZMM0 to ZMM31, K0 to K7.</summary>
    Avx512 = 2,

    /// <summary>Protection keys for user pages: PKRU.</summary>
    ProtectionKeys = 4,
}

/// <summary>What a segment register caches of its descriptor (Intel SDM vol. 3A, 3.4.3).</summary>
/// <param name="Base">Linear base.</param>
/// <param name="Limit">Limit in bytes, granularity applied.</param>
/// <param name="Attributes">
/// Type in bits 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16: the format of SDM vol. 3C, table 25-2.
/// </param>
public readonly record struct SegmentCache(ulong Base, uint Limit, uint Attributes);

/// <summary>One vCPU's registers as the debugger sees them. A plain buffer: owned by one session, not thread-safe.</summary>
public sealed class RegisterFile
{
    /// <summary>RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 to R15: gdb's order.</summary>
    public ulong[] General { get; } = new ulong[16];

    /// <summary>
    /// The instruction pointer as gdb is to see it: RIP, or where the target shows it so the linear address of the instruction.
    /// </summary>
    public ulong Rip { get; set; }

    /// <summary>RIP as the processor holds it: the offset in CS. Part of <see cref="RegisterGroups.System"/>.</summary>
    public ulong OffsetInCode { get; set; }

    /// <summary>RFLAGS.</summary>
    public ulong Rflags { get; set; }

    /// <summary>Selectors of CS, SS, DS, ES, FS, GS: gdb's order; then LDTR and TR.</summary>
    public ushort[] Selectors { get; } = new ushort[8];

    /// <summary>
    /// Descriptor caches in the order of <see cref="Selectors"/>. The bases of FS and GS are <see cref="FsBase"/> and <see cref="GsBase"/>.
    /// </summary>
    public SegmentCache[] Segments { get; } = new SegmentCache[8];

    /// <summary>Base of the GDT.</summary>
    public ulong GdtBase { get; set; }

    /// <summary>Limit of the GDT in bytes.</summary>
    public ushort GdtLimit { get; set; }

    /// <summary>Base of the IDT.</summary>
    public ulong IdtBase { get; set; }

    /// <summary>Limit of the IDT in bytes.</summary>
    public ushort IdtLimit { get; set; }

    /// <summary>Base of FS.</summary>
    public ulong FsBase { get; set; }

    /// <summary>Base of GS.</summary>
    public ulong GsBase { get; set; }

    /// <summary>IA32_KERNEL_GS_BASE (MSR C0000102h).</summary>
    public ulong KernelGsBase { get; set; }

    /// <summary>CR0.</summary>
    public ulong Cr0 { get; set; }

    /// <summary>CR2.</summary>
    public ulong Cr2 { get; set; }

    /// <summary>CR3.</summary>
    public ulong Cr3 { get; set; }

    /// <summary>CR4.</summary>
    public ulong Cr4 { get; set; }

    /// <summary>CR8 (the task priority), 0 to 15.</summary>
    public ulong Cr8 { get; set; }

    /// <summary>IA32_EFER.</summary>
    public ulong Efer { get; set; }

    /// <summary>ST0 to ST7 relative to TOP, 10 bytes each.</summary>
    public byte[] X87 { get; } = new byte[80];

    /// <summary>x87 control word.</summary>
    public ushort Fctrl { get; set; }

    /// <summary>x87 status word.</summary>
    public ushort Fstat { get; set; }

    /// <summary>x87 tag word in its full 16-bit form (two bits a register).</summary>
    public ushort Ftag { get; set; }

    /// <summary>x87 last instruction's selector (zero in 64-bit FXSAVE images).</summary>
    public ushort Fiseg { get; set; }

    /// <summary>x87 last instruction's offset, low 32 bits.</summary>
    public uint Fioff { get; set; }

    /// <summary>x87 last operand's selector (zero in 64-bit FXSAVE images).</summary>
    public ushort Foseg { get; set; }

    /// <summary>x87 last operand's offset, low 32 bits.</summary>
    public uint Fooff { get; set; }

    /// <summary>x87 last opcode, 11 bits.</summary>
    public ushort Fop { get; set; }

    /// <summary>XMM0 to XMM15, 16 bytes each.</summary>
    public byte[] Xmm { get; } = new byte[256];

    /// <summary>MXCSR.</summary>
    public uint Mxcsr { get; set; }

    /// <summary>DR0 to DR3, DR6, DR7.</summary>
    public ulong[] DebugRegisters { get; } = new ulong[6];

    /// <summary>XCR0.</summary>
    public ulong Xcr0 { get; set; }

    /// <summary>ZMM0 to ZMM31, 64 bytes each, without the parts that <see cref="Xmm"/> holds.</summary>
    public byte[] Zmm { get; } = new byte[32 * 64];

    /// <summary>K0 to K7.</summary>
    public ulong[] Masks { get; } = new ulong[8];

    /// <summary>PKRU.</summary>
    public uint Pkru { get; set; }

    /// <summary>The named model-specific registers, in the order of <see cref="MsrNumbers.Named"/>.</summary>
    public ulong[] Msrs { get; } = new ulong[MsrNumbers.Named.Length];

    /// <summary>Which of <see cref="Msrs"/> the processor has.</summary>
    public bool[] HasMsr { get; } = new bool[MsrNumbers.Named.Length];

    /// <summary>The memory type range registers, in the order of <see cref="MsrNumbers.MemoryTypes"/>.</summary>
    public ulong[] MemoryTypes { get; } = new ulong[MsrNumbers.MemoryTypes.Length];

    /// <summary>Whether the processor has memory type range registers.</summary>
    public bool HasMemoryTypes { get; set; }
}
