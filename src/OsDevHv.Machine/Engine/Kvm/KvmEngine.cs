using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>The engine on /dev/kvm: one virtual machine, its vCPUs and its memory slots.</summary>
/// <remarks>
/// MSR accesses that KVM refuses or does not know exit to the machine. The engine is used by one thread at a time; its vCPUs each by their
/// own.
/// </remarks>
public sealed class KvmEngine : IEngine
{
    /// <summary>The most vCPUs of a machine.</summary>
    public const int MaximumVcpus = 64;

    // KVM would take these for itself even without an APIC of its own: IA32_APIC_BASE and IA32_TSC_DEADLINE.
    private static readonly MsrRange[] s_localApicMsrs = [new(0x1b, 1), new(0x6e0, 1)];

    private readonly GuestRam _ram;
    private readonly CpuFeatures _features;
    private readonly KvmDevice _device;
    private readonly KvmVm _vm;
    private readonly KvmMemorySlots _slots;
    private readonly KvmVcpuAdapter?[] _vcpus;
    private readonly KvmCpuidEntry[] _supportedCpuid;
    private readonly uint[] _stateMsrs;
    private readonly ParavirtualClock _clock;
    private KvmCoalescedWrites? _collected;

    /// <summary>Creates the virtual machine. The RAM stays the caller's, and must outlive the engine.</summary>
    /// <param name="ram">What memory mappings refer to.</param>
    /// <param name="features">The processors, 1 to <see cref="MaximumVcpus"/>.</param>
    /// <exception cref="KvmUnavailableException">The host has no usable KVM; the message says why and what to do.</exception>
    public KvmEngine(GuestRam ram, CpuFeatures features)
    {
        ArgumentNullException.ThrowIfNull(ram);
        ArgumentOutOfRangeException.ThrowIfLessThan(features.Count, 1, nameof(features));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(features.Count, MaximumVcpus, nameof(features));
        _ram = ram;
        _features = features;
        _vcpus = new KvmVcpuAdapter?[features.Count];
        _device = KvmDevice.Open();
        try
        {
            _vm = _device.CreateVm();
            _slots = new KvmMemorySlots(_vm, ram);
            _supportedCpuid = _device.GetSupportedCpuid();
            _stateMsrs = [.. _device.GetMsrIndexes().Where(KvmVcpuAdapter.IsStateMsr)];
            _vm.EnableMsrExits(KvmMsrExits.Invalid | KvmMsrExits.Unknown | KvmMsrExits.Filtered);
            _vm.DenyMsrs(s_localApicMsrs);
            _clock = new ParavirtualClock(_vm);
        }
        catch
        {
            _vm?.Dispose();
            _device.Dispose();
            throw;
        }
    }

    /// <summary>Whether guests on this host have five-level paging: CPUID leaf 7, ECX bit 16 (Intel SDM vol. 2A).</summary>
    /// <exception cref="KvmUnavailableException">The host has no usable KVM.</exception>
    public static bool HasFiveLevelPaging()
    {
        const uint fiveLevelPaging = 1 << 16;
        using KvmDevice device = KvmDevice.Open();
        return device.GetSupportedCpuid().Any(static leaf => leaf is { Function: 7, Index: 0 } && (leaf.Ecx & fiveLevelPaging) != 0);
    }

    /// <inheritdoc/>
    public IVcpu CreateVcpu(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _features.Count);
        if (_vcpus[index] is not null)
        {
            throw new InvalidOperationException($"vCPU {index} exists already.");
        }

        var vcpu = _vm.CreateVcpu(index);
        try
        {
            var cpuid = CpuidPolicy.Apply(
                _supportedCpuid, index, _features with { HasClock = _clock.CanBeSet }, vcpu.TscKilohertz);
            vcpu.SetCpuid(cpuid);
            var adapter = new KvmVcpuAdapter(vcpu, KvmProcessor.From(cpuid), _slots, _clock)
            {
                CpuidLeaves = [.. cpuid.Select(CpuidPolicy.ToLeaf)],
                StateMsrs = _stateMsrs,
            };
            adapter.ResetState();
            _vcpus[index] = adapter;
            return adapter;
        }
        catch
        {
            vcpu.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A mapping is unaligned, empty, out of order, overlapping or outside the RAM; nothing has
    /// changed.</exception>
    public void SetMemoryLayout(ReadOnlySpan<MemoryMapping> mappings) => _slots.Apply(mappings);

    /// <summary>Saves or restores the clock that KVM itself shows a guest. While no vCPU runs.</summary>
    /// <param name="state">Where to, or from.</param>
    /// <param name="time">The machine's.</param>
    public void ExchangeClock(StateExchange state, SavedTime time) => _clock.ExchangeState(state, time);

    /// <inheritdoc/>
    public bool TryCollectWrites(ushort port)
    {
        if (_collected is null)
        {
            int ringPage = _vm.Check(KvmCapability.CoalescedPio) > 0 ? _vm.Check(KvmCapability.CoalescedMmio) : 0;
            _collected = ringPage > 0 ? _vcpus[0]?.CoalescedWrites(ringPage) : null;
        }

        return _collected is not null && _vm.TryCoalescePort(port);
    }

    /// <inheritdoc/>
    public void StopCollectingWrites(ushort port) => _vm.StopCoalescingPort(port);

    /// <inheritdoc/>
    public bool TryInterceptMsrs(IReadOnlyCollection<uint> registers)
    {
        // The x2APIC's exit anyway, and cannot be filtered.
        MsrRange[] ranges =
        [
            .. s_localApicMsrs,
            .. registers.Where(static index => index is < 0x800 or > 0x8ff && !IsLocalApics(index)).Select(static index => new MsrRange(index, 1)),
        ];
        if (ranges.Length > KvmVm.MaximumMsrRanges)
        {
            return false;
        }
        _vm.DenyMsrs(ranges);
        return true;
    }

    private static bool IsLocalApics(uint index) => Array.Exists(s_localApicMsrs, range => range.First == index);

    /// <inheritdoc/>
    public bool HasCollectedWrites => _collected is { Any: true };

    /// <inheritdoc/>
    public bool TryTakeCollectedWrite(out ushort port, out byte value)
    {
        (port, value) = (0, 0);
        return _collected is not null && _collected.TryTake(out port, out value);
    }

    /// <summary>Closes the vCPUs, which must run no more, and the machine.</summary>
    public void Dispose()
    {
        foreach (var vcpu in _vcpus)
        {
            vcpu?.Dispose();
        }

        _vm.Dispose();
        _device.Dispose();
        GC.KeepAlive(_ram);
    }
}
