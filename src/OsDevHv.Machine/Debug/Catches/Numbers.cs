using System.Globalization;

namespace OsDevHv.Machine.Debug;

/// <summary>Numbers of the trap commands: addresses, ports, MSRs and values in hexadecimal, vectors and CPUs in decimal.</summary>
internal static class Numbers
{
    /// <summary>A hexadecimal number, with 0x before it, h behind it, or neither; null where it is none of 64 bits.</summary>
    public static ulong? Hexadecimal(string text)
    {
        string digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        digits = digits.EndsWith('h') || digits.EndsWith('H') ? digits[..^1] : digits;
        return ulong.TryParse(
            digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }

    /// <summary>A decimal number, or a hexadecimal one with 0x before it; null where it is none of 64 bits.</summary>
    public static ulong? Decimal(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? Hexadecimal(text)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
        : null;
}
