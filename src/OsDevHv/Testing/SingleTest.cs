using OsDevHv.Kvm.Host;
using OsDevHv.Machine;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Testing;

/// <summary>
/// One kernel as one test of another runner: <c>osdevhv run --test</c> for cargo, Meson, CTest and Bazel, which know a test's exit code and
/// keep its output. What the kernel prints is on stdout as it comes, why it failed on stderr.
/// </summary>
internal sealed class SingleTest(ProgramContext context, string version)
{
    /// <summary>
    /// What automake, Meson and CTest take for skipped. Odd, and yet not the guest's own: a guest's code is never passed on here.
    /// </summary>
    public const int SkippedExitCode = 77;

    // For a reader of stdout that is only slow, once the user has stopped the run.
    private static readonly TimeSpan s_lastPatience = TimeSpan.FromSeconds(1);

    /// <summary>Returns the exit code.</summary>
    /// <param name="file">The kernel, or a profile.</param>
    /// <param name="overrides">Values for its machine.</param>
    /// <param name="arguments">What the kernel is given besides.</param>
    public async Task<int> RunAsync(string file, IReadOnlyList<ProfileOverride> overrides, IReadOnlyList<string> arguments)
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

        return await RunAsync(plan, arguments).ConfigureAwait(false);
    }

    /// <summary>The same for a plan of one case.</summary>
    public async Task<int> RunAsync(TestPlan plan, IReadOnlyList<string> arguments)
    {
        ICaseRunner runner;
        KernelOutput output;
        try
        {
            plan = arguments.Count > 0 ? Give(plan, arguments) : plan;
            output = new KernelOutput(plan.Cases[0].Profile, context.OpenOutput(), context.Error);
            runner = context.CreateCaseRunner(TestRequest.DefaultArtifacts, output.Of);
        }
        catch (Exception error)
        {
            var failure = Failure.Of(error);
            return Fail(failure.Message, failure.ExitCode);
        }

        TestRun run = await RunAsync(plan, runner, output).ConfigureAwait(false);
        if (run.Left.Count == 0)
        {
            (runner as IDisposable)?.Dispose();
            output.Dispose();
        }

        return Finish(RunReport.Of(run, version));
    }

    private async Task<TestRun> RunAsync(TestPlan plan, ICaseRunner runner, KernelOutput output)
    {
        using var signals = new StopSignals(context.Error);
        using var patience = new Timer(_ => output.Cancel());
        using CancellationTokenRegistration stopped = signals.Stop.Register(
            () => patience.Change(s_lastPatience, Timeout.InfiniteTimeSpan));
        return await new CaseScheduler(runner, new RunOptions { Jobs = 1 }, new Told(context.Error))
            .RunAsync(CaseSelection.Of(plan, CaseFilter.All, Shard.Whole), signals.Stop)
            .ConfigureAwait(false);
    }

    private TestPlan Give(TestPlan plan, IReadOnlyList<string> arguments)
    {
        TestCase given = KernelArguments.Append(plan.Cases[0], arguments, out string ways);
        context.Error.WriteLine($"osdevhv: the kernel's arguments: {ReportText.CleanLine(KernelArguments.Join(arguments))} ({ways})");
        return plan with { Cases = [given] };
    }

    private int Finish(RunReport report)
    {
        ReportedCase one = report.Cases[0];

        // The output has been seen.
        ReportedCase silent = one with { Attempts = [.. one.Attempts.Select(static attempt => attempt with { Output = "" })] };
        foreach (string line in CaseText.Details(silent, TestRequest.DefaultArtifacts))
        {
            context.Error.WriteLine(line);
        }

        int exitCode = one.Outcome == CaseOutcome.Skipped ? SkippedExitCode : TestHost.ExitCodeOf(report);
        string words = one.Outcome == CaseOutcome.NotRun ? $"stopped: {ReportText.CleanLine(one.Id)}" : CaseText.Headline(one);
        context.Error.WriteLine($"osdevhv: {words} (exit code {exitCode})");
        return exitCode;
    }

    private int Fail(string message, int exitCode)
    {
        context.Error.WriteLine($"osdevhv: {message} (exit code {exitCode})");
        return exitCode;
    }

    /// <summary>Says where the output of one attempt ends and the next one's begins.</summary>
    private sealed class Told(TextWriter error) : IRunObserver
    {
        private int _attempts;

        public void Started(TestCase testCase)
        {
            if (++_attempts > 1)
            {
                error.WriteLine($"osdevhv: it failed and is tried again, attempt {_attempts}");
            }
        }

        public void Finished(CaseResult result)
        {
        }
    }
}
