using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Testing;

/// <summary>Runs suites: reads them, runs their cases, reports. The last line says how it went, and the exit code says the same.</summary>
internal sealed class TestHost(ProgramContext context, string version)
{
    private const int MostNames = 5;

    /// <summary>Returns the exit code.</summary>
    public async Task<int> RunAsync(TestRequest request)
    {
        PlanResult read = SuiteReader.Read(request.Paths, request.Overrides);
        return read.Plan is { } plan
            ? await RunAsync(request, plan).ConfigureAwait(false)
            : Report(read.Diagnostics, request.Paths, context.Error);
    }

    /// <summary>The same for a plan that has been read.</summary>
    public async Task<int> RunAsync(TestRequest request, TestPlan plan)
    {
        try
        {
            return await RunPlanAsync(request, plan).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            var failure = Failure.Of(error);
            return Fail(failure.Message, failure.ExitCode);
        }
    }

    /// <summary>What a report comes to as an exit code.</summary>
    public static int ExitCodeOf(RunReport report) =>
        report.End == RunEnd.Stopped ? ExitCodes.Stopped : report.Counts.Failed > 0 ? ExitCodes.Failed : ExitCodes.Passed;

    /// <summary>
    /// Prints what is wrong with suites, a line each. Returns the exit code: that nothing is there to run is not a suite's fault.
    /// </summary>
    public static int Report(IReadOnlyList<ProfileDiagnostic> diagnostics, IReadOnlyList<string> paths, TextWriter error)
    {
        foreach (ProfileDiagnostic diagnostic in diagnostics)
        {
            error.WriteLine(diagnostic);
        }

        bool onlyMissing = diagnostics.All(one =>
            one.Code == DiagnosticCodes.MissingInput || (one.Code == DiagnosticCodes.FileNotFound && paths.Contains(one.File)));
        return onlyMissing ? ExitCodes.BadImage : ExitCodes.BadProfile;
    }

    private async Task<int> RunPlanAsync(TestRequest request, TestPlan plan)
    {
        var selection = CaseSelection.Of(plan, request.Filter, request.Shard);
        if (plan.Cases.Count == 0)
        {
            return Fail($"there are no cases in {string.Join(", ", request.Paths)}", ExitCodes.BadImage);
        }

        if (selection.Total == 0)
        {
            string all = string.Create(CultureInfo.InvariantCulture, $"none of the {plan.Cases.Count} cases");
            return Fail($"--filter {request.Filter.Text} chooses {all}; 'osdevhv test --list' shows them", ExitCodes.Usage);
        }

        if (request.Reports.Prepare() is { } problem)
        {
            return Fail(problem, ExitCodes.HostError);
        }

        return request.List ? List(request, selection) : await RunAsync(request, selection).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(TestRequest request, CaseSelection selection)
    {
        ICaseRunner runner = context.CreateCaseRunner(request.Artifacts, null);
        HavePoolThreads(request.Options.Jobs);
        TextWriter output = request.Reports.TakeStandardOutput ? context.Error : context.Output;
        bool isTerminal = context.OutputIsTerminal && !request.Reports.TakeStandardOutput;
        TestRun run;

        // From the first line on, and until the reports are written: a signal finishes them, and does not end the process before.
        using var signals = new StopSignals(context.Error);
        using (var log = new TestLog(output, request, isTerminal, selection.Cases.Count))
        {
            using CancellationTokenRegistration told = signals.Stop.Register(
                () => log.Tell("stopping; again to end at once, without a report"));
            log.Tell(Introduce(request, selection));
            run = await new CaseScheduler(runner, request.Options, log).RunAsync(selection, signals.Stop).ConfigureAwait(false);
        }

        if (run.Left.Count == 0)
        {
            (runner as IDisposable)?.Dispose();
        }
        else
        {
            string names = string.Join(", ", run.Left.Take(MostNames).Select(static one => ReportText.CleanLine(one.Id)));
            context.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"osdevhv: left behind, as they did not end within {request.Options.Grace.TotalSeconds} s of the stop: {run.Left.Count} "
                + $"{(run.Left.Count == 1 ? "case" : "cases")}: {names}{(run.Left.Count > MostNames ? ", ..." : "")}"));
        }

