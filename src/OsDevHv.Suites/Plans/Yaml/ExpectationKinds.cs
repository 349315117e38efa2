using System.Text.Json;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Something to look for: text, or a map that says more.</summary>
internal sealed class TextPatternKind : ValueKind<TextPattern>
{
    private static readonly Key<string> s_text = Key<string>.Optional("text", new TextKind(1000, oneLine: true), "Text, as it stands.");
    private static readonly Key<string> s_regex = Key<string>.Optional(
        "regex", new PatternKind(), "A regular expression: .NET's syntax without back references and look-around.");

    private static readonly Key<string> s_port = Key<string>.Optional(
        "port", new TextKind(100, oneLine: true), "The device that prints it, such as com2 or debugcon; by default any.");

    /// <summary>The keys of the map.</summary>
    public static readonly IReadOnlyList<Key> Keys = [s_text, s_regex, s_port];

    /// <inheritdoc/>
    public override string Expectation => "text, or a map of text or regex, and port";

    /// <inheritdoc/>
    public override bool TakesMap => true;

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out TextPattern value)
    {
        value = new TextPattern("");
        if (node is ScalarNode { IsNull: false })
        {
            bool isRead = s_text.Kind.TryRead(node, label, context, out string text);
            value = new TextPattern(text);
            return isRead && Check(text.Length > 0, node, $"{label} is empty; any output has that", context);
        }

        if (node is not MapNode)
        {
            return Check(false, node, $"{label} is {Expectation}, not {node.Shape}", context);
        }

        var fields = SectionReader.Open(node, node.Place, label, Keys, context);
        Field<string> literal = fields.Get(s_text);
        Field<string> regex = fields.Get(s_regex);
        Field<string> port = fields.Get(s_port);
        if (!fields.IsClean || !literal.IsValid || !regex.IsValid || !port.IsValid)
        {
            return false;
        }

        value = new TextPattern(
            (regex.IsSet ? regex.Value : literal.Value) ?? "", regex.IsSet, port.IsSet ? port.Value : null);
        return Check(literal.IsSet != regex.IsSet && value.Text.Length > 0, node, $"{label} has one of text and regex", context);
    }

    /// <inheritdoc/>
    public override string Format(TextPattern value) =>
        $"{{ {(value.IsRegex ? "regex" : "text")}: {FlowText.Of(value.Text)}{(value.Port is null ? "" : $", port: {FlowText.Of(value.Port)}")} }}";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        s_text.Kind.WriteSchema(json, nullable);
        json.WriteEndObject();
        json.WriteStartObject();
        SectionKey.WriteMapSchema(json, Keys, nullable: false);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static bool Check(bool holds, Node node, string message, ReadContext context)
    {
        if (!holds)
        {
            context.Report(DiagnosticCodes.BadExpectation, node.Place, message);
        }

        return holds;
    }
}

/// <summary>A comparison of memory.</summary>
internal sealed class ComparisonKind : ScalarKind<MemoryComparison>
{
    /// <inheritdoc/>
    public override string Expectation => "a comparison such as 'test_failures == 0'";

    /// <inheritdoc/>
    public override string Format(MemoryComparison value) => FlowText.Of(value.Text);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) => WriteType(json, nullable, "string");

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out MemoryComparison value)
    {
        bool isRead = MemoryComparison.TryParse(scalar.Text, out MemoryComparison? read);
        value = read!;
        return isRead || Fail(
            context,
            DiagnosticCodes.BadExpectation,
            scalar,
            $"{label} is {MemoryComparison.Syntax}, not {Quoting.Short(scalar.Text)}; an address needs a type");
    }
}

/// <summary>The one word for the moment of a snapshot.</summary>
internal sealed class SnapshotWordKind : ScalarKind<string>
{
    /// <inheritdoc/>
    public override string Expectation => "ready";

    /// <inheritdoc/>
    public override string Format(string value) => value;

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("enum");
        json.WriteStringValue("ready");
        if (nullable)
        {
            json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        value = scalar.Text;
        return value == "ready" || Fail(
            context,
            DiagnosticCodes.BadSnapshotPoint,
            scalar,
            $"{label} is ready, not {Quoting.Short(value)}; other moments are written symbol: NAME, serial: PATTERN or time: 2s");
    }
}

