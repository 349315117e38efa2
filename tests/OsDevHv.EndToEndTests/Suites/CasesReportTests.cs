using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>
/// The fifty cases of testkernels/suites through the program: the whole report, but for times, paths and what a processor's state adds to it,
/// is testkernels/suites/cases.report. OSDEVHV_UPDATE=1 writes that file anew.
/// </summary>
public sealed partial class CasesReportTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    private static string Suites => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Installation.Kernel("cases64.elf"))!)!, "suites");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("cases-snapshot.suite.yaml")]
    [InlineData("cases-boot.suite.yaml")]
    public async Task Fifty_cases_make_the_expected_report(string suite)
    {
        await RunAsync(suite);
    }

    private async Task RunAsync(string suite)
    {
        string json = _files.Path("report.json");
        // A busy host may keep a case waiting for seconds.
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "test", Path.Combine(Suites, suite), "--json", json, "--artifacts", _files.Path("artifacts"),
            "--set", "verdict.timeout=5s");

        run.Exits(100);
        string report = Describe(JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!);
        string expected = Path.Combine(Suites, "cases.report");
        if (Environment.GetEnvironmentVariable("OSDEVHV_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(expected, report, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(expected, TestContext.Current.CancellationToken), report);
    }

    private static string Describe(JsonNode report)
    {
        var text = new StringBuilder("# What the cases of cases-snapshot and cases-boot come to, in every style and on every host.\n");
        foreach (JsonNode? one in report["cases"]!.AsArray())
        {
            text.Append($"{one!["id"]}: {one["outcome"]}\n");
            foreach (JsonNode? attempt in one["attempts"]!.AsArray())
            {
                text.Append($"  attempt {attempt!["outcome"]}, {attempt["verdict"]}, exit code {attempt["exitCode"]}");
                // Behind a semicolon is where the processor was.
                text.Append($"{Because(attempt["message"]).Split(';')[0]}\n");
                foreach (JsonNode? test in attempt["subtests"]!.AsArray())
                {
                    text.Append($"    {test!["outcome"]}: {test["name"]}{Because(test["message"])}\n");
                }

                foreach (JsonNode? artifact in attempt["artifacts"]!.AsArray())
                {
                    text.Append($"    {artifact!["kind"]}: {Path.GetFileName(artifact["path"]!.GetValue<string>())}\n");
                }
            }
        }

        return text.ToString();
    }

    private static string Because(JsonNode? message) => message?.GetValue<string>() is { Length: > 0 } why
        ? $": {AfterTheLimit().Replace(why, "after the limit")}"
        : "";

    [GeneratedRegex(@"after \d+ s\b")]
    private static partial Regex AfterTheLimit();
}