        return Finish(request, RunReport.Of(run, version), output);
    }

    /// <summary>
    /// A case holds a pool thread while its machine is built, drained and closed; beyond its minimum the pool would add threads only one or
    /// two a second, and a wide run would begin narrow.
    /// </summary>
    private static void HavePoolThreads(int jobs)
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + jobs), ports);
    }

    private int Finish(TestRequest request, RunReport report, TextWriter output)
    {
        IReadOnlyList<string> errors = request.Reports.Write(report, request.Artifacts, context.Output);
        List<string> problems = [.. errors];
        if (request.GitHub && new GitHubJob(context.Variable).Tell(report, output) is { } problem)
        {
            problems.Add(problem);
        }

        foreach (string line in Remember(report))
        {
            output.Write($"{(request.GitHub ? GitHubReport.Disarm(line) : line)}\n");
        }

        output.Write($"{report.Counts} in {ReportText.Seconds(report.Duration)} s\n");
        output.Flush();
        int exitCode = ExitCodeOf(report);
        foreach (string error in problems)
        {
            context.Error.WriteLine($"osdevhv: {error}");
        }

        return exitCode == ExitCodes.Passed && problems.Count > 0 ? ExitCodes.HostError : exitCode;
    }

    private int List(TestRequest request, CaseSelection selection)
    {
        TextWriter output = request.Reports.TakeStandardOutput ? context.Error : context.Output;
        foreach (SelectedCase chosen in selection.Cases)
        {
            string tags = chosen.Case.Tags.Count == 0 ? "" : $"\t{string.Join(',', chosen.Case.Tags)}";
            output.Write($"{ReportText.CleanLine(chosen.Case.Id)}{tags}\n");
        }

        var nothing = new TestRun
        {
            Selection = selection,
            Options = request.Options,
            Results =
            [
                .. selection.Cases.Select(static chosen => new CaseResult { Case = chosen.Case, Outcome = CaseOutcome.NotRun }),
            ],
            End = RunEnd.Completed,
            Began = DateTimeOffset.UnixEpoch,
            Duration = TimeSpan.Zero,
        };
        IReadOnlyList<string> errors = request.Reports.Write(RunReport.Of(nothing, version), request.Artifacts, context.Output);
        return errors is [var first, ..] ? Fail(first, ExitCodes.HostError) : ExitCodes.Passed;
    }

    private static string Introduce(TestRequest request, CaseSelection selection)
    {
        int count = selection.Cases.Count;
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "case" : "cases")}"),
            .. selection.Shard.Count > 1
                ? [string.Create(CultureInfo.InvariantCulture, $"shard {selection.Shard} of {selection.Total}")] : Array.Empty<string>(),
            string.Create(CultureInfo.InvariantCulture, $"{request.Options.Jobs} at a time"),
            .. request.Options.Repeat > 1
                ? [string.Create(CultureInfo.InvariantCulture, $"each {request.Options.Repeat} times")] : Array.Empty<string>(),
            .. request.Options.Seed is { } seed ? [string.Create(CultureInfo.InvariantCulture, $"seed {seed}")] : Array.Empty<string>(),
        ];
        return string.Join(", ", parts);
    }

    // Once more at the end, where it is looked for: what failed may be thousands of lines above.
    private static IEnumerable<string> Remember(RunReport report)
    {
        foreach (ReportedCase one in report.Cases.Where(static one => CaseJudge.IsFailure(one.Outcome) || one.Outcome == CaseOutcome.Flaky))
        {
            yield return $"  {CaseText.Headline(one)}";
        }

        if (report.End != RunEnd.Completed)
        {
            yield return report.End == RunEnd.Stopped ? "stopped by the user" : "ended at the first failure (--fail-fast)";
        }
    }

    private int Fail(string message, int exitCode)
    {
        context.Error.WriteLine($"osdevhv: {message} (exit code {exitCode})");
        return exitCode;
    }
}
