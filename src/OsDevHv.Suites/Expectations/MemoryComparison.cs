using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OsDevHv.Suites.Expectations;

/// <summary>How two values are compared.</summary>
public enum ComparisonOperator
{
    /// <summary><c>==</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,
}

/// <summary>Where a value is.</summary>
/// <param name="Symbol">The kernel's symbol; null for an address.</param>
/// <param name="Number">The address, or what is added to the symbol's.</param>
/// <param name="IsPhysical">Whether the address is guest-physical; otherwise it is what the kernel itself would use.</param>
public sealed record MemoryPlace(string? Symbol, ulong Number, bool IsPhysical);

/// <summary>A value in the guest's memory, and what it is compared with.</summary>
/// <param name="Text">As the suite writes it.</param>
/// <param name="Place">Where.</param>
/// <param name="Bytes">Its size: 1, 2, 4 or 8; 0 is the symbol's own.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Value">With what.</param>
public sealed record MemoryComparison(
    string Text, MemoryPlace Place, int Bytes, bool IsSigned, ComparisonOperator Operator, Int128 Value)
{
    /// <summary>How it is written.</summary>
    public const string Syntax =
        "PLACE OPERATOR NUMBER, as in 'test_failures == 0', 'state+8:u16 != 0xffff', '0x7dfe:u16 == 0xaa55' or 'physical 0x1000:i32 < 0'";

    private static readonly (string Word, ComparisonOperator Operator)[] s_operators =
    [
        ("==", ComparisonOperator.Equal),
        ("!=", ComparisonOperator.NotEqual),
        ("<=", ComparisonOperator.LessOrEqual),
        (">=", ComparisonOperator.GreaterOrEqual),
        ("<", ComparisonOperator.Less),
        (">", ComparisonOperator.Greater),
    ];

    /// <summary>Reads <see cref="Syntax"/>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MemoryComparison? comparison)
    {
        ArgumentNullException.ThrowIfNull(text);
        comparison = null;
        int at = text.AsSpan().IndexOfAny("=!<>");
        (string word, ComparisonOperator how) = at < 0 ? default : Array.Find(s_operators, pair => text.AsSpan(at).StartsWith(pair.Word, StringComparison.Ordinal));
        if (word is null || !TryNumber(text[(at + word.Length)..].Trim(), out Int128 value))
        {
            return false;
        }

        string place = text[..at].Trim();
        int colon = place.LastIndexOf(':');
        bool isTyped = colon > 0 && place[colon - 1] != ':';
        (int bytes, bool isSigned) = (0, value < 0);
        if (isTyped && !TryType(place[(colon + 1)..].Trim(), out bytes, out isSigned))
        {
            return false;
        }

        if (TryPlace(isTyped ? place[..colon].Trim() : place) is not { } where || (where.Symbol is null && bytes == 0))
        {
            return false;
        }

        comparison = new MemoryComparison(text, where, bytes, isSigned, how, value);
        return true;
    }

    /// <summary>Whether a value is as expected.</summary>
    public bool Holds(Int128 actual) => Operator switch
    {
        ComparisonOperator.Equal => actual == Value,
        ComparisonOperator.NotEqual => actual != Value,
        ComparisonOperator.Less => actual < Value,
        ComparisonOperator.LessOrEqual => actual <= Value,
        ComparisonOperator.Greater => actual > Value,
        _ => actual >= Value,
    };

    private static MemoryPlace? TryPlace(string text)
    {
        const string physical = "physical ";
        bool isPhysical = text.StartsWith(physical, StringComparison.Ordinal);
        string place = isPhysical ? text[physical.Length..].Trim() : text;
        if (TryNumber(place, out Int128 address))
        {
            return address >= 0 && address <= ulong.MaxValue ? new MemoryPlace(null, (ulong)address, isPhysical) : null;
        }

        int plus = place.LastIndexOf('+');
        string symbol = plus < 0 ? place : place[..plus].Trim();
        Int128 offset = 0;
        return isPhysical || symbol.Length == 0 || symbol.Contains(' ', StringComparison.Ordinal) || char.IsAsciiDigit(symbol[0])
            || (plus >= 0 && !(TryNumber(place[(plus + 1)..].Trim(), out offset) && offset >= 0 && offset <= int.MaxValue))
            ? null
            : new MemoryPlace(symbol, (ulong)offset, IsPhysical: false);
    }

    private static bool TryType(string text, out int bytes, out bool isSigned)
    {
        isSigned = text.StartsWith('i');
        bytes = text is ['u' or 'i', .. var bits] ? bits switch { "8" => 1, "16" => 2, "32" => 4, "64" => 8, _ => 0 } : 0;
        return bytes != 0;
    }

    private static bool TryNumber(string text, out Int128 value)
    {
        bool isNegative = text.StartsWith('-');
        string digits = isNegative ? text[1..] : text;
        bool isHexadecimal = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHexadecimal
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        value = isNegative ? -(Int128)number : number;
        return isNumber;
    }
}
