using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Plans;

/// <summary>Where in a suite's file something stands. Lines and columns count from 1.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Line">The line; 0 where the case comes from no line (a kernel that a glob found).</param>
public sealed record SourcePlace(string File, int Line);

/// <summary>How a case's failure counts.</summary>
public enum Standing
{
    /// <summary>It must pass.</summary>
    Required,

    /// <summary>It is known to fail, and must: passing is a failure, so that the mark is taken away.</summary>
    ExpectedToFail,

    /// <summary>It runs and is reported, and counts neither way.</summary>
    Quarantined,
}

/// <summary>One case, complete: the matrix is expanded, what is extended is merged. Immutable; any thread.</summary>
public sealed record TestCase
{
    /// <summary>Unique in a plan and the same in each run of it: <c>suite/case</c>, with the matrix' values in brackets.</summary>
    public required string Id { get; init; }

    /// <summary>The suite's name.</summary>
    public required string Suite { get; init; }

    /// <summary>The case's name, with the matrix' values in brackets.</summary>
    public required string Name { get; init; }

    /// <summary>Where the suite declares it.</summary>
    public required SourcePlace Place { get; init; }

    /// <summary>The machine; kernel, parameters and matrix values are in it.</summary>
    public required MachineProfile Profile { get; init; }

    /// <summary>What the suite's author calls it, for filters.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>How its failure counts.</summary>
    public Standing Standing { get; init; }

    /// <summary>Why it is expected to fail or quarantined; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>How often a failure is tried again, 0 or more. What passes then is flaky.</summary>
    public int Retries { get; init; }

    /// <summary>Why the case cannot run and is skipped, found when it was planned; null where it can.</summary>
    public string? Skip { get; init; }

    /// <summary>Whether it runs only where a filter names one of its tags, and is skipped otherwise.</summary>
    public bool IsManual { get; init; }

    /// <summary>What it is expected to do.</summary>
    public Expectation Expect { get; init; } = new();

    /// <summary>What it may use up.</summary>
    public CaseLimits Limits { get; init; } = new();

    /// <summary>The snapshot from which it starts; null where it boots.</summary>
    public SnapshotPoint? Snapshot { get; init; }

    /// <summary>What the guest is told when it asks for its arguments; may be empty.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>
    /// What <c>osdevhv run</c> is given to come near to <see cref="Profile"/>: a profile or a kernel; null where no one file is.
    /// </summary>
    public string? LaunchFile { get; init; }
}
