using System.Text;
using System.Text.RegularExpressions;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Consoles;

/// <summary>Looks for the guest's panic in a console's output, line by line. Used by one thread.</summary>
/// <remarks>
/// Lines end with a line feed; a carriage return before it is not part of the line. Bytes are UTF-8, others match U+FFFD. Of a line longer
/// than <see cref="LongestLine"/> every stretch of that length is looked at, each overlapping the one before by <see cref="Overlap"/>
/// bytes.
/// </remarks>
internal sealed class LineWatcher
{
    /// <summary>Bytes of a line that are looked at together.</summary>
    public const int LongestLine = 4096;

    /// <summary>Bytes by which stretches of a longer line overlap: the longest match that is found wherever it lies.</summary>
    public const int Overlap = 512;

    private readonly Regex _pattern;
    private readonly Action<string> _found;
    private readonly byte[] _line = new byte[LongestLine];
    private readonly char[] _characters = new char[LongestLine];
    private int _length;
    private bool _done;
    private volatile bool _startsAnew;

    /// <summary>Looks for <paramref name="pattern"/> and tells <paramref name="found"/> the first line with it.</summary>
    /// <exception cref="ConsoleException">The pattern is no regular expression, or one that cannot be matched in linear time.</exception>
    public LineWatcher(string pattern, Action<string> found)
    {
        if (!GuestPattern.TryCompile(pattern, out Regex? compiled, out string? error))
        {
            throw new ConsoleException($"panic pattern '{pattern}': {error}");
        }

        _pattern = compiled;
        _found = found;
    }

    /// <summary>What comes next is another run's output: the line begun is forgotten, and a match counts again. Any thread.</summary>
    public void StartAnew() => _startsAnew = true;

    /// <summary>Takes the next bytes of the output.</summary>
    public void Observe(ReadOnlySpan<byte> bytes)
    {
        if (_startsAnew)
        {
            _startsAnew = false;
            _done = false;
            _length = 0;
        }

        while (!bytes.IsEmpty && !_done)
        {
            int end = bytes.IndexOf((byte)'\n');
            int length = Math.Min(end < 0 ? bytes.Length : end, LongestLine - _length);
            bytes[..length].CopyTo(_line.AsSpan(_length));
            _length += length;
            bytes = bytes[length..];
            if (length == end)
            {
                Match();
                _length = 0;
                bytes = bytes[1..];
            }
            else if (_length == LongestLine)
            {
                Match();
                _line.AsSpan(LongestLine - Overlap).CopyTo(_line);
                _length = Overlap;
            }
        }
    }

    /// <summary>The output may end here: looks at the line begun so far, which may still be continued.</summary>
    public void ObservePause()
    {
        if (!_done && !_startsAnew)
        {
            Match();
        }
    }

    private void Match()
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, _length);
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        ReadOnlySpan<char> text = _characters.AsSpan(0, Encoding.UTF8.GetChars(line, _characters));
        if (_pattern.IsMatch(text))
        {
            _done = true;
            _found(text.ToString());
        }
    }
}
