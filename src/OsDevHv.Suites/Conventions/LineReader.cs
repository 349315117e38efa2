using System.Text;

namespace OsDevHv.Suites.Conventions;

/// <summary>A piece of a console's line.</summary>
/// <param name="Text">Its characters, without the line's end.</param>
/// <param name="Overlap">How many of the first were in the piece before.</param>
/// <param name="IsStart">Whether the line begins with it.</param>
/// <param name="IsEnd">Whether the line ends with it.</param>
internal readonly record struct LinePiece(string Text, int Overlap, bool IsStart, bool IsEnd);

/// <summary>
/// Makes lines of a console's bytes, as they come. Bounded: of a line longer than <see cref="LongestPiece"/> each piece of that length is
/// told, overlapping the one before by <see cref="Overlap"/> bytes.
/// </summary>
/// <remarks>
/// A line ends with a line feed; a carriage return before it is not part of it. Bytes are UTF-8; what is not becomes U+FFFD. Escape
/// sequences that set colours and move the cursor (ECMA-48, CSI) are left out. One thread.
/// </remarks>
/// <param name="take">Takes each piece.</param>
internal sealed class LineReader(Action<LinePiece> take)
{
    /// <summary>Bytes of a line that are looked at together.</summary>
    public const int LongestPiece = 4096;

    /// <summary>Bytes by which pieces of a longer line overlap.</summary>
    public const int Overlap = 512;

    private readonly byte[] _line = new byte[LongestPiece];
    private int _length;
    private int _overlap;
    private bool _isStart = true;
    private Escape _escape;

    private enum Escape
    {
        None,
        Begun,
        Sequence,
    }

    /// <summary>The line begun so far; empty where none is.</summary>
    public string Begun => Decode(_length);

    /// <summary>Takes the next bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Write(value);
        }
    }

    /// <summary>There is no more: what has begun is a line.</summary>
    public void Finish()
    {
        if (_length > _overlap || !_isStart)
        {
            EndLine();
        }
    }

    private void Write(byte value)
    {
        if (_escape != Escape.None)
        {
            // A line feed ends a sequence that was cut off.
            _escape = _escape == Escape.Begun && value == '[' ? Escape.Sequence
                : _escape == Escape.Sequence && value is >= 0x20 and <= 0x3f ? Escape.Sequence
                : Escape.None;
            if (value != '\n')
            {
                return;
            }
        }

        switch (value)
        {
            case (byte)'\n':
                EndLine();
                break;
            case 0x1b:
                _escape = Escape.Begun;
                break;
            default:
                _line[_length++] = value;
                if (_length == LongestPiece)
                {
                    EndPiece();
                }

                break;
        }
    }

    private void EndLine()
    {
        int length = _length > 0 && _line[_length - 1] == '\r' ? _length - 1 : _length;
        string text = Decode(length);

        // A carriage return that ended the piece before was told with it.
        take(new LinePiece(text, Math.Min(OverlapCharacters(), text.Length), _isStart, IsEnd: true));
        (_length, _overlap, _isStart) = (0, 0, true);
    }

    private void EndPiece()
    {
        take(new LinePiece(Decode(_length), OverlapCharacters(), _isStart, IsEnd: false));
        _line.AsSpan(LongestPiece - Overlap).CopyTo(_line);
        (_length, _overlap, _isStart) = (Overlap, Overlap, false);
    }

    private int OverlapCharacters() => _overlap == 0 ? 0 : Encoding.UTF8.GetCharCount(_line.AsSpan(0, _overlap));

    private string Decode(int length) => Encoding.UTF8.GetString(_line.AsSpan(0, length));
}
