using OsDevHv.Machine;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Reports;

/// <summary>Outcomes in the words of logs and reports.</summary>
public static class OutcomeText
{
    /// <summary>A case's outcome, a word or two.</summary>
    public static string Of(CaseOutcome outcome) => outcome switch
    {
        CaseOutcome.Passed => "passed",
        CaseOutcome.Failed => "FAILED",
        CaseOutcome.Skipped => "skipped",
        CaseOutcome.Flaky => "FLAKY",
        CaseOutcome.ExpectedFailure => "expected failure",
        CaseOutcome.UnexpectedPass => "UNEXPECTED PASS",
        CaseOutcome.QuarantinedFailure => "quarantined",
        CaseOutcome.Error => "ERROR",
        CaseOutcome.NotRun => "not run",
        _ => outcome.ToString(),
    };

    /// <summary>How a machine ended, as a name without spaces; null where there was none.</summary>
    public static string? Of(VerdictKind? verdict) => verdict switch
    {
        null => null,
        VerdictKind.PoweredOff => "powered-off",
        VerdictKind.TripleFaulted => "triple-fault",
        VerdictKind.DeadHalt => "dead-halt",
        VerdictKind.TimedOut => "timed-out",
        VerdictKind.MachineError => "machine-error",
        { } other => other.ToString().ToLowerInvariant(),
    };
}
