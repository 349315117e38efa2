using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <summary>Serves the exits that are guest accesses. Called on vCPU threads, several at once; holds no lock when it returns.</summary>
public interface IExitHandler
{
    /// <summary>An IN or OUT: <paramref name="data"/> holds Count elements of Size bytes, written by the guest or to be filled.</summary>
    void PortIo(int vcpu, in VcpuExit exit, Span<byte> data);

    /// <summary>A memory access outside RAM: <paramref name="data"/> holds Size bytes.</summary>
    void Mmio(int vcpu, in VcpuExit exit, Span<byte> data);

    /// <summary>RDMSR or WRMSR: <paramref name="data"/> holds 8 bytes. False is #GP.</summary>
    bool Msr(IVcpu vcpu, in VcpuExit exit, Span<byte> data);

    /// <summary>The boot processor got an INIT: without firmware at its reset vector that is a reset of the machine.</summary>
    void BootProcessorInit();

    /// <summary>
    /// Serves what the guest has written without an exit, and lets alarms go off whose time has come. Before any exit is served, so that
    /// nothing overtakes them; also at a stop, and every few milliseconds by any thread.
    /// </summary>
    void CatchUp();

    /// <summary>
    /// Whether what the guest writes without an exit is dropped in place of being served: it is doing again what it has done before.
    /// </summary>
    bool DropsCollectedWrites { get; set; }

    /// <summary>Whether writes may be collected, so that they must be served now and then.</summary>
    bool CollectsWrites { get; }

    /// <summary>Whether guest output waits to be taken by the host, so that vCPUs should pause.</summary>
    bool IsCongested { get; }
}