/// <summary>A picture: a path, or a map that says how exactly it is compared.</summary>
internal sealed class PictureKind : ValueKind<PictureExpectation>
{
    private static readonly IntegerKind<int> s_pixels = new(0, 1 << 30);

    private static readonly Key<string> s_file = Key<string>.Required("file", new PathKind(isInput: true), "The PNG file.");
    private static readonly Key<int> s_tolerance = Key<int>.WithDefault(
        "tolerance", new IntegerKind<int>(0, 255), 0, "By how much each of red, green and blue may differ.");

    private static readonly Key<int> s_differing = Key<int>.WithDefault("pixels", s_pixels, 0, "How many pixels may differ by more.");
    private static readonly Key<IReadOnlyList<PictureMask>> s_masks = Key<IReadOnlyList<PictureMask>>.WithDefault(
        "masks", new ListKind<PictureMask>(new MaskKind(), allowSingle: false), [], "Rectangles that are not looked at.");

    /// <summary>The keys of the map.</summary>
    public static readonly IReadOnlyList<Key> Keys = [s_file, s_tolerance, s_differing, s_masks];

    /// <inheritdoc/>
    public override string Expectation => "a path, or a map of file, tolerance, pixels and masks";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out PictureExpectation value)
    {
        value = new PictureExpectation("", 0, 0, []);
        if (node is ScalarNode)
        {
            bool isRead = s_file.Kind.TryRead(node, label, context, out string file);
            value = value with { File = file };
            return isRead;
        }

        var fields = SectionReader.Open(node, node.Place, label, Keys, context);
        Field<string> path = fields.Get(s_file);
        Field<int> tolerance = fields.Get(s_tolerance);
        Field<int> differing = fields.Get(s_differing);
        Field<IReadOnlyList<PictureMask>> masks = fields.Get(s_masks);
        value = new PictureExpectation(path.Value ?? "", tolerance.Value, differing.Value, masks.Value);
        return fields.IsClean && path.IsValid && tolerance.IsValid && differing.IsValid && masks.IsValid;
    }

    /// <inheritdoc/>
    public override string Format(PictureExpectation value) =>
        $"{{ file: {FlowText.Of(value.File)}, tolerance: {s_tolerance.Kind.Format(value.Tolerance)}, "
        + $"pixels: {s_differing.Kind.Format(value.Pixels)}, masks: {s_masks.Kind.Format(value.Masks)} }}";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        s_file.Kind.WriteSchema(json, nullable);
        json.WriteEndObject();
        json.WriteStartObject();
        SectionKey.WriteMapSchema(json, Keys, nullable: false);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>A rectangle that is not looked at.</summary>
    internal sealed class MaskKind : ValueKind<PictureMask>
    {
        private static readonly Key<int> s_x = Key<int>.Required("x", s_pixels, "Its left column.");
        private static readonly Key<int> s_y = Key<int>.Required("y", s_pixels, "Its top row.");
        private static readonly Key<int> s_width = Key<int>.Required("width", s_pixels, "How many columns.");
        private static readonly Key<int> s_height = Key<int>.Required("height", s_pixels, "How many rows.");

        /// <summary>The keys of the map.</summary>
        public static readonly IReadOnlyList<Key> Keys = [s_x, s_y, s_width, s_height];

        /// <inheritdoc/>
        public override string Expectation => "a map of x, y, width and height";

        /// <inheritdoc/>
        public override bool TryRead(Node node, string label, ReadContext context, out PictureMask value)
        {
            var fields = SectionReader.Open(node, node.Place, label, Keys, context);
            (Field<int> x, Field<int> y) = (fields.Get(s_x), fields.Get(s_y));
            (Field<int> width, Field<int> height) = (fields.Get(s_width), fields.Get(s_height));
            value = new PictureMask(x.Value, y.Value, width.Value, height.Value);
            return fields.IsClean && x.IsValid && y.IsValid && width.IsValid && height.IsValid;
        }

        /// <inheritdoc/>
        public override string Format(PictureMask value) =>
            $"{{ x: {s_x.Kind.Format(value.X)}, y: {s_y.Kind.Format(value.Y)}, "
            + $"width: {s_width.Kind.Format(value.Width)}, height: {s_height.Kind.Format(value.Height)} }}";

        /// <inheritdoc/>
        public override void WriteSchema(Utf8JsonWriter json, bool nullable) => SectionKey.WriteMapSchema(json, Keys, nullable);
    }
}
