using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;

namespace OsDevHv.Machine.Commands;

/// <summary>A stopped machine as the commands that look at it need it.</summary>
internal interface IMonitoredMachine
{
    /// <summary>How many CPUs.</summary>
    int CpuCount { get; }

    /// <summary>RAM by guest-physical address.</summary>
    IGuestMemory Memory { get; }

    /// <summary>Names for the kernel's addresses.</summary>
    ElfSymbols Symbols { get; }

    /// <summary>A CPU's registers as of the stop.</summary>
    CpuState StateOf(int cpu);

    /// <summary>What a CPU is doing, in words.</summary>
    string Describe(int cpu);

    /// <summary>Does something with the engine's vCPU on its own thread, and waits.</summary>
    void Execute(int cpu, Action<IVcpu> request);

    /// <summary>Reads a model-specific register, the local APIC's too; false where there is none.</summary>
    bool TryReadMsr(int cpu, uint index, out ulong value);

    /// <summary>Writes a model-specific register; false where there is none, or it refuses the value.</summary>
    bool TryWriteMsr(int cpu, uint index, ulong value);

    /// <summary>What CPUID tells a CPU's guest; empty where that is not known.</summary>
    IReadOnlyList<CpuidLeaf> CpuidLeaves(int cpu);
}
