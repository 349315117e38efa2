using System.Globalization;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// What kvm-unit-tests' lib/report.c prints: <c>PASS: name</c>, <c>FAIL:</c>, <c>SKIP:</c>, <c>XFAIL:</c> (expected), <c>XPASS:</c> (which
/// counts as a failure), <c>KFAIL:</c> (known), <c>ABORT:</c>, and at the end <c>SUMMARY: N tests, N unexpected failures, N expected
/// failures, N skipped</c>.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class KvmUnitTestsParser(GuestReport report)
{
    private long _failures;

    /// <summary>Takes a line.</summary>
    public void Line(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        string name = colon < 0 ? "" : line[(colon + 2)..].Trim();
        switch (colon < 0 ? "" : line[..colon])
        {
            case "PASS":
                report.Add(new Subtest(name, AttemptOutcome.Passed, ""));
                break;
            case "FAIL":
                _failures++;
                report.Add(new Subtest(name, AttemptOutcome.Failed, ""));
                break;
            case "XPASS":
                _failures++;
                report.Add(new Subtest(name, AttemptOutcome.Failed, "passed, although it is expected to fail"));
                break;
            case "SKIP":
                report.Add(new Subtest(name, AttemptOutcome.Skipped, ""));
                break;
            case "XFAIL" or "KFAIL":
                report.Add(new Subtest(name, AttemptOutcome.Skipped, "fails as expected"));
                break;
            case "ABORT":
                report.Complain($"the tests were aborted: {name}");
                break;
            case "SUMMARY":
                Summary(name);
                break;
            default:
                break;
        }
    }

    private void Summary(string text)
    {
        long unexpected = CountBefore(text, " unexpected failure");
        if (CountBefore(text, " test") >= 0 && Math.Max(unexpected, 0) != _failures)
        {
            report.Complain(string.Create(
                CultureInfo.InvariantCulture, $"the summary tells of {Math.Max(unexpected, 0)} unexpected failures, and {_failures} were reported: '{text}'"));
        }

        _failures = 0;
    }

    /// <summary>The number before a word; -1 where there is none.</summary>
    private static long CountBefore(string text, string word)
    {
        int at = text.IndexOf(word, StringComparison.Ordinal);
        string digits = at < 0 ? "" : text[..at].Split(' ', ',')[^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : -1;
    }
}
