using OsDevHv.Suites.Conventions;

namespace OsDevHv.Suites.Expectations;

/// <summary>Patterns that are to be found one after the other in lines of one or several sources. One thread.</summary>
/// <param name="patterns">They.</param>
internal sealed class PatternSequence(IReadOnlyList<TextPattern> patterns)
{
    private readonly PatternMatcher[] _matchers = [.. patterns.Select(pattern => new PatternMatcher(pattern))];

    // Where in a source's line the last match ended, for those that still have the line open.
    private readonly Dictionary<string, (int From, int Length)> _open = [];
    private int _next;

    /// <summary>The first pattern that was not found yet; null when all were.</summary>
    public TextPattern? Missing => _next < _matchers.Length ? _matchers[_next].Pattern : null;

    /// <summary>The last that was found; null where none was.</summary>
    public TextPattern? Last => _next > 0 ? _matchers[_next - 1].Pattern : null;

    /// <summary>Looks through a piece of a line.</summary>
    public void Take(string source, LinePiece piece)
    {
        int from = 0;
        if (!piece.IsStart && _open.TryGetValue(source, out (int From, int Length) before))
        {
            // The overlap is the end of the piece before: what was matched there is not matched again.
            from = Math.Clamp(before.From - (before.Length - piece.Overlap), 0, piece.Text.Length);
        }

        while (_next < _matchers.Length && _matchers[_next].EndOfMatch(piece.Text, from) is >= 0 and var end)
        {
            from = end;
            _next++;
        }

        if (piece.IsEnd)
        {
            _open.Remove(source);
        }
        else
        {
            _open[source] = (from, piece.Text.Length);
        }
    }
}
