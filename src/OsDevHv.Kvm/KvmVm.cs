using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>A range of model-specific registers.</summary>
/// <param name="First">The first register's index.</param>
/// <param name="Count">How many, above 0.</param>
public readonly record struct MsrRange(uint First, uint Count);

/// <summary>One virtual machine: its memory slots, its MSR exits, its vCPUs. Any thread, one at a time.</summary>
/// <remarks>There is no in-kernel interrupt controller: KVM_CREATE_IRQCHIP is never used.</remarks>
public sealed unsafe class KvmVm : IDisposable
{
    // What an Intel processor without unrestricted guest mode needs in order to run real mode: three pages of a task state segment
    // and one of page tables, in the guest's address space. The addresses are QEMU's, below the firmware and above all devices.
    private const ulong TssAddress = 0xfffbd000;
    private const ulong IdentityMapAddress = 0xfffbc000;

    /// <summary>The most ranges that <see cref="DenyMsrs"/> takes (KVM_MSR_FILTER_MAX_RANGES).</summary>
    public const int MaximumMsrRanges = 16;

    private readonly SafeFileHandle _file;
    private readonly int _vcpuMmapSize;

    internal KvmVm(SafeFileHandle file, int vcpuMmapSize)
    {
        _file = file;
        _vcpuMmapSize = vcpuMmapSize;
        var identity = IdentityMapAddress;
        Call(KvmIoctls.SetIdentityMapAddress, (nuint)(&identity), "KVM_SET_IDENTITY_MAP_ADDR");
        Call(KvmIoctls.SetTssAddress, (nuint)TssAddress, "KVM_SET_TSS_ADDR");
    }

    private int Descriptor => (int)_file.DangerousGetHandle();

    /// <summary>KVM_CHECK_EXTENSION for this machine.</summary>
    public int Check(KvmCapability capability) => Call(KvmIoctls.CheckExtension, (nuint)capability, "KVM_CHECK_EXTENSION");

    /// <summary>Maps a piece of RAM into the guest. The slot must be free.</summary>
    /// <param name="slot">From 0 to <see cref="KvmCapability.MemorySlots"/>, exclusive.</param>
    /// <param name="guestAddress">Guest-physical, page-aligned.</param>
    /// <param name="ram">The RAM, which must outlive the machine.</param>
    /// <param name="ramOffset">Page-aligned.</param>
    /// <param name="length">Bytes, page-aligned, above 0.</param>
    /// <param name="readOnly">Guest writes exit as MMIO.</param>
    /// <exception cref="ArgumentOutOfRangeException">The piece is not inside the RAM.</exception>
    public void AddMemory(int slot, ulong guestAddress, GuestRam ram, ulong ramOffset, ulong length, bool readOnly)
    {
        if (length == 0 || !ram.Contains(ramOffset, length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(length),
                $"{length:x}h bytes at {ramOffset:x}h are not inside {ram.Length:x}h bytes of RAM.");
        }

        SetMemory(new KvmUserspaceMemoryRegion
        {
            Slot = (uint)slot,
            Flags = readOnly ? KvmUserspaceMemoryRegion.ReadOnly : 0,
            GuestPhysicalAddress = guestAddress,
            MemorySize = length,
            UserspaceAddress = ram.HostAddress + ramOffset,
        });
    }

    /// <summary>Frees a slot; its guest-physical addresses become MMIO.</summary>
    public void RemoveMemory(int slot) => SetMemory(new KvmUserspaceMemoryRegion { Slot = (uint)slot });

    /// <summary>Chooses which MSR accesses exit to user space (KVM_CAP_X86_USER_SPACE_MSR).</summary>
    public void EnableMsrExits(KvmMsrExits exits)
    {
        var capability = new KvmEnableCap { Capability = (uint)KvmCapability.UserSpaceMsr, Argument0 = (ulong)exits };
        Call(KvmIoctls.EnableCap, (nuint)(&capability), "KVM_ENABLE_CAP(KVM_CAP_X86_USER_SPACE_MSR)");
    }

