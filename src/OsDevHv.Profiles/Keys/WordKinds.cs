using System.Text;
using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>true or false, as YAML 1.2's core schema writes them.</summary>
internal sealed class BooleanKind : ScalarKind<bool>
{
    /// <inheritdoc/>
    public override string Expectation => "true or false";

    /// <inheritdoc/>
    public override string Format(bool value) => value ? "true" : "false";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) => WriteType(json, nullable, "boolean");

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, bool value) => json.WriteBooleanValue(value);

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out bool value)
    {
        value = scalar.Text is "true" or "True" or "TRUE";
        if (scalar.IsPlain && (value || scalar.Text is "false" or "False" or "FALSE"))
        {
            return true;
        }

        var way = scalar.IsPlain ? "" : "; quotes make it text: remove them";
        return Fail(context, DiagnosticCodes.BadBoolean, scalar, $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}{way}");
    }
}

/// <summary>on or off, for what a machine may have or lack.</summary>
internal sealed class SwitchKind : ScalarKind<bool>
{
    /// <inheritdoc/>
    public override string Expectation => "on or off";

    /// <inheritdoc/>
    public override string Format(bool value) => value ? "on" : "off";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("enum");
        json.WriteStringValue("on");
        json.WriteStringValue("off");
        if (nullable)
        {
            json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out bool value)
    {
        value = scalar.Text == "on";
        return value || scalar.Text == "off"
            || Fail(context, DiagnosticCodes.BadChoice, scalar, $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}");
    }
}

/// <summary>One of a few words.</summary>
/// <typeparam name="T">What they mean.</typeparam>
/// <param name="choices">The words.</param>
internal sealed class ChoiceKind<T>(params (string Word, T Value)[] choices) : ScalarKind<T>
    where T : struct, Enum
{
    private readonly string[] _words = [.. choices.Select(choice => choice.Word)];

    /// <inheritdoc/>
    public override string Expectation => string.Join(", ", _words[..^1]) + " or " + _words[^1];

    /// <inheritdoc/>
    public override string Format(T value) => choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word;

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        json.WriteStartArray("enum");
        foreach (var word in _words)
        {
            json.WriteStringValue(word);
        }

        if (nullable)
        {
            json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out T value)
    {
        var index = Array.IndexOf(_words, scalar.Text);
        value = index < 0 ? default : choices[index].Value;
        return index >= 0
            || Fail(
                context,
                DiagnosticCodes.BadChoice,
                scalar,
                $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}{NearestHint(scalar.Text)}");
    }

    private string NearestHint(string text) => Spelling.Nearest(text, _words) is { } near ? $"; did you mean '{near}'?" : "";
}

/// <summary>Text: any scalar but null, as it is written (a plain 1.10 is the text 1.10).</summary>
/// <param name="maxLength">The longest, in characters.</param>
/// <param name="oneLine">Whether control characters are refused, not only NUL.</param>
internal sealed class TextKind(int maxLength, bool oneLine) : ScalarKind<string>
{
    /// <inheritdoc/>
    public override string Expectation => "text";

    /// <inheritdoc/>
    public override string Format(string value) => FlowText.Of(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable) => WriteType(json, nullable, "string", "number", "boolean");

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, string value) => json.WriteStringValue(value);

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (value.Length > maxLength)
        {
            return Fail(context, DiagnosticCodes.BadText, scalar, $"{label} has {value.Length} characters; {maxLength} are possible");
        }

        var bad = FlowText.FindUnusable(value, oneLine);
        return bad < 0 || Fail(
            context, DiagnosticCodes.BadText, scalar, $"{label} holds the character U+{(int)value[bad]:X4}, which cannot be passed on");
    }
}

/// <summary>A path, made absolute from the place where it stands.</summary>
/// <param name="isInput">Whether the file is to be there when the profile is to run.</param>
internal sealed class PathKind(bool isInput) : ScalarKind<string>
{
    /// <inheritdoc/>
    public override string Expectation => "a path";

    /// <inheritdoc/>
    public override string Format(string value) => FlowText.Of(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string", "number", "boolean");
        json.WriteNumber("minLength", 1);
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value)
    {
        value = "";
        if (!TryResolve(scalar, scalar.Text, label, context, out var path))
        {
            return false;
        }

        value = path;
        if (!isInput || context.Use != ProfileUse.Run || File.Exists(path))
        {
            return true;
        }

        var fault = Directory.Exists(path) ? $"{Quoting.Path(path)} is a directory" : $"there is no file {Quoting.Path(path)}";
        return Fail(context, DiagnosticCodes.MissingInput, scalar, $"{label}: {fault}");
    }

    /// <summary>Makes a path absolute; false after reporting why it cannot be one.</summary>
    internal static bool TryResolve(ScalarNode scalar, string text, string label, ReadContext context, out string path)
    {
        path = "";
        if (text.Length == 0 || FlowText.FindUnusable(text, oneLine: false) >= 0)
        {
            return Fail(
                context, DiagnosticCodes.BadPath, scalar, $"{label} is a path, not {(text.Length == 0 ? "empty" : Quoting.Short(text))}");
        }

        path = scalar.Place.Source.Resolve(text);
        return true;
    }
}

/// <summary>A regular expression.</summary>
internal sealed class PatternKind : ScalarKind<string>
{
    private const int MaxLength = 1000;

    /// <inheritdoc/>
    public override string Expectation => "a regular expression";

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
                DiagnosticCodes.BadPattern,
                scalar,
                $"{label}: a pattern has 1 to {MaxLength} characters, this one {value.Length}");
        }

        return GuestPattern.TryCompile(value, out _, out string? reason)
            || Fail(context, DiagnosticCodes.BadPattern, scalar, $"{label} is not a regular expression that can be used: {reason}");
    }
}

/// <summary>Text as YAML.</summary>
internal static class FlowText
{
    /// <summary>The first character that cannot be passed on: a NUL, half of a surrogate pair, and in one line any control character; or
    /// -1.</summary>
    public static int FindUnusable(string text, bool oneLine)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (text[i] == 0 || char.IsSurrogate(text[i]) || (oneLine && char.IsControl(text[i])))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The text plain where that is safe in a flow collection, otherwise in double quotes.</summary>
    public static string Of(string text)
    {
        if (text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '.') && IsSafe(text))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' or '\u007f' or '\u0085' or '\u00a0' or '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' =>
                    quoted.Append("\\u").Append(((int)c).ToString("x4", null)),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    // Words that YAML takes for something else are quoted too.
    private static bool IsSafe(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_')
        && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "." or ".nan" or ".inf");
}
