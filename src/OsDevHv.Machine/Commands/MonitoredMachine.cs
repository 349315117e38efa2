using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Commands;

/// <summary>A real machine as the commands see it.</summary>
internal sealed class MonitoredMachine(VirtualMachine machine) : IMonitoredMachine
{
    private const uint FirstX2Apic = 0x800;
    private const uint LastX2Apic = 0x8ff;

    /// <inheritdoc/>
    public int CpuCount => machine.Controller.Vcpus.Count;

    /// <inheritdoc/>
    public IGuestMemory Memory => machine.Memory;

    /// <inheritdoc/>
    public ElfSymbols Symbols => machine.Symbols;

    /// <inheritdoc/>
    public CpuState StateOf(int cpu)
    {
        VcpuSnapshot at = machine.Controller.Vcpus[cpu].Snapshot;
        return new CpuState(at.General, at.System, machine.Memory);
    }

    /// <inheritdoc/>
    public string Describe(int cpu)
    {
        VcpuSnapshot at = machine.Controller.Vcpus[cpu].Snapshot;
        return at.WaitsForSipi ? "waiting for SIPI" : at.WaitsForRelease ? "waiting for release" : at.IsHalted ? "halted" : "stopped";
    }

    /// <inheritdoc/>
    public void Execute(int cpu, Action<IVcpu> request) => machine.Controller.Vcpus[cpu].Execute(request);

    /// <inheritdoc/>
    public bool TryReadMsr(int cpu, uint index, out ulong value)
    {
        if (IsLocalApics(index))
        {
            return machine.Fabric.Sources[cpu].TryReadMsr(index, out value);
        }
        ulong read = 0;
        bool known = false;
        Execute(cpu, engine => known = engine.TryGetMsr(index, out read));
        value = read;
        return known;
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(int cpu, uint index, ulong value)
    {
        bool written = false;
        VcpuThread vcpu = machine.Controller.Vcpus[cpu];
        vcpu.Execute(engine =>
        {
            written = IsLocalApics(index) ? machine.Fabric.Sources[cpu].TryWriteMsr(engine, index, value) : engine.TrySetMsr(index, value);
            if (written)
            {
                vcpu.RegistersWritten();
            }
        });
        return written;
    }

    /// <inheritdoc/>
    public IReadOnlyList<CpuidLeaf> CpuidLeaves(int cpu)
    {
        IReadOnlyList<CpuidLeaf> leaves = [];
        Execute(cpu, engine => leaves = engine.CpuidLeaves);
        return leaves;
    }

    private static bool IsLocalApics(uint index) =>
        index is LocalApic.BaseMsr or LocalApic.TscDeadlineMsr or (>= FirstX2Apic and <= LastX2Apic);
}
