using OsDevHv.Machine;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;
using OsDevHv.Testing;
using OsDevHv.Tests.Suites.Running;
using static OsDevHv.Tests.Suites.SomeCases;

namespace OsDevHv.Tests.Suites.Testing;

/// <summary>What a run prints, writes and exits with, on a scripted runner.</summary>
public sealed class TestHostTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-test");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _variables = [];
    private TestRequest _request;

    public TestHostTests() => _request = new TestRequest(["suite.yaml"], [], new RunOptions { Jobs = 1 })
    {
        Artifacts = Path.Combine(_directory.FullName, "artifacts"),
        Reports = new ReportFiles(null, null, null, null),
    };

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("PP", 0, "2 passed, 0 failed in ")]
    [InlineData("PF", 100, "1 passed, 1 failed in ")]
    [InlineData("PE", 100, "1 passed, 1 failed (1 error) in ")]
    [InlineData("SS", 0, "0 passed, 0 failed, 2 skipped in ")]
    public async Task The_last_line_and_the_exit_code_say_how_it_went(string outcomes, int expected, string words)
    {
        int exitCode = await RunAsync((testCase, _) => outcomes[testCase.Id[^1] - '0'] switch
        {
            'P' => Attempt(AttemptOutcome.Passed),
            'F' => Attempt(AttemptOutcome.Failed, "why"),
            'S' => Attempt(AttemptOutcome.Skipped, "not here"),
            _ => Attempt(AttemptOutcome.Error, "no memory"),
        });

        Assert.Equal(expected, exitCode);
        Assert.StartsWith(words, _output.ToString().TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task A_log_has_a_line_for_each_case_and_below_a_failure_what_one_wants_to_know()
    {
        string crash = Path.Combine(_request.Artifacts, "s/1/crash.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(crash)!);
        await File.WriteAllTextAsync(crash, "triple fault\nrip = 0x100000\n", TestContext.Current.CancellationToken);

        await RunAsync((testCase, _) => testCase.Id == "s/0" ? Attempt(AttemptOutcome.Passed) : Attempt(AttemptOutcome.Failed, "exit code 3, not 0") with
        {
            Details = ["expected: 0"],
            Output = "booting\n\x1b[31mpanic\x1b[0m\n",
            Artifacts = [new Artifact(ArtifactKind.CrashReport, "s/1/crash.txt")],
            Reproduce = "osdevhv gdb a.elf",
        });

        string[] lines = _output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                "2 cases, 1 at a time",
                "passed: s/0 (0.010 s)",
                "FAILED: s/1 (0.010 s): exit code 3, not 0",
                "    expected: 0",
                "    the end of its output:",
                "    | booting",
                "    | panic",
                "    the crash report:",
                "    | triple fault",
                "    | rip = 0x100000",
                $"    file: {crash}",
                "    to run it again: osdevhv gdb a.elf",
                "  FAILED: s/1 (0.010 s): exit code 3, not 0",
            ],
            lines[..^1]);
    }

    [Fact]
    public async Task On_a_terminal_passed_cases_have_no_line_and_the_progress_goes_away()
    {
        await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed), isTerminal: true);

        string output = _output.ToString();
        Assert.DoesNotContain("passed: s/0", output, StringComparison.Ordinal);
        Assert.Contains("\r\x1b[?7l[0/2] 0 failed, ", output, StringComparison.Ordinal);
        Assert.Contains("\x1b[?7h", output, StringComparison.Ordinal);
        Assert.Matches(@"\r\u001b\[K2 passed, 0 failed in \d+\.\d{3} s\n$", output);
    }

    [Fact]
    public async Task Flaky_cases_pass_and_are_listed()
    {
        int exitCode = await RunAsync(
            static (_, attempt) => attempt == 1 ? Attempt(AttemptOutcome.Failed, "first") : Attempt(AttemptOutcome.Passed),
            Plan(Case("s/a") with { Retries = 1 }));

        Assert.Equal(0, exitCode);
        Assert.Contains("\n  FLAKY: s/a (0.020 s): passed only when tried again: first\n1 passed (1 flaky), 0 failed in ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_report_is_written_and_its_artifacts_are_seen_from_where_it_lies()
    {
        string json = Path.Combine(_directory.FullName, "new/deep/r.json");
        string html = Path.Combine(_directory.FullName, "r.html");
        _request = _request with
        {
            Reports = new ReportFiles(Path.Combine(_directory.FullName, "r.xml"), Path.Combine(_directory.FullName, "r.tap"), json, html),
        };

        int exitCode = await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed));

        Assert.Equal(0, exitCode);
        Assert.True(JsonReport.TryRead(json, out RunReport? report, out string? error), error);
        Assert.Equal("../../artifacts", report.Artifacts);
        Assert.Contains("\"artifacts\":\"artifacts\"", await File.ReadAllTextAsync(html, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(["new", "r.html", "r.tap", "r.xml"], _directory.EnumerateFileSystemInfos().Select(static file => file.Name).Order());
    }

    [Fact]
    public async Task A_report_on_stdout_has_it_alone()
    {
        _request = _request with { Reports = new ReportFiles(null, "-", null, null) };

        await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed));

        Assert.StartsWith("TAP version 14\n", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("at a time", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("passed: s/0", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_said_before_anything_runs()
    {
        _request = _request with { Reports = new ReportFiles("/proc/nowhere/r.xml", null, null, null) };

        int exitCode = await RunAsync(static (_, _) => throw new InvalidOperationException("it ran"));

        Assert.Equal(ExitCodes.HostError, exitCode);
        Assert.Contains("/proc/nowhere/r.xml: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_that_chooses_nothing_is_an_error()
    {
        Assert.True(CaseFilter.TryParse("tag:none", out CaseFilter? filter, out _));
        _request = _request with { Filter = filter };

        int exitCode = await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed));

        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains("--filter tag:none chooses none of the 2 cases", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_without_cases_is_none()
    {
        string json = Path.Combine(_directory.FullName, "r.json");
        _request = _request with { Shard = new Shard(5, 5), Reports = new ReportFiles(null, null, json, null) };

        int exitCode = await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed));

        Assert.Equal(0, exitCode);
        Assert.True(File.Exists(json));
    }

    [Fact]
    public async Task A_list_runs_nothing()
    {
        _request = _request with { List = true };

        int exitCode = await RunAsync(
            static (_, _) => throw new InvalidOperationException("it ran"), Plan(Case("s/a"), Case("s/b") with { Tags = ["slow", "smp"] }));

        Assert.Equal(0, exitCode);
        Assert.Equal("s/a\ns/b\tslow,smp\n", _output.ToString());
    }

    [Fact]
    public async Task GitHub_gets_annotations_and_a_summary_and_no_command_of_a_kernel()
    {
        string summary = Path.Combine(_directory.FullName, "summary.md");
        _variables["GITHUB_STEP_SUMMARY"] = summary;
        _request = _request with { GitHub = true };

        await RunAsync(static (_, _) => Attempt(AttemptOutcome.Failed, "why") with { Output = "::error::gotcha ##[error]too\n" });

        string[] lines = _output.ToString().Split('\n');
        Assert.Contains("::error file=suite.yaml,line=3,title=s/0::why", lines);
        Assert.Equal(2, lines.Count(static line => line.TrimStart().StartsWith("::", StringComparison.Ordinal)));
        Assert.DoesNotContain("##[", _output.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("### osdevhv: 0 passed, 2 failed", await File.ReadAllTextAsync(summary, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_pool_threads_as_cases_at_a_time_are_to_be_had_at_once()
    {
        ThreadPool.GetMinThreads(out int before, out _);
        _request = _request with { Options = new RunOptions { Jobs = before + 1 } };

        await RunAsync(static (_, _) => Attempt(AttemptOutcome.Passed));

        ThreadPool.GetMinThreads(out int after, out _);
        Assert.InRange(after, before + 1, int.MaxValue);
    }

    private Task<int> RunAsync(Func<TestCase, int, Attempt> script, TestPlan? plan = null, bool isTerminal = false)
    {
        var runner = new ScriptedRunner((testCase, attempt, _) => Task.FromResult(script(testCase, attempt)));
        var context = new ProgramContext(_output, _error, (_, _) => throw new InvalidOperationException("a machine"))
        {
            CreateCaseRunner = (_, _) => runner,
            Variable = name => _variables.GetValueOrDefault(name),
            OutputIsTerminal = isTerminal,
        };
        return new TestHost(context, "0.1.0").RunAsync(_request, plan ?? Plan(2));
    }
}
