using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <summary>Serves the exits that are guest accesses. Called on vCPU threads, several at once; holds no lock when it returns.</summary>
public interface IExitHandler
{
    /// <summary>An IN or OUT: <paramref name="data"/> holds Count elements of Size bytes, written by the guest or to be filled.</summary>
    void PortIo(in VcpuExit exit, Span<byte> data);

    /// <summary>A memory access outside RAM: <paramref name="data"/> holds Size bytes.</summary>
    void Mmio(in VcpuExit exit, Span<byte> data);

    /// <summary>RDMSR or WRMSR: <paramref name="data"/> holds 8 bytes. False is #GP.</summary>
    bool Msr(in VcpuExit exit, Span<byte> data);

    /// <summary>Whether guest output waits to be taken by the host, so that vCPUs should pause.</summary>
    bool IsCongested { get; }
}

/// <summary>The interrupts of one vCPU: its local APIC, or what stands for one.</summary>
public interface IInterruptSource
{
    /// <summary>Whether an interrupt or NMI wants delivery, whatever RFLAGS.IF says. Any thread.</summary>
    bool IsPending { get; }

    /// <summary>Takes the interrupt to deliver now; false when there is none after all. The vCPU's thread, with interrupts open.</summary>
    bool TryAcknowledge(out byte vector);
}
