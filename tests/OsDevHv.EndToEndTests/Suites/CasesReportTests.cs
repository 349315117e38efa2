using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>
/// The fifty cases of testkernels/suites through the program: the whole report, but for times, paths and what a processor's state adds to
/// it, is testkernels/suites/cases.report. OSDEVHV_UPDATE=1 writes that file anew.
/// </summary>
public sealed partial class CasesReportTests : IDisposable
{
    private const string Heading = "# What the cases of cases-snapshot and cases-boot come to, in every style and on every host.\n";
    private readonly TemporaryFiles _files = new();

    private static string Suites => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Installation.Kernel("cases64.elf"))!)!, "suites");

    public void Dispose() => _files.Dispose();

    /// <summary>Both styles: in one piece on a host of its own speed, in four on one that is emulated, where that takes minutes.</summary>
    public static TheoryData<string, string> Parts()
    {
        var parts = new TheoryData<string, string>();
        foreach (string suite in (string[])["cases-snapshot.suite.yaml", "cases-boot.suite.yaml"])
        {
            foreach (string shard in (string[])(Installation.IsNestedHost ? ["1/4", "2/4", "3/4", "4/4"] : ["1/1"]))
            {
                parts.Add(suite, shard);
            }
        }

        return parts;
    }

    [Theory]
    [Trait("Suite", "suites")]
    [MemberData(nameof(Parts))]
    public async Task Fifty_cases_make_the_expected_report(string suite, string shard)
    {
        string json = _files.Path("report.json");
        // A busy host may keep a case waiting for seconds.
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "test", Path.Combine(Suites, suite), "--shard", shard, "--json", json, "--artifacts", _files.Path("artifacts"),
            "--set", "verdict.timeout=5s");

        run.Exits(100);
        string report = Describe(JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!);
        string expected = Path.Combine(Suites, "cases.report");
        if (Environment.GetEnvironmentVariable("OSDEVHV_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(expected, Heading + report, TestContext.Current.CancellationToken);
        }

        Assert.Equal(PartOf(await File.ReadAllTextAsync(expected, TestContext.Current.CancellationToken), shard), report);
    }

    /// <summary>What the whole report says of the cases of one shard, which are dealt as cards are.</summary>
    private static string PartOf(string whole, string shard)
    {
        string[] numbers = shard.Split('/');
        int index = int.Parse(numbers[0], CultureInfo.InvariantCulture) - 1;
        int count = int.Parse(numbers[1], CultureInfo.InvariantCulture);
        string[] cases = CaseBegins().Split(whole)[1..];
        Assert.Equal(50, cases.Length);
        return string.Concat(cases.Where((_, place) => place % count == index));
    }

    private static string Describe(JsonNode report)
    {
        var text = new StringBuilder();
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

    [GeneratedRegex("^(?=cases/)", RegexOptions.Multiline)]
    private static partial Regex CaseBegins();

    [GeneratedRegex(@"after \d+ s\b")]
    private static partial Regex AfterTheLimit();
}
