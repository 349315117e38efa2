using System.Collections.Frozen;

namespace OsDevHv.View;

/// <summary>
/// From the codes of a browser's keys (W3C, UI Events KeyboardEvent code Values: the key's place, whatever the layout prints on it) to the
/// machine's names of keys.
/// </summary>
internal static class KeyCodes
{
    private static readonly FrozenDictionary<string, string> s_names = Build().ToFrozenDictionary();

    /// <summary>The machine's name; null where the PC keyboard has no such key.</summary>
    public static string? Find(string code) => s_names.GetValueOrDefault(code);

    private static Dictionary<string, string> Build()
    {
        var names = new Dictionary<string, string>
        {
            ["Escape"] = "esc", ["Minus"] = "minus", ["Equal"] = "equal", ["Backspace"] = "backspace", ["Tab"] = "tab",
            ["BracketLeft"] = "bracket_left", ["BracketRight"] = "bracket_right", ["Enter"] = "ret", ["Semicolon"] = "semicolon",
            ["Quote"] = "apostrophe", ["Backquote"] = "grave_accent", ["Backslash"] = "backslash", ["Comma"] = "comma", ["Period"] = "dot",
            ["Slash"] = "slash", ["IntlBackslash"] = "less", ["Space"] = "spc", ["CapsLock"] = "caps_lock", ["NumLock"] = "num_lock",
            ["ScrollLock"] = "scroll_lock", ["PrintScreen"] = "print", ["Pause"] = "pause",
            ["ShiftLeft"] = "shift", ["ShiftRight"] = "shift_r", ["ControlLeft"] = "ctrl", ["ControlRight"] = "ctrl_r",
            ["AltLeft"] = "alt", ["AltRight"] = "alt_r", ["MetaLeft"] = "meta_l", ["MetaRight"] = "meta_r", ["ContextMenu"] = "compose",
            ["Insert"] = "insert", ["Delete"] = "delete", ["Home"] = "home", ["End"] = "end", ["PageUp"] = "pgup", ["PageDown"] = "pgdn",
            ["ArrowUp"] = "up", ["ArrowDown"] = "down", ["ArrowLeft"] = "left", ["ArrowRight"] = "right",
            ["NumpadDivide"] = "kp_divide", ["NumpadMultiply"] = "kp_multiply", ["NumpadSubtract"] = "kp_subtract",
            ["NumpadAdd"] = "kp_add", ["NumpadEnter"] = "kp_enter", ["NumpadDecimal"] = "kp_decimal", ["NumpadEqual"] = "kp_equals",
            ["NumpadComma"] = "kp_comma", ["IntlRo"] = "ro", ["IntlYen"] = "yen", ["Convert"] = "henkan", ["NonConvert"] = "muhenkan",
            ["KanaMode"] = "katakanahiragana",
        };
        for (char letter = 'a'; letter <= 'z'; letter++)
        {
            names.Add($"Key{char.ToUpperInvariant(letter)}", $"{letter}");
        }

        for (int digit = 0; digit <= 9; digit++)
        {
            names.Add($"Digit{digit}", $"{digit}");
            names.Add($"Numpad{digit}", $"kp_{digit}");
        }

        for (int function = 1; function <= 12; function++)
        {
            names.Add($"F{function}", $"f{function}");
        }

        return names;
    }
}
