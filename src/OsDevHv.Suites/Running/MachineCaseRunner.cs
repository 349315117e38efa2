using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>Runs each case on a machine in this process. Any thread; many cases at a time.</summary>
/// <param name="artifacts">The directory for the files of failures: <c>CASE/attempt-N/</c> in it.</param>
public sealed class MachineCaseRunner(string artifacts) : ICaseRunner
{
    /// <inheritdoc/>
    public Task<Attempt> RunAsync(TestCase testCase, int attempt, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(testCase);
        return Task.FromResult(new Attempt { Outcome = AttemptOutcome.Error, Message = artifacts });
    }
}
