using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;

namespace OsDevHv.Tests.Suites.Reports;

public sealed class JUnitReportTests
{
    [Fact]
    public void Every_outcome_and_every_nasty_text_is_valid_by_the_schema()
    {
        var problems = new List<string>();

        Parse(SampleReport.All).Validate(Schema(), (_, problem) => problems.Add(problem.Message));

        Assert.Empty(problems);
    }

    [Fact]
    public void Attempts_that_ended_differently_are_in_the_schemas_order()
    {
        Attempt fail = SomeCases.Attempt(AttemptOutcome.Failed, "no");
        Attempt error = SomeCases.Attempt(AttemptOutcome.Error, "broken");
        Attempt pass = SomeCases.Attempt(AttemptOutcome.Passed);
        RunReport report = SampleReport.Of(
            SampleReport.Case("s/flaky", CaseOutcome.Flaky, error, fail, error, pass),
            SampleReport.Case("s/failed", CaseOutcome.Failed, error, fail with { Message = "once" }, fail),
            SampleReport.Case("s/error", CaseOutcome.Error, error, fail, error with { Message = "again" }));
        var problems = new List<string>();

        Parse(report).Validate(Schema(), (_, problem) => problems.Add(problem.Message));

        Assert.Empty(problems);
        Assert.Equal("flakyFailure flakyError flakyError", ElementsOf(report, "flaky"));
        Assert.Equal("failure rerunFailure rerunError", ElementsOf(report, "failed"));
        Assert.Equal("rerunFailure error rerunError", ElementsOf(report, "error"));
    }

    [Fact]
    public void The_schema_finds_what_consumers_would_not_take()
    {
        var problems = new List<string>();

        XDocument.Parse("<testsuites><testsuite name='a'><testcase/></testsuite></testsuites>").Validate(Schema(), (_, problem) => problems.Add(problem.Message));

        Assert.NotEmpty(problems);
    }

    [Fact]
    public void The_numbers_are_those_of_the_elements()
    {
        XElement root = Parse(SampleReport.All).Root!;

        Assert.All(root.Elements("testsuite").Append(root), static counted =>
        {
            Assert.Equal(Number(counted, "tests"), counted.Descendants("testcase").Count());
            Assert.Equal(Number(counted, "failures"), counted.Descendants("failure").Count());
            Assert.Equal(Number(counted, "errors"), counted.Descendants("error").Count());
        });
        Assert.All(root.Elements("testsuite"), static suite => Assert.Equal(Number(suite, "skipped"), suite.Descendants("skipped").Count()));
        Assert.Equal(["boot", "ktap"], root.Elements("testsuite").Select(static suite => suite.Attribute("name")!.Value).Take(2));
    }

    [Theory]
    [InlineData("plain", "")]
    [InlineData("bad", "failure system-out")]
    [InlineData("flaky", "flakyFailure")]
    [InlineData("again", "failure rerunFailure")]
    [InlineData("expected", "skipped")]
    [InlineData("surprise", "failure system-out")]
    [InlineData("quarantined", "skipped")]
    [InlineData("skipped", "skipped")]
    [InlineData("error", "error")]
    [InlineData("never", "skipped")]
    [InlineData("inside", "failure")]
    [InlineData("math / adds", "")]
    [InlineData("math / divides", "failure")]
    [InlineData("later", "skipped")]
    public void An_outcome_has_the_element_that_consumers_count(string name, string elements) =>
        Assert.Equal(elements, ElementsOf(SampleReport.All, name));

    [Fact]
    public void A_failure_tells_all_that_is_known()
    {
        XElement bad = CaseOf(SampleReport.All with { Artifacts = "out" }, "bad");

        XElement failure = bad.Element("failure")!;
        Assert.Equal(("exit code 3, not 0", "triple-fault"), (failure.Attribute("message")!.Value, failure.Attribute("type")!.Value));
        Assert.Equal(
            "exit code 3, not 0\nexpected: 0\nactual: 3\nto run it again: osdevhv gdb 'a b.elf' --set cpu.count=2", failure.Value);
        Assert.Contains("line one\nline two\n", bad.Element("system-out")!.Value, StringComparison.Ordinal);
        Assert.Contains("[[ATTACHMENT|out/boot/bad/attempt-1/com1.log]]", bad.Element("system-out")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_what_does_not_count_does_not_count()
    {
        Attempt attempt = SomeCases.Attempt(AttemptOutcome.Failed, "known") with { Subtests = [new Subtest("part", AttemptOutcome.Failed, "why")] };

        XElement part = CaseOf(SampleReport.Of(SampleReport.Case("s/a", CaseOutcome.ExpectedFailure, attempt)), "part");

        Assert.Equal("failed, as expected: known", part.Element("skipped")!.Attribute("message")!.Value);
    }

    [Fact]
    public void What_a_kernel_reported_twice_has_two_names()
    {
        var subtest = new Subtest("same", AttemptOutcome.Passed, "");
        Attempt attempt = SomeCases.Attempt(AttemptOutcome.Passed) with { Subtests = [subtest, subtest, subtest with { Name = "same#2" }] };

        XDocument report = Parse(SampleReport.Of(
            SampleReport.Case("s/a", CaseOutcome.Passed, attempt), SampleReport.Case("s/b", CaseOutcome.Passed, attempt)));

        Assert.Equal(
            ["s a", "s.a same", "s.a same#2", "s.a same#2#2", "s b", "s.b same", "s.b same#2", "s.b same#2#2"],
            report.Descendants("testcase")
                .Select(static one => $"{one.Attribute("classname")!.Value} {one.Attribute("name")!.Value}"));
    }

    [Fact]
    public void Output_is_cut_off_at_a_bound()
    {
        Attempt attempt = SomeCases.Attempt(AttemptOutcome.Failed) with { Output = string.Concat(Enumerable.Repeat("a line of it\n", 100_000)) };

        string text = Write(SampleReport.Of(SampleReport.Case("s/a", CaseOutcome.Failed, attempt)));

        Assert.InRange(text.Length, 60_000, 70_000);
        Assert.Contains("characters left out]", text, StringComparison.Ordinal);
    }

    private static string Write(RunReport report) => SampleReport.Text(writer => JUnitReport.Write(report, writer));

    private static XDocument Parse(RunReport report) => XDocument.Parse(Write(report), LoadOptions.PreserveWhitespace);

    private static XElement CaseOf(RunReport report, string name) =>
        Parse(report).Descendants("testcase").Single(element => element.Attribute("name")!.Value == name);

    private static string ElementsOf(RunReport report, string name) =>
        string.Join(' ', CaseOf(report, name).Elements().Select(static element => element.Name.LocalName));

    private static int Number(XElement element, string name) => int.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static XmlSchemaSet Schema()
    {
        var schemas = new XmlSchemaSet();
        using var reader = XmlReader.Create(Path.Combine(AppContext.BaseDirectory, "Suites/Reports/junit.xsd"));
        schemas.Add(null, reader);
        return schemas;
    }
}
