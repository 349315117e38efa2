using OsDevHv.TestReport;

namespace OsDevHv.Tests.TestReport;

public sealed class XunitReportTests
{
    private const string Whole = """
        <assemblies schema-version="3"><assembly name="x.dll" passed="1" failed="1" skipped="1" total="3" errors="0"><collection>
        <test name="A.Works" result="Pass" time="0.25" />
        <test name="A.Says(s: \&quot;a\\b\&quot;)" result="Skip" time="0"><reason>this host has no \"watchpoints\"</reason></test>
        <test name="A.Breaks" result="Fail" time="1"><output>printed</output>
        <failure exception-type="E"><message>expected \x01</message><stack-trace>at A.Breaks()</stack-trace></failure></test>
        </collection></assembly></assemblies>
        """;

    private const string Passing =
        """<assemblies><assembly passed="1" failed="0" skipped="0"><test name="A" result="Pass" time="0" /></assembly></assemblies>""";

    [Fact]
    public void A_test_that_passed_has_its_name_and_duration() =>
        Assert.Contains(new TestRecord("A.Works", Outcome.Passed, "", TimeSpan.FromMilliseconds(250)), XunitReport.Read(Whole, 1));

    [Fact]
    public void A_skipped_test_has_its_reason_and_both_are_without_xunits_escapes()
    {
        var skipped = Assert.Single(XunitReport.Read(Whole, 1), result => result.Outcome == Outcome.Skipped);

        Assert.Equal("""A.Says(s: "a\b")""", skipped.Name);
        Assert.Equal("""this host has no "watchpoints" """.TrimEnd(), skipped.Detail);
    }

    [Fact]
    public void A_failed_test_has_message_stack_and_output()
    {
        var failed = Assert.Single(XunitReport.Read(Whole, 1), result => result.Outcome == Outcome.Failed);

        Assert.Equal("A.Breaks", failed.Name);
        Assert.Equal("expected \\x01\nat A.Breaks()\nprinted", failed.Detail);
    }

    [Fact]
    public void A_report_cut_off_at_any_character_is_a_failure()
    {
        for (var length = 0; length < Whole.Length; length++)
        {
            Assert.Contains(XunitReport.Read(Whole[..length], 1), result => result.Outcome == Outcome.Failed && result.Name == "(the test run)");
        }
    }

    [Fact]
    public void A_report_that_lists_fewer_tests_than_it_counts_is_a_failure()
    {
        var results = XunitReport.Read(Passing.Replace("passed=\"1\"", "passed=\"2\"", StringComparison.Ordinal), 0);

        Assert.Contains(results, result => result.Detail == "the report counts 2 passed but lists 1");
    }

    [Fact]
    public void An_error_outside_any_test_is_a_failure()
    {
        var xml = Passing.Replace(
            "<test ",
            """<errors><error type="test-class-cleanup" name="A"><failure><message>still open</message></failure></error></errors><test """,
            StringComparison.Ordinal);

        var results = XunitReport.Read(xml, 1);

        Assert.Contains(new TestRecord("A", Outcome.Failed, "still open", TimeSpan.Zero), results);
    }

    [Fact]
    public void An_unknown_result_is_a_failure()
    {
        var results = XunitReport.Read(Passing.Replace("\"Pass\"", "\"Great\"", StringComparison.Ordinal), 0);

        Assert.Contains(results, result => result.Detail == "the report has an unknown result, 'Great'");
    }

    [Theory]
    [InlineData(null, "the test program did not end")]
    [InlineData(1, "the test program ended with exit status 1, which no test in its report explains")]
    [InlineData(124, "the test program was ended at its time limit (exit status 124)")]
    [InlineData(134, "the test program ended with exit status 134, which no test in its report explains")]
    public void A_passing_report_of_a_program_that_ended_badly_is_a_failure(int? exitStatus, string expected)
    {
        var failed = Assert.Single(XunitReport.Read(Passing, exitStatus), result => result.Outcome == Outcome.Failed);

        Assert.Equal(expected, failed.Detail);
    }

    [Fact]
    public void A_passing_report_of_a_program_that_ended_well_is_its_tests_and_no_more() =>
        Assert.Equal([new TestRecord("A", Outcome.Passed, "", TimeSpan.Zero)], XunitReport.Read(Passing, 0));

    [Fact]
    public void A_duration_beyond_all_reason_does_not_stop_the_reading()
    {
        var results = XunitReport.Read(Passing.Replace("time=\"0\"", "time=\"1e300\"", StringComparison.Ordinal), 0);

        Assert.Equal(TimeSpan.FromSeconds(1e6), Assert.Single(results).Duration);
    }
}
