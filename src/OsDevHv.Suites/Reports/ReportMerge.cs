using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Suites.Reports;

/// <summary>Joins the reports of shards into the one that an undivided run would have given.</summary>
public static class ReportMerge
{
    /// <summary>Joins them. Artifacts are then named as seen from <paramref name="directory"/>.</summary>
    /// <param name="files">The reports, each with the file that it was read from. Their order does not matter.</param>
    /// <param name="directory">Where the joined report goes.</param>
    /// <param name="merged">The joined report.</param>
    /// <param name="error">Why they are not the shards of one run, in words.</param>
    public static bool TryMerge(
        IReadOnlyList<(string File, RunReport Report)> files,
        string directory,
        [NotNullWhen(true)] out RunReport? merged,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(files);
        merged = null;
        error = files.Count == 0 ? "there is no report to merge" : Mismatch(files) ?? Missing(files) ?? Misplaced(files);
        if (error is not null)
        {
            return false;
        }

        RunReport first = files[0].Report;
        DateTimeOffset began = files.Min(static file => file.Report.Began);
        merged = first with
        {
            Shard = Shard.Whole,
            Began = began,
            Duration = files.Max(file => file.Report.Began - began + file.Report.Duration),
            End = files.Max(static file => file.Report.End),
            Artifacts = ".",
            Cases =
            [
                .. files
                    .SelectMany(file => file.Report.Cases.Select(one => Move(one, file, directory, began)))
                    .OrderBy(static one => one.Index),
            ],
        };
        return true;
    }

    private static string? Mismatch(IReadOnlyList<(string File, RunReport Report)> files)
    {
        (string firstFile, RunReport first) = files[0];
        foreach ((string file, RunReport report) in files.Skip(1))
        {
            string? difference =
                report.Plan != first.Plan || report.Total != first.Total
                    ? $"{Plan(first)} and {Plan(report)} (other suites, or another --filter)"
                : report.Shard.Count != first.Shard.Count ? $"shards {first.Shard} and {report.Shard}"
                : report.Repeat != first.Repeat
                    ? string.Create(CultureInfo.InvariantCulture, $"--repeat {first.Repeat} and {report.Repeat}")
                : report.Program != first.Program ? $"osdevhv {first.Program} and {report.Program}"
                : null;
            if (difference is not null)
            {
                return $"{firstFile} and {file} are not of one run: {difference}";
            }
        }

        return null;
    }

    private static string? Missing(IReadOnlyList<(string File, RunReport Report)> files)
    {
        ILookup<int, string> byIndex = files.ToLookup(static file => file.Report.Shard.Index, static file => file.File);
        int count = files[0].Report.Shard.Count;
        if (byIndex.FirstOrDefault(static shard => shard.Count() > 1) is { } twice)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"shard {twice.Key}/{count} is there more than once: {string.Join(", ", twice)}");
        }

        int[] missing = [.. Enumerable.Range(1, count).Where(index => !byIndex.Contains(index))];
        (string noun, string verb) = missing.Length == 1 ? ("shard", "is") : ("shards", "are");
        return missing.Length == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{noun} {string.Join(", ", missing.Take(20))} of {count} {verb} missing");
    }

    // A file that was edited, or cut off and repaired, is not to pass for a run.
    private static string? Misplaced(IReadOnlyList<(string File, RunReport Report)> files)
    {
        var places = new Dictionary<int, string>();
        foreach ((string file, RunReport report) in files)
        {
            foreach (ReportedCase one in report.Cases)
            {
                if (!report.Shard.Has(one.Index) || !places.TryAdd(one.Index, file))
                {
                    return $"{file}: case '{one.Id}' is not one of shard {report.Shard}";
                }
            }
        }

        return places.Count == files[0].Report.Total
            ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"the reports have {places.Count} of {files[0].Report.Total} cases: a file is incomplete");
    }

    private static ReportedCase Move(ReportedCase one, (string File, RunReport Report) from, string directory, DateTimeOffset began)
    {
        string artifacts = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from.File)) ?? "/", from.Report.Artifacts);
        string seen = Path.GetRelativePath(Path.GetFullPath(directory), Path.GetFullPath(artifacts)).Replace('\\', '/');
        return one with
        {
            Started = one.Started + (from.Report.Began - began),
            Attempts = [.. one.Attempts.Select(attempt => In(seen, attempt))],
        };
    }

    private static Attempt In(string directory, Attempt attempt) =>
        attempt with { Artifacts = [.. attempt.Artifacts.Select(artifact => In(directory, artifact))] };

    private static Artifact In(string directory, Artifact artifact) =>
        artifact with { Path = ArtifactPath.Join(directory, artifact.Path) };

    private static string Plan(RunReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"a plan of {report.Total} cases ({report.Plan})");
}
