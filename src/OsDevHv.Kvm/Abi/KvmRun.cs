using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OsDevHv.Kvm.Abi;

#pragma warning disable CS1591, CA1051 // Layouts, names and meanings are those of <linux/kvm.h>.

/// <summary>struct kvm_run, the fields in use. The exits share their place.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2352)]
internal struct KvmRun
{
    [FieldOffset(0)]
    public byte RequestInterruptWindow;

    [FieldOffset(1)]
    public byte ImmediateExit;

    [FieldOffset(8)]
    public KvmExitReason ExitReason;

    [FieldOffset(12)]
    public byte ReadyForInterruptInjection;

    [FieldOffset(13)]
    public byte IfFlag;

    [FieldOffset(16)]
    public ulong Cr8;

    [FieldOffset(32)]
    public ulong HardwareExitReason;

    [FieldOffset(32)]
    public ulong HardwareEntryFailureReason;

    [FieldOffset(32)]
    public KvmIoExit Io;

    [FieldOffset(32)]
    public KvmDebugExit Debug;

    [FieldOffset(32)]
    public KvmMmioExit Mmio;

    [FieldOffset(32)]
    public KvmMsrExit Msr;

    [FieldOffset(32)]
    public KvmInternalError Internal;

    [FieldOffset(32)]
    public KvmEmulationFailure EmulationFailure;

    [FieldOffset(288)]
    public KvmSyncSets ValidRegisters;

    [FieldOffset(296)]
    public KvmSyncSets DirtyRegisters;

    [FieldOffset(304)]
    public KvmRegs Regs;

    [FieldOffset(448)]
    public KvmSregs Sregs;
}

/// <summary>The io member of struct kvm_run.</summary>
public struct KvmIoExit
{
    /// <summary>KVM_EXIT_IO_IN is 0, KVM_EXIT_IO_OUT is 1.</summary>
    public byte Direction;
    public byte Size;
    public ushort Port;
    public uint Count;
    public ulong DataOffset;
}

/// <summary>struct kvm_debug_exit_arch.</summary>
public struct KvmDebugExit
{
    public uint Exception;
    public uint Padding;
    public ulong Pc, Dr6, Dr7;
}

/// <summary>The mmio member of struct kvm_run.</summary>
public struct KvmMmioExit
{
    public ulong PhysicalAddress;
    public MmioData Data;
    public uint Length;
    public byte IsWrite;
}

/// <summary>The data of an MMIO exit.</summary>
[InlineArray(8)]
public struct MmioData
{
    private byte _first;
}

/// <summary>The msr member of struct kvm_run.</summary>
public struct KvmMsrExit
{
    public byte Error;
    public MsrPadding Padding;
    public uint Reason;
    public uint Index;
    public ulong Data;
}

/// <summary>Padding of the msr member of struct kvm_run.</summary>
[InlineArray(7)]
public struct MsrPadding
{
    private byte _first;
}

/// <summary>The head of the internal member of struct kvm_run.</summary>
public struct KvmInternalError
{
    /// <summary>KVM_INTERNAL_ERROR_EMULATION.</summary>
    public const uint Emulation = 1;

    public uint Suberror;
    public uint DataCount;
}

/// <summary>The emulation_failure member of struct kvm_run.</summary>
public struct KvmEmulationFailure
{
    /// <summary>KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES.</summary>
    public const ulong HasInstructionBytes = 1;

    public uint Suberror;
    public uint DataCount;
    public ulong Flags;
    public byte InstructionSize;
    public InstructionBytes Instruction;
}

/// <summary>The longest instruction.</summary>
[InlineArray(15)]
public struct InstructionBytes
{
    private byte _first;
}

/// <summary>KVM_SYNC_X86_* flags.</summary>
[Flags]
public enum KvmSyncSets : ulong
{
    None = 0,
    Regs = 1,
    Sregs = 2,
}

/// <summary>KVM_EXIT_* numbers.</summary>
public enum KvmExitReason : uint
{
    Unknown = 0,
    Exception = 1,
    Io = 2,
    Hypercall = 3,
    Debug = 4,
    Halt = 5,
    Mmio = 6,
    InterruptWindowOpen = 7,
    Shutdown = 8,
    FailEntry = 9,
    Interrupted = 10,
    SetTpr = 11,
    InternalError = 17,
    SystemEvent = 24,
    ReadMsr = 29,
    WriteMsr = 30,
}
