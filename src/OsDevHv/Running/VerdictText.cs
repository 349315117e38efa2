using System.Globalization;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>A verdict in the words of the last line on stderr.</summary>
internal static class VerdictText
{
    /// <summary><c>passed: exit value 0x10 (exit code 0) after 0.12 s</c>.</summary>
    public static string Describe(Verdict verdict, TimeSpan duration)
    {
        string detail = verdict.Detail.Length == 0 ? "" : $": {verdict.Detail}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(verdict.Kind)}{detail} (exit code {verdict.ExitCode}) after {duration.TotalSeconds:F2} s");
    }

    /// <summary>The kind in words.</summary>
    public static string Name(VerdictKind kind) => kind switch
    {
        VerdictKind.Passed => "passed",
        VerdictKind.Failed => "failed",
        VerdictKind.Exited => "exited",
        VerdictKind.PoweredOff => "powered off",
        VerdictKind.Panicked => "panicked",
        VerdictKind.TripleFaulted => "triple fault",
        VerdictKind.DeadHalt => "halted for good",
        VerdictKind.Reset => "reset by the guest",
        VerdictKind.TimedOut => "timed out",
        VerdictKind.Stopped => "stopped",
        VerdictKind.MachineError => "machine error",
        _ => kind.ToString(),
    };
}
