using System.Globalization;
using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>What time a clock shows at power-on: utc, localtime, or an instant as ISO 8601 and RFC 3339 write it.</summary>
internal sealed class ClockBaseKind : ScalarKind<RtcBase>
{
    private const string LocalTime = "localtime";
    private const string Utc = "utc";
    private const string Example = "2026-01-01T00:00:00Z";
    private const int FirstYear = 1900;
    private const int LastYear = 2999;

    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];

    /// <inheritdoc/>
    public override string Expectation => $"{Utc}, {LocalTime} or an instant such as {Example}";

    /// <inheritdoc/>
    public override string Format(RtcBase value) => value.Kind switch
    {
        RtcBaseKind.Utc => Utc,
        RtcBaseKind.LocalTime => LocalTime,
        _ => value.Instant.ToString(s_formats[0], CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string");
        const string instant = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})";
        json.WriteString("pattern", $"^({Utc}|{LocalTime}|{instant})$");
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out RtcBase value)
    {
        value = RtcBase.Utc;
        if (scalar.Text is Utc or LocalTime)
        {
            value = scalar.Text == Utc ? RtcBase.Utc : new RtcBase(RtcBaseKind.LocalTime);
            return true;
        }

        const DateTimeStyles style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(scalar.Text, s_formats, CultureInfo.InvariantCulture, style, out var instant))
        {
            return Fail(
                context,
                DiagnosticCodes.BadInstant,
                scalar,
                $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}; date, time to the second, and Z or an offset are all needed");
        }

        value = new RtcBase(RtcBaseKind.Instant, instant);
        return instant.Year is >= FirstYear and <= LastYear
            || Fail(
                context,
                DiagnosticCodes.OutOfRange,
                scalar,
                $"{label}: {Quoting.Short(scalar.Text)} is out of range, the years {FirstYear} to {LastYear}");
    }
}

/// <summary>Bytes of a clock's non-volatile memory, by number.</summary>
internal sealed class NvramKind : ValueKind<IReadOnlyList<NvramByte>>
{
    /// <summary>The first byte behind the clock's own registers.</summary>
    private const byte First = 0x0e;

    private const byte Century = 0x32;

    private static readonly IntegerKind<byte> s_byte = new(0, byte.MaxValue, hexadecimal: true);

    /// <inheritdoc/>
    public override string Expectation => $"a map of byte numbers, {s_byte.Format(First)} to {s_byte.Format(byte.MaxValue)}, to bytes";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out IReadOnlyList<NvramByte> value)
    {
        value = [];
        if (node is not MapNode map)
        {
            context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}");
            return false;
        }

        var bytes = new SortedDictionary<byte, (byte Value, string Name)>();
        var before = context.Diagnostics.Count;
        foreach (var entry in map.Entries)
        {
            if (TryReadNumber(entry, label, context, out var number) && !entry.Value.IsNull
                && s_byte.TryRead(entry.Value, $"{label}.{entry.Name}", context, out var content)
                && !bytes.TryAdd(number, (content, entry.Name)))
            {
                context.Report(
                    DiagnosticCodes.DuplicateKey,
                    entry.Place,
                    $"{label}: {Quoting.Short(entry.Name)} and {Quoting.Short(bytes[number].Name)} are one byte; write its number alike");
            }
        }

        value = [.. bytes.Select(pair => new NvramByte(pair.Key, pair.Value.Value))];
        return context.Diagnostics.Count == before;
    }

    /// <inheritdoc/>
    public override string Format(IReadOnlyList<NvramByte> value) => value.Count == 0
        ? "{}"
        : $"{{ {string.Join(", ", value.Select(one => $"{s_byte.Format(one.Offset)}: {s_byte.Format(one.Value)}"))} }}";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "object");
        json.WriteStartObject("propertyNames");
        json.WriteString("pattern", "^(0x[0-9a-fA-F]+|[1-9][0-9]*)$");
        json.WriteEndObject();
        json.WriteStartObject("additionalProperties");
        s_byte.WriteSchema(json, nullable: true);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, IReadOnlyList<NvramByte> value)
    {
        json.WriteStartObject();
        foreach (var one in value)
        {
            json.WriteNumber(s_byte.Format(one.Offset), one.Value);
        }

        json.WriteEndObject();
    }

    private bool TryReadNumber(MapEntry entry, string label, ReadContext context, out byte number)
    {
        number = 0;
        if (!IntegerText.TryParse(entry.Name, out var read))
        {
            context.Report(
                DiagnosticCodes.BadInteger, entry.Place, $"{label} is {Expectation}; {Quoting.Short(entry.Name)} is not an integer");
            return false;
        }

        number = (byte)read;
        if (read is >= First and <= byte.MaxValue and not Century)
        {
            return true;
        }

        var why = read == Century
            ? "the century, which the clock counts"
            : $"out of range, {s_byte.Format(First)} to {s_byte.Format(byte.MaxValue)}";
        context.Report(DiagnosticCodes.OutOfRange, entry.Place, $"{label}: {Quoting.Short(entry.Name)} is {why}");
        return false;
    }
}
