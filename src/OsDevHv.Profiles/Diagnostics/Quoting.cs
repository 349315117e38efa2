using System.Text;

namespace OsDevHv.Profiles.Diagnostics;

/// <summary>Words of a file in an error: quoted, on one line, of bounded length, without control characters.</summary>
internal static class Quoting
{
    private const int MaxLength = 80;

    /// <summary>The text in single quotes.</summary>
    public static string Short(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
        {
            quoted.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c);
        }

        return quoted.Append(text.Length > MaxLength ? "..." : "").Append('\'').ToString();
    }
}
