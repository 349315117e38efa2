using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Judging;

/// <summary>Judges how a run ended: by what the case states of it, else by convention.</summary>
internal static class EndJudge
{
    /// <summary>Judges.</summary>
    /// <param name="expected">What the case states.</param>
    /// <param name="run">How it went.</param>
    /// <param name="why">Why it did not pass, one line; empty where it did.</param>
    public static AttemptOutcome Judge(Expectation expected, RunOutcome run, out string why)
    {
        why = "";
        switch (run.CutShort)
        {
            case CutShort.Done:
                return AttemptOutcome.Passed;
            case CutShort.No:
                break;
            default:
                why = "it was ended";
                return AttemptOutcome.Failed;
        }

        if (!expected.StatesEnd)
        {
            return EndConvention.Judge(run.Verdict, out why);
        }

        string[] failures = [.. Failures(expected, run.Verdict)];
        why = string.Join("; ", failures);
        return failures.Length == 0 ? AttemptOutcome.Passed
            : run.Verdict.Kind == VerdictKind.MachineError ? AttemptOutcome.Error
            : AttemptOutcome.Failed;
    }

    private static IEnumerable<string> Failures(Expectation expected, Verdict verdict)
    {
        if (expected.Verdicts.Count > 0 && !expected.Verdicts.Contains(verdict.Kind))
        {
            yield return $"end: expected {Or(expected.Verdicts.Select(EndNames.Of))}; it is {Describe(verdict)}";
        }

        if (expected.ExitCodes.Count > 0 && !expected.ExitCodes.Contains(verdict.ExitCode))
        {
            yield return $"exit code: expected {Or(expected.ExitCodes.Select(static code => code.ToString(CultureInfo.InvariantCulture)))}; "
                + $"it is {verdict.ExitCode}, {Describe(verdict)}";
        }

        if (expected.ExitValues.Count > 0 && !(verdict.ExitValue is { } value && expected.ExitValues.Contains(value)))
        {
            string actual = verdict.ExitValue is { } written
                ? string.Create(CultureInfo.InvariantCulture, $"the guest wrote 0x{written:x}")
                : $"the guest wrote none: {Describe(verdict)}";
            yield return $"isa-debug-exit: expected {Or(expected.ExitValues.Select(static one => $"0x{one:x}"))}; {actual}";
        }
    }

    private static string Describe(Verdict verdict) =>
        EndNames.Of(verdict.Kind) + (verdict.Detail.Length == 0 ? "" : $": {verdict.Detail.ReplaceLineEndings(" ")}");

    private static string Or(IEnumerable<string> words) => string.Join(" or ", words);
}
