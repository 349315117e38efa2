using System.Diagnostics.CodeAnalysis;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>What is known of a case while it runs. Any thread: its repetitions run side by side.</summary>
internal sealed class CaseRecord(TestCase testCase, int repeat)
{
    /// <summary>What is kept of the output of an attempt that passed, in characters; nobody looks for more of it.</summary>
    internal const int KeptOfPassed = 4096;

    /// <summary>What is kept of any other, as <see cref="Attempt.Output"/> promises.</summary>
    internal const int KeptOfOthers = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Attempt>[] _attempts = [.. Enumerable.Range(0, repeat).Select(static _ => new List<Attempt>())];
    private TimeSpan? _started;
    private int _repetitionsLeft = repeat;
    private int _running;

    /// <summary>The case.</summary>
    public TestCase Case => testCase;

    /// <summary>What it came to; null before <see cref="TryFinish"/>.</summary>
    public CaseResult? Result { get; private set; }

    /// <summary>Whether an attempt has begun and is not over.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _running > 0;
            }
        }
    }

    /// <summary>An attempt begins, so long after the run has.</summary>
    public void Begin(TimeSpan now)
    {
        lock (_lock)
        {
            _started = _started < now ? _started : now;
            _running++;
        }
    }

    /// <summary>An attempt is over.</summary>
    public void End()
    {
        lock (_lock)
        {
            _running--;
        }
    }

    /// <summary>An attempt of a repetition (from 0) is over.</summary>
    public void Add(int repetition, Attempt attempt)
    {
        lock (_lock)
        {
            _attempts[repetition].Add(Shorten(attempt, isFirst: repetition == 0));
        }
    }

    /// <summary>What a repetition came to so far.</summary>
    public CaseOutcome OutcomeOf(int repetition)
    {
        lock (_lock)
        {
            return CaseJudge.Judge(testCase.Standing, [.. _attempts[repetition].Select(static attempt => attempt.Outcome)]);
        }
    }

    /// <summary>A repetition is over. True for the last.</summary>
    public bool CountRepetition() => Interlocked.Decrement(ref _repetitionsLeft) == 0;

    /// <summary>The result, for the first who asks; what was not run by now will not be.</summary>
    public bool TryFinish([NotNullWhen(true)] out CaseResult? result)
    {
        CaseOutcome outcome = testCase.Skip is null
            ? CaseJudge.Combine([.. Enumerable.Range(0, _attempts.Length).Select(OutcomeOf)])
            : CaseOutcome.Skipped;
        lock (_lock)
        {
            result = null;
            if (Result is not null)
            {
                return false;
            }

            Result = result = new CaseResult
            {
                Case = testCase,
                Outcome = outcome,
                Attempts = [.. _attempts.SelectMany(static attempts => attempts)],
                Started = _started ?? TimeSpan.Zero,
            };
            return true;
        }
    }

    // A thousand repetitions that pass are to take no memory to speak of.
    private static Attempt Shorten(Attempt attempt, bool isFirst)
    {
        bool passed = attempt.Outcome == AttemptOutcome.Passed;
        int kept = passed ? isFirst ? KeptOfPassed : 0 : KeptOfOthers;
        return attempt with
        {
            Output = End(attempt.Output, kept),
            Subtests = passed && !isFirst ? [] : attempt.Subtests,
        };
    }

    private static string End(string text, int kept)
    {
        int begin = Math.Max(0, text.Length - kept);
        return text[(begin < text.Length && char.IsLowSurrogate(text[begin]) ? begin + 1 : begin)..];
    }
}
