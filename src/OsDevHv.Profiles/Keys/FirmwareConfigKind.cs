using System.Text;
using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>The items that a profile adds to the fw_cfg device, by name.</summary>
internal sealed class FirmwareConfigKind : ValueKind<IReadOnlyList<FirmwareItem>>
{
    /// <summary>The device has 14 bits for an item's number; nobody needs so many.</summary>
    private const int MaximumItems = 1000;

    private const int MaximumName = 55;

    // Those that the machine makes itself; see OsDevHv.Machine's FirmwareConfiguration and OsDevHv.Devices' Ramfb.
    private static readonly string[] s_taken =
        ["etc/e820", "etc/ramfb", "etc/smbios/smbios-anchor", "etc/smbios/smbios-tables", "etc/system-states"];

    /// <inheritdoc/>
    public override string Expectation => $"a map of names to maps of {string.Join(", ", FirmwareItemKeys.All.Select(key => key.Name))}";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out IReadOnlyList<FirmwareItem> value)
    {
        value = [];
        if (node is not MapNode map)
        {
            context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}");
            return false;
        }

        var before = context.Diagnostics.Count;
        var items = new List<FirmwareItem>();
        foreach (var entry in map.Entries.Where(entry => !entry.Value.IsNull))
        {
            if (CheckName(entry, label, context) && ReadItem(entry, $"{label}.{Quoting.Short(entry.Name)}", context) is { } item)
            {
                items.Add(item);
            }
        }

        if (items.Count > MaximumItems)
        {
            context.Report(
                DiagnosticCodes.OutOfRange, map.Place, $"{label} has {items.Count} items; {MaximumItems} are possible");
        }

        value = items;
        return context.Diagnostics.Count == before;
    }

    /// <inheritdoc/>
    public override string Format(IReadOnlyList<FirmwareItem> value) =>
        value.Count == 0 ? "{}" : $"{{ {string.Join(", ", value.Select(item => $"{FlowText.Of(item.Name)}: {Format(item)}"))} }}";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "object");
        json.WriteStartObject("propertyNames");
        json.WriteString("pattern", $"^[ -~]{{1,{MaximumName}}}$");
        json.WriteEndObject();
        json.WriteStartObject("additionalProperties");
        SectionKey.WriteMapSchema(json, FirmwareItemKeys.All, nullable: true);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, IReadOnlyList<FirmwareItem> value)
    {
        // Only the default, which is none, is ever written.
        json.WriteStartObject();
        json.WriteEndObject();
    }

    private static string Format(FirmwareItem item)
    {
        List<string> fields = [];
        Add(FirmwareItemKeys.File, item.Content == FirmwareItemContent.File, item.Value);
        Add(FirmwareItemKeys.Text, item.Content == FirmwareItemContent.Text, item.Value);
        Add(FirmwareItemKeys.Hex, item.Content == FirmwareItemContent.Hex, item.Value);
        Add(FirmwareItemKeys.Writable, item.WritableBytes != 0, item.WritableBytes);
        return $"{{ {string.Join(", ", fields)} }}";

        void Add<T>(Key<T> key, bool isStated, T value)
        {
            if (isStated)
            {
                fields.Add($"{key.Name}: {key.Kind.Format(value)}");
            }
        }
    }

    private static bool CheckName(MapEntry entry, string label, ReadContext context)
    {
        if (entry.Name.Length is 0 or > MaximumName || entry.Name.Any(c => c is < ' ' or > '~'))
        {
            context.Report(
                DiagnosticCodes.BadItemName,
                entry.Place,
                $"{Quoting.Short(entry.Name)} cannot be an item of {label}: a name has 1 to {MaximumName} printable ASCII characters, as "
                + $"in {FirmwareItem.UserPrefix}org.example/seed");
            return false;
        }

        if (s_taken.Contains(entry.Name))
        {
            context.Report(
                DiagnosticCodes.ItemTaken,
                entry.Place,
                $"{entry.Name} is an item of the machine's own; names of yours begin with {FirmwareItem.UserPrefix}, as in "
                + $"{FirmwareItem.UserPrefix}org.example/seed");
            return false;
        }

        return true;
    }

    private static FirmwareItem? ReadItem(MapEntry entry, string label, ReadContext context)
    {
        if (entry.Value is not MapNode)
        {
            var way = entry.Value is ScalarNode scalar ? $"; write {{ {FirmwareItemKeys.Text.Name}: {FlowText.Of(scalar.Text)} }}" : "";
            context.Report(
                DiagnosticCodes.WrongShape,
                entry.Value.Place,
                $"{label} is a map of {string.Join(", ", FirmwareItemKeys.All.Select(key => key.Name))}, not {entry.Value.Shape}{way}");
            return null;
        }

        var fields = SectionReader.Open(entry.Value, entry.Value.Place, label, FirmwareItemKeys.All, context);
        var file = fields.Get(FirmwareItemKeys.File);
        var words = fields.Get(FirmwareItemKeys.Text);
        var hex = fields.Get(FirmwareItemKeys.Hex);
        var writable = fields.Get(FirmwareItemKeys.Writable);
        var stated = new[] { file.IsSet, words.IsSet, hex.IsSet }.Count(isSet => isSet);
        if (stated > 1 || (stated == 0 && !writable.IsSet))
        {
            if (fields.IsClean && (stated > 1 || !context.Incomplete))
            {
                context.Report(
                    DiagnosticCodes.ItemContent,
                    entry.Place,
                    $"{label} has {(stated == 0 ? "no content" : "several contents")}: state one of file, string and hex, or writable for "
                    + "an area of zeros; an inherited one is removed by null");
            }

            return null;
        }

        var (content, value) = file.IsSet ? (FirmwareItemContent.File, file.Value)
            : words.IsSet ? (FirmwareItemContent.Text, words.Value)
            : hex.IsSet ? (FirmwareItemContent.Hex, hex.Value)
            : (FirmwareItemContent.Empty, "");
        var size = writable is { IsSet: true, IsValid: true } ? (uint)writable.Value : 0;
        var item = new FirmwareItem(entry.Name, content, value ?? "", size);
        CheckSize(item, label, writable, context);
        return item;
    }

    private static void CheckSize(FirmwareItem item, string label, Field<ulong> writable, ReadContext context)
    {
        var length = item.Content switch
        {
            FirmwareItemContent.Text => Encoding.UTF8.GetByteCount(item.Value),
            FirmwareItemContent.Hex => item.Value.Length / 2,
            _ => 0,
        };
        if (item.WritableBytes != 0 && length > item.WritableBytes)
        {
            context.Report(
                DiagnosticCodes.OutOfRange,
                writable.Place,
                $"{label} has {length} bytes of content, which do not fit into the {item.WritableBytes} that are writable");
        }
    }
}

