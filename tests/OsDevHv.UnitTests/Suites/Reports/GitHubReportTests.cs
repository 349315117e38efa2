using System.Text;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;

namespace OsDevHv.Tests.Suites.Reports;

public sealed class GitHubReportTests
{
    [Fact]
    public void A_failure_is_an_annotation_at_its_line()
    {
        RunReport report = SampleReport.Of(SampleReport.All.Cases[1] with { Place = new SourcePlace("configs/a,b:c.yaml", 7) });

        Assert.Equal(
            "::error file=configs/a%2Cb%3Ac.yaml,line=7,title=boot/bad::exit code 3, not 0%0Aexpected: 0%0Aactual: 3\n", Annotations(report));
    }

    [Fact]
    public void A_flaky_case_is_a_warning_and_a_case_of_no_line_has_none()
    {
        RunReport report = SampleReport.Of(SampleReport.All.Cases[2] with { Place = new SourcePlace("a.elf", 0) });

        Assert.Equal("::warning file=a.elf,title=boot/flaky::passed only when tried again: the first time\n", Annotations(report));
    }

    [Fact]
    public void No_text_of_a_kernel_begins_a_command()
    {
        string[] lines = Annotations(SampleReport.All).TrimEnd('\n').Split('\n');

        Assert.Equal(SampleReport.All.Counts.Failed + SampleReport.All.Counts.Flaky, lines.Length);
        Assert.All(lines, static line => Assert.Matches("^::(error|warning) file=suite.yaml,line=3,title=[^:,\n]*::", line));
        Assert.Contains("%25 ", Annotations(SampleReport.All), StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_annotations_are_written_than_GitHub_shows()
    {
        ReportedCase[] many = [.. Enumerable.Repeat(SampleReport.All.Cases[1], 50)];

        Assert.Equal(GitHubReport.MostAnnotations, Annotations(SampleReport.Of(many)).TrimEnd('\n').Split('\n').Length);
    }

    [Theory]
    [InlineData("::set-output name=x::y", "| ::set-output name=x::y")]
    [InlineData("    ::stop-commands::x", "|     ::stop-commands::x")]
    [InlineData("text ##[error]x", "text ## [error]x")]
    [InlineData("a::b", "a::b")]
    public void A_line_of_a_log_is_no_command(string line, string expected) => Assert.Equal(expected, GitHubReport.Disarm(line));

    [Fact]
    public void The_summary_has_no_markup_of_a_kernel()
    {
        string summary = GitHubReport.Summary(SampleReport.All);

        Assert.StartsWith("### osdevhv: 3 passed (1 flaky, 1 expected failure), 6 failed (1 error, 1 passed unexpectedly)", summary, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", summary, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", summary, StringComparison.Ordinal);
        Assert.DoesNotContain("`tick", summary, StringComparison.Ordinal);
        Assert.Contains("line one&#10;line two", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_come_first_in_the_summary()
    {
        RunReport report = SampleReport.Of(SampleReport.All.Cases[2], SampleReport.All.Cases[1]);

        string summary = GitHubReport.Summary(report);

        Assert.True(summary.IndexOf("boot/bad", StringComparison.Ordinal) < summary.IndexOf("boot/flaky", StringComparison.Ordinal));
    }

    [Fact]
    public void The_summary_stays_under_its_limit_and_says_what_it_leaves_out()
    {
        Attempt attempt = SomeCases.Attempt(AttemptOutcome.Failed, "why") with { Output = new string('\u00e9', 60_000) };
        ReportedCase[] many = [.. Enumerable.Repeat(SampleReport.Case("s/a", CaseOutcome.Failed, attempt), 500)];

        string summary = GitHubReport.Summary(SampleReport.Of(many));

        Assert.InRange(Encoding.UTF8.GetByteCount(summary), GitHubReport.MostSummaryBytes / 2, GitHubReport.MostSummaryBytes);
        Assert.Matches(@"\n\d+ more are left out\.\n$", summary);
    }

    private static string Annotations(RunReport report) => SampleReport.Text(writer => GitHubReport.WriteAnnotations(report, writer));
}
