using System.Globalization;
using System.Text;

namespace OsDevHv.Suites.Reports;

/// <summary>
/// Makes what a kernel printed fit for a report: a guest can print anything, and a report is read by terminals, parsers and browsers.
/// </summary>
public static class ReportText
{
    private const char Escape = '\x1b';

    /// <summary>
    /// Text without control: escape sequences (ECMA-48) and carriage returns are left out; other control characters but tab and line feed
    /// become the pictures that Unicode has of them; what no XML 1.0 document may have becomes U+FFFD.
    /// </summary>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case Escape:
                    i = EndOfSequence(text, i);
                    break;
                case '\r':
                    break;
                case '\t' or '\n':
                    clean.Append(c);
                    break;
                case < ' ':
                    clean.Append((char)('\u2400' + c));
                    break;
                case '\x7f':
                    clean.Append('\u2421');
                    break;
                case >= '\x80' and < '\xa0' or '\ufffe' or '\uffff':
                    clean.Append('\ufffd');
                    break;
                default:
                    i = AppendCharacter(clean, text, i);
                    break;
            }
        }

        return clean.ToString();
    }

    /// <summary>The same on one line: line feeds and tabs are spaces.</summary>
    public static string CleanLine(string text) => Clean(text).Replace('\n', ' ').Replace('\t', ' ').Trim();

    /// <summary>The end of a text that is too long, from the beginning of a line if one is near, and how much is left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many characters may be left, 1 or more.</param>
    public static string Tail(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= most)
        {
            return text;
        }

        int begin = text.Length - most;
        int line = text.IndexOf('\n', begin, Math.Min(most, 256)) + 1;
        begin = line > 0 && line < text.Length ? line : char.IsLowSurrogate(text[begin]) ? begin + 1 : begin;
        return string.Create(CultureInfo.InvariantCulture, $"[{begin} characters left out]\n{text[begin..]}");
    }

    /// <summary>The last lines of a text, without empty ones at its end.</summary>
    public static IReadOnlyList<string> LastLines(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.TrimEnd('\n', ' ', '\t');
        return trimmed.Length == 0 ? [] : [.. trimmed.Split('\n').TakeLast(most)];
    }

    /// <summary>Seconds with three decimals, as every consumer reads them.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);

    private static int AppendCharacter(StringBuilder clean, string text, int at)
    {
        if (!char.IsSurrogate(text[at]))
        {
            clean.Append(text[at]);
            return at;
        }

        if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            clean.Append(text[at]).Append(text[at + 1]);
            return at + 1;
        }

        clean.Append('\ufffd');
        return at;
    }

    // The last character of the sequence that begins at an ESC. One that is cut off ends with the text or its line.
    private static int EndOfSequence(string text, int escape)
    {
        if (escape + 1 >= text.Length)
        {
            return escape;
        }

        int at = escape + 1;
        switch (text[at])
        {
            case '[':
                do
                {
                    at++;
                }
                while (at < text.Length && text[at] is >= ' ' and <= '?');

                return at < text.Length && text[at] is >= '@' and <= '~' ? at : at - 1;
            case ']' or 'P' or '^' or '_' or 'X':
                return EndOfString(text, at);
            case >= ' ' and <= '/':
                while (at < text.Length && text[at] is >= ' ' and <= '/')
                {
                    at++;
                }

                return at < text.Length && text[at] is >= '0' and <= '~' ? at : at - 1;
            case >= '0' and <= '~':
                return at;
            default:
                return escape;
        }
    }

    // A string ends with ST (ESC \) or, as xterm has it, BEL.
    private static int EndOfString(string text, int at)
    {
        for (int i = at + 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\a':
                    return i;
                case Escape when i + 1 < text.Length && text[i + 1] == '\\':
                    return i + 1;
                case '\n' or Escape:
                    return i - 1;
            }
        }

        return text.Length - 1;
    }
}
