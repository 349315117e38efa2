using System.Globalization;
using System.Numerics;
using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>An integer as YAML 1.2's core schema writes it, decimal or hexadecimal; octal and leading zeros are refused because people read
/// them differently.</summary>
/// <typeparam name="T">An integer type that holds the range.</typeparam>
/// <param name="min">The smallest.</param>
/// <param name="max">The largest.</param>
/// <param name="hexadecimal">Whether errors and printed profiles write it so.</param>
/// <param name="multiple">What it is a multiple of, 1 to 2^31 - 1.</param>
internal sealed class IntegerKind<T>(T min, T max, bool hexadecimal = false, int multiple = 1) : ScalarKind<T>
    where T : struct, IBinaryInteger<T>
{
    /// <inheritdoc/>
    public override string Expectation =>
        $"an integer, {Format(min)} to {Format(max)}" + (multiple == 1 ? "" : $", a multiple of {Format(T.CreateChecked(multiple))}");

    /// <inheritdoc/>
    public override string Format(T value) =>
        hexadecimal ? "0x" + value.ToString("x", CultureInfo.InvariantCulture) : value.ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "integer");
        json.WriteNumber("minimum", ulong.CreateChecked(min));
        json.WriteNumber("maximum", ulong.CreateChecked(max));
        if (multiple != 1)
        {
            json.WriteNumber("multipleOf", multiple);
        }
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, T value) => json.WriteNumberValue(ulong.CreateChecked(value));

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out T value)
    {
        value = default;
        if (!scalar.IsPlain)
        {
            return Fail(
                context,
                DiagnosticCodes.BadInteger,
                scalar,
                $"{label} is {Expectation}; quotes make {Quoting.Short(scalar.Text)} text: remove them");
        }

        var negative = scalar.Text is ['-', ..];
        if (!IntegerText.TryParse(negative ? scalar.Text[1..] : scalar.Text, out var number))
        {
            return Fail(
                context, DiagnosticCodes.BadInteger, scalar, $"{label} is {Expectation}; {Quoting.Short(scalar.Text)} is not an integer");
        }

        if ((negative && number != 0) || number < ulong.CreateChecked(min) || number > ulong.CreateChecked(max))
        {
            return Fail(
                context,
                DiagnosticCodes.OutOfRange,
                scalar,
                $"{label}: {Quoting.Short(scalar.Text)} is out of range, {Format(min)} to {Format(max)}");
        }

        value = T.CreateChecked(number);
        return number % (ulong)multiple == 0
            || Fail(
                context,
                DiagnosticCodes.OutOfRange,
                scalar,
                $"{label}: {Quoting.Short(scalar.Text)} is not a multiple of {Format(T.CreateChecked(multiple))}");
    }
}

/// <summary>One of a few integers.</summary>
/// <param name="choices">They.</param>
internal sealed class IntegerChoiceKind(params int[] choices) : ScalarKind<int>
{
    /// <inheritdoc/>
    public override string Expectation => string.Join(", ", choices[..^1]) + " or " + Format(choices[^1]);

    /// <inheritdoc/>
    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("enum");
        foreach (var choice in choices)
        {
            json.WriteNumberValue(choice);
        }

        if (nullable)
        {
            json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, int value) => json.WriteNumberValue(value);

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out int value)
    {
        value = 0;
        if (scalar.IsPlain && IntegerText.TryParse(scalar.Text, out var number) && number <= int.MaxValue && choices.Contains((int)number))
        {
            value = (int)number;
            return true;
        }

        return Fail(
            context, DiagnosticCodes.BadChoice, scalar, $"{label} is {Expectation} (without quotes), not {Quoting.Short(scalar.Text)}");
    }
}

/// <summary>The text of a number.</summary>
internal static class IntegerText
{
    /// <summary>Parses decimal or 0x digits; what passes 64 bits gives the largest number, so that a range check finds it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong value)
    {
        var hexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        var digits = hexadecimal ? text[2..] : text;
        value = 0;
        if (digits.IsEmpty || (!hexadecimal && digits.Length > 1 && digits[0] == '0'))
        {
            return false;
        }

        UInt128 sum = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit) && !(hexadecimal && char.IsAsciiHexDigit(digit)))
            {
                return false;
            }

            sum = UInt128.Min((sum * (hexadecimal ? 16u : 10u)) + (UInt128)Convert.ToInt32(digit.ToString(), 16), ulong.MaxValue);
        }

        value = (ulong)sum;
        return true;
    }
}

