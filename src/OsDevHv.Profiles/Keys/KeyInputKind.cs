using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>Keys that are pressed at a time.</summary>
internal sealed class KeyInputKind : ValueKind<KeyInput>
{
    /// <inheritdoc/>
    public override string Expectation => "a map of at, send or type, and hold";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out KeyInput value)
    {
        value = new KeyInput();
        if (node is not MapNode)
        {
            var way = node is ScalarNode { IsNull: false } keys ? $"; write {{ send: {FlowText.Of(keys.Text)} }}" : "";
            context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}{way}");
            return false;
        }

        var fields = SectionReader.Open(node, node.Place, label, ProfileKeys.KeyInput, context);
        var at = fields.Get(ProfileKeys.KeysAt);
        var send = fields.Get(ProfileKeys.SendKeys);
        var type = fields.Get(ProfileKeys.TypeText);
        var hold = fields.Get(ProfileKeys.HoldKeys);
        var isValid = fields.IsClean && at.IsValid && send.IsValid && type.IsValid && hold.IsValid;
        if (isValid && send.IsSet == type.IsSet)
        {
            context.Report(
                send.IsSet ? DiagnosticCodes.BadKeys : DiagnosticCodes.MissingKey,
                type.Place,
                send.IsSet
                    ? $"{label} has send and type; make two items of it"
                    : $"{label} says no keys: send: ctrl-alt-delete for keys by name, type: \"text\\n\" for text");
            isValid = false;
        }

        value = new KeyInput
        {
            At = at is { IsSet: true, IsValid: true } ? at.Value : null,
            Send = send.Value,
            Type = type.Value,
            Hold = hold is { IsSet: true, IsValid: true } ? hold.Value : null,
        };
        return isValid;
    }

    /// <inheritdoc/>
    public override string Format(KeyInput value)
    {
        var parts = new List<string>();
        if (value.At is { } at)
        {
            parts.Add($"{ProfileKeys.KeysAt.Name}: {ProfileKeys.KeysAt.Kind.Format(at)}");
        }

        parts.Add(value.Send is { } send
            ? $"{ProfileKeys.SendKeys.Name}: {ProfileKeys.SendKeys.Kind.Format(send)}"
            : $"{ProfileKeys.TypeText.Name}: {ProfileKeys.TypeText.Kind.Format(value.Type ?? "")}");
        if (value.Hold is { } hold)
        {
            parts.Add($"{ProfileKeys.HoldKeys.Name}: {ProfileKeys.HoldKeys.Kind.Format(hold)}");
        }

        return $"{{ {string.Join(", ", parts)} }}";
    }

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) =>
        SectionKey.WriteMapSchema(json, ProfileKeys.KeyInput, nullable);
}

/// <summary>Chords of keys by name, separated by spaces.</summary>
internal sealed class ChordsKind : ScalarKind<string>
{
    private const int MaxLength = 4096;

    /// <inheritdoc/>
    public override string Expectation => "keys such as ctrl-alt-delete";

    /// <inheritdoc/>
    public override string Format(string value) => FlowText.Of(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) => WriteType(json, nullable, "string", "number");

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        value = scalar.Text;
        var chords = KeyInput.SplitChords(value);
        if (chords.Length == 0 || value.Length > MaxLength)
        {
            var fault = chords.Length == 0 ? "empty" : $"{value.Length} characters long, of which {MaxLength} are possible";
            return Fail(context, DiagnosticCodes.BadKeys, scalar, $"{label} is {Expectation}, not {fault}");
        }

        foreach (var chord in chords)
        {
            if (!KeyNames.TrySplit(chord, out _, out var problem))
            {
                return Fail(context, DiagnosticCodes.BadKeys, scalar, $"{label}: {problem}");
            }
        }

        return true;
    }
}

/// <summary>Text that is typed on the US layout.</summary>
internal sealed class TypedTextKind : ScalarKind<string>
{
    private const int MaxLength = 4096;

    /// <inheritdoc/>
    public override string Expectation => "text of the US layout";

    /// <inheritdoc/>
    protected override bool MayBeginWithBracket => true;

    /// <inheritdoc/>
    public override string Format(string value) => FlowText.Of(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) => WriteType(json, nullable, "string", "number", "boolean");

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (value.Length is 0 or > MaxLength)
        {
            return Fail(
                context,
                DiagnosticCodes.BadKeys,
                scalar,
                $"{label}: text that is typed has 1 to {MaxLength} characters, this one {value.Length}");
        }

        return UsKeyboard.FindUntypable(value) is not { } bad || Fail(
            context,
            DiagnosticCodes.BadKeys,
            scalar,
            $"{label} holds the character {bad}, for which the US layout has no key; send takes keys by name");
    }
}
