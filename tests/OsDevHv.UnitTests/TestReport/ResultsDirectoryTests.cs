using OsDevHv.TestReport;

namespace OsDevHv.Tests.TestReport;

public sealed class ResultsDirectoryTests : IDisposable
{
    private const string Passing =
        """<assemblies><assembly passed="1" failed="0" skipped="0"><test name="A" result="Pass" time="0" /></assembly></assemblies>""";

    private const string Failing =
        """
        <assemblies><assembly passed="0" failed="1" skipped="0"><test name="A" result="Fail" time="0"><failure><message>it broke</message>
        </failure></test></assembly></assemblies>
        """;

    private const string Empty = """<assemblies><assembly passed="0" failed="0" skipped="0" /></assemblies>""";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void All_reports_there_and_passing_is_success()
    {
        Write("expected", "unit UnitTests\namd KvmTests\n");
        Suite("unit/UnitTests", Passing, "0\n");
        Suite("amd/KvmTests", Passing, "0\n");

        var (status, lines) = Summarise();

        Assert.Equal(0, status);
        Assert.Equal(["", "unit:   1 passed, 0 failed", "amd:    1 passed, 0 failed", "2 passed, 0 failed"], lines);
    }

    [Fact]
    public void A_missing_report_is_a_failure()
    {
        Write("expected", "unit UnitTests\namd KvmTests\n");
        Suite("unit/UnitTests", Passing, "0\n");

        var (status, lines) = Summarise();

        Assert.Equal(1, status);
        Assert.Contains("        no report came", lines);
        Assert.Equal("1 passed, 1 failed", lines[^1]);
    }

    [Fact]
    public void A_broken_host_is_a_failure_though_its_report_came()
    {
        Write("expected", "intel KvmTests\n");
        Suite("intel/KvmTests", Passing, "0\n");
        Write("intel/problem", "stalled: silent for 300 s\n");

        var (status, lines) = Summarise();

        Assert.Equal(1, status);
        Assert.Contains("        the host went wrong: stalled: silent for 300 s", lines);
        Assert.Equal("1 passed, 1 failed", lines[^1]);
    }

    [Fact]
    public void A_suite_without_a_test_is_a_failure()
    {
        Write("expected", "unit UnitTests\n");
        Suite("unit/UnitTests", Empty, "0\n");

        var (status, lines) = Summarise();

        Assert.Equal(1, status);
        Assert.Contains("        no test was selected", lines);
    }

    [Fact]
    public void With_a_filter_one_suite_may_have_no_test()
    {
        Write("expected", "unit UnitTests\namd KvmTests\n");
        Suite("unit/UnitTests", Empty, "0\n");
        Suite("amd/KvmTests", Passing, "0\n");

        var (status, lines) = Summarise(emptyIsFailure: false);

        Assert.Equal(0, status);
        Assert.Equal("1 passed, 0 failed", lines[^1]);
    }

    [Fact]
    public void With_a_filter_that_selects_nothing_anywhere_the_run_fails()
    {
        Write("expected", "unit UnitTests\n");
        Suite("unit/UnitTests", Empty, "0\n");

        var (status, lines) = Summarise(emptyIsFailure: false);

        Assert.Equal(1, status);
        Assert.Equal("0 passed, 0 failed", lines[^1]);
    }

    [Fact]
    public void Nothing_expected_is_no_success()
    {
        Write("expected", "");

        var (status, lines) = Summarise();

        Assert.Equal(1, status);
        Assert.Equal("0 passed, 0 failed", lines[^1]);
    }

    [Fact]
    public void Skipped_tests_are_listed_with_host_and_reason_and_counted_last()
    {
        Write("expected", "local KvmTests\n");
        Suite(
            "local/KvmTests",
            """
            <assemblies><assembly passed="1" failed="0" skipped="1"><test name="A" result="Pass" time="0" />
            <test name="B" result="Skip" time="0"><reason>no debug intercepts</reason></test></assembly></assemblies>
            """,
            "0\n");

        var (status, lines) = Summarise();

        Assert.Equal(0, status);
        Assert.Equal(["skipped local KvmTests: B", "        no debug intercepts"], lines[..2]);
        Assert.Equal("1 passed, 0 failed, 1 skipped", lines[^1]);
    }

    [Fact]
    public void Of_a_long_message_the_beginning_and_the_end_are_shown()
    {
        Write("expected", "unit UnitTests\n");
        Write("unit/problem", string.Join('\n', Enumerable.Range(1, 100)));

        var (_, lines) = Summarise();

        Assert.Equal(["        the host went wrong: 1", "        2"], lines[1..3]);
        Assert.Equal(["        30", "        [40 lines more in the report]", "        71"], lines[30..33]);
    }

    [Fact]
    public void A_test_that_passes_when_it_is_run_again_is_flaky_and_its_failure_is_shown()
    {
        Write("expected", "local KvmTests\n");
        Suite("local/KvmTests", Failing, "1\n");
        Suite("local/again/KvmTests", Passing, "0\n");

        var (status, lines) = Summarise();

        Assert.Equal(0, status);
        Assert.Equal(["FLAKY   local KvmTests: A", "        it broke"], lines[..2]);
        Assert.Equal("1 passed, 0 failed", lines[^1]);
    }

    [Fact]
    public void A_test_that_fails_again_has_failed()
    {
        Write("expected", "local KvmTests\n");
        Suite("local/KvmTests", Failing, "1\n");
        Suite("local/again/KvmTests", Failing, "1\n");

        var (status, lines) = Summarise();

        Assert.Equal(1, status);
        Assert.Equal(["FAILED  local KvmTests: A", "        it broke"], lines[..2]);
        Assert.Equal("0 passed, 1 failed", lines[^1]);
    }

    [Fact]
    public void A_host_that_was_started_anew_is_told()
    {
        Write("expected", "amd KvmTests\n");
        Suite("amd/KvmTests", Passing, "0\n");
        Write("amd/first-problem", "stalled: silent for 300 s\n");

        var (status, lines) = Summarise();

        Assert.Equal(0, status);
        Assert.Contains("        the host went wrong and was started anew: stalled: silent for 300 s", lines);
        Assert.Equal("1 passed, 0 failed", lines[^1]);
    }

    private (int Status, string[] Lines) Summarise(bool emptyIsFailure = true)
    {
        using var output = new StringWriter();
        var status = Summary.Write(ResultsDirectory.Read(_directory.FullName, emptyIsFailure), output);
        return (status, output.ToString().TrimEnd('\n').Split('\n'));
    }

    private void Suite(string name, string xml, string status)
    {
        Write($"{name}.xml", xml);
        Write($"{name}.status", status);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
