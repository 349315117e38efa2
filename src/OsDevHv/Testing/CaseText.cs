using System.Globalization;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;

namespace OsDevHv.Testing;

/// <summary>A finished case in a log: a line, and below it, indented, what a person wants to know of one that did not just pass.</summary>
internal static class CaseText
{
    private const int OutputLines = 15;
    private const int CrashLines = 24;
    private const int MostDetails = 20;
    private const int LongestLine = 500;

    /// <summary><c>FAILED: suite/case (0.120 s): why</c>.</summary>
    public static string Headline(ReportedCase one)
    {
        string time = one.Attempts.Count == 0 ? "" : $" ({ReportText.Seconds(one.Duration)} s)";
        string message = ReportText.CleanLine(one.Message);
        return $"{OutcomeText.Of(one.Outcome)}: {ReportText.CleanLine(one.Id)}{time}{(message.Length == 0 ? "" : $": {message}")}";
    }

    /// <summary>The lines below; none for what passed, was skipped, failed as expected or did not run.</summary>
    /// <param name="one">The case.</param>
    /// <param name="artifacts">The directory of the artifacts.</param>
    public static IReadOnlyList<string> Details(ReportedCase one, string artifacts)
    {
        bool isTold = one.Outcome is CaseOutcome.Failed or CaseOutcome.Error or CaseOutcome.UnexpectedPass
            or CaseOutcome.Flaky or CaseOutcome.QuarantinedFailure;
        if (!isTold || one.Telling is not { } attempt)
        {
            return [];
        }

        var lines = new List<string>();
        lines.AddRange(attempt.Details.Take(MostDetails));
        if (attempt.Details.Count > MostDetails)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"({attempt.Details.Count - MostDetails} more)"));
        }

        IEnumerable<Subtest> failed = attempt.Subtests.Where(static test => test.Outcome is AttemptOutcome.Failed or AttemptOutcome.Error);
        foreach (Subtest subtest in failed.Take(MostDetails))
        {
            lines.Add($"test inside failed: {subtest.Name}{(subtest.Message.Length == 0 ? "" : $": {subtest.Message}")}");
        }

        Quote("the end of its output:", ReportText.LastLines(ReportText.Clean(attempt.Output), OutputLines));
        foreach (Artifact crash in attempt.Artifacts.Where(static file => file.Kind == ArtifactKind.CrashReport).Take(1))
        {
            Quote("the crash report:", Head(Path.Combine(artifacts, crash.Path)));
        }

        IEnumerable<Artifact> files = one.Attempts.SelectMany(static made => made.Artifacts);
        lines.AddRange(files.Select(file => $"file: {Path.Combine(artifacts, file.Path)}"));
        if (attempt.Reproduce.Length > 0)
        {
            lines.Add($"to run it again: {attempt.Reproduce}");
        }

        return [.. lines.Select(static line => $"    {Shorten(ReportText.CleanLine(line))}")];

        void Quote(string title, IReadOnlyList<string> quoted)
        {
            if (quoted.Count > 0)
            {
                lines.Add(title);
                lines.AddRange(quoted.Select(static line => $"| {line}"));
            }
        }
    }

    private static string[] Head(string path)
    {
        try
        {
            string[] lines = [.. File.ReadLines(path).Take(CrashLines + 1)];
            return lines.Length > CrashLines ? [.. lines.Take(CrashLines), "..."] : lines;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [$"{path}: {error.Message}"];
        }
    }

    private static string Shorten(string line) => line.Length <= LongestLine ? line : string.Concat(line.AsSpan(0, LongestLine), "...");
}
