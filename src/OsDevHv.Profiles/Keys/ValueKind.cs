using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>A kind of value: how it is read, written, and described to people and editors.</summary>
/// <typeparam name="T">What it is read into.</typeparam>
internal abstract class ValueKind<T>
{
    /// <summary>Whether a value may be a map, so that a list of one may be that map.</summary>
    public virtual bool TakesMap => false;

    /// <summary>What is expected, as in "an integer, 1 to 64".</summary>
    public abstract string Expectation { get; }

    /// <summary>Reads a node that is not null; false after reporting why not.</summary>
    /// <param name="node">The node.</param>
    /// <param name="label">The key with its path, for errors.</param>
    /// <param name="context">The reading.</param>
    /// <param name="value">The value.</param>
    public abstract bool TryRead(Node node, string label, ReadContext context, out T value);

    /// <summary>The value as YAML that fits in a flow collection and reads back to the same value.</summary>
    public abstract string Format(T value);

    /// <summary>Writes the JSON Schema keywords into an object that is open.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="nullable">Whether null is allowed: it un-sets the key.</param>
    public abstract void WriteSchema(Utf8JsonWriter json, bool nullable);

    /// <summary>Writes the value as JSON, as a default in the schema.</summary>
    public virtual void WriteJson(Utf8JsonWriter json, T value) => json.WriteStringValue(Format(value));

    /// <summary>Writes the keyword <c>type</c>.</summary>
    protected static void WriteType(Utf8JsonWriter json, bool nullable, params ReadOnlySpan<string> types)
    {
        if (types.Length == 1 && !nullable)
        {
            json.WriteString("type", types[0]);
            return;
        }

        json.WriteStartArray("type");
        foreach (var type in types)
        {
            json.WriteStringValue(type);
        }

        if (nullable)
        {
            json.WriteStringValue("null");
        }

        json.WriteEndArray();
    }
}

/// <summary>A kind of value that is one YAML scalar.</summary>
/// <typeparam name="T">What it is read into.</typeparam>
internal abstract class ScalarKind<T> : ValueKind<T>
{
    /// <inheritdoc/>
    public sealed override bool TryRead(Node node, string label, ReadContext context, out T value)
    {
        if (node is ScalarNode { IsNull: false } scalar)
        {
            return TryParse(scalar, label, context, out value);
        }

        var hint = node is ListNode && MayBeginWithBracket ? "; a value that begins with [ is written in quotes" : "";
        context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}{hint}");
        value = default!;
        return false;
    }

    /// <summary>Reads the scalar; false after reporting why not.</summary>
    protected abstract bool TryParse(ScalarNode scalar, string label, ReadContext context, out T value);

    /// <summary>True where a value may begin with a bracket, which YAML takes for a list unless it is quoted.</summary>
    protected virtual bool MayBeginWithBracket => false;

    /// <summary>Reports an error in the scalar; false, for the caller to return.</summary>
    protected static bool Fail(ReadContext context, DiagnosticCode code, ScalarNode scalar, string message)
    {
        context.Report(code, scalar.Place, message);
        return false;
    }
}
