using System.Text;

namespace OsDevHv.Suites.Running;

/// <summary>What a machine tells its user, the crash report with it: kept for the attempt's files. Bounded. Any thread.</summary>
internal sealed class MessageLog : TextWriter
{
    private const int MostCharacters = 1 << 20;

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Forgets what was told so far.</summary>
    public void StartAnew()
    {
        lock (_lock)
        {
            _text.Clear();
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write($"{value}\n");

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_lock)
        {
            _text.Append(buffer[..Math.Min(buffer.Length, MostCharacters - _text.Length)]);
        }
    }

    /// <summary>The text.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            return _text.ToString();
        }
    }
}