/// <summary>A size in bytes: a number, or one with a unit that is a power of 1024.</summary>
/// <param name="min">The smallest.</param>
/// <param name="max">The largest.</param>
/// <param name="multiple">What it is a multiple of.</param>
internal sealed class SizeKind(ulong min, ulong max, ulong multiple) : ScalarKind<ulong>
{
    private const string Units = "KMGT";

    /// <inheritdoc/>
    public override string Expectation => $"a size, {Format(min)} to {Format(max)}";

    /// <inheritdoc/>
    public override string Format(ulong value)
    {
        var unit = 0;
        while (value != 0 && unit < Units.Length && value % 1024 == 0)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? "" : Units[unit - 1]);
    }

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string", "integer");
        json.WriteString("pattern", "^(0|[1-9][0-9]*|0x[0-9a-fA-F]+|[1-9][0-9]*[KMGT](iB)?)$");
        json.WriteNumber("minimum", min);
        json.WriteNumber("maximum", max);
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out ulong value)
    {
        var text = scalar.Text.AsSpan();
        var number = text.EndsWith("iB", StringComparison.Ordinal) ? text[..^2] : text;
        var unit = number.IsEmpty ? -1 : Units.IndexOf(number[^1], StringComparison.Ordinal);
        number = unit < 0 ? text : number[..^1];
        if (!IntegerText.TryParse(number, out value) || (unit >= 0 && number.StartsWith("0x", StringComparison.Ordinal)))
        {
            return Fail(
                context,
                DiagnosticCodes.BadSize,
                scalar,
                $"{label} is {Expectation}, written as 64M, 1G, 512KiB or in bytes, not {Quoting.Short(scalar.Text)}");
        }

        var bytes = (UInt128)value << (10 * (unit + 1));
        if (bytes < min || bytes > max)
        {
            return Fail(
                context,
                DiagnosticCodes.OutOfRange,
                scalar,
                $"{label}: {Quoting.Short(scalar.Text)} is out of range, {Format(min)} to {Format(max)}");
        }

        value = (ulong)bytes;
        return value % multiple == 0
            || Fail(
                context,
                DiagnosticCodes.OutOfRange,
                scalar,
                $"{label}: {Quoting.Short(scalar.Text)} is not a multiple of {Format(multiple)}");
    }
}

/// <summary>A duration: a whole number with a unit.</summary>
/// <param name="min">The shortest, in whole milliseconds.</param>
/// <param name="max">The longest.</param>
internal sealed class DurationKind(TimeSpan min, TimeSpan max) : ScalarKind<TimeSpan>
{
    /// <inheritdoc/>
    public override string Expectation => $"a duration, {Format(min)} to {Format(max)}";

    /// <inheritdoc/>
    public override string Format(TimeSpan value) => DurationText.Format(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string");
        json.WriteString("pattern", "^[1-9][0-9]*(ms|s|m|h)$");
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out TimeSpan value)
    {
        value = default;
        var negative = scalar.Text is ['-', ..];
        var text = negative ? scalar.Text[1..] : scalar.Text;
        if (DurationText.TryParse(text, out UInt128 total))
        {
            if (negative || total < (UInt128)min.TotalMilliseconds || total > (UInt128)max.TotalMilliseconds)
            {
                return Fail(
                    context,
                    DiagnosticCodes.OutOfRange,
                    scalar,
                    $"{label}: {Quoting.Short(scalar.Text)} is out of range, {Format(min)} to {Format(max)}");
            }

            value = TimeSpan.FromMilliseconds((long)total);
            return true;
        }

        var hint = IntegerText.TryParse(text, out _) ? $"a unit is missing, as in {text}s" : $"write {DurationText.Examples}";
        return Fail(
            context, DiagnosticCodes.BadDuration, scalar, $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}; {Words(hint)}");
    }

    private static string Words(string hint) => hint.Length <= 60 ? hint : $"write {DurationText.Examples}";
}