    /// <summary>
    /// Makes every access to these registers exit with <see cref="KvmMsrExits.Filtered"/>, even where KVM has the register
    /// (KVM_X86_SET_MSR_FILTER). At most 16 ranges, of 12,288 registers each. The x2APIC range 800h to 8FFh cannot be filtered.
    /// </summary>
    public void DenyMsrs(ReadOnlySpan<MsrRange> ranges)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ranges.Length, MaximumMsrRanges);
        const int maximumCount = 12_288;

        // A bit of 0 denies, so one bitmap of zeros does for all ranges.
        var zeros = stackalloc byte[maximumCount / 8];
        new Span<byte>(zeros, maximumCount / 8).Clear();
        var filter = new KvmMsrFilter();
        for (var i = 0; i < ranges.Length; i++)
        {
            var count = ranges[i].Count;
            if (count is 0 or > maximumCount)
            {
                throw new ArgumentOutOfRangeException(nameof(ranges), $"A range of {count} registers; 1 to {maximumCount} can be denied.");
            }

            const uint readAndWrite = 3;
            filter.Ranges[i] = new KvmMsrFilterRange { Flags = readAndWrite, Count = count, Base = ranges[i].First, Bitmap = zeros };
        }

        Call(KvmIoctls.SetMsrFilter, (nuint)(&filter), "KVM_X86_SET_MSR_FILTER");
    }

    /// <summary>
    /// Lets writes of a byte to a port be collected in a ring instead of exiting each (KVM_CAP_COALESCED_PIO); false when KVM cannot.
    /// <see cref="KvmCoalescedWrites"/> takes them out.
    /// </summary>
    public bool TryCoalescePort(ushort port)
    {
        var zone = new KvmCoalescedZone { Address = port, Size = 1, IsPort = 1 };
        return Libc.Ioctl(Descriptor, KvmIoctls.RegisterCoalesced, (nuint)(&zone)) == 0;
    }

    /// <summary>Makes writes to a port exits again (KVM_UNREGISTER_COALESCED_MMIO); nothing where they are.</summary>
    public void StopCoalescingPort(ushort port)
    {
        var zone = new KvmCoalescedZone { Address = port, Size = 1, IsPort = 1 };
        _ = Libc.Ioctl(Descriptor, KvmIoctls.UnregisterCoalesced, (nuint)(&zone));
    }

    /// <summary>
    /// Sets back the paravirtual clock, by which a guest tells time that uses KVM_FEATURE_CLOCKSOURCE2; false when KVM cannot. While no
    /// vCPU runs. Any thread.
    /// </summary>
    /// <param name="nanoseconds">By how much, 0 or above.</param>
    public bool TrySetClockBack(long nanoseconds)
    {
        var now = new KvmClockData();
        if (Libc.Ioctl(Descriptor, KvmIoctls.GetClock, (nuint)(&now)) < 0)
        {
            return false;
        }

        var then = new KvmClockData { Clock = now.Clock - Math.Min(now.Clock, (ulong)nanoseconds) };
        return Libc.Ioctl(Descriptor, KvmIoctls.SetClock, (nuint)(&then)) >= 0;
    }

    /// <summary>Reads the clock of KVM's paravirtual interface, in nanoseconds; false where the host has none. Any thread.</summary>
    public bool TryGetClock(out ulong nanoseconds)
    {
        var now = new KvmClockData();
        bool told = Libc.Ioctl(Descriptor, KvmIoctls.GetClock, (nuint)(&now)) >= 0;
        nanoseconds = now.Clock;
        return told;
    }

    /// <summary>Sets the clock of KVM's paravirtual interface; false where the host has none. While no vCPU runs. Any thread.</summary>
    public bool TrySetClock(ulong nanoseconds)
    {
        var then = new KvmClockData { Clock = nanoseconds };
        return Libc.Ioctl(Descriptor, KvmIoctls.SetClock, (nuint)(&then)) >= 0;
    }

    /// <summary>KVM_CREATE_VCPU.</summary>
    /// <param name="id">From 0; also the APIC id.</param>
    public KvmVcpu CreateVcpu(int id)
    {
        var descriptor = Call(KvmIoctls.CreateVcpu, (nuint)id, "KVM_CREATE_VCPU");
        var synchronised = (KvmSyncSets)Check(KvmCapability.SyncRegisters) & (KvmSyncSets.Regs | KvmSyncSets.Sregs);
        return new KvmVcpu(id, new SafeFileHandle(descriptor, ownsHandle: true), _vcpuMmapSize, synchronised);
    }

    /// <summary>Closes the machine. After its vCPUs and before its RAM.</summary>
    public void Dispose() => _file.Dispose();

    private void SetMemory(KvmUserspaceMemoryRegion region) =>
        Call(KvmIoctls.SetUserMemoryRegion, (nuint)(&region), "KVM_SET_USER_MEMORY_REGION");

    private int Call(uint request, nuint argument, string name)
    {
        var result = Libc.Ioctl(Descriptor, request, argument);
        var error = Marshal.GetLastPInvokeError();
        GC.KeepAlive(this);
        return result >= 0 ? result : throw new KvmException(name, error);
    }
}
