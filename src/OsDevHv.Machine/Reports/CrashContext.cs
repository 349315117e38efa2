using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Reports;

/// <summary>One vCPU when the machine died.</summary>
/// <param name="Index">From 0.</param>
/// <param name="General">Its general registers.</param>
/// <param name="System">Its system registers.</param>
/// <param name="Events">What it had pending or last delivered.</param>
/// <param name="Activity">What it was doing, in a word or two: "running", "halted", "waiting for SIPI".</param>
public sealed record CrashedVcpu(int Index, GeneralRegisters General, SystemRegisters System, VcpuEvents Events, string Activity);

/// <summary>What a <see cref="CrashReport"/> is made from. The machine stands still while it is written.</summary>
public sealed record CrashContext
{
    /// <summary>How the run ended.</summary>
    public required VerdictKind Kind { get; init; }

    /// <summary>The verdict's detail; may be empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>All vCPUs, in order.</summary>
    public required IReadOnlyList<CrashedVcpu> Vcpus { get; init; }

    /// <summary>The index of the vCPU that died first; it is reported in full.</summary>
    public required int Culprit { get; init; }

    /// <summary>The machine's RAM.</summary>
    public required IGuestMemory Memory { get; init; }

    /// <summary>Names for the kernel's addresses, or null.</summary>
    public ElfSymbols? Symbols { get; init; }

    /// <summary>For an instruction that the engine could not execute: its bytes, where known.</summary>
    public ReadOnlyMemory<byte> NotExecuted { get; init; }

    /// <summary>What is to be known of the culprit's registers; null where they are simply those at the end.</summary>
    public string? RegistersNote { get; init; }

    /// <summary>The last exits of the culprit, oldest first, a line each; may be empty.</summary>
    public IReadOnlyList<string> LastExits { get; init; } = [];
}
