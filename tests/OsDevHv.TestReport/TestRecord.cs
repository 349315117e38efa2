namespace OsDevHv.TestReport;

/// <summary>How a test ended.</summary>
internal enum Outcome
{
    Passed,
    Failed,
    Skipped,

    /// <summary>It failed, and passed when it was run again by itself.</summary>
    Flaky,

    /// <summary>No test, but what happened to the run; counted nowhere.</summary>
    Noted,
}

/// <summary>One test on one host.</summary>
/// <param name="Name">The test's full display name.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">Why it failed (message and stack), be it at first only, or was skipped; empty where it passed.</param>
/// <param name="Duration">How long it ran.</param>
internal sealed record TestRecord(string Name, Outcome Outcome, string Detail, TimeSpan Duration);
