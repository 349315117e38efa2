using System.Text.Json.Serialization;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// A run as it is reported: what every format is written from, and what the JSON format holds. Independent of the machine it ran on but
/// for its times. Immutable; any thread.
/// </summary>
public sealed record RunReport
{
    /// <summary>
    /// The version of the JSON format, <c>configs/report.schema.json</c>: counts up when a reader of the last would be wrong.
    /// </summary>
    public const int CurrentFormat = 1;

    /// <summary>The version of the format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The program's version.</summary>
    public required string Program { get; init; }

    /// <summary>When the run began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Why it ended.</summary>
    public required RunEnd End { get; init; }

    /// <summary>The same for every shard of one plan: <see cref="CaseSelection.Fingerprint"/>.</summary>
    public required string Plan { get; init; }

    /// <summary>How many cases all shards have together.</summary>
    public required int Total { get; init; }

    /// <summary>Which shard this is, and of how many.</summary>
    public required Shard Shard { get; init; }

    /// <summary>What chose the cases; empty where all were.</summary>
    public string Filter { get; init; } = "";

    /// <summary>What decided the order; null is the plan's order.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How often each case was to be run.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The directory that the paths of artifacts are in, as seen from the report's own; forward slashes.</summary>
    public string Artifacts { get; init; } = ".";

    /// <summary>The cases, in the plan's order.</summary>
    public required IReadOnlyList<ReportedCase> Cases { get; init; }

    /// <summary>How many came to what.</summary>
    [JsonIgnore]
    public ReportCounts Counts => ReportCounts.Of(Cases);

    /// <summary>Reports a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="program">The program's version.</param>
    public static RunReport Of(TestRun run, string program)
    {
        ArgumentNullException.ThrowIfNull(run);
        CaseSelection selection = run.Selection;
        return new RunReport
        {
            Program = program,
            Began = run.Began.ToUniversalTime(),
            Duration = run.Duration,
            End = run.End,
            Plan = selection.Fingerprint,
            Total = selection.Total,
            Shard = selection.Shard,
            Filter = selection.Filter.Text,
            Seed = run.Options.Seed,
            Repeat = run.Options.Repeat,
            Cases = [.. selection.Cases.Zip(run.Results, static (chosen, result) => ReportedCase.Of(result, chosen.Index))],
        };
    }
}

/// <summary>A case as it is reported.</summary>
public sealed record ReportedCase
{
    /// <summary>Its place among all that were chosen, over all shards; from 0.</summary>
    public required int Index { get; init; }

    /// <summary><see cref="TestCase.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary><see cref="TestCase.Suite"/>.</summary>
    public required string Suite { get; init; }

    /// <summary><see cref="TestCase.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary><see cref="TestCase.Place"/>.</summary>
    public required SourcePlace Place { get; init; }

    /// <summary><see cref="TestCase.Tags"/>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary><see cref="TestCase.Standing"/>.</summary>
    public Standing Standing { get; init; }

    /// <summary><see cref="TestCase.Reason"/>, or <see cref="TestCase.Skip"/>; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What it came to.</summary>
    public required CaseOutcome Outcome { get; init; }

    /// <summary>When its first attempt began, counted from the beginning of the run.</summary>
    public TimeSpan Started { get; init; }

    /// <summary>Its attempts, in order.</summary>
    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>How long its attempts took together.</summary>
    [JsonIgnore]
    public TimeSpan Duration => new(Attempts.Sum(static attempt => attempt.Duration.Ticks));

    /// <summary>
    /// The attempt to look at: the last that did not pass; where all passed the first, which has its output. Null without attempts.
    /// </summary>
    [JsonIgnore]
    public Attempt? Telling =>
        Attempts.LastOrDefault(static attempt => attempt.Outcome != AttemptOutcome.Passed) ?? (Attempts.Count > 0 ? Attempts[0] : null);

    /// <summary>Why it came to this, one line; empty where it just passed.</summary>
    [JsonIgnore]
    public string Message => (Outcome, Telling?.Message ?? "", Reason) switch
    {
        (CaseOutcome.Passed, _, _) => "",
        (CaseOutcome.UnexpectedPass, _, var reason) => $"passed, although it is expected to fail{Because(reason)}",
        (CaseOutcome.ExpectedFailure, var message, var reason) => $"failed, as expected{Because(reason)}{After(message)}",
        (CaseOutcome.QuarantinedFailure, var message, var reason) => $"failed in quarantine{Because(reason)}{After(message)}",
        (CaseOutcome.Flaky, var message, _) => $"passed only when tried again{After(message)}",
        (CaseOutcome.NotRun, _, _) => "not run",
        (CaseOutcome.Skipped, "", var reason) => reason,
        (CaseOutcome.Failed or CaseOutcome.Error, var message, _) when Attempts.Count > 1 =>
            $"{BadAttempts} of {Attempts.Count} attempts failed{After(message)}",
        (_, var message, _) => message,
    };

    /// <summary>Reports a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="index">Its place among all that were chosen.</param>
    public static ReportedCase Of(CaseResult result, int index)
    {
        ArgumentNullException.ThrowIfNull(result);
        TestCase testCase = result.Case;
        return new ReportedCase
        {
            Index = index,
            Id = testCase.Id,
            Suite = testCase.Suite,
            Name = testCase.Name,
            Place = testCase.Place,
            Tags = testCase.Tags,
            Standing = testCase.Standing,
            Reason = testCase.Skip ?? testCase.Reason,
            Outcome = result.Outcome,
            Started = result.Started,
            Attempts = result.Attempts,
        };
    }

    private int BadAttempts => Attempts.Count(static attempt => attempt.Outcome is AttemptOutcome.Failed or AttemptOutcome.Error);

    private static string Because(string reason) => reason.Length == 0 ? "" : $" ({reason})";

    private static string After(string message) => message.Length == 0 ? "" : $": {message}";
}
