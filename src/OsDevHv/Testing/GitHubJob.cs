using OsDevHv.Suites.Reports;

namespace OsDevHv.Testing;

/// <summary>A step of GitHub Actions, as its environment describes it (docs.github.com, "Variables reference").</summary>
internal sealed class GitHubJob(Func<string, string?> variable)
{
    /// <summary>Whether this process is in one.</summary>
    public bool IsHere => variable("GITHUB_ACTIONS") == "true";

    /// <summary>Writes annotations and the job summary. Returns what went wrong, or null.</summary>
    public string? Tell(RunReport report, TextWriter output)
    {
        string workspace = variable("GITHUB_WORKSPACE") is { Length: > 0 } named ? named : ".";
        ReportedCase[] placed = [.. report.Cases.Select(one => one with { Place = InWorkspace(one) })];
        GitHubReport.WriteAnnotations(report with { Cases = placed }, output);
        if (variable("GITHUB_STEP_SUMMARY") is not { Length: > 0 } path)
        {
            return null;
        }

        try
        {
            var file = new FileInfo(path);
            long left = GitHubReport.MostSummaryBytes - (file.Exists ? file.Length : 0);
            if (left > 1024)
            {
                File.AppendAllText(path, GitHubReport.Summary(report, (int)left));
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {error.Message}";
        }

        Suites.Plans.SourcePlace InWorkspace(ReportedCase one) => one.Place.File.Length == 0
            ? one.Place
            : one.Place with { File = Path.GetRelativePath(Path.GetFullPath(workspace), Path.GetFullPath(one.Place.File)) };
    }
}
