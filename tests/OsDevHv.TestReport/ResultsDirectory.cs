using System.Globalization;

namespace OsDevHv.TestReport;

/// <summary>What one suite left on one host.</summary>
/// <param name="Host">Where it ran: unit, local, amd or intel.</param>
/// <param name="Suite">The test project's short name.</param>
/// <param name="Results">Its tests, and what went wrong with the run itself.</param>
internal sealed record SuiteResults(string Host, string Suite, IReadOnlyList<TestRecord> Results);

/// <summary>
/// Reads the directory that tests/run fills: <c>expected</c> with a line <c>HOST SUITE</c> for each report that must come, and for
/// each host a directory with <c>SUITE.xml</c>, <c>SUITE.status</c> and, when the host itself went wrong, <c>problem</c>.
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
            if (blamed.Add(host) && Text(directory, host, "problem") is { } problem)
            {
                results.Add(XunitReport.Problem($"the host went wrong: {problem.Trim()}"));
            }

            results.AddRange(ReadSuite(directory, host, suite));
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

    private static string? Text(string directory, string host, string file)
    {
        var info = new FileInfo(Path.Combine(directory, host, file));
        return info.Exists && info.Length <= LargestReport ? File.ReadAllText(info.FullName) : null;
    }
}
