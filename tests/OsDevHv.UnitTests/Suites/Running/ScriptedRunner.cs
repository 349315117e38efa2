using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Running;

/// <summary>Runs cases as a script says, counts what runs at a time, and remembers what it is told as an observer.</summary>
internal sealed class ScriptedRunner(Func<TestCase, int, CancellationToken, Task<Attempt>> script) : ICaseRunner, IRunObserver
{
    private readonly Lock _lock = new();
    private int _running;

    public ScriptedRunner(Func<TestCase, int, AttemptOutcome> outcome)
        : this((testCase, attempt, _) => Task.FromResult(SomeCases.Attempt(outcome(testCase, attempt), "because")))
    {
    }

    /// <summary>Ids in the order in which attempts began.</summary>
    public List<string> Began { get; } = [];

    /// <summary>The numbers of attempts.</summary>
    public List<int> Numbers { get; } = [];

    /// <summary>Ids in the order in which cases were told to be over.</summary>
    public List<string> Over { get; } = [];

    /// <summary>The most that ran at a time.</summary>
    public int MostAtATime { get; private set; }

    public async Task<Attempt> RunAsync(TestCase testCase, int attempt, CancellationToken stop)
    {
        lock (_lock)
        {
            Began.Add(testCase.Id);
            Numbers.Add(attempt);
            MostAtATime = Math.Max(MostAtATime, ++_running);
        }

        try
        {
            return await script(testCase, attempt, stop);
        }
        finally
        {
            lock (_lock)
            {
                _running--;
            }
        }
    }

    public void Started(TestCase testCase)
    {
    }

    public void Finished(CaseResult result)
    {
        lock (_lock)
        {
            Over.Add(result.Case.Id);
        }
    }

    /// <summary>Runs a plan.</summary>
    public Task<TestRun> RunAsync(TestPlan plan, RunOptions options) => RunUntilAsync(plan, options, TestContext.Current.CancellationToken);

    /// <summary>Runs a plan until the user stops it.</summary>
    public Task<TestRun> RunUntilAsync(TestPlan plan, RunOptions options, CancellationToken user) =>
        new CaseScheduler(this, options, this).RunAsync(SomeCases.All(plan), user);
}
