using OsDevHv.Machine;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Results;

namespace OsDevHv.Tests.Suites.Conventions;

/// <summary>What the end of a run means where nobody says what is expected.</summary>
public sealed class EndConventionTests
{
    [Theory]
    [InlineData(0x00u, AttemptOutcome.Passed)]
    [InlineData(0x10u, AttemptOutcome.Passed)]
    [InlineData(77u, AttemptOutcome.Skipped)]
    [InlineData(0x01u, AttemptOutcome.Failed)]
    [InlineData(0x11u, AttemptOutcome.Failed)]
    [InlineData(uint.MaxValue, AttemptOutcome.Failed)]
    public void A_value_of_isa_debug_exit_means_what_its_users_agreed_on(uint value, AttemptOutcome outcome)
    {
        var verdict = new Verdict(VerdictKind.Exited, "", ExitCodes.OfDebugExit(value)) { ExitValue = value };

        Assert.Equal(outcome, EndConvention.Judge(verdict, out var why));
        Assert.Equal(outcome == AttemptOutcome.Passed, why.Length == 0);
    }

    [Theory]
    [InlineData(VerdictKind.Passed, AttemptOutcome.Passed)]
    [InlineData(VerdictKind.Failed, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.Panicked, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.TripleFaulted, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.DeadHalt, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.Reset, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.TimedOut, AttemptOutcome.Failed)]
    [InlineData(VerdictKind.MachineError, AttemptOutcome.Error)]
    public void Other_ends_pass_only_where_the_guest_says_so(VerdictKind kind, AttemptOutcome outcome)
    {
        Assert.Equal(outcome, EndConvention.Judge(new Verdict(kind, "the detail", 2), out var why));
        Assert.Equal(outcome != AttemptOutcome.Passed, why.Contains("the detail", StringComparison.Ordinal));
    }

    [Fact]
    public void Power_off_passes_where_the_profile_takes_it_for_passing()
    {
        Assert.Equal(AttemptOutcome.Passed, EndConvention.Judge(new Verdict(VerdictKind.PoweredOff, "", ExitCodes.Passed), out _));
        Assert.Equal(AttemptOutcome.Failed, EndConvention.Judge(new Verdict(VerdictKind.PoweredOff, "", ExitCodes.Passed + 2), out _));
    }

    [Fact]
    public void Every_end_has_a_name_of_its_own()
    {
        Assert.Distinct(Enum.GetValues<VerdictKind>().Select(EndNames.Of));
    }
}
