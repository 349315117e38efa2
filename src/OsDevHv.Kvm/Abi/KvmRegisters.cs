using System.Runtime.CompilerServices;

namespace OsDevHv.Kvm.Abi;

#pragma warning disable CS1591, CA1051 // Layouts, names and meanings are those of <linux/kvm.h> and <asm/kvm.h>.

/// <summary>struct kvm_regs.</summary>
public struct KvmRegs
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rsp, Rbp, R8, R9, R10, R11, R12, R13, R14, R15, Rip, Rflags;
}

/// <summary>struct kvm_segment.</summary>
public struct KvmSegment
{
    public ulong Base;
    public uint Limit;
    public ushort Selector;
    public byte Type, Present, Dpl, Db, S, L, G, Avl, Unusable, Padding;
}

/// <summary>struct kvm_dtable.</summary>
public struct KvmDtable
{
    public ulong Base;
    public ushort Limit;
    public Padding3Words Padding;
}

/// <summary>Three unused words.</summary>
[InlineArray(3)]
public struct Padding3Words
{
    private ushort _first;
}

/// <summary>A bitmap of 256 interrupt vectors.</summary>
[InlineArray(4)]
public struct KvmInterruptBitmap
{
    private ulong _first;
}

/// <summary>struct kvm_sregs.</summary>
public struct KvmSregs
{
    public KvmSegment Cs, Ds, Es, Fs, Gs, Ss, Tr, Ldt;
    public KvmDtable Gdt, Idt;
    public ulong Cr0, Cr2, Cr3, Cr4, Cr8, Efer, ApicBase;
    public KvmInterruptBitmap InterruptBitmap;
}

/// <summary>struct kvm_debugregs.</summary>
public struct KvmDebugRegs
{
    public ulong Db0, Db1, Db2, Db3, Dr6, Dr7, Flags;
    public Reserved9Quads Reserved;
}

/// <summary>Nine unused quadwords.</summary>
[InlineArray(9)]
public struct Reserved9Quads
{
    private ulong _first;
}

/// <summary>struct kvm_vcpu_events, its inner structures flattened.</summary>
public struct KvmVcpuEvents
{
    public byte ExceptionInjected, ExceptionNumber, ExceptionHasErrorCode, ExceptionPending;
    public uint ExceptionErrorCode;
    public byte InterruptInjected, InterruptNumber, InterruptSoft, InterruptShadow;
    public byte NmiInjected, NmiPending, NmiMasked, NmiPadding;
    public uint SipiVector;
    public KvmVcpuEventParts Flags;
    public byte Smm, SmiPending, SmmInsideNmi, SmiLatchedInit;
    public byte TripleFaultPending;
    public Reserved26Bytes Reserved;
    public byte ExceptionHasPayload;
    public ulong ExceptionPayload;
}

/// <summary>Twenty-six unused bytes.</summary>
[InlineArray(26)]
public struct Reserved26Bytes
{
    private byte _first;
}

/// <summary>Which parts of a <see cref="KvmVcpuEvents"/> KVM_SET_VCPU_EVENTS takes over; exceptions and interrupts always.</summary>
[Flags]
public enum KvmVcpuEventParts : uint
{
    None = 0,
    NmiPending = 1,
    SipiVector = 2,
    Shadow = 4,
    Smm = 8,
    Payload = 16,
    TripleFault = 32,
}

/// <summary>struct kvm_guest_debug.</summary>
public struct KvmGuestDebug
{
    public KvmGuestDebugControl Control;
    public uint Padding;
    public KvmGuestDebugRegisters Registers;
}

/// <summary>DR0 to DR7 of a <see cref="KvmGuestDebug"/>; DR4 to DR6 are not used.</summary>
[InlineArray(8)]
public struct KvmGuestDebugRegisters
{
    private ulong _first;
}

/// <summary>KVM_GUESTDBG_* flags.</summary>
[Flags]
public enum KvmGuestDebugControl : uint
{
    None = 0,
    Enable = 0x1,
    SingleStep = 0x2,
    SoftwareBreakpoints = 0x10000,
    HardwareBreakpoints = 0x20000,
    InjectDebugException = 0x40000,
    InjectBreakpoint = 0x80000,
}

/// <summary>struct kvm_msr_entry.</summary>
public struct KvmMsrEntry
{
    public uint Index;
    public uint Reserved;
    public ulong Data;
}

/// <summary>The head of struct kvm_msrs; entries follow.</summary>
internal struct KvmMsrs
{
    public uint Count;
    public uint Padding;
}

/// <summary>struct kvm_msrs with one entry.</summary>
internal struct KvmMsrs1
{
    public KvmMsrs Head;
    public KvmMsrEntry Entry;
}

/// <summary>struct kvm_xcrs.</summary>
internal struct KvmXcrs
{
    public uint Count;
    public uint Flags;
    public KvmXcrArray Registers;
    public XcrsPadding Padding;
}

/// <summary>struct kvm_xcr.</summary>
internal struct KvmXcr
{
    public uint Index;
    public uint Reserved;
    public ulong Value;
}

/// <summary>KVM_MAX_XCRS registers.</summary>
[InlineArray(16)]
internal struct KvmXcrArray
{
    private KvmXcr _first;
}

/// <summary>Padding of struct kvm_xcrs.</summary>
[InlineArray(16)]
internal struct XcrsPadding
{
    private ulong _first;
}

/// <summary>
/// struct kvm_xsave: an XSAVE image in standard format (Intel SDM vol. 1, 13.4). The first 512 bytes are the FXSAVE image, the next 64 the
/// header.
/// </summary>
[InlineArray(4096)]
internal struct KvmXsave
{
    private byte _first;
}
