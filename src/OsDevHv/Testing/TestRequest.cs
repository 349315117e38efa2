using OsDevHv.Profiles;
using OsDevHv.Suites.Running;

namespace OsDevHv.Testing;

/// <summary>What a command line of <c>osdevhv test</c> asks for.</summary>
/// <param name="Paths">Suites, kernels, directories, globs.</param>
/// <param name="Overrides">Values for every case's machine.</param>
/// <param name="Options">How cases are run.</param>
internal sealed record TestRequest(IReadOnlyList<string> Paths, IReadOnlyList<ProfileOverride> Overrides, RunOptions Options)
{
    /// <summary>The directory of the artifacts where none is given.</summary>
    public const string DefaultArtifacts = "osdevhv-artifacts";

    /// <summary>What is run.</summary>
    public CaseFilter Filter { get; init; } = CaseFilter.All;

    /// <summary>Which part of it.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Only say what would be run.</summary>
    public bool List { get; init; }

    /// <summary>Tell of passed cases on a terminal too.</summary>
    public bool Verbose { get; init; }

    /// <summary>The directory of the artifacts.</summary>
    public required string Artifacts { get; init; }

    /// <summary>Where the results go.</summary>
    public required ReportFiles Reports { get; init; }

    /// <summary>Whether GitHub is told.</summary>
    public bool GitHub { get; init; }
}
