using OsDevHv.Kvm;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>The engine on /dev/kvm: one virtual machine, its vCPUs and its memory slots.</summary>
public sealed class KvmEngine : IEngine
{
    private readonly GuestRam _ram;
    private readonly int _vcpuCount;

    /// <summary>Creates the virtual machine. The RAM stays the caller's, and must outlive the engine.</summary>
    /// <param name="ram">What memory mappings refer to.</param>
    /// <param name="vcpuCount">How many vCPUs will be created, 1 to 64; the guest sees one package of so many cores.</param>
    public KvmEngine(GuestRam ram, int vcpuCount)
    {
        ArgumentNullException.ThrowIfNull(ram);
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpuCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vcpuCount, 64);
        _ram = ram;
        _vcpuCount = vcpuCount;
    }

    /// <inheritdoc/>
    public IVcpu CreateVcpu(int index) => throw new NotSupportedException($"{index} of {_vcpuCount}");

    /// <inheritdoc/>
    public void SetMemoryLayout(ReadOnlySpan<MemoryMapping> mappings) => throw new NotSupportedException($"{_ram.Length}");

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
