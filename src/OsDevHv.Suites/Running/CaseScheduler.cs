using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>
/// Runs cases side by side. They begin in order; one that has no room yet holds up those behind it, so that a large one is not put off
/// for ever. The results are in the plan's order, whichever ends first.
/// </summary>
/// <param name="runner">Runs one.</param>
/// <param name="options">How.</param>
/// <param name="observer">Is told of each.</param>
/// <param name="time">The clock; null is the system's.</param>
public sealed class CaseScheduler(ICaseRunner runner, RunOptions options, IRunObserver observer, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs all, each <see cref="RunOptions.Repeat"/> times, with the retries that it has.</summary>
    /// <param name="selection">What.</param>
    /// <param name="stop">The user ends the run: what is running is stopped, what is not does not begin. The results are complete all
    /// the same.</param>
    public async Task<TestRun> RunAsync(CaseSelection selection, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(selection);
        DateTimeOffset began = _time.GetUtcNow();
        long start = _time.GetTimestamp();
        CaseRecord[] records = [.. selection.Cases.Select(chosen => new CaseRecord(chosen.Case, options.Repeat))];
        using var failed = new CancellationTokenSource();
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stop, failed.Token);
        var gate = new ResourceGate(options.Jobs, options.MemoryBudget);
        var running = new List<Task>();
        try
        {
            foreach (CaseRecord record in selection.OrderBy(options.Seed).Select(place => records[place]))
            {
                if (record.Case.Skip is not null)
                {
                    Finish(record);
                    continue;
                }

                for (int repetition = 0; repetition < options.Repeat; repetition++)
                {
                    IDisposable place = await gate
                        .EnterAsync(record.Case.Profile.Cpu.Count, record.Case.Profile.MemoryBytes, halt.Token)
                        .ConfigureAwait(false);
                    var turn = new Turn(record, repetition, start);
                    running.Add(Task.Run(() => RunAsync(turn, place, failed, stop), CancellationToken.None));
                }
            }
        }
        catch (OperationCanceledException) when (halt.IsCancellationRequested)
        {
            // What has not begun is left as it is: not run.
        }

        await WaitAsync(Task.WhenAll(running), stop).ConfigureAwait(false);
        TestCase[] left = [.. records.Where(static record => record.IsRunning).Select(static record => record.Case)];
        foreach (CaseRecord record in records)
        {
            Finish(record);
        }

        CaseResult[] results = [.. records.Select(static record => record.Result!)];
        bool isComplete = results.All(static result => result.Outcome != CaseOutcome.NotRun);
        return new TestRun
        {
            Selection = selection,
            Options = options,
            Results = results,
            Left = left,
            End = isComplete ? RunEnd.Completed : stop.IsCancellationRequested ? RunEnd.Stopped : RunEnd.FailFast,
            Began = began,
            Duration = _time.GetElapsedTime(start),
        };
    }

    /// <summary>
    /// Waits for all, but not for what does not end although the user has stopped the run: the results of everything else are worth more.
    /// </summary>
    private async Task WaitAsync(Task all, CancellationToken stop)
    {
        try
        {
            await all.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            try
            {
                await all.WaitAsync(options.Grace, _time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Told in the run.
            }
        }
    }

    private async Task RunAsync(Turn turn, IDisposable place, CancellationTokenSource failed, CancellationToken stop)
    {
        using (place)
        {
            CaseOutcome outcome = await RepeatUntilJudgedAsync(turn, stop).ConfigureAwait(false);
            if (options.FailFast && CaseJudge.IsFailure(outcome))
            {
                await failed.CancelAsync().ConfigureAwait(false);
            }
        }

        if (turn.Record.CountRepetition())
        {
            Finish(turn.Record);
        }
    }

    private async Task<CaseOutcome> RepeatUntilJudgedAsync(Turn turn, CancellationToken stop)
    {
        CaseRecord record = turn.Record;
        for (int attempt = 0; attempt <= record.Case.Retries && !stop.IsCancellationRequested; attempt++)
        {
            record.Begin(_time.GetElapsedTime(turn.Start));
            observer.Started(record.Case);

            // The numbers of repetitions do not depend on how often others were retried.
            int number = (turn.Repetition * (record.Case.Retries + 1)) + attempt + 1;
            Attempt made = await TryAsync(record.Case, number, stop).ConfigureAwait(false);
            record.End();
            if (stop.IsCancellationRequested && WasCutOff(made))
            {
                break;
            }

            record.Add(turn.Repetition, made);
            if (!CaseJudge.IsRetried(record.Case.Standing, made.Outcome))
            {
                break;
            }
        }

        return record.OutcomeOf(turn.Repetition);
    }

    private async Task<Attempt> TryAsync(TestCase testCase, int number, CancellationToken stop)
    {
        long start = _time.GetTimestamp();
        try
        {
            return await runner.RunAsync(testCase, number, stop).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return new Attempt
            {
                Outcome = AttemptOutcome.Error,
                Message = $"an error in this program, please report it: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}",
                Details = error.ToString().ReplaceLineEndings("\n").Split('\n'),
                Duration = _time.GetElapsedTime(start),
            };
        }
    }

    // What was ended from outside says nothing of the kernel; what ended by itself at that moment does.
    private static bool WasCutOff(Attempt attempt) =>
        attempt.Outcome == AttemptOutcome.Error
        || (attempt.Outcome == AttemptOutcome.Failed && attempt.Verdict is null or VerdictKind.Stopped);

    private void Finish(CaseRecord record)
    {
        if (record.TryFinish(out CaseResult? result))
        {
            observer.Finished(result);
        }
    }

    private sealed record Turn(CaseRecord Record, int Repetition, long Start);
}
