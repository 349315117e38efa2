using System.Text;

namespace OsDevHv.Profiles.Diagnostics;

/// <summary>Words of a file in an error: quoted, on one line, of bounded length, without control characters.</summary>
internal static class Quoting
{
    private const int MaxWords = 80;
    private const int MaxPath = 4096;

    /// <summary>The text in single quotes.</summary>
    public static string Short(string text) => Quote(text, MaxWords);

    /// <summary>A path in single quotes; cut short it would be of no use.</summary>
    public static string Path(string path) => Quote(path, MaxPath);

    private static string Quote(string text, int maxLength)
    {
        var quoted = new StringBuilder("'");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, maxLength)))
        {
            quoted.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c);
        }

        return quoted.Append(text.Length > maxLength ? "..." : "").Append('\'').ToString();
    }
}
