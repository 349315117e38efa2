using System.Text.RegularExpressions;
using OsDevHv.Profiles;

namespace OsDevHv.Suites.Expectations;

/// <summary>A pattern, ready to be looked for: in time linear in what is searched, because the guest chooses that. Any thread.</summary>
internal sealed class PatternMatcher
{
    private readonly Regex? _regex;

    /// <summary>Prepares a pattern that was checked when it was read.</summary>
    public PatternMatcher(TextPattern pattern)
    {
        Pattern = pattern;
        _regex = pattern.IsRegex ? GuestPattern.Compile(pattern.Text) : null;
    }

    /// <summary>The pattern.</summary>
    public TextPattern Pattern { get; }

    /// <summary>Where a match ends that begins at <paramref name="start"/> or behind it; -1 where there is none.</summary>
    public int EndOfMatch(string text, int start)
    {
        if (_regex is not null)
        {
            Match match = _regex.Match(text, start);
            return match.Success ? match.Index + match.Length : -1;
        }

        int at = text.IndexOf(Pattern.Text, start, StringComparison.Ordinal);
        return at < 0 ? -1 : at + Pattern.Text.Length;
    }
}
