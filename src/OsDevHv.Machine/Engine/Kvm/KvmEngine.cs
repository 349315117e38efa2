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

    private readonly GuestRam _ram;
    private readonly int _vcpuCount;
    private readonly KvmDevice _device;
    private readonly KvmVm _vm;
    private readonly KvmMemorySlots _slots;
    private readonly KvmVcpuAdapter?[] _vcpus;
    private readonly KvmCpuidEntry[] _supportedCpuid;

    /// <summary>Creates the virtual machine. The RAM stays the caller's, and must outlive the engine.</summary>
    /// <param name="ram">What memory mappings refer to.</param>
    /// <param name="vcpuCount">How many vCPUs will be created, 1 to <see cref="MaximumVcpus"/>; the guest sees one package of so many
    /// cores.</param>
    /// <exception cref="KvmUnavailableException">The host has no usable KVM; the message says why and what to do.</exception>
    public KvmEngine(GuestRam ram, int vcpuCount)
    {
        ArgumentNullException.ThrowIfNull(ram);
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpuCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vcpuCount, MaximumVcpus);
        _ram = ram;
        _vcpuCount = vcpuCount;
        _vcpus = new KvmVcpuAdapter?[vcpuCount];
        _device = KvmDevice.Open();
        try
        {
            _vm = _device.CreateVm();
            _slots = new KvmMemorySlots(_vm, ram);
            _supportedCpuid = _device.GetSupportedCpuid();
            _vm.EnableMsrExits(KvmMsrExits.Invalid | KvmMsrExits.Unknown | KvmMsrExits.Filtered);
        }
        catch
        {
            _vm?.Dispose();
            _device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IVcpu CreateVcpu(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _vcpuCount);
        if (_vcpus[index] is not null)
        {
            throw new InvalidOperationException($"vCPU {index} exists already.");
        }

        var vcpu = _vm.CreateVcpu(index);
        try
        {
            var cpuid = CpuidPolicy.Apply(_supportedCpuid, index, _vcpuCount);
            vcpu.SetCpuid(cpuid);
            var adapter = new KvmVcpuAdapter(vcpu, CpuidPolicy.Signature(cpuid), _slots);
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
