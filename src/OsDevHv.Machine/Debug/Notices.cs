using System.Text;

namespace OsDevHv.Machine.Debug;

/// <summary>Text on its way to the debugger's user, of bounded length. Any thread.</summary>
internal sealed class Notices
{
    /// <summary>The longest text that waits, in characters; what comes then is counted and dropped.</summary>
    public const int MostCharacters = 1 << 20;

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private long _dropped;

    /// <summary>Called when there is text after there was none, on the thread that adds it.</summary>
    public Action? Came { get; set; }

    /// <summary>Adds text; lines end with line feeds.</summary>
    public void Add(string text)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = _text.Length == 0 && text.Length > 0;
            if (_text.Length + text.Length > MostCharacters)
            {
                _dropped++;
                return;
            }
            _text.Append(text);
        }
        if (isFirst)
        {
            Came?.Invoke();
        }
    }

    /// <summary>All that waits; empty for nothing.</summary>
    public string Take()
    {
        lock (_gate)
        {
            if (_dropped > 0)
            {
                _text.Append($"... and {_dropped} more that came too fast\n");
                _dropped = 0;
            }
            string text = _text.ToString();
            _text.Clear();
            return text;
        }
    }
}
