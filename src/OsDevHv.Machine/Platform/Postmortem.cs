using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Platform;

/// <summary>Gathers what a crash report needs from a machine whose run is over and whose vCPUs are parked.</summary>
internal static class Postmortem
{
    /// <summary>Whether a run that ended so is explained by a report: the guest did not say itself what happened.</summary>
    public static bool IsCalledFor(VerdictKind kind) =>
        kind is VerdictKind.TripleFaulted or VerdictKind.DeadHalt or VerdictKind.TimedOut or VerdictKind.MachineError;

    /// <summary>Writes the report.</summary>
    public static void Write(TextWriter writer, Verdict verdict, ExecutionController controller, IGuestMemory memory, ElfSymbols symbols)
    {
        VcpuThread culprit = controller.Vcpus[controller.Culprit];
        CrashReport.Write(writer, new CrashContext
        {
            Kind = verdict.Kind,
            Detail = verdict.Detail,
            Vcpus = [.. controller.Vcpus.Select(Describe)],
            Culprit = culprit.Index,
            Memory = memory,
            Symbols = symbols,
            NotExecuted = culprit.NotExecuted,
            LastExits = culprit.LastExits.Describe(),
        });
    }

    private static CrashedVcpu Describe(VcpuThread vcpu)
    {
        VcpuEvents events = default;
        vcpu.Execute(cpu => cpu.GetEvents(out events));
        VcpuSnapshot at = vcpu.Snapshot;
        string activity = at.WaitsForSipi ? "waiting for SIPI" : at.WaitsForRelease ? "waiting for release" : at.IsHalted ? "halted" : "running";
        return new CrashedVcpu(vcpu.Index, at.General, at.System, events, activity);
    }
}