/// <summary>The keys of an item.</summary>
internal static class FirmwareItemKeys
{
    private const ulong MaximumWritable = 16 << 20;

    public static readonly Key<string> File = Key<string>.Optional(
        "file", new PathKind(isInput: true), "A file whose bytes the item has; read when the machine is made.");

    public static readonly Key<string> Text = Key<string>.Optional(
        "string", new TextKind(65536, oneLine: false), "Text that the item has, in UTF-8, with no NUL behind it.");

    public static readonly Key<string> Hex = Key<string>.Optional("hex", new HexKind(), "Bytes that the item has.");

    public static readonly Key<ulong> Writable = Key<ulong>.Optional(
        "writable", new SizeKind(1, MaximumWritable, 1), "The item's size, for one that the guest may write by DMA: the content, if there "
        + "is any, and zeros behind it. A reset brings that back.");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Key> All = [File, Text, Hex, Writable];
}

/// <summary>Bytes in hexadecimal, two digits each, with spaces between them or not. Read into lower-case digits alone.</summary>
internal sealed class HexKind : ScalarKind<string>
{
    /// <inheritdoc/>
    public override string Expectation => "bytes of two hexadecimal digits, such as \"01 23 ab\"";

    /// <inheritdoc/>
    public override string Format(string value) => $"\"{value}\"";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string", "integer");
        json.WriteString("pattern", "^ *([0-9a-fA-F]{2} *)*$");
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        var digits = new StringBuilder();
        var isByteOpen = false;
        foreach (var c in scalar.Text)
        {
            if (char.IsAsciiHexDigit(c))
            {
                digits.Append(char.ToLowerInvariant(c));
                isByteOpen = !isByteOpen;
            }
            else if (isByteOpen || c is not (' ' or '\n'))
            {
                value = "";
                return Fail(
                    context, DiagnosticCodes.BadHex, scalar, $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}");
            }
        }

        value = digits.ToString();
        return !isByteOpen
            || Fail(context, DiagnosticCodes.BadHex, scalar, $"{label} is {Expectation}; {Quoting.Short(scalar.Text)} ends within a byte");
    }
}
