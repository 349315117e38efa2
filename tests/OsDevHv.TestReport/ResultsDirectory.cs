using System.Globalization;

namespace OsDevHv.TestReport;

/// <summary>What one suite left on one host.</summary>
/// <param name="Host">Where it ran: unit, local, amd or intel.</param>
/// <param name="Suite">The test project's short name.</param>
/// <param name="Results">Its tests, and what went wrong with the run itself.</param>
internal sealed record SuiteResults(string Host, string Suite, IReadOnlyList<TestRecord> Results);

/// <summary>
/// Reads the directory that tests/run fills: <c>expected</c> with a line <c>HOST SUITE</c> for each report that must come, and for
/// each host a directory with <c>SUITE.xml</c>, <c>SUITE.status</c> and, when the host itself went wrong, <c>problem</c>. What failed
/// may have been run again by itself: <c>again</c> beneath the host's directory has the reports of that. What went wrong with a host
/// that was then started anew is in <c>first-problem</c>.
/// </summary>
internal static class ResultsDirectory
{
    private const long LargestReport = 256 << 20;

    /// <summary>Every expected suite with its results; one whose report is missing has a failure that says so.</summary>
    /// <param name="directory">The directory's path.</param>
    /// <param name="emptyIsFailure">Whether a suite without a single test is a failure: so unless a filter was given.</param>
    public static IReadOnlyList<SuiteResults> Read(string directory, bool emptyIsFailure)
    {
        var suites = new List<SuiteResults>();
        var blamed = new HashSet<string>();
        foreach (var line in File.ReadAllLines(Path.Combine(directory, "expected")))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var host, var suite])
            {
                continue;
            }

            var results = new List<TestRecord>();
            // A broken host is one failure, said with the first of its suites; each report that is missing is one more.
            if (blamed.Add(host))
            {
                if (Text(directory, host, "problem") is { } problem)
                {
                    results.Add(XunitReport.Problem($"the host went wrong: {problem.Trim()}"));
                }

                if (Text(directory, host, "first-problem") is { } first)
                {
                    results.Add(new("(the test run)", Outcome.Noted, $"the host went wrong and was started anew: {first.Trim()}", TimeSpan.Zero));
                }
            }

            results.AddRange(ReadSuite(directory, host, suite));
            ApplySecondRun(results, directory, host, suite);
            if (emptyIsFailure && results.Count == 0)
            {
                results.Add(XunitReport.Problem("no test was selected"));
            }

            suites.Add(new(host, suite, results));
        }

        return suites;
    }

    private static IReadOnlyList<TestRecord> ReadSuite(string directory, string host, string suite)
    {
        int? status = int.TryParse(Text(directory, host, $"{suite}.status")?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        return Text(directory, host, $"{suite}.xml") is { } xml
            ? XunitReport.Read(xml, status)
            : [XunitReport.Problem(status is null ? "no report came" : $"no report came; the test program ended with exit status {status}")];
    }

    /// <summary>A test that failed and then passed by itself is flaky; one that the second run does not have stays as it was.</summary>
    private static void ApplySecondRun(List<TestRecord> results, string directory, string host, string suite)
    {
        if (Text(directory, Path.Combine(host, "again"), $"{suite}.xml") is not { } xml)
        {
            return;
        }

        // Its exit status says nothing that its tests do not.
        var passed = XunitReport.Read(xml, exitStatus: 0).Where(result => result.Outcome == Outcome.Passed).Select(result => result.Name).ToHashSet();
        for (var index = 0; index < results.Count; index++)
        {
            if (results[index].Outcome == Outcome.Failed && passed.Contains(results[index].Name))
            {
                results[index] = results[index] with { Outcome = Outcome.Flaky };
            }
        }
    }

    private static string? Text(string directory, string host, string file)
    {
        var info = new FileInfo(Path.Combine(directory, host, file));
        return info.Exists && info.Length <= LargestReport ? File.ReadAllText(info.FullName) : null;
    }
}
