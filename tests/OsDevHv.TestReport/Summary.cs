using System.Globalization;

namespace OsDevHv.TestReport;

/// <summary>Says what all hosts' suites came to.</summary>
internal static class Summary
{
    private const int LinesAtEachEnd = 30;

    /// <summary>
    /// Writes each failed, flaky and skipped test with host and reason, a line per host and, last, <c>N passed, N failed</c> with
    /// <c>, N skipped</c> when there are any. A flaky test counts as passed; its first failure is shown like any other.
    /// </summary>
    /// <returns>The exit status: 0 only when tests passed and nothing failed.</returns>
    public static int Write(IReadOnlyList<SuiteResults> suites, TextWriter output)
    {
        var all = suites.SelectMany(suite => suite.Results.Select(result => (suite.Host, suite.Suite, Result: result))).ToList();
        List(Outcome.Skipped, "skipped");
        List(Outcome.Noted, "noted  ");
        List(Outcome.Flaky, "FLAKY  ");
        List(Outcome.Failed, "FAILED ");

        output.WriteLine();
        foreach (var group in all.GroupBy(entry => entry.Host))
        {
            output.WriteLine($"{group.Key + ":",-7} {Counts(group.Select(entry => entry.Result))}");
        }

        output.WriteLine(Counts(all.Select(entry => entry.Result)));
        return all.Any(entry => entry.Result.Outcome is Outcome.Passed or Outcome.Flaky) && all.All(entry => entry.Result.Outcome != Outcome.Failed) ? 0 : 1;

        void List(Outcome outcome, string heading)
        {
            foreach (var (host, suite, result) in all.Where(entry => entry.Result.Outcome == outcome))
            {
                output.WriteLine($"{heading} {host,-5} {suite}: {result.Name}");
                output.WriteLine($"        {Indented(result.Detail)}");
            }
        }
    }

    /// <summary>Writes every test: host, suite, outcome, seconds and name, with tabs between.</summary>
    public static void WriteTable(IReadOnlyList<SuiteResults> suites, TextWriter output)
    {
        foreach (var suite in suites)
        {
            foreach (var result in suite.Results)
            {
                var seconds = result.Duration.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
                output.WriteLine($"{suite.Host}\t{suite.Suite}\t{result.Outcome}\t{seconds}\t{result.Name.ReplaceLineEndings(" ").Replace('\t', ' ')}");
            }
        }
    }

    private static string Counts(IEnumerable<TestRecord> results)
    {
        var counts = results.CountBy(result => result.Outcome).ToDictionary();
        var passed = counts.GetValueOrDefault(Outcome.Passed) + counts.GetValueOrDefault(Outcome.Flaky);
        var skipped = counts.GetValueOrDefault(Outcome.Skipped);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{passed} passed, {counts.GetValueOrDefault(Outcome.Failed)} failed{(skipped > 0 ? $", {skipped} skipped" : "")}");
    }

    /// <summary>The text under its heading; of a long one (a log in a message) the beginning and the end.</summary>
    private static string Indented(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (lines.Length > 2 * LinesAtEachEnd)
        {
            var left = $"[{lines.Length - (2 * LinesAtEachEnd)} lines more in the report]";
            lines = [.. lines[..LinesAtEachEnd], left, .. lines[^LinesAtEachEnd..]];
        }

        return string.Join("\n        ", lines);
    }
}
