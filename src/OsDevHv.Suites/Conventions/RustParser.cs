using System.Globalization;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// What the test runner of "Writing an OS in Rust" prints (https://os.phil-opp.com/testing): <c>Running N tests</c>, then for each
/// <c>path::name...</c> and, on that line or behind the test's own output, <c>[ok]</c> or <c>[failed]</c>. Without the first line only
/// names with :: count, because many kernels say [ok] of what they set up.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class RustParser(GuestReport report)
{
    private string? _pending;
    private int? _planned;
    private int _seen;

    /// <summary>Takes a line.</summary>
    public void Line(string line)
    {
        string text = line.Trim();
        if (TryPlan(text, out int planned))
        {
            Finish();
            (_planned, _seen) = (planned, 0);
            return;
        }

        int dots = text.IndexOf("...", StringComparison.Ordinal);
        string name = dots <= 0 ? "" : text[..dots].Trim();
        if (name.Length > 0 && !name.Contains(' ', StringComparison.Ordinal) && (_planned is not null || name.Contains("::", StringComparison.Ordinal)))
        {
            _pending = name;
        }

        bool isOk = text.EndsWith("[ok]", StringComparison.Ordinal);
        if (_pending is { } test && (isOk || text.EndsWith("[failed]", StringComparison.Ordinal)))
        {
            report.Add(new Subtest(test, isOk ? AttemptOutcome.Passed : AttemptOutcome.Failed, ""));
            _seen++;
            _pending = null;
        }
        else if (_pending is not null && text.StartsWith("Error: ", StringComparison.Ordinal))
        {
            report.Add(new Subtest(_pending, AttemptOutcome.Failed, text["Error: ".Length..]));
            _seen++;
            _pending = null;
        }
    }

    /// <summary>There is no more.</summary>
    public void Finish()
    {
        if (_pending is { } test && _planned is not null)
        {
            report.Add(new Subtest(test, AttemptOutcome.Failed, "it began and did not end"));
            _seen++;
        }

        if (_planned is { } planned && planned != _seen)
        {
            report.Complain($"{planned} tests were to run, {_seen} ended");
        }

        (_pending, _planned) = (null, null);
    }

    private static bool TryPlan(string text, out int count)
    {
        string[] words = text.Split(' ');
        count = 0;
        return words is ["Running" or "running", var number, "tests" or "test"]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }
}
