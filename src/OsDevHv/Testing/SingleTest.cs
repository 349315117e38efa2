using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Testing;

/// <summary>
/// One kernel as one test of another runner: <c>osdevhv run --test</c> for cargo, Meson, CTest and Bazel, which know a test's exit code and
/// keep its output. What the kernel printed is on stdout once it has ended, why it failed on stderr.
/// </summary>
internal sealed class SingleTest(ProgramContext context, string version)
{
    /// <summary>
    /// What automake, Meson and CTest take for skipped. Odd, and yet not the guest's own: a guest's code is never passed on here.
    /// </summary>
    public const int SkippedExitCode = 77;

    private const string Artifacts = "osdevhv-artifacts";

    /// <summary>Returns the exit code.</summary>
    public async Task<int> RunAsync(string file, IReadOnlyList<ProfileOverride> overrides)
    {
        PlanResult read = SuiteReader.Read([file], overrides);
        if (read.Plan is not { } plan)
        {
            return TestHost.Report(read.Diagnostics, [file], context.Error);
        }

        if (plan.Cases.Count != 1)
        {
            return Fail($"--test is for one kernel; for the cases of {file}: osdevhv test {file}", ExitCodes.Usage);
        }

        return await RunAsync(plan).ConfigureAwait(false);
    }

    /// <summary>The same for a plan of one case.</summary>
    public async Task<int> RunAsync(TestPlan plan)
    {
        ICaseRunner runner;
        try
        {
            runner = context.CreateCaseRunner(Artifacts);
        }
        catch (Exception error)
        {
            var failure = Failure.Of(error);
            return Fail(failure.Message, failure.ExitCode);
        }

        using var machines = runner as IDisposable;
        using var signals = new StopSignals(context.Error);
        var options = new RunOptions { Jobs = 1 };
        TestRun run = await new CaseScheduler(runner, options, new Silence())
            .RunAsync(CaseSelection.Of(plan, CaseFilter.All, Shard.Whole), signals.Stop)
            .ConfigureAwait(false);
        var report = RunReport.Of(run, version);
        ReportedCase one = report.Cases[0];
        context.Output.Write(one.Telling?.Output ?? "");
        ReportedCase silent = one with { Attempts = [.. one.Attempts.Select(static attempt => attempt with { Output = "" })] };
        foreach (string line in CaseText.Details(silent, Artifacts))
        {
            context.Error.WriteLine(line);
        }

        int exitCode = one.Outcome == CaseOutcome.Skipped ? SkippedExitCode : TestHost.ExitCodeOf(report);
        context.Error.WriteLine($"osdevhv: {CaseText.Headline(one)} (exit code {exitCode})");
        return exitCode;
    }

    private int Fail(string message, int exitCode)
    {
        context.Error.WriteLine($"osdevhv: {message} (exit code {exitCode})");
        return exitCode;
    }

    private sealed class Silence : IRunObserver
    {
        public void Started(TestCase testCase)
        {
        }

        public void Finished(CaseResult result)
        {
        }
    }
}
