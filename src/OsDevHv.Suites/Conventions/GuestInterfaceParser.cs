using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// The lines of testkernels/lib/osdevhv-test.h: <c>@osdevhv begin NAME</c>, <c>pass NAME</c>, <c>fail NAME: WHY</c>, <c>skip NAME: WHY</c>
/// and <c>ready</c>. A name ends at the first ": ". A test that began and did not end comes to what the run's end says: where the machine
/// died, it died in it. Tests may begin inside of others.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class GuestInterfaceParser(GuestReport report)
{
    private const string Prefix = "@osdevhv ";

    private const int DeepestNesting = 100;

    private readonly List<string> _open = [];

    /// <summary>Takes a line.</summary>
    public void Line(string line)
    {
        if (!line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return;
        }

        string text = line[Prefix.Length..];
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        string verb = blank < 0 ? text : text[..blank];
        string rest = blank < 0 ? "" : text[(blank + 1)..];
        int colon = rest.IndexOf(": ", StringComparison.Ordinal);
        string name = colon < 0 ? rest : rest[..colon];
        string why = colon < 0 ? "" : rest[(colon + 2)..];
        switch (verb)
        {
            case "begin" when name.Length > 0 && _open.Count < DeepestNesting:
                _open.Add(name);
                break;
            case "pass" when name.Length > 0:
                End(new Subtest(name, AttemptOutcome.Passed, ""));
                break;
            case "fail" when name.Length > 0:
                End(new Subtest(name, AttemptOutcome.Failed, why));
                break;
            case "skip" when name.Length > 0:
                End(new Subtest(name, AttemptOutcome.Skipped, why));
                break;
            case "ready" when rest.Length == 0:
                break;
            default:
                report.Complain($"not a line of the guest interface: '{line}'");
                break;
        }
    }

    /// <summary>There is no more.</summary>
    /// <param name="ofOpenTest">What a test comes to that began and did not end: what the run's end says.</param>
    public void Finish(AttemptOutcome ofOpenTest = AttemptOutcome.Failed)
    {
        bool ends = ofOpenTest is AttemptOutcome.Passed or AttemptOutcome.Skipped;
        foreach (string name in _open)
        {
            report.Add(new Subtest(name, ends ? ofOpenTest : AttemptOutcome.Failed, ends ? "" : "it began and did not end"));
        }

        _open.Clear();
    }

    private void End(Subtest test)
    {
        int at = _open.LastIndexOf(test.Name);
        if (at >= 0)
        {
            _open.RemoveAt(at);
        }

        report.Add(test);
    }
}
