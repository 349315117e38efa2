using System.Globalization;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// What the test runner of "Writing an OS in Rust" prints (https://os.phil-opp.com/testing): <c>Running N tests</c>, then for each
/// <c>path::name...</c> and, on that line or behind the test's own output, <c>[ok]</c> or <c>[failed]</c>, and behind that, up to an empty
/// line, <c>Error: </c> and why. Without the first line only names with :: count, because many kernels say [ok] of what they set up.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class RustParser(GuestReport report)
{
    private const string Error = "Error: ";

    // Of a panic that says more the first lines tell enough.
    private const int MostLines = 16;

    private readonly List<string> _why = [];
    private string? _pending;
    private string? _failed;
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
        }
        else if (_failed is null || !IsOfFailure(text))
        {
            EndFailure();
            Test(text);
        }
    }

    /// <summary>There is no more.</summary>
    public void Finish()
    {
        EndFailure();
        if (_pending is { } test && _planned is not null)
        {
            End(test, AttemptOutcome.Failed, "it began and did not end");
        }

        if (_planned is { } planned && planned != _seen)
        {
            report.Complain($"{planned} tests were to run, {_seen} ended");
        }

        (_pending, _planned) = (null, null);
    }

    private void Test(string text)
    {
        int dots = text.IndexOf("...", StringComparison.Ordinal);
        string name = dots <= 0 ? "" : text[..dots].Trim();
        if (IsName(name))
        {
            _pending = name;
        }

        if (_pending is not { } test)
        {
            return;
        }

        if (text.EndsWith("[ok]", StringComparison.Ordinal))
        {
            End(test, AttemptOutcome.Passed, "");
        }
        else if (text.EndsWith("[failed]", StringComparison.Ordinal))
        {
            _failed = test;
        }
        else if (text.StartsWith(Error, StringComparison.Ordinal))
        {
            _failed = test;
            _ = IsOfFailure(text);
        }
    }

    /// <summary>A test is called as its function or, in the book's first steps, with words; those a test may print itself, too.</summary>
    private bool IsName(string name) =>
        name.Length > 0
        && (name.Contains(' ', StringComparison.Ordinal)
            ? _planned is not null && _pending is null
            : _planned is not null || name.Contains("::", StringComparison.Ordinal));

    /// <summary>Takes a line behind a failure; false where it has nothing to do with it.</summary>
    private bool IsOfFailure(string text)
    {
        if (_why.Count == 0)
        {
            if (text.StartsWith(Error, StringComparison.Ordinal))
            {
                _why.Add(text[Error.Length..].Trim());
                return true;
            }

            return text.Length == 0;
        }

        if (text.Length == 0 || _why.Count == MostLines)
        {
            return false;
        }

        _why.Add(text);
        return true;
    }

    private void EndFailure()
    {
        if (_failed is { } test)
        {
            End(test, AttemptOutcome.Failed, string.Join(' ', _why));
            _failed = null;
            _why.Clear();
        }
    }

    private void End(string test, AttemptOutcome outcome, string why)
    {
        report.Add(new Subtest(test, outcome, why));
        _seen++;
        _pending = null;
    }

    private static bool TryPlan(string text, out int count)
    {
        string[] words = text.Split(' ');
        count = 0;
        return words is ["Running" or "running", var number, "tests" or "test"]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }
}
