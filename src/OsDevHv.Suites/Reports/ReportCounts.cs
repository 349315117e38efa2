using System.Globalization;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Reports;

/// <summary>How many cases came to what.</summary>
public sealed record ReportCounts
{
    private ReportCounts()
    {
    }

    /// <summary>What counts as passed: flaky cases and expected failures are among them.</summary>
    public int Passed { get; private init; }

    /// <summary>What counts as failed: errors and unexpected passes are among them.</summary>
    public int Failed { get; private init; }

    /// <summary>Errors.</summary>
    public int Errors { get; private init; }

    /// <summary>Unexpected passes.</summary>
    public int UnexpectedPasses { get; private init; }

    /// <summary>Skipped.</summary>
    public int Skipped { get; private init; }

    /// <summary>Passed only when tried again.</summary>
    public int Flaky { get; private init; }

    /// <summary>Failed as expected.</summary>
    public int ExpectedFailures { get; private init; }

    /// <summary>Failed in quarantine; neither passed nor failed.</summary>
    public int Quarantined { get; private init; }

    /// <summary>Not run.</summary>
    public int NotRun { get; private init; }

    /// <summary>Counts.</summary>
    public static ReportCounts Of(IEnumerable<ReportedCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        Dictionary<CaseOutcome, int> by = cases.CountBy(static one => one.Outcome).ToDictionary();
        int flaky = by.GetValueOrDefault(CaseOutcome.Flaky);
        int expected = by.GetValueOrDefault(CaseOutcome.ExpectedFailure);
        int errors = by.GetValueOrDefault(CaseOutcome.Error);
        int unexpected = by.GetValueOrDefault(CaseOutcome.UnexpectedPass);
        return new ReportCounts
        {
            Passed = by.GetValueOrDefault(CaseOutcome.Passed) + flaky + expected,
            Failed = by.GetValueOrDefault(CaseOutcome.Failed) + errors + unexpected,
            Errors = errors,
            UnexpectedPasses = unexpected,
            Skipped = by.GetValueOrDefault(CaseOutcome.Skipped),
            Flaky = flaky,
            ExpectedFailures = expected,
            Quarantined = by.GetValueOrDefault(CaseOutcome.QuarantinedFailure),
            NotRun = by.GetValueOrDefault(CaseOutcome.NotRun),
        };
    }

    /// <summary><c>7 passed (1 flaky), 2 failed (1 error), 1 skipped</c>: what there is none of is left out, but for the two.</summary>
    public override string ToString()
    {
        string expected = ExpectedFailures == 1 ? "expected failure" : "expected failures";
        string[] parts =
        [
            Number(Passed, "passed") + Among((Flaky, "flaky"), (ExpectedFailures, expected)),
            Number(Failed, "failed") + Among((Errors, Errors == 1 ? "error" : "errors"), (UnexpectedPasses, "passed unexpectedly")),
            .. Some((Skipped, "skipped"), (Quarantined, "failed in quarantine"), (NotRun, "not run")),
        ];
        return string.Join(", ", parts);
    }

    private static string Among(params (int Count, string Word)[] numbers)
    {
        string some = string.Join(", ", Some(numbers));
        return some.Length == 0 ? "" : $" ({some})";
    }

    private static IEnumerable<string> Some(params (int Count, string Word)[] numbers) =>
        numbers.Where(static number => number.Count > 0).Select(static number => Number(number.Count, number.Word));

    private static string Number(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{count} {word}");
}
