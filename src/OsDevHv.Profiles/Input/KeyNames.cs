using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Profiles;

/// <summary>The names of keys, which are those of QEMU's <c>sendkey</c>.</summary>
public static class KeyNames
{
    /// <summary>What joins the keys of a chord, as in <c>ctrl-alt-delete</c>.</summary>
    public const char Separator = '-';

    private static readonly string[] s_all =
    [
        "esc", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "minus", "equal", "backspace", "tab", "q", "w", "e", "r", "t", "y", "u",
        "i", "o", "p", "bracket_left", "bracket_right", "ret", "ctrl", "a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon",
        "apostrophe", "grave_accent", "shift", "backslash", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "shift_r", "alt",
        "spc", "caps_lock", "less", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "print", "sysrq",
        "scroll_lock", "pause", "num_lock", "kp_divide", "kp_multiply", "kp_subtract", "kp_add", "kp_enter", "kp_decimal", "kp_0",
        "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9", "insert", "home", "pgup", "delete", "end", "pgdn", "up",
        "left", "down", "right", "ctrl_r", "alt_r", "meta_l", "meta_r", "compose", "kp_equals", "kp_comma", "ro", "yen", "henkan",
        "muhenkan", "katakanahiragana", "power", "sleep", "wake", "audionext", "audioprev", "audiostop", "audioplay", "audiomute",
        "volumeup", "volumedown", "mediaselect", "mail", "calculator", "computer", "ac_home", "ac_back", "ac_forward", "ac_refresh",
        "ac_bookmarks",
    ];

    /// <summary>Every name, in the order of the keyboard.</summary>
    public static IReadOnlyList<string> All => s_all;

    /// <summary>Splits a chord into the names of its keys.</summary>
    /// <param name="chord">Names joined by '-', such as <c>a</c> or <c>ctrl-alt-delete</c>.</param>
    /// <param name="keys">The names, in the order in which they are pressed.</param>
    /// <param name="problem">What is wrong with it, and the nearest name; empty where nothing is.</param>
    public static bool TrySplit(string chord, out IReadOnlyList<string> keys, out string problem)
    {
        ArgumentNullException.ThrowIfNull(chord);
        string[] names = chord.Split(Separator);
        keys = names;
        problem = "";
        foreach (string name in names)
        {
            if (!s_all.Contains(name))
            {
                problem = Describe(name, chord);
                return false;
            }
        }

        return true;
    }

    private static string Describe(string name, string chord)
    {
        if (name.Length == 0)
        {
            return $"there is a key missing in {Quoting.Short(chord)}: '-' joins keys, as in ctrl-alt-delete; the key itself is minus";
        }

        string way = Spelling.Nearest(name, s_all) is { } near
            ? $"did you mean '{near}'?"
            : "the names are those of QEMU's sendkey: a to z, 0 to 9, ret, spc, esc, tab, backspace, shift, ctrl, alt, f1, up, kp_0 and "
                + "so on";
        return $"there is no key {Quoting.Short(name)}; {way}";
    }
}
