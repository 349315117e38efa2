using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>What the end of a run means where nobody says what is expected.</summary>
internal static class EndConvention
{
    /// <summary>What kvm-unit-tests write for success.</summary>
    public const uint KvmUnitTestsPass = 0;

    /// <summary>What kvm-unit-tests write when every test was skipped, as automake's test driver has it.</summary>
    public const uint Skip = 77;

    /// <summary>QemuExitCode::Success of Rust's bootimage; 33 is QEMU's exit code for it.</summary>
    public const uint RustPass = 0x10;

    /// <summary>Judges an end.</summary>
    /// <param name="verdict">How the run ended.</param>
    /// <param name="why">Why it did not pass; empty where it did.</param>
    public static AttemptOutcome Judge(Verdict verdict, out string why)
    {
        why = "";
        switch (verdict.Kind)
        {
            case VerdictKind.Passed:
            case VerdictKind.PoweredOff when verdict.ExitCode == ExitCodes.Passed:
            case VerdictKind.Exited when verdict.ExitValue is KvmUnitTestsPass or RustPass:
                return AttemptOutcome.Passed;
            case VerdictKind.Exited when verdict.ExitValue == Skip || verdict.ExitCode == Skip:
                why = "skipped, as the guest's exit with 77 says";
                return AttemptOutcome.Skipped;
            case VerdictKind.Exited:
                why = string.Create(CultureInfo.InvariantCulture, $"the guest wrote {Shown(verdict)} to isa-debug-exit, which means that it failed");
                return AttemptOutcome.Failed;
            case VerdictKind.Failed:
                why = string.Create(CultureInfo.InvariantCulture, $"the guest says that it failed: {verdict.Detail}");
                return AttemptOutcome.Failed;
            case VerdictKind.MachineError:
                why = $"machine error: {verdict.Detail}";
                return AttemptOutcome.Error;
            case VerdictKind.PoweredOff:
                why = "powered off, without the value that means passing";
                return AttemptOutcome.Failed;
            default:
                why = $"{EndNames.Of(verdict.Kind)}{(verdict.Detail.Length == 0 ? "" : $": {verdict.Detail}")}";
                return AttemptOutcome.Failed;
        }
    }

    private static string Shown(Verdict verdict) =>
        string.Create(CultureInfo.InvariantCulture, $"0x{verdict.ExitValue ?? 0:x} (exit code {verdict.ExitCode})");
}
