using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;
using YamlDotNet.RepresentationModel;

namespace OsDevHv.Tests.Suites.Reports;

/// <summary>
/// TAP version 14, read with a small parser made from its specification (testanything.org/tap-version-14-specification.html).
/// </summary>
public sealed partial class TapReportTests
{
    private static readonly string s_text = Write(SampleReport.All);

    [Fact]
    public void The_document_has_a_version_a_plan_and_a_point_for_each_case()
    {
        string[] top = [.. s_text.Split('\n').Where(static line => line.Length > 0 && line[0] is not (' ' or '#'))];

        Assert.Equal("TAP version 14", top[0]);
        Assert.Equal($"1..{SampleReport.All.Cases.Count}", top[1]);
        Assert.Equal(SampleReport.All.Cases.Count, Points("").Count);
        Assert.Equal(top.Length - 2, Points("").Count);
        Assert.Equal(Enumerable.Range(1, SampleReport.All.Cases.Count), Points("").Select(static point => point.Number));
    }

    [Theory]
    [InlineData("boot/plain", true, "")]
    [InlineData("boot/bad", false, "")]
    [InlineData("boot/flaky", true, "")]
    [InlineData("boot/expected", false, "TODO failed, as expected (bug 7): known")]
    [InlineData("boot/surprise", false, "")]
    [InlineData("boot/quarantined", false, "TODO failed in quarantine: sometimes")]
    [InlineData("boot/skipped", true, "SKIP no such file")]
    [InlineData("boot/error", false, "")]
    [InlineData("boot/never", true, "SKIP not run")]
    [InlineData("ktap/inside", false, "")]
    public void An_outcome_is_a_point_with_its_directive(string id, bool isOk, string directive)
    {
        Point point = Points("").Single(point => point.Name == id);

        Assert.Equal((isOk, directive), (point.IsOk, point.Directive));
    }

    [Fact]
    public void What_a_kernel_reported_is_a_subtest_before_its_point()
    {
        string[] lines = s_text.Split('\n');
        int begin = Array.IndexOf(lines, "# Subtest: ktap/inside");

        Assert.Equal(
            [
                "    ok 1 - math / adds",
                "    not ok 2 - math / divides",
                "      ---",
                "      message: \"by zero\"",
                "      ...",
                "    ok 3 - later # SKIP no FPU",
                "    1..3",
                "not ok 11 - ktap/inside",
            ],
            lines[(begin + 1)..(begin + 9)]);
    }

    [Fact]
    public void Every_block_is_YAML_and_says_why()
    {
        string[] blocks = [.. BlockPattern().Matches(s_text).Select(static match => match.Groups[2].Value)];
        YamlMappingNode[] maps =
        [
            .. blocks.Select(static block =>
            {
                var yaml = new YamlStream();
                yaml.Load(new StringReader(block));
                return (YamlMappingNode)yaml.Documents[0].RootNode;
            }),
        ];

        YamlMappingNode bad = maps.Single(static map => map.Children.TryGetValue("verdict", out YamlNode? verdict) && verdict.ToString() == "triple-fault");
        Assert.Equal("exit code 3, not 0", bad["message"].ToString());
        Assert.Equal("osdevhv gdb 'a b.elf' --set cpu.count=2", bad["reproduce"].ToString());
        Assert.Equal("expected: 0\nactual: 3", bad["details"].ToString());
        Assert.Equal("3", bad["at"]["line"].ToString());
        Assert.Contains(maps, map => map.Children.TryGetValue("message", out YamlNode? message) && message.ToString() == ReportText.Clean(SampleReport.Nasty));
    }

    [Fact]
    public void A_stopped_run_bails_out() =>
        Assert.EndsWith(
            "\nBail out! stopped by the user\n", Write(SampleReport.All with { End = RunEnd.Stopped }), StringComparison.Ordinal);

    [Fact]
    public void No_cases_are_a_skipped_plan() =>
        Assert.Contains("\n1..0 # SKIP no cases\n", Write(SampleReport.Of()), StringComparison.Ordinal);

    [Fact]
    public async Task Perls_harness_reads_it_as_it_is_meant()
    {
        const string prove = "/usr/bin/prove";
        Assert.SkipUnless(File.Exists(prove), "there is no prove here; it comes with perl");
        string file = Path.Combine(Path.GetTempPath(), $"osdevhv-{Guid.NewGuid():N}.tap");

        // Its parser stops at the number 14, and reads what that version added as what it is to older ones: comments.
        await File.WriteAllTextAsync(file, s_text.Replace("version 14", "version 13", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        try
        {
            var start = new ProcessStartInfo(prove, ["--exec", "cat", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            int failed = SampleReport.All.Counts.Failed;
            string counts = string.Create(CultureInfo.InvariantCulture, $"Tests: {SampleReport.All.Cases.Count} Failed: {failed})");
            Assert.True(output.Contains(counts, StringComparison.Ordinal), output);
            Assert.DoesNotContain("Parse errors", output, StringComparison.Ordinal);
            Assert.Contains("Failed tests:  2, 4, 6, 9, 11-12", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<Point> Points(string indent) =>
    [
        .. s_text.Split('\n')
            .Select(line => PointPattern().Match(line))
            .Where(match => match.Success && match.Groups["indent"].Value == indent)
            .Select(static match => new Point(
                !match.Groups["not"].Success,
                int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture),
                match.Groups["name"].Value.Trim(),
                match.Groups["directive"].Value)),
    ];

    private static string Write(RunReport report) => SampleReport.Text(writer => TapReport.Write(report, writer));

    // A description ends at a # that no backslash stands before.
    [GeneratedRegex(@"^(?<indent> *)(?<not>not )?ok (?<number>\d+) - (?<name>(\\.|[^#\\])*)(# (?<directive>.*))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex PointPattern();

    [GeneratedRegex(@"^( +)---\n((?:\1.*\n)*?)\1\.\.\.\n", RegexOptions.Multiline)]
    private static partial Regex BlockPattern();

    private sealed record Point(bool IsOk, int Number, string Name, string Directive);
}
