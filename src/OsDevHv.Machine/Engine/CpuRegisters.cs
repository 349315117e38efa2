namespace OsDevHv.Machine.Engine;

/// <summary>General registers, RIP and RFLAGS of a vCPU.</summary>
public struct GeneralRegisters : IEquatable<GeneralRegisters>
{
#pragma warning disable CS1591, CA1051 // The names are the processor's own.
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rsp, Rbp, R8, R9, R10, R11, R12, R13, R14, R15, Rip, Rflags;
#pragma warning restore CS1591, CA1051

    /// <inheritdoc/>
    public readonly bool Equals(GeneralRegisters other) =>
        (Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rsp) == (other.Rax, other.Rbx, other.Rcx, other.Rdx, other.Rsi, other.Rdi, other.Rsp)
        && (Rbp, R8, R9, R10, R11, R12, R13) == (other.Rbp, other.R8, other.R9, other.R10, other.R11, other.R12, other.R13)
        && (R14, R15, Rip, Rflags) == (other.R14, other.R15, other.Rip, other.Rflags);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is GeneralRegisters other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Rax, Rbx, Rcx, Rdx, Rsp, Rip, Rflags);

    /// <summary>Whether every register is the same.</summary>
    public static bool operator ==(GeneralRegisters left, GeneralRegisters right) => left.Equals(right);

    /// <summary>Whether any register differs.</summary>
    public static bool operator !=(GeneralRegisters left, GeneralRegisters right) => !left.Equals(right);
}

/// <summary>A segment register with its descriptor cache (Intel SDM vol. 3A, 3.4.3).</summary>
/// <param name="Base">Linear base.</param>
/// <param name="Limit">Limit in bytes, granularity applied.</param>
/// <param name="Selector">Visible selector.</param>
/// <param name="Type">Type field, 4 bits.</param>
/// <param name="Dpl">Descriptor privilege level, 0 to 3.</param>
/// <param name="Flags">The single-bit attributes.</param>
public readonly record struct Segment(ulong Base, uint Limit, ushort Selector, byte Type, byte Dpl, SegmentBits Flags);

/// <summary>The single-bit attributes of a segment descriptor.</summary>
[Flags]
public enum SegmentBits : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>P: present.</summary>
    Present = 1,

    /// <summary>S: a code or data segment rather than a system one.</summary>
    CodeOrData = 2,

    /// <summary>L: 64-bit code.</summary>
    Long = 4,

    /// <summary>D/B: 32-bit default operand size or stack.</summary>
    Default32 = 8,

    /// <summary>G: limit in units of 4 KiB.</summary>
    Granular = 16,

    /// <summary>AVL.</summary>
    Available = 32,

    /// <summary>The register holds no usable descriptor (a null selector).</summary>
    Unusable = 64,
}

/// <summary>GDTR or IDTR.</summary>
/// <param name="Base">Linear base.</param>
/// <param name="Limit">Limit in bytes.</param>
public readonly record struct DescriptorTable(ulong Base, ushort Limit);

/// <summary>Segment, descriptor-table and control registers of a vCPU.</summary>
public struct SystemRegisters
{
#pragma warning disable CS1591, CA1051 // The names are the processor's own.
    public Segment Cs, Ss, Ds, Es, Fs, Gs, Tr, Ldt;
    public DescriptorTable Gdt, Idt;
    public ulong Cr0, Cr2, Cr3, Cr4, Cr8, Efer, ApicBase;
#pragma warning restore CS1591, CA1051
}

/// <summary>DR0 to DR3, DR6 and DR7 as the guest set them.</summary>
/// <param name="Dr0">DR0.</param>
/// <param name="Dr1">DR1.</param>
/// <param name="Dr2">DR2.</param>
/// <param name="Dr3">DR3.</param>
/// <param name="Dr6">DR6.</param>
/// <param name="Dr7">DR7.</param>
public readonly record struct DebugRegisters(ulong Dr0, ulong Dr1, ulong Dr2, ulong Dr3, ulong Dr6, ulong Dr7);

/// <summary>What a vCPU has pending or in progress beyond its registers.</summary>
/// <param name="ExceptionVector">The exception queued, being delivered, or last delivered.</param>
/// <param name="ExceptionInjected">An exception is queued for delivery.</param>
/// <param name="ExceptionErrorCode">Its error code, when it has one.</param>
/// <param name="InterruptInjected">An external interrupt is queued for delivery.</param>
/// <param name="InterruptVector">Its vector.</param>
/// <param name="InterruptShadow">The instruction after STI or MOV SS is still to come.</param>
/// <param name="NmiMasked">An NMI is being handled.</param>
/// <param name="NmiPending">An NMI waits.</param>
public readonly record struct VcpuEvents(
    byte ExceptionVector,
    bool ExceptionInjected,
    uint? ExceptionErrorCode,
    bool InterruptInjected,
    byte InterruptVector,
    bool InterruptShadow,
    bool NmiMasked,
    bool NmiPending);
