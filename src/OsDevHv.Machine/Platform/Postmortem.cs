using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Core;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>What is done with a machine whose guest died and whose vCPUs are parked: the report, the core file.</summary>
internal sealed class Postmortem(VirtualMachine machine, TextWriter messages)
{
    private bool _isReported;

    /// <summary>Whether a run that ended so is looked into: the guest has not ended it by itself.</summary>
    public static bool IsCalledFor(VerdictKind kind) => kind is VerdictKind.TripleFaulted or VerdictKind.DeadHalt or VerdictKind.TimedOut
        or VerdictKind.Panicked or VerdictKind.MachineError;

    /// <summary>
    /// Looks into a run that is over; returns its verdict, with what was found out. Where the machine was held for a debugger the report
    /// has been written, and what the debugger did since is its own affair.
    /// </summary>
    public Verdict Examine(Verdict verdict)
    {
        if (!IsCalledFor(verdict.Kind) || _isReported)
        {
            return verdict;
        }
        if (machine.Profile.Crash.Action == CrashAction.Core)
        {
            WriteCore();
        }
        if (verdict.Kind == VerdictKind.TimedOut)
        {
            // After the core file: looking goes on executing.
            verdict = verdict with { Detail = $"{verdict.Detail}{new HangProbe(new MonitoredMachine(machine)).Describe()}" };
        }
        Report(verdict);
        return verdict;
    }

    /// <summary>Reports on a machine that is held for a debugger.</summary>
    public void Report(Verdict verdict)
    {
        _isReported = true;
        ExecutionController controller = machine.Controller;
        VcpuThread culprit = controller.Vcpus[controller.Culprit];
        CrashReport.Write(messages, new CrashContext
        {
            Kind = verdict.Kind,
            Detail = verdict.Detail,
            Vcpus = [.. controller.Vcpus.Select(Describe)],
            Culprit = culprit.Index,
            Memory = machine.Memory,
            Symbols = machine.Symbols,
            NotExecuted = culprit.NotExecuted,
            RegistersNote = culprit.RegistersNote,
            LastExits = culprit.LastExits.Describe(),
        });
    }

    private void WriteCore()
    {
        string path = machine.Profile.Crash.Core ?? Path.Combine(Environment.CurrentDirectory, $"{FileName(machine.Profile.Name)}.core");
        var request = new CoreRequest(
            path, machine.Controller.Culprit, GdbSignal.SegmentationFault, machine.Target.Architecture == Gdb.TargetArchitecture.X86_64);
        messages.WriteLine($"core: {CoreDump.Write(new MonitoredMachine(machine), machine.Target.MemoryMap, request, out _)}");
    }

    private static string FileName(string name) => string.Concat(name.Select(static character => character == '/' ? '_' : character));

    private static CrashedVcpu Describe(VcpuThread vcpu)
    {
        VcpuEvents events = default;
        vcpu.Execute(cpu => cpu.GetEvents(out events));
        VcpuSnapshot at = vcpu.Snapshot;
        string activity = at.WaitsForSipi ? "waiting for SIPI" : at.WaitsForRelease ? "waiting for release" : at.IsHalted ? "halted" : "running";
        return new CrashedVcpu(vcpu.Index, at.General, at.System, events, activity);
    }
}
