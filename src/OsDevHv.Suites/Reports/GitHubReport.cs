using System.Globalization;
using System.Text;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// What GitHub Actions shows of a run: annotations (workflow commands on stdout) and a job summary (GitHub's Markdown). A kernel can print
/// anything, so none of its text gets there unescaped.
/// </summary>
public static class GitHubReport
{
    /// <summary>How many annotations of one kind GitHub shows for a step; what is more is dropped by it.</summary>
    public const int MostAnnotations = 10;

    /// <summary>GitHub takes no summary of a step that is larger, bytes.</summary>
    public const int MostSummaryBytes = 1024 * 1024;

    private const int MostOutput = 4096;
    private const int MostMessage = 2000;

    /// <summary>
    /// Writes a line for each of the first failures and flaky cases: <c>::error file=...,line=...,title=...::message</c>.
    /// </summary>
    /// <param name="report">What.</param>
    /// <param name="output">stdout of a step.</param>
    public static void WriteAnnotations(RunReport report, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        foreach (ReportedCase one in report.Cases.Where(IsFailure).Take(MostAnnotations))
        {
            output.Write(Annotation("error", one));
        }

        foreach (ReportedCase one in report.Cases.Where(static one => one.Outcome == CaseOutcome.Flaky).Take(MostAnnotations))
        {
            output.Write(Annotation("warning", one));
        }
    }

    /// <summary>The summary: counts, and everything that did not simply pass, with its details folded.</summary>
    /// <param name="report">What.</param>
    /// <param name="most">How many bytes of UTF-8 it may have; what does not fit is left out, with a word.</param>
    public static string Summary(RunReport report, int most = MostSummaryBytes)
    {
        ArgumentNullException.ThrowIfNull(report);
        string shard = report.Shard.Count == 1 ? "" : $", shard {report.Shard}";
        var summary = new StringBuilder();
        summary.Append(
            CultureInfo.InvariantCulture,
            $"### osdevhv: {report.Counts}\n\n{report.Cases.Count} cases{shard} in {ReportText.Seconds(report.Duration)} s\n\n");
        ReportedCase[] told = [.. report.Cases.Where(static one => one.Outcome != CaseOutcome.Passed && one.Outcome != CaseOutcome.NotRun)];

        // Room for the line that says how many are left out.
        int left = most - 100 - Encoding.UTF8.GetByteCount(summary.ToString());
        int count = 0;
        foreach (ReportedCase one in told.OrderBy(static one => IsFailure(one) ? 0 : 1))
        {
            string item = Item(one);
            int size = Encoding.UTF8.GetByteCount(item);
            if (size > left)
            {
                break;
            }

            summary.Append(item);
            left -= size;
            count++;
        }

        if (count < told.Length)
        {
            summary.Append(CultureInfo.InvariantCulture, $"\n{told.Length - count} more are left out.\n");
        }

        return summary.ToString();
    }

    /// <summary>A line of a log that the runner takes for no command, whatever a kernel printed.</summary>
    /// <remarks>Besides <c>::command::</c> at the beginning of a line the runner still obeys <c>##[command]</c> anywhere in it.</remarks>
    public static string Disarm(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string harmless = line.Replace("##[", "## [", StringComparison.Ordinal);
        return harmless.AsSpan().TrimStart().StartsWith("::") ? $"| {harmless}" : harmless;
    }

    private static string Annotation(string level, ReportedCase one)
    {
        var properties = new List<string>();
        if (one.Place.File.Length > 0)
        {
            properties.Add($"file={Property(one.Place.File)}");
        }

        if (one.Place.Line > 0)
        {
            properties.Add(string.Create(CultureInfo.InvariantCulture, $"line={one.Place.Line}"));
        }

        properties.Add($"title={Property(ReportText.CleanLine(one.Id))}");
        string details = string.Join('\n', [one.Message, .. one.Telling?.Details ?? []]);
        string message = ReportText.Clean(details.Length > MostMessage ? details[..MostMessage] : details);
        return $"::{level} {string.Join(',', properties)}::{Data(message)}\n";
    }

    private static string Item(ReportedCase one)
    {
        var item = new StringBuilder();
        string id = Html(ReportText.CleanLine(one.Id));
        string message = Html(ReportText.CleanLine(one.Message));
        item.Append("<details><summary>").Append(Html(OutcomeText.Of(one.Outcome)));
        item.Append(CultureInfo.InvariantCulture, $": <code>{id}</code> {message}</summary>\n\n");
        if (one.Telling is { } attempt)
        {
            string output = ReportText.Tail(ReportText.Clean(attempt.Output), MostOutput).TrimEnd('\n');
            string[] parts = [.. attempt.Details, .. output.Length > 0 ? [output] : Array.Empty<string>(), .. Reproduce(attempt)];

            // An empty line would end the HTML block, and what follows would be read as Markdown.
            string text = Html(string.Join('\n', parts.Select(ReportText.Clean))).Replace("\n", "&#10;", StringComparison.Ordinal);
            item.Append(CultureInfo.InvariantCulture, $"<pre>{text}</pre>\n\n");
        }

        return item.Append("</details>\n").ToString();
    }

    private static string[] Reproduce(Attempt attempt) => attempt.Reproduce.Length == 0 ? [] : [$"to run it again: {attempt.Reproduce}"];

    private static bool IsFailure(ReportedCase one) => Running.CaseJudge.IsFailure(one.Outcome);

    // Inside a summary element Markdown is still read, so its characters are escaped as well.
    private static string Html(string text)
    {
        var html = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            _ = c is '&' or '<' or '>' or '"' or '\'' or '`' or '*' or '_' or '[' or ']' or '|' or '\\' or '~' or '#' or '@' or '!' or ':'
                ? html.Append(CultureInfo.InvariantCulture, $"&#{(int)c};")
                : html.Append(c);
        }

        return html.ToString();
    }

    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal)
            .Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
