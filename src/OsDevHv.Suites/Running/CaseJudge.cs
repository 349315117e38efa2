using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>What attempts come to, with a case's standing.</summary>
public static class CaseJudge
{
    // Of several repetitions the case is the one that comes first here: nothing bad is hidden by something good.
    private static readonly CaseOutcome[] s_worstFirst =
    [
        CaseOutcome.Error, CaseOutcome.Failed, CaseOutcome.UnexpectedPass, CaseOutcome.NotRun, CaseOutcome.QuarantinedFailure,
        CaseOutcome.Flaky, CaseOutcome.Skipped, CaseOutcome.ExpectedFailure, CaseOutcome.Passed,
    ];

    /// <summary>Whether an outcome makes the run fail.</summary>
    public static bool IsFailure(CaseOutcome outcome) => outcome is CaseOutcome.Failed or CaseOutcome.UnexpectedPass or CaseOutcome.Error;

    /// <summary>Whether an attempt is followed by another, if one is left: what failed and should not have.</summary>
    public static bool IsRetried(Standing standing, AttemptOutcome outcome) =>
        outcome == AttemptOutcome.Error || (outcome == AttemptOutcome.Failed && standing != Standing.ExpectedToFail);

    /// <summary>What one repetition came to: an attempt and its retries.</summary>
    /// <param name="standing">The case's.</param>
    /// <param name="attempts">In order; none means that it was not run.</param>
    public static CaseOutcome Judge(Standing standing, IReadOnlyList<AttemptOutcome> attempts)
    {
        ArgumentNullException.ThrowIfNull(attempts);
        if (attempts is not [.., var last])
        {
            return CaseOutcome.NotRun;
        }

        // A kernel that failed and then would not be judged has failed.
        AttemptOutcome end = last == AttemptOutcome.Skipped && attempts.Count > 1 ? attempts[^2] : last;
        return (end, standing) switch
        {
            (AttemptOutcome.Passed, _) when attempts.Count > 1 => CaseOutcome.Flaky,
            (AttemptOutcome.Passed, Standing.ExpectedToFail) => CaseOutcome.UnexpectedPass,
            (AttemptOutcome.Passed, _) => CaseOutcome.Passed,
            (AttemptOutcome.Skipped, _) => CaseOutcome.Skipped,
            (AttemptOutcome.Failed, Standing.ExpectedToFail) => CaseOutcome.ExpectedFailure,
            (_, Standing.Quarantined) => CaseOutcome.QuarantinedFailure,
            (AttemptOutcome.Failed, _) => CaseOutcome.Failed,
            _ => CaseOutcome.Error,
        };
    }

    /// <summary>What several repetitions of a case come to together: the worst of them.</summary>
    public static CaseOutcome Combine(IReadOnlyList<CaseOutcome> repetitions) =>
        s_worstFirst.FirstOrDefault(repetitions.Contains, CaseOutcome.NotRun);
}
