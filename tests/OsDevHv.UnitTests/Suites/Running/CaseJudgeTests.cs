using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Running;

public sealed class CaseJudgeTests
{
    [Theory]
    [InlineData(Standing.Required, "", CaseOutcome.NotRun)]
    [InlineData(Standing.Required, "P", CaseOutcome.Passed)]
    [InlineData(Standing.Required, "F", CaseOutcome.Failed)]
    [InlineData(Standing.Required, "E", CaseOutcome.Error)]
    [InlineData(Standing.Required, "S", CaseOutcome.Skipped)]
    [InlineData(Standing.Required, "FP", CaseOutcome.Flaky)]
    [InlineData(Standing.Required, "EP", CaseOutcome.Flaky)]
    [InlineData(Standing.Required, "FE", CaseOutcome.Error)]
    [InlineData(Standing.Required, "EF", CaseOutcome.Failed)]
    [InlineData(Standing.Required, "FS", CaseOutcome.Failed)]
    [InlineData(Standing.ExpectedToFail, "F", CaseOutcome.ExpectedFailure)]
    [InlineData(Standing.ExpectedToFail, "P", CaseOutcome.UnexpectedPass)]
    [InlineData(Standing.ExpectedToFail, "E", CaseOutcome.Error)]
    [InlineData(Standing.ExpectedToFail, "S", CaseOutcome.Skipped)]
    [InlineData(Standing.Quarantined, "P", CaseOutcome.Passed)]
    [InlineData(Standing.Quarantined, "F", CaseOutcome.QuarantinedFailure)]
    [InlineData(Standing.Quarantined, "E", CaseOutcome.QuarantinedFailure)]
    [InlineData(Standing.Quarantined, "FP", CaseOutcome.Flaky)]
    public void Attempts_come_to_an_outcome_by_the_cases_standing(Standing standing, string attempts, CaseOutcome expected)
    {
        AttemptOutcome[] outcomes =
        [
            .. attempts.Select(static letter => letter switch
            {
                'P' => AttemptOutcome.Passed,
                'F' => AttemptOutcome.Failed,
                'S' => AttemptOutcome.Skipped,
                _ => AttemptOutcome.Error,
            }),
        ];

        Assert.Equal(expected, CaseJudge.Judge(standing, outcomes));
    }

    [Theory]
    [InlineData(CaseOutcome.Failed, CaseOutcome.Passed, CaseOutcome.Failed, CaseOutcome.Flaky)]
    [InlineData(CaseOutcome.NotRun, CaseOutcome.Passed, CaseOutcome.NotRun)]
    [InlineData(CaseOutcome.Failed, CaseOutcome.NotRun, CaseOutcome.Failed)]
    [InlineData(CaseOutcome.UnexpectedPass, CaseOutcome.ExpectedFailure, CaseOutcome.UnexpectedPass)]
    [InlineData(CaseOutcome.Flaky, CaseOutcome.Passed, CaseOutcome.Flaky)]
    public void Nothing_bad_of_a_repetition_is_hidden_by_something_good(CaseOutcome expected, params CaseOutcome[] repetitions) =>
        Assert.Equal(expected, CaseJudge.Combine(repetitions));

    [Fact]
    public void Every_outcome_has_a_place_among_repetitions() =>
        Assert.All(Enum.GetValues<CaseOutcome>(), static outcome => Assert.Equal(outcome, CaseJudge.Combine([outcome])));
}
