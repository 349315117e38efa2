namespace OsDevHv.Profiles;

/// <summary>The characters of a keyboard with the US layout, and the keys that make them. Immutable; any thread.</summary>
public static class UsKeyboard
{
    private const string Shift = "shift";

    // The characters of a key without and with Shift.
    private static readonly (string Name, string Characters)[] s_symbols =
    [
        ("grave_accent", "`~"), ("1", "1!"), ("2", "2@"), ("3", "3#"), ("4", "4$"), ("5", "5%"), ("6", "6^"), ("7", "7&"), ("8", "8*"),
        ("9", "9("), ("0", "0)"), ("minus", "-_"), ("equal", "=+"), ("bracket_left", "[{"), ("bracket_right", "]}"),
        ("backslash", "\\|"), ("semicolon", ";:"), ("apostrophe", "'\""), ("comma", ",<"), ("dot", ".>"), ("slash", "/?"),
        ("spc", " "), ("ret", "\n"), ("tab", "\t"), ("backspace", "\b"), ("esc", "\u001b"),
    ];

    /// <summary>The keys of a character, in the order in which they are pressed; false where the layout has none.</summary>
    /// <param name="character">A printable ASCII character, a line feed (Return), tab, backspace (08h) or escape (1Bh).</param>
    /// <param name="keys">Names of <see cref="KeyNames.All"/>.</param>
    public static bool TryFind(char character, out IReadOnlyList<string> keys)
    {
        if (char.IsAsciiLetter(character))
        {
            string name = char.ToLowerInvariant(character).ToString();
            keys = char.IsAsciiLetterUpper(character) ? [Shift, name] : [name];
            return true;
        }

        foreach ((string name, string characters) in s_symbols)
        {
            int at = characters.IndexOf(character, StringComparison.Ordinal);
            if (at >= 0)
            {
                keys = at == 0 ? [name] : [Shift, name];
                return true;
            }
        }

        keys = [];
        return false;
    }

    /// <summary>The first character of a text that the layout has no key for, as U+0000; null where there is none.</summary>
    public static string? FindUntypable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (char character in text)
        {
            if (!TryFind(character, out _))
            {
                return $"U+{(int)character:X4}";
            }
        }

        return null;
    }
}
