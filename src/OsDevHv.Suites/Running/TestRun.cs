using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>Why a run ended.</summary>
public enum RunEnd
{
    /// <summary>Everything was run.</summary>
    Completed,

    /// <summary>A case failed, and the user had asked to end then.</summary>
    FailFast,

    /// <summary>The user ended it.</summary>
    Stopped,
}

/// <summary>A run that is over. Immutable; any thread.</summary>
public sealed record TestRun
{
    /// <summary>What was to be run.</summary>
    public required CaseSelection Selection { get; init; }

    /// <summary>How.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>A result for each case of the selection, in its order.</summary>
    public required IReadOnlyList<CaseResult> Results { get; init; }

    /// <summary>
    /// Cases that did not end although the run was stopped: their runner may be at them still, and what they use is not free.
    /// </summary>
    public IReadOnlyList<TestCase> Left { get; init; } = [];

    /// <summary>Why it ended.</summary>
    public required RunEnd End { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
