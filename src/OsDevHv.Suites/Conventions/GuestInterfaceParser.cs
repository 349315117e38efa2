using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// The lines of testkernels/lib/osdevhv-test.h: <c>@osdevhv begin NAME</c>, <c>pass NAME</c>, <c>fail NAME: WHY</c>, <c>skip NAME: WHY</c>
/// and <c>ready</c>. A name ends at the first ": ". A test that began and did not end failed: the machine died in it.
/// </summary>
/// <param name="report">Takes the tests.</param>
internal sealed class GuestInterfaceParser(GuestReport report)
{
    private const string Prefix = "@osdevhv ";

    private string? _open;

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
            case "begin" when name.Length > 0:
                Finish();
                _open = name;
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
    /// <param name="isDeathExpected">The machine was to die in the test that did not end.</param>
    public void Finish(bool isDeathExpected = false)
    {
        if (_open is { } name)
        {
            report.Add(isDeathExpected
                ? new Subtest(name, AttemptOutcome.Passed, "it ended with the machine, as expected")
                : new Subtest(name, AttemptOutcome.Failed, "it began and did not end"));
            _open = null;
        }
    }

    private void End(Subtest test)
    {
        if (_open != test.Name)
        {
            Finish();
        }

        _open = null;
        report.Add(test);
    }
}
