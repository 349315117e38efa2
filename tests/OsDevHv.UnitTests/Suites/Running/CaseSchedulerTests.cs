using OsDevHv.Machine;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;
using static OsDevHv.Tests.Suites.SomeCases;

namespace OsDevHv.Tests.Suites.Running;

public sealed class CaseSchedulerTests
{
    private static readonly RunOptions s_oneByOne = new() { Jobs = 1 };
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Results_have_the_plans_order_whichever_case_ends_first()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new ScriptedRunner(async (testCase, _, stop) =>
        {
            if (testCase.Id == "s/0")
            {
                await second.Task.WaitAsync(s_limit, stop);
            }
            else
            {
                second.SetResult();
            }

            return Attempt(AttemptOutcome.Passed);
        });

        TestRun run = await runner.RunAsync(Plan(2), new RunOptions { Jobs = 2 });

        Assert.Equal(["s/0", "s/1"], run.Results.Select(static result => result.Case.Id));
        Assert.Equal(RunEnd.Completed, run.End);
    }

    [Fact]
    public async Task As_many_cases_run_at_a_time_as_there_are_jobs()
    {
        using var meeting = new Barrier(3);
        var runner = new ScriptedRunner((_, _, _) => Task.Run(() =>
        {
            // Three must be here at once, or nobody gets on.
            Assert.True(meeting.SignalAndWait(s_limit));
            return Attempt(AttemptOutcome.Passed);
        }));

        TestRun run = await runner.RunAsync(Plan(9), new RunOptions { Jobs = 3 });

        Assert.Equal(3, runner.MostAtATime);
        Assert.All(run.Results, static result => Assert.Equal(CaseOutcome.Passed, result.Outcome));
    }

    [Theory]
    [InlineData(2, 4096, 16, 2)]
    [InlineData(4, 4096, 16, 1)]
    [InlineData(64, 4096, 16, 1)]
    [InlineData(1, 100, 60, 1)]
    [InlineData(1, 100, 50, 2)]
    [InlineData(1, 100, 500, 1)]
    public async Task A_case_takes_jobs_by_its_processors_and_memory_of_the_budget(int processors, uint budgetMiB, uint caseMiB, int most)
    {
        TestCase[] cases = [.. Enumerable.Range(0, 4).Select(number => Case($"s/{number}", processors, (ulong)caseMiB << 20))];
        using var room = new SemaphoreSlim(0);
        var runner = new ScriptedRunner(async (_, _, _) =>
        {
            // Gives another, if one is let in, the time to come.
            room.Release();
            await Task.Yield();
            for (int i = 0; i < 200 && room.CurrentCount < most; i++)
            {
                await Task.Yield();
            }

            return Attempt(AttemptOutcome.Passed);
        });

        TestRun run = await runner.RunAsync(Plan(cases), new RunOptions { Jobs = 4, MemoryBudget = (ulong)budgetMiB << 20 });

        Assert.InRange(runner.MostAtATime, 1, most);
        Assert.All(run.Results, static result => Assert.Equal(CaseOutcome.Passed, result.Outcome));
    }

    [Fact]
    public async Task What_passes_when_tried_again_is_flaky_and_its_failure_is_kept()
    {
        var runner = new ScriptedRunner(static (_, attempt) => attempt == 3 ? AttemptOutcome.Passed : AttemptOutcome.Failed);

        TestRun run = await runner.RunAsync(Plan(Case("s/a") with { Retries = 5 }), s_oneByOne);

        Assert.Equal(CaseOutcome.Flaky, run.Results[0].Outcome);
        Assert.Equal(
            [AttemptOutcome.Failed, AttemptOutcome.Failed, AttemptOutcome.Passed],
            run.Results[0].Attempts.Select(static attempt => attempt.Outcome));
    }

    [Fact]
    public async Task A_failure_is_tried_again_as_often_as_the_suite_says()
    {
        var runner = new ScriptedRunner(static (_, _) => AttemptOutcome.Failed);

        TestRun run = await runner.RunAsync(Plan(Case("s/a") with { Retries = 2 }), s_oneByOne);

        Assert.Equal(CaseOutcome.Failed, run.Results[0].Outcome);
        Assert.Equal([1, 2, 3], runner.Numbers);
    }

    [Fact]
    public async Task An_expected_failure_is_not_tried_again()
    {
        var runner = new ScriptedRunner(static (_, _) => AttemptOutcome.Failed);

        TestRun run = await runner.RunAsync(Plan(Case("s/a") with { Retries = 2, Standing = Standing.ExpectedToFail }), s_oneByOne);

        Assert.Equal(CaseOutcome.ExpectedFailure, run.Results[0].Outcome);
        Assert.Single(runner.Numbers);
    }

    [Fact]
    public async Task A_runner_that_throws_is_an_error_of_that_case_alone()
    {
        var runner = new ScriptedRunner(static (testCase, _, _) => testCase.Id == "s/0"
            ? throw new InvalidOperationException("broken\ninside")
            : Task.FromResult(Attempt(AttemptOutcome.Passed)));

        TestRun run = await runner.RunAsync(Plan(2), s_oneByOne);

        Assert.Equal([CaseOutcome.Error, CaseOutcome.Passed], run.Results.Select(static result => result.Outcome));
        Assert.Contains("InvalidOperationException: broken inside", run.Results[0].Attempts[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_first_failure_nothing_new_begins_if_that_was_asked_for()
    {
        var runner = new ScriptedRunner(static (testCase, _) => testCase.Id == "s/1" ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        TestRun run = await runner.RunAsync(Plan(4), new RunOptions { Jobs = 1, FailFast = true });

        Assert.Equal(
            [CaseOutcome.Passed, CaseOutcome.Failed, CaseOutcome.NotRun, CaseOutcome.NotRun], run.Results.Select(static result => result.Outcome));
        Assert.Equal(RunEnd.FailFast, run.End);
        Assert.Equal(["s/0", "s/1"], runner.Began);
    }

    [Fact]
    public async Task Failures_that_do_not_count_do_not_end_a_run()
    {
        var runner = new ScriptedRunner(static (_, _) => AttemptOutcome.Failed);
        TestPlan plan = Plan(
            Case("s/a") with { Standing = Standing.Quarantined }, Case("s/b") with { Standing = Standing.ExpectedToFail }, Case("s/c"));

        TestRun run = await runner.RunAsync(plan, new RunOptions { Jobs = 1, FailFast = true });

        Assert.Equal(
            [CaseOutcome.QuarantinedFailure, CaseOutcome.ExpectedFailure, CaseOutcome.Failed], run.Results.Select(static result => result.Outcome));
    }

    [Theory]
    [InlineData(AttemptOutcome.Error, null, CaseOutcome.NotRun)]
    [InlineData(AttemptOutcome.Failed, VerdictKind.Stopped, CaseOutcome.NotRun)]
    [InlineData(AttemptOutcome.Failed, VerdictKind.TripleFaulted, CaseOutcome.Failed)]
    [InlineData(AttemptOutcome.Passed, VerdictKind.Passed, CaseOutcome.Passed)]
    public async Task A_stopped_run_has_results_for_all_and_blames_no_kernel(AttemptOutcome end, VerdictKind? verdict, CaseOutcome expected)
    {
        using var user = new CancellationTokenSource();
        var runner = new ScriptedRunner(async (testCase, _, stop) =>
        {
            if (testCase.Id == "s/0")
            {
                return Attempt(AttemptOutcome.Passed);
            }

            await user.CancelAsync();
            Assert.True(stop.IsCancellationRequested);
            return Attempt(end) with { Verdict = verdict };
        });

        TestRun run = await runner.RunUntilAsync(Plan(4), s_oneByOne, user.Token);

        Assert.Equal([CaseOutcome.Passed, expected, CaseOutcome.NotRun, CaseOutcome.NotRun], run.Results.Select(static result => result.Outcome));
        Assert.Equal(RunEnd.Stopped, run.End);
        Assert.Equal(4, runner.Over.Count);
    }

    [Fact]
    public async Task What_does_not_end_when_the_run_is_stopped_is_left_behind_and_the_results_are_complete()
    {
        using var user = new CancellationTokenSource();
        var never = new TaskCompletionSource<Attempt>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new ScriptedRunner(async (testCase, _, _) =>
        {
            if (testCase.Id == "s/1")
            {
                await user.CancelAsync();
                return await never.Task;
            }

            return Attempt(AttemptOutcome.Passed);
        });

        var options = new RunOptions { Jobs = 1, Grace = TimeSpan.FromMilliseconds(1) };
        TestRun run = await runner.RunUntilAsync(Plan(3), options, user.Token);
        never.SetResult(Attempt(AttemptOutcome.Passed));

        Assert.Equal([CaseOutcome.Passed, CaseOutcome.NotRun, CaseOutcome.NotRun], run.Results.Select(static result => result.Outcome));
        Assert.Equal("s/1", Assert.Single(run.Left).Id);
        Assert.Equal(RunEnd.Stopped, run.End);
        Assert.Equal(3, runner.Over.Count);
    }

    [Fact]
    public async Task What_ends_in_time_when_the_run_is_stopped_is_waited_for()
    {
        using var user = new CancellationTokenSource();
        var runner = new ScriptedRunner(async (_, _, stop) =>
        {
            await user.CancelAsync();
            await Task.Yield();
            return Attempt(AttemptOutcome.Failed, "really") with { Verdict = VerdictKind.TripleFaulted };
        });

        TestRun run = await runner.RunUntilAsync(Plan(2), new RunOptions { Jobs = 1, Grace = s_limit }, user.Token);

        Assert.Equal([CaseOutcome.Failed, CaseOutcome.NotRun], run.Results.Select(static result => result.Outcome));
        Assert.Empty(run.Left);
    }

    [Fact]
    public async Task A_failure_whose_retry_is_cut_off_stays_a_failure()
    {
        using var user = new CancellationTokenSource();
        var runner = new ScriptedRunner(async (_, attempt, _) =>
        {
            if (attempt == 2)
            {
                await user.CancelAsync();
                throw new OperationCanceledException(user.Token);
            }

            return Attempt(AttemptOutcome.Failed, "really");
        });

        TestRun run = await runner.RunUntilAsync(Plan(Case("s/a") with { Retries = 3 }), s_oneByOne, user.Token);

        Assert.Equal(CaseOutcome.Failed, run.Results[0].Outcome);
        Assert.Equal("really", Assert.Single(run.Results[0].Attempts).Message);
    }

    [Fact]
    public async Task A_repeated_case_passes_only_if_it_passes_every_time()
    {
        var runner = new ScriptedRunner(static (testCase, attempt) =>
            testCase.Id == "s/0" && attempt == 13 ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        TestRun run = await runner.RunAsync(Plan(2), new RunOptions { Jobs = 4, Repeat = 20 });

        Assert.Equal([CaseOutcome.Failed, CaseOutcome.Passed], run.Results.Select(static result => result.Outcome));
        Assert.All(run.Results, static result => Assert.Equal(20, result.Attempts.Count));
    }

    [Fact]
    public async Task Attempts_of_repetitions_have_numbers_of_their_own_whatever_was_retried()
    {
        var runner = new ScriptedRunner(static (_, attempt) => attempt == 1 ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        TestRun run = await runner.RunAsync(Plan(Case("s/a") with { Retries = 1 }), new RunOptions { Jobs = 1, Repeat = 3 });

        Assert.Equal([1, 2, 3, 5], runner.Numbers);
        Assert.Equal(CaseOutcome.Flaky, run.Results[0].Outcome);
    }

    [Fact]
    public async Task A_case_that_cannot_run_is_skipped_without_a_machine()
    {
        var runner = new ScriptedRunner(static (_, _) => AttemptOutcome.Failed);

        TestRun run = await runner.RunAsync(Plan(Case("s/a") with { Skip = "no such file" }), s_oneByOne);

        Assert.Equal(CaseOutcome.Skipped, run.Results[0].Outcome);
        Assert.Empty(runner.Began);
    }

    [Fact]
    public async Task A_seed_decides_the_order_and_the_results_keep_the_plans()
    {
        TestPlan plan = Plan(20);
        var options = new RunOptions { Jobs = 1, Seed = 7 };
        var first = new ScriptedRunner(static (_, _) => AttemptOutcome.Passed);
        var second = new ScriptedRunner(static (_, _) => AttemptOutcome.Passed);
        var other = new ScriptedRunner(static (_, _) => AttemptOutcome.Passed);

        TestRun run = await first.RunAsync(plan, options);
        await second.RunAsync(plan, options);
        await other.RunAsync(plan, options with { Seed = 8 });

        string[] declared = [.. plan.Cases.Select(static testCase => testCase.Id)];
        Assert.Equal(first.Began, second.Began);
        Assert.NotEqual(declared, first.Began);
        Assert.NotEqual(first.Began, other.Began);
        Assert.Equal(declared.Order(), first.Began.Order());
        Assert.Equal(declared, run.Results.Select(static result => result.Case.Id));
    }

    [Fact]
    public async Task Each_case_is_told_to_be_over_once()
    {
        var runner = new ScriptedRunner(static (testCase, _) => testCase.Id == "s/5" ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        await runner.RunAsync(Plan(10), new RunOptions { Jobs = 3, FailFast = true, Repeat = 2 });

        Assert.Equal(Enumerable.Range(0, 10).Select(static number => $"s/{number}"), runner.Over.Order());
    }

    [Fact]
    public async Task What_a_thousand_passed_repetitions_printed_is_not_kept()
    {
        string flood = new('x', 1 << 20);
        var runner = new ScriptedRunner((_, _, _) => Task.FromResult(Attempt(AttemptOutcome.Passed) with { Output = flood }));

        TestRun run = await runner.RunAsync(Plan(1), new RunOptions { Jobs = 2, Repeat = 1000 });

        Assert.InRange(run.Results[0].Attempts.Sum(static attempt => attempt.Output.Length), 1, CaseRecord.KeptOfPassed);
    }
}
