using OsDevHv.Suites.Conventions;

namespace OsDevHv.Suites.Expectations;

/// <summary>Looks in what a guest prints for what is expected and for what must not be there, as it comes. One thread at a time.</summary>
internal sealed class OutputWatch
{
    private readonly List<(string? Port, PatternSequence Sequence)> _sequences = [];
    private readonly PatternMatcher[] _absent;
    private readonly string?[] _found;
    private readonly PatternMatcher? _until;
    private readonly Dictionary<string, string> _lastLines = [];

    /// <summary>Watches for what an expectation says about output.</summary>
    public OutputWatch(Expectation expected)
    {
        foreach (IGrouping<string?, TextPattern> group in expected.Output.GroupBy(static pattern => pattern.Port))
        {
            _sequences.Add((group.Key, new PatternSequence([.. group])));
        }

        _absent = [.. expected.Absent.Select(static pattern => new PatternMatcher(pattern))];
        _found = new string?[_absent.Length];
        _until = expected.Until is { } until ? new PatternMatcher(until) : null;
    }

    /// <summary>Whether something ends the run when it is printed.</summary>
    public bool LooksForEnd => _until is not null;

    /// <summary>Whether what ends the run was printed.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes a piece of a line.</summary>
    public void Take(string port, LinePiece piece)
    {
        foreach ((string? wanted, PatternSequence sequence) in _sequences)
        {
            if (wanted is null || wanted == port)
            {
                sequence.Take(port, piece);
            }
        }

        for (int i = 0; i < _absent.Length; i++)
        {
            if (_found[i] is null && Concerns(_absent[i], port) && _absent[i].EndOfMatch(piece.Text, 0) >= 0)
            {
                _found[i] = $"{port}: '{GuestReport.Short(piece.Text)}'";
            }
        }

        LookForEnd(port, piece.Text);
        if (piece.Text.Length > 0)
        {
            _lastLines[port] = piece.Text;
        }
    }

    /// <summary>Looks at a line that may still go on: a prompt has no end.</summary>
    public void LookForEnd(string port, string begun)
    {
        IsDone = IsDone || (_until is not null && Concerns(_until, port) && _until.EndOfMatch(begun, 0) >= 0);
    }

    /// <summary>What was not as expected, a line each. After the last line.</summary>
    public IEnumerable<string> Failures()
    {
        foreach ((string? port, PatternSequence sequence) in _sequences)
        {
            if (sequence.Missing is { } missing)
            {
                string after = sequence.Last is { } last ? $" after {last}" : "";
                yield return $"output: expected {missing}{after}; it was not printed, {End(port)}";
            }
        }

        for (int i = 0; i < _absent.Length; i++)
        {
            if (_found[i] is { } line)
            {
                yield return $"output: expected never {_absent[i].Pattern}; printed on {line}";
            }
        }

        if (_until is not null && !IsDone)
        {
            yield return $"output: expected {_until.Pattern} to end the run; it was not printed, {End(_until.Pattern.Port)}";
        }
    }

    private static bool Concerns(PatternMatcher matcher, string port) => matcher.Pattern.Port is null || matcher.Pattern.Port == port;

    private string End(string? port)
    {
        string[] ends =
        [
            .. _lastLines.Where(pair => port is null || pair.Key == port)
                .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key} ends with '{GuestReport.Short(pair.Value)}'"),
        ];
        string silence = port is null ? "nothing was printed" : $"{port} printed nothing";
        return ends.Length == 0 ? silence : string.Join(", ", ends);
    }
}
