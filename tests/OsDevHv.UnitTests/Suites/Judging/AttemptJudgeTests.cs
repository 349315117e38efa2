using System.Text;
using OsDevHv.Machine;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Judging;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Judging;

public class AttemptJudgeTests
{
    private static readonly Verdict s_good = Exit(0x10);

    [Fact]
    public void A_good_end_is_a_pass() => Assert.Equal(AttemptOutcome.Passed, Judge(new Expectation(), s_good).Outcome);

    [Theory]
    [InlineData(0x11)]
    [InlineData(1)]
    public void Another_value_is_a_failure(uint value)
    {
        Judgement judgement = Judge(new Expectation(), Exit(value));

        Assert.Equal(AttemptOutcome.Failed, judgement.Outcome);
        Assert.Contains("isa-debug-exit", judgement.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(77)]
    [InlineData(0x26)] // (26h << 1) | 1 is an exit code of 77
    public void Seventy_seven_is_a_skip(uint value) => Assert.Equal(AttemptOutcome.Skipped, Judge(new Expectation(), Exit(value)).Outcome);

    [Fact]
    public void A_kernel_that_must_triple_fault_passes_if_it_does()
    {
        var expected = new Expectation { Verdicts = [VerdictKind.TripleFaulted] };

        Assert.Equal(AttemptOutcome.Passed, Judge(expected, Death(VerdictKind.TripleFaulted), "@osdevhv begin deadly\n").Outcome);
        Assert.Equal(
            "end: expected triple-fault; it is exited: isa-debug-exit value 10h", Judge(expected, s_good).Message);
    }

    [Fact]
    public void A_death_in_a_test_is_told_before_the_test()
    {
        Judgement judgement = Judge(new Expectation(), Death(VerdictKind.Panicked), "@osdevhv begin deadly\n");

        Assert.StartsWith("panicked", judgement.Message, StringComparison.Ordinal);
        Assert.Contains(judgement.Details, static line => line.Contains("'deadly': it began and did not end", StringComparison.Ordinal));
    }

    [Fact]
    public void A_good_end_does_not_outweigh_a_failed_test() => Assert.Equal(
        "1 of 2 tests that the guest reported failed, the first 'b': because",
        Judge(new Expectation(), s_good, "@osdevhv pass a\n@osdevhv fail b: because\n").Message);

    [Fact]
    public void Conventions_that_are_switched_off_do_not_count() => Assert.Equal(
        AttemptOutcome.Passed, Judge(new Expectation { Conventions = false }, s_good, "@osdevhv fail b: because\n").Outcome);

    [Fact]
    public void A_kernel_whose_tests_are_all_skipped_is_skipped_with_its_reason()
    {
        Judgement judgement = Judge(new Expectation(), s_good, "@osdevhv skip a: no FPU\n");

        Assert.Equal((AttemptOutcome.Skipped, "no FPU"), (judgement.Outcome, judgement.Message));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told()
    {
        var expected = new Expectation
        {
            Output = [new TextPattern("done")],
            Absent = [new TextPattern("warning")],
            Within = TimeSpan.FromMilliseconds(5),
            Exits = 3,
        };

        Judgement judgement = Judge(expected, s_good, "warning: x\n", ["memory: expected a == 0; it is 1 (0x1)"]);

        Assert.Equal(5, judgement.Details.Count);
        Assert.Equal(AttemptOutcome.Failed, judgement.Outcome);
        Assert.Equal("output: expected 'done'; it was not printed, com1 ends with 'warning: x'", judgement.Message);
    }

    [Theory]
    [InlineData(nameof(CutShort.Done), AttemptOutcome.Passed)]
    [InlineData(nameof(CutShort.TooMuchOutput), AttemptOutcome.Failed)]
    [InlineData(nameof(CutShort.TooManyExits), AttemptOutcome.Failed)]
    [InlineData(nameof(CutShort.ByUser), AttemptOutcome.Error)]
    public void A_run_that_was_ended_is_judged_by_why(string why, AttemptOutcome expected)
    {
        var stopped = new Verdict(VerdictKind.Stopped, "by the user", ExitCodes.Stopped);

        Assert.Equal(expected, Judge(new Expectation(), stopped, cutShort: Enum.Parse<CutShort>(why)).Outcome);
    }

    [Fact]
    public void An_error_of_the_machine_is_an_error() =>
        Assert.Equal(AttemptOutcome.Error, Judge(new Expectation(), Death(VerdictKind.MachineError)).Outcome);

    [Theory]
    [InlineData("suite/case", "suite/case")]
    [InlineData("suite/smp[cpus=2]", "suite/smp[cpus=2]")]
    public void A_plain_id_names_its_directory(string id, string expected) => Assert.Equal(expected, AttemptFiles.Safe(id));

    [Theory]
    [InlineData("../etc")]
    [InlineData("a/..")]
    [InlineData("/abs")]
    [InlineData("a b/c:d")]
    public void Any_other_id_names_one_inside_that_is_its_own(string id)
    {
        string safe = AttemptFiles.Safe(id);

        Assert.DoesNotContain(safe.Split('/'), static part => part.Trim('.').Length == 0);
        Assert.NotEqual(safe, AttemptFiles.Safe(id + " "));
    }

    private static Verdict Exit(uint value) =>
        new(VerdictKind.Exited, $"isa-debug-exit value {value:x}h", ExitCodes.OfDebugExit(value)) { ExitValue = value };

    private static Verdict Death(VerdictKind kind) => new(kind, "", ExitCodes.TripleFaulted);

    private static Judgement Judge(
        Expectation expected, Verdict verdict, string printed = "", IReadOnlyList<string>? ofMachine = null, CutShort cutShort = CutShort.No)
    {
        TestCase one = SomeCases.Case("a") with { Expect = expected };
        using var output = new CaseOutput(one, "/nowhere", static () => { });
        output.Take("com1", Encoding.UTF8.GetBytes(printed));
        var run = new RunOutcome(verdict, cutShort, TimeSpan.FromMilliseconds(10), Exits: 4);
        return AttemptJudge.Judge(one, run, output, ofMachine ?? []);
    }
}
