using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Suites.Judging;

/// <summary>
/// What an attempt comes to. All that the case states must hold, what the kernel says of its tests must be good, and the end must be the
/// one stated, or else one that means passing by convention: whatever contradicts the rest fails.
/// </summary>
internal static class AttemptJudge
{
    /// <summary>Judges a run that is over, and closes its output.</summary>
    /// <param name="testCase">The case.</param>
    /// <param name="run">How it went.</param>
    /// <param name="output">What was printed.</param>
    /// <param name="ofMachine">What <see cref="MachineChecks"/> found.</param>
    public static Judgement Judge(TestCase testCase, RunOutcome run, CaseOutput output, IReadOnlyList<string> ofMachine)
    {
        AttemptOutcome end = EndJudge.Judge(testCase.Expect, run, out string why);
        output.Close(end);
        if (run.CutShort == CutShort.ByUser)
        {
            return new Judgement(AttemptOutcome.Error, "stopped by the user", []);
        }

        Expectation expected = testCase.Expect;
        var failures = new List<string>();
        string skipped = "";
        switch (run.CutShort)
        {
            case CutShort.TooMuchOutput:
                failures.Add(output.LimitText());
                break;
            case CutShort.TooManyExits:
                failures.Add(string.Create(
                    CultureInfo.InvariantCulture, $"exits: at most {testCase.Limits.Exits} are allowed (limits.exits); there were more, and it was ended"));
                break;
            default:
                if (end is AttemptOutcome.Failed or AttemptOutcome.Error)
                {
                    failures.Add(why);
                }
                else
                {
                    skipped = why;
                }

                break;
        }

        if (expected.Conventions)
        {
            // A kernel that says why it failed says more than its exit code; one that died has not said it.
            bool endsByItself = run.Verdict.Kind is VerdictKind.Exited or VerdictKind.Failed or VerdictKind.PoweredOff;
            failures.InsertRange(endsByItself ? 0 : failures.Count, ReportFailures(output.Reports));
        }

        failures.AddRange(output.Watch.Failures());
        failures.AddRange(ofMachine);
        failures.AddRange(BudgetFailures(expected, run));
        if (failures.Count > 0)
        {
            AttemptOutcome outcome = end == AttemptOutcome.Error ? AttemptOutcome.Error : AttemptOutcome.Failed;
            return new Judgement(outcome, FirstLine(failures[0]), [.. failures]);
        }

        return end == AttemptOutcome.Skipped || (expected.Conventions && AllSkipped(output.Reports))
            ? new Judgement(AttemptOutcome.Skipped, WhySkipped(output.Reports, skipped), [])
            : new Judgement(AttemptOutcome.Passed, "", []);
    }

    private static IEnumerable<string> ReportFailures(IReadOnlyList<GuestReport> reports)
    {
        foreach (GuestReport report in reports)
        {
            if (report.Failed > 0)
            {
                Subtest first = report.Subtests.First(static test => test.Outcome == AttemptOutcome.Failed);
                string why = first.Message.Length == 0 ? "" : $": {first.Message}";
                long all = report.Passed + report.Failed + report.Skipped;
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{report.Failed} of {all} tests that the guest reported failed, the first '{first.Name}'{why}");
            }

            foreach (string problem in report.Problems)
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> BudgetFailures(Expectation expected, RunOutcome run)
    {
        if (expected.Within is { } within && run.Time > within)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"time: expected at most {within.TotalMilliseconds} ms; it ran for {run.Time.TotalMilliseconds:0} ms");
        }

        if (expected.Exits is { } most && run.Exits > most)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"exits: expected at most {most}; there were {run.Exits}");
        }
    }

    private static bool AllSkipped(IReadOnlyList<GuestReport> reports) =>
        reports.Any(static report => report.Skipped > 0) && reports.All(static report => report is { Passed: 0, Failed: 0 });

    private static string WhySkipped(IReadOnlyList<GuestReport> reports, string end)
    {
        string? said = reports.SelectMany(static report => report.Subtests)
            .FirstOrDefault(static test => test is { Outcome: AttemptOutcome.Skipped, Message.Length: > 0 })?.Message;
        return FirstLine(said ?? end);
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r');
}
