using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>Is told how a run goes on. Called from several threads at a time; what it throws ends the run.</summary>
public interface IRunObserver
{
    /// <summary>An attempt at a case begins.</summary>
    void Started(TestCase testCase);

    /// <summary>A case is over, with all its repetitions and retries. Each case of a run comes here once.</summary>
    void Finished(CaseResult result);
}
