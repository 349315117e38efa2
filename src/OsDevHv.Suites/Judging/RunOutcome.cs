using OsDevHv.Machine;

namespace OsDevHv.Suites.Judging;

/// <summary>Why a run was ended that had no verdict of its own yet.</summary>
internal enum CutShort
{
    /// <summary>It was not.</summary>
    No,

    /// <summary>What ends the run was printed.</summary>
    Done,

    /// <summary>It printed more than it may.</summary>
    TooMuchOutput,

    /// <summary>It left guest code more often than it may.</summary>
    TooManyExits,

    /// <summary>The user ended all.</summary>
    ByUser,
}

/// <summary>How a run went, in figures.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="CutShort">Whether, and why, we ended it.</param>
/// <param name="Time">Time running.</param>
/// <param name="Exits">Exits from guest code.</param>
internal sealed record RunOutcome(Verdict Verdict, CutShort CutShort, TimeSpan Time, long Exits);

/// <summary>What an attempt comes to.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Message">Why, one line; empty where it passed.</param>
/// <param name="Details">All that was not as expected, a line each.</param>
internal sealed record Judgement(Results.AttemptOutcome Outcome, string Message, IReadOnlyList<string> Details);
