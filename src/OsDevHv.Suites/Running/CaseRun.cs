using OsDevHv.Machine;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Judging;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>
/// One attempt on a machine that stands where the case begins: runs it, ends it where it goes too far, judges and keeps its files.
/// </summary>
internal sealed class CaseRun : IDisposable
{
    private static readonly TimeSpan ExitsPeriod = TimeSpan.FromMilliseconds(10);

    private readonly TestCase _case;
    private readonly AttemptFiles _files;
    private readonly MachineOutput _gathered;
    private readonly CaseOutput _output;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _end;
    private volatile bool _isOverExits;

    /// <summary>Takes what the machine prints from now on.</summary>
    public CaseRun(TestCase testCase, AttemptFiles files, MachineOutput gathered, CancellationToken stop)
    {
        _case = testCase;
        _files = files;
        _gathered = gathered;
        _stop = stop;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _output = new CaseOutput(testCase, files.Directory, End);
        gathered.StartAnew(_output);
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<(Attempt Attempt, Verdict Verdict)> RunAsync(VirtualMachine machine)
    {
        long exitsBefore = machine.Exits;
        TimeSpan timeBefore = machine.RunningTime;
        Verdict verdict;
        using (Timer? exits = WatchExits(machine, exitsBefore))
        {
            verdict = await machine.RunAsync(waitForDebugger: false, _end.Token).ConfigureAwait(false);
        }

        TimeSpan time = machine.RunningTime;
        var run = new RunOutcome(
            verdict, WhyCutShort(verdict), time >= timeBefore ? time - timeBefore : time, Math.Max(0, machine.Exits - exitsBefore));
        var checks = new MachineChecks(machine);
        Judgement judgement = AttemptJudge.Judge(_case, run, _output, checks.Failures(_case.Expect));
        IReadOnlyList<Artifact> artifacts = Keep(machine, judgement, verdict, checks);
        return (new Attempt
        {
            Outcome = judgement.Outcome,
            Message = judgement.Message,
            Details = [.. judgement.Details, .. _files.Failures],
            Verdict = verdict.Kind,
            ExitCode = verdict.ExitCode,
            Subtests = [.. _output.Reports.SelectMany(static report => report.Subtests)],
            Artifacts = artifacts,
            Output = _output.Tail,
            Reproduce = artifacts.Count == 0 ? "" : _files.Reproduce(),
        }, verdict);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _end.Dispose();
    }

    private Timer? WatchExits(VirtualMachine machine, long before) => _case.Limits.Exits is not { } most ? null : new Timer(
        _ =>
        {
            if (machine.Exits - before > most && !_isOverExits)
            {
                _isOverExits = true;
                End();
            }
        },
        null,
        ExitsPeriod,
        ExitsPeriod);

    // A console or the timer may be on its way here when all is over.
    private void End()
    {
        try
        {
            _ = _end.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private CutShort WhyCutShort(Verdict verdict) =>
        _output.IsOverLimit ? CutShort.TooMuchOutput
        : _isOverExits ? CutShort.TooManyExits
        : verdict.Kind != VerdictKind.Stopped ? CutShort.No
        : _output.Watch.IsDone ? CutShort.Done
        : _stop.IsCancellationRequested ? CutShort.ByUser
        : CutShort.No;

    private IReadOnlyList<Artifact> Keep(VirtualMachine machine, Judgement judgement, Verdict verdict, MachineChecks checks)
    {
        if (judgement.Outcome is AttemptOutcome.Passed or AttemptOutcome.Skipped || _stop.IsCancellationRequested)
        {
            _output.Discard();
            return [];
        }

        _files.WriteMachine(_case);
        _files.WriteOutput(_output);
        _files.WriteMessages(_gathered.Messages, verdict.Kind);
        _files.WriteScreen(machine);
        if (checks.Difference is { } difference)
        {
            _files.WriteDifference(difference);
        }

        _files.WriteCore(machine);
        return _files.Artifacts;
    }
}
