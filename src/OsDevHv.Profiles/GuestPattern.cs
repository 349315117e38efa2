using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace OsDevHv.Profiles;

/// <summary>Regular expressions for what a guest prints: matched in linear time, because the guest chooses what is searched.</summary>
public static class GuestPattern
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>Makes an expression of its text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pattern">The expression.</param>
    /// <param name="error">What is wrong with it: that it is none, or cannot be matched in linear time.</param>
    public static bool TryCompile(string text, [NotNullWhen(true)] out Regex? pattern, [NotNullWhen(false)] out string? error)
    {
        try
        {
            pattern = new Regex(text, Options);
            error = null;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            pattern = null;
            error = e is RegexParseException parse ? $"{parse.Error} at character {parse.Offset + 1}" : e.Message;
            return false;
        }
    }

    /// <summary>Makes an expression of a text that was checked before.</summary>
    /// <exception cref="ArgumentException">It is none after all.</exception>
    public static Regex Compile(string text) =>
        TryCompile(text, out Regex? pattern, out string? error) ? pattern : throw new ArgumentException($"'{text}': {error}", nameof(text));
}
