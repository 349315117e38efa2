using System.Globalization;

namespace OsDevHv.Machine.Commands;

/// <summary>Numbers in the debugger's notation: decimal, or hexadecimal with 0x.</summary>
internal static class MonitorNumbers
{
    /// <summary>Reads one.</summary>
    /// <exception cref="MonitorException">It is none.</exception>
    public static ulong Parse(string? text, string what)
    {
        if (text is null)
        {
            throw new MonitorException($"{what} is missing");
        }
        return TryParse(text, out ulong value)
            ? value
            : throw new MonitorException($"'{text}' is no number for {what}; decimal, or hexadecimal with 0x");
    }

    /// <summary>Reads one that is at most <paramref name="most"/>.</summary>
    /// <exception cref="MonitorException">It is none, or too large.</exception>
    public static int ParseUpTo(string? text, string what, int most)
    {
        ulong value = Parse(text, what);
        return value <= (ulong)most ? (int)value : throw new MonitorException($"{what} is at most {most}, not {text}");
    }

    /// <summary>Reads one; false where it is none.</summary>
    public static bool TryParse(string text, out ulong value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
