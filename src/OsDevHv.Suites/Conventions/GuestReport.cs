using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>What a guest said about its tests on a console, in whatever convention. Bounded. One thread.</summary>
internal sealed class GuestReport
{
    /// <summary>Tests that are kept by name; of more only the failures and the counts are, the failures up to as many again.</summary>
    public const int MostKept = 10_000;

    /// <summary>Complaints that are kept.</summary>
    public const int MostProblems = 100;

    private const int LongestText = 300;

    private readonly List<Subtest> _subtests = [];
    private readonly List<string> _problems = [];

    /// <summary>The tests, in order.</summary>
    public IReadOnlyList<Subtest> Subtests => _subtests;

    /// <summary>What contradicts itself or is missing, a line each: a failure, whatever the tests came to.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>How many tests passed.</summary>
    public long Passed { get; private set; }

    /// <summary>How many failed.</summary>
    public long Failed { get; private set; }

    /// <summary>How many were skipped.</summary>
    public long Skipped { get; private set; }

    /// <summary>Adds a test.</summary>
    public void Add(Subtest test)
    {
        switch (test.Outcome)
        {
            case AttemptOutcome.Passed:
                Passed++;
                break;
            case AttemptOutcome.Skipped:
                Skipped++;
                break;
            default:
                Failed++;
                break;
        }

        int room = test.Outcome == AttemptOutcome.Failed ? 2 * MostKept : MostKept;
        if (_subtests.Count < room)
        {
            _subtests.Add(test with { Name = Short(test.Name), Message = Short(test.Message) });
        }
    }

    /// <summary>Adds a complaint.</summary>
    public void Complain(string problem)
    {
        if (_problems.Count < MostProblems)
        {
            _problems.Add(Short(problem));
        }
    }

    /// <summary>Text of the guest's, cut to a length that fits a report.</summary>
    public static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + "...";
}
