using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>Runs one case once. The scheduler knows machines only through this.</summary>
public interface ICaseRunner
{
    /// <summary>
    /// Runs a case on a machine of its own and judges it. Whatever goes wrong is an attempt with <see cref="AttemptOutcome.Error"/>.
    /// </summary>
    /// <param name="testCase">Which.</param>
    /// <param name="attempt">Counts from 1 over retries and repetitions; names the directory of the artifacts.</param>
    /// <param name="stop">The run is to end: the machine is stopped, and the attempt comes back at once. What comes
    /// later than <see cref="RunOptions.Grace"/> is not waited for.</param>
    /// <remarks>Called from several threads at a time.</remarks>
    Task<Attempt> RunAsync(TestCase testCase, int attempt, CancellationToken stop);
}
