using System.Globalization;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// TAP version 14 (testanything.org): a test point for each case, and the tests that a kernel reported inside it as its subtest. Expected
/// failures and those in quarantine are TODO, skipped and not run ones SKIP; a run that was stopped bails out at its end.
/// </summary>
public static class TapReport
{
    private const int MostOutputLines = 40;

    /// <summary>Writes it.</summary>
    /// <param name="report">What.</param>
    /// <param name="output">Where; lines end with line feeds.</param>
    public static void Write(RunReport report, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        output.Write("TAP version 14\n");
        output.Write(Invariant($"# osdevhv {report.Program}{(report.Seed is { } seed ? $", seed {seed}" : "")}\n"));
        output.Write(Invariant($"1..{report.Cases.Count}"));
        output.Write(report.Cases.Count == 0 ? " # SKIP no cases\n" : "\n");
        for (int i = 0; i < report.Cases.Count; i++)
        {
            WriteCase(report, report.Cases[i], i + 1, output);
        }

        output.Write($"# {report.Counts}\n");
        if (report.End == RunEnd.Stopped)
        {
            output.Write("Bail out! stopped by the user\n");
        }
    }

    private static void WriteCase(RunReport report, ReportedCase one, int number, TextWriter output)
    {
        if (one.Telling is { Subtests: { Count: > 0 } subtests })
        {
            output.Write($"# Subtest: {Name(one.Id)}\n");
            for (int i = 0; i < subtests.Count; i++)
            {
                output.Write("    ");
                output.Write(Invariant($"{Word(subtests[i].Outcome)} {i + 1} - {Name(subtests[i].Name)}{Directive(subtests[i])}\n"));
                if (subtests[i].Outcome is AttemptOutcome.Failed or AttemptOutcome.Error && subtests[i].Message.Length > 0)
                {
                    output.Write($"      ---\n      message: {Scalar(subtests[i].Message)}\n      ...\n");
                }
            }

            output.Write(Invariant($"    1..{subtests.Count}\n"));
        }

        output.Write(Invariant($"{Word(one.Outcome)} {number} - {Name(one.Id)}{Directive(one)}\n"));
        if (one.Outcome is not (CaseOutcome.NotRun or CaseOutcome.Skipped))
        {
            WriteBlock(report, one, output);
        }
    }

    private static void WriteBlock(RunReport report, ReportedCase one, TextWriter output)
    {
        output.Write("  ---\n");
        output.Write(Invariant($"  duration_ms: {one.Duration.TotalMilliseconds:F0}\n"));
        if (one.Outcome != CaseOutcome.Passed)
        {
            output.Write($"  outcome: {Scalar(OutcomeText.Of(one.Outcome).ToLowerInvariant())}\n");
            output.Write($"  message: {Scalar(one.Message)}\n");
            if (one.Place.Line > 0)
            {
                output.Write(Invariant($"  at:\n    file: {Scalar(one.Place.File)}\n    line: {one.Place.Line}\n"));
            }

            WriteAttempts(report, one, output);
        }

        output.Write("  ...\n");
    }

    private static void WriteAttempts(RunReport report, ReportedCase one, TextWriter output)
    {
        if (one.Attempts.Count > 1)
        {
            output.Write("  attempts:\n");
            foreach (Attempt attempt in one.Attempts)
            {
                string message = attempt.Message.Length == 0 ? "" : $", message: {Scalar(attempt.Message)}";
                output.Write($"    - {{ outcome: {attempt.Outcome.ToString().ToLowerInvariant()}{message} }}\n");
            }
        }

        if (one.Telling is not { } telling)
        {
            return;
        }

        if (OutcomeText.Of(telling.Verdict) is { } verdict)
        {
            output.Write($"  verdict: {verdict}\n");
        }

        if (telling.Reproduce.Length > 0)
        {
            output.Write($"  reproduce: {Scalar(telling.Reproduce)}\n");
        }

        // Lines of one scalar: perl's harness, which reads blocks with a YAML of its own, takes a quoted list item for a map.
        Lines("details", telling.Details);
        IEnumerable<Artifact> files = one.Attempts.SelectMany(static attempt => attempt.Artifacts);
        Lines("artifacts", [.. files.Select(file => ArtifactPath.Join(report.Artifacts, file.Path))]);
        Lines("output", ReportText.LastLines(ReportText.Clean(telling.Output), MostOutputLines));

        void Lines(string key, IReadOnlyList<string> lines)
        {
            if (lines.Count > 0)
            {
                output.Write($"  {key}: {Scalar(string.Join('\n', lines))}\n");
            }
        }
    }

    private static string Word(CaseOutcome outcome) => outcome switch
    {
        CaseOutcome.Failed or CaseOutcome.Error or CaseOutcome.UnexpectedPass
            or CaseOutcome.ExpectedFailure or CaseOutcome.QuarantinedFailure => "not ok",
        _ => "ok",
    };

    private static string Word(AttemptOutcome outcome) => outcome is AttemptOutcome.Failed or AttemptOutcome.Error ? "not ok" : "ok";

    private static string Directive(ReportedCase one) => one.Outcome switch
    {
        CaseOutcome.Skipped or CaseOutcome.NotRun => $" # SKIP {Name(one.Message)}".TrimEnd(),
        CaseOutcome.ExpectedFailure or CaseOutcome.QuarantinedFailure => $" # TODO {Name(one.Message)}".TrimEnd(),
        _ => "",
    };

    private static string Directive(Subtest subtest) =>
        subtest.Outcome == AttemptOutcome.Skipped ? $" # SKIP {Name(subtest.Message)}".TrimEnd() : "";

    /// <summary>A description: a # would begin a directive.</summary>
    private static string Name(string text) =>
        ReportText.CleanLine(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("#", "\\#", StringComparison.Ordinal);

    /// <summary>A double-quoted YAML scalar on one line.</summary>
    private static string Scalar(string text)
    {
        string escaped = ReportText.Clean(text).TrimEnd('\n')
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
