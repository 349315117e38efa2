namespace OsDevHv.Gdb;

/// <summary>The parts of a <see cref="RegisterFile"/>, for reading or writing only what is needed.</summary>
[Flags]
public enum RegisterGroups
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>General registers, RIP and RFLAGS.</summary>
    General = 1,

    /// <summary>Segment selectors and bases, control registers and EFER.</summary>
    System = 2,

    /// <summary>x87, SSE and MXCSR.</summary>
    FloatingPoint = 4,

    /// <summary>Everything.</summary>
    All = General | System | FloatingPoint,
}

/// <summary>One vCPU's registers as the debugger sees them. A plain buffer: owned by one session, not thread-safe.</summary>
public sealed class RegisterFile
{
    /// <summary>RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 to R15: gdb's order.</summary>
    public ulong[] General { get; } = new ulong[16];

    /// <summary>RIP: the offset in CS, as the processor holds it.</summary>
    public ulong Rip { get; set; }

    /// <summary>RFLAGS.</summary>
    public ulong Rflags { get; set; }

    /// <summary>Selectors of CS, SS, DS, ES, FS, GS: gdb's order.</summary>
    public ushort[] Selectors { get; } = new ushort[6];

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
}
