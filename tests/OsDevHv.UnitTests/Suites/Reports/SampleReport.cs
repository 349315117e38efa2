using OsDevHv.Machine;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Reports;

/// <summary>Reports with everything in them that there can be, and with what a kernel may print to do harm.</summary>
internal static class SampleReport
{
    /// <summary>Text that is something else to everything that reads a report.</summary>
    public const string Nasty =
        "\x1b[31mred\x1b[0m </script><script>alert(1)</script> ]]> &amp; <b> \"quoted\" 'single' `tick` | # \\ % :: ##[error]x\0\x01\x7f\ufffe \u00e9 \U0001f600";

    /// <summary>A case of every outcome.</summary>
    public static RunReport All { get; } = Of(
        Case("boot/plain", CaseOutcome.Passed, Pass),
        Case("boot/bad", CaseOutcome.Failed, Fail("exit code 3, not 0") with
        {
            Verdict = VerdictKind.TripleFaulted,
            ExitCode = 104,
            Details = ["expected: 0", "actual: 3"],
            Output = "line one\nline two\n",
            Reproduce = "osdevhv gdb 'a b.elf' --set cpu.count=2",
            Artifacts = [new Artifact(ArtifactKind.Serial, "boot/bad/attempt-1/com1.log"), new Artifact(ArtifactKind.Screenshot, "boot/bad/attempt-1/screen.png")],
        }),
        Case("boot/flaky", CaseOutcome.Flaky, Fail("the first time"), Pass),
        Case("boot/again", CaseOutcome.Failed, Fail("once"), Fail("twice")),
        Case("boot/expected", CaseOutcome.ExpectedFailure, Fail("known")) with { Standing = Standing.ExpectedToFail, Reason = "bug 7" },
        Case("boot/surprise", CaseOutcome.UnexpectedPass, Pass) with { Standing = Standing.ExpectedToFail, Reason = "bug 8" },
        Case("boot/quarantined", CaseOutcome.QuarantinedFailure, Fail("sometimes")) with { Standing = Standing.Quarantined },
        Case("boot/skipped", CaseOutcome.Skipped) with { Reason = "no such file" },
        Case("boot/error", CaseOutcome.Error, Fail("no memory") with { Outcome = AttemptOutcome.Error }),
        Case("boot/never", CaseOutcome.NotRun),
        Case("ktap/inside", CaseOutcome.Failed, Fail("1 of 3 tests inside failed") with
        {
            Subtests =
            [
                new Subtest("math / adds", AttemptOutcome.Passed, ""), new Subtest("math / divides", AttemptOutcome.Failed, "by zero"),
                new Subtest("later", AttemptOutcome.Skipped, "no FPU"),
            ],
        }),
        Case("nasty/" + Nasty, CaseOutcome.Failed, Fail(Nasty) with
        {
            Details = [Nasty],
            Output = Nasty + "\n::set-env name=PATH::/evil\n" + Nasty,
            Reproduce = Nasty,
            Subtests = [new Subtest(Nasty, AttemptOutcome.Failed, Nasty)],
            Artifacts = [new Artifact(ArtifactKind.Serial, "a \"'<&#?.log")],
        }) with
        { Tags = [Nasty, "slow"] });

    private static Attempt Pass => SomeCases.Attempt(AttemptOutcome.Passed) with { Verdict = VerdictKind.Passed, ExitCode = 0, Output = "ok\n" };

    /// <summary>A report of these cases.</summary>
    public static RunReport Of(params ReportedCase[] cases) => new()
    {
        Program = "0.1.0",
        Began = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Duration = TimeSpan.FromSeconds(2),
        End = RunEnd.Completed,
        Plan = "0123456789abcdef",
        Total = cases.Length,
        Shard = Shard.Whole,
        Seed = 42,
        Cases = [.. cases.Select(static (one, index) => one with { Index = index })],
    };

    /// <summary>A case that came to this.</summary>
    public static ReportedCase Case(string id, CaseOutcome outcome, params Attempt[] attempts) =>
        ReportedCase.Of(new CaseResult { Case = SomeCases.Case(id), Outcome = outcome, Attempts = attempts }, 0);

    /// <summary>What a writer writes.</summary>
    public static string Text(Action<TextWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        return text.ToString();
    }

    private static Attempt Fail(string message) => SomeCases.Attempt(AttemptOutcome.Failed, message);
}
