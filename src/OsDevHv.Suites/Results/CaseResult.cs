using OsDevHv.Machine;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Suites.Results;

/// <summary>What one run of a case came to, before its standing is looked at.</summary>
public enum AttemptOutcome
{
    /// <summary>All that was expected was so.</summary>
    Passed,

    /// <summary>Something was not as expected.</summary>
    Failed,

    /// <summary>The kernel said that it cannot be judged here.</summary>
    Skipped,

    /// <summary>It is not the kernel's fault: the machine, the host, a file. Counts as a failure.</summary>
    Error,
}

/// <summary>A test that the kernel itself reported inside a case: a line of KTAP, TAP, kvm-unit-tests or the guest interface.</summary>
/// <param name="Name">As the kernel calls it; levels are joined by " / ".</param>
/// <param name="Outcome">Passed, failed or skipped.</param>
/// <param name="Message">Why; may be empty.</param>
public sealed record Subtest(string Name, AttemptOutcome Outcome, string Message);

/// <summary>What a file that belongs to a case is.</summary>
public enum ArtifactKind
{
    /// <summary>All that a serial line or the debug console printed.</summary>
    Serial,

    /// <summary>The crash report.</summary>
    CrashReport,

    /// <summary>The screen at the end, PNG.</summary>
    Screenshot,

    /// <summary>An ELF core file.</summary>
    Core,

    /// <summary>What the machine told on stderr.</summary>
    Messages,

    /// <summary>A picture of what differs from the expected framebuffer, PNG.</summary>
    Difference,
}

/// <summary>A file that belongs to a case.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Relative to the directory of the artifacts, with forward slashes.</param>
public sealed record Artifact(ArtifactKind Kind, string Path);

/// <summary>One run of a case.</summary>
public sealed record Attempt
{
    /// <summary>What it came to.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Why, one line; empty where it passed.</summary>
    public string Message { get; init; } = "";

    /// <summary>Everything that was not as expected, a line each, with expected and actual.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>How the machine ended; null where there was none.</summary>
    public VerdictKind? Verdict { get; init; }

    /// <summary>The exit code that <c>osdevhv run</c> would have had; null where there was no machine.</summary>
    public int? ExitCode { get; init; }

    /// <summary>How long it took, start-up and judgement included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What the kernel reported inside it, in order.</summary>
    public IReadOnlyList<Subtest> Subtests { get; init; } = [];

    /// <summary>Its files.</summary>
    public IReadOnlyList<Artifact> Artifacts { get; init; } = [];

    /// <summary>The end of what it printed, at most 64 KiB.</summary>
    public string Output { get; init; } = "";

    /// <summary>The command that runs it again by itself, with gdb where that helps.</summary>
    public string Reproduce { get; init; } = "";
}

/// <summary>What a case came to, with its standing and its retries.</summary>
public enum CaseOutcome
{
    /// <summary>Passed at the first attempt.</summary>
    Passed,

    /// <summary>Failed, and must not.</summary>
    Failed,

    /// <summary>Skipped.</summary>
    Skipped,

    /// <summary>Failed first and passed when it was tried again: counts as passed, and is listed.</summary>
    Flaky,

    /// <summary>Failed, as its suite says it does: counts as passed.</summary>
    ExpectedFailure,

    /// <summary>Passed, although its suite says it fails: counts as a failure.</summary>
    UnexpectedPass,

    /// <summary>Failed while quarantined: counts neither way.</summary>
    QuarantinedFailure,

    /// <summary>The machine or the host, not the kernel: counts as a failure.</summary>
    Error,

    /// <summary>Not run, because the run ended before: fail-fast or Ctrl-C.</summary>
    NotRun,
}

/// <summary>What a case came to. Immutable; any thread.</summary>
public sealed record CaseResult
{
    /// <summary>The case.</summary>
    public required TestCase Case { get; init; }

    /// <summary>What it came to.</summary>
    public required CaseOutcome Outcome { get; init; }

    /// <summary>Its attempts in order; none where it was skipped by plan or not run.</summary>
    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>When its first attempt began, counted from the beginning of the run.</summary>
    public TimeSpan Started { get; init; }
}
