using System.Runtime.CompilerServices;

namespace OsDevHv.Kvm.Abi;

#pragma warning disable CS1591, CA1051 // Layouts, names and meanings are those of <linux/kvm.h> and <asm/kvm.h>.

/// <summary>struct kvm_userspace_memory_region.</summary>
internal struct KvmUserspaceMemoryRegion
{
    public uint Slot;
    public uint Flags;
    public ulong GuestPhysicalAddress;
    public ulong MemorySize;
    public ulong UserspaceAddress;

    /// <summary>KVM_MEM_READONLY.</summary>
    public const uint ReadOnly = 2;
}

/// <summary>struct kvm_enable_cap.</summary>
internal struct KvmEnableCap
{
    public uint Capability;
    public uint Flags;
    public ulong Argument0, Argument1, Argument2, Argument3;
    public EnableCapPadding Padding;
}

/// <summary>Padding of struct kvm_enable_cap.</summary>
[InlineArray(64)]
internal struct EnableCapPadding
{
    private byte _first;
}

/// <summary>struct kvm_clock_data.</summary>
internal struct KvmClockData
{
    public ulong Clock;
    public uint Flags;
    public uint Padding0;
    public ulong Realtime;
    public ulong HostTsc;
    public ulong Padding;
    public ulong Padding2;
}

/// <summary>struct kvm_device_attr.</summary>
internal struct KvmDeviceAttribute
{
    public uint Flags;
    public uint Group;
    public ulong Attribute;
    public ulong Address;

    /// <summary>KVM_VCPU_TSC_CTRL.</summary>
    public const uint TscControl = 0;

    /// <summary>KVM_VCPU_TSC_OFFSET.</summary>
    public const ulong TscOffset = 0;
}

/// <summary>struct kvm_interrupt.</summary>
internal struct KvmInterrupt
{
    public uint Irq;
}

/// <summary>struct kvm_cpuid_entry2.</summary>
public struct KvmCpuidEntry
{
    public uint Function;
    public uint Index;
    public KvmCpuidAttributes Flags;
    public uint Eax, Ebx, Ecx, Edx;
    public Padding3Dwords Padding;
}

/// <summary>Three unused doublewords.</summary>
[InlineArray(3)]
public struct Padding3Dwords
{
    private uint _first;
}

/// <summary>KVM_CPUID_FLAG_* flags.</summary>
[Flags]
public enum KvmCpuidAttributes : uint
{
    None = 0,

    /// <summary>ECX selects a subleaf: <see cref="KvmCpuidEntry.Index"/> counts.</summary>
    SignificantIndex = 1,
}

/// <summary>The head of struct kvm_cpuid2; entries follow.</summary>
internal struct KvmCpuid2
{
    public uint Count;
    public uint Padding;
}

/// <summary>struct kvm_coalesced_mmio_zone.</summary>
internal struct KvmCoalescedZone
{
    public ulong Address;
    public uint Size;
    public uint IsPort;
}

/// <summary>The head of struct kvm_coalesced_mmio_ring.</summary>
internal struct KvmCoalescedRing
{
    public uint First, Last;
}

/// <summary>struct kvm_coalesced_mmio: an entry of the ring.</summary>
internal struct KvmCoalescedWrite
{
    public ulong Address;
    public uint Length;
    public uint IsPort;
    public ulong Data;
}

/// <summary>struct kvm_msr_filter_range.</summary>
internal unsafe struct KvmMsrFilterRange
{
    public uint Flags;
    public uint Count;
    public uint Base;
    public byte* Bitmap;
}

/// <summary>struct kvm_msr_filter.</summary>
internal struct KvmMsrFilter
{
    public uint Flags;
    public KvmMsrFilterRanges Ranges;
}

/// <summary>KVM_MSR_FILTER_MAX_RANGES ranges.</summary>
[InlineArray(16)]
internal struct KvmMsrFilterRanges
{
    private KvmMsrFilterRange _first;
}

/// <summary>Which kinds of MSR access leave the guest: KVM_MSR_EXIT_REASON_*.</summary>
[Flags]
public enum KvmMsrExits : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>An access that KVM would answer with #GP although it knows the register.</summary>
    Invalid = 1,

    /// <summary>An access to a register that KVM does not know.</summary>
    Unknown = 2,

    /// <summary>An access that the filter denies.</summary>
    Filtered = 4,
}

/// <summary>KVM_CAP_* numbers.</summary>
public enum KvmCapability
{
    UserMemory = 3,
    SetTssAddress = 4,
    ExtendedCpuid = 7,
    MemorySlots = 10,
    CoalescedMmio = 15,
    UserNmi = 22,
    SetGuestDebug = 23,
    AdjustClock = 39,
    VcpuEvents = 41,
    DebugRegisters = 50,
    Xsave = 55,
    Xcrs = 56,
    MaximumVcpus = 66,
    SyncRegisters = 74,
    ReadOnlyMemory = 81,
    ImmediateExit = 136,
    CoalescedPio = 162,
    UserSpaceMsr = 188,
    MsrFilter = 189,
}
