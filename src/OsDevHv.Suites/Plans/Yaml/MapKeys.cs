using System.Text.Json;
using OsDevHv.Profiles.Keys;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>A key whose value is a map of a machine profile's keys.</summary>
/// <param name="name">As the suite writes it.</param>
/// <param name="description">A sentence or two.</param>
internal sealed class MachineKey(string name, string description) : Key(name, description)
{
    /// <summary>Where the schema of a machine profile is in a suite's.</summary>
    public const string Definition = "#/definitions/machine";

    /// <inheritdoc/>
    public override string Expectation => "a map of a profile's keys";

    /// <inheritdoc/>
    public override string DefaultText => "no keys";

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json)
    {
        // Draft-07 ignores what stands beside a $ref.
        json.WriteStartArray("allOf");
        json.WriteStartObject();
        json.WriteString("$ref", Definition);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}

/// <summary>The key of a matrix.</summary>
/// <param name="name">As the suite writes it.</param>
/// <param name="description">A sentence or two.</param>
internal sealed class MatrixKey(string name, string description) : Key(name, description)
{
    /// <inheritdoc/>
    public override string Expectation => "a map of keys to lists of values";

    /// <inheritdoc/>
    public override string DefaultText => "none";

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json)
    {
        json.WriteStartArray("type");
        json.WriteStringValue("object");
        json.WriteStringValue("null");
        json.WriteEndArray();
        json.WriteStartObject("additionalProperties");
        json.WriteStartArray("type");
        json.WriteStringValue("array");
        json.WriteStringValue("null");
        json.WriteEndArray();
        json.WriteNumber("minItems", 1);
        json.WriteEndObject();
    }
}

/// <summary>The key whose value is the map of cases.</summary>
/// <param name="name">As the suite writes it.</param>
/// <param name="keys">The keys of a case.</param>
/// <param name="description">A sentence or two.</param>
internal sealed class CasesKey(string name, IReadOnlyList<Key> keys, string description) : Key(name, description)
{
    /// <summary>The keys of a case.</summary>
    public IReadOnlyList<Key> Keys { get; } = keys;

    /// <inheritdoc/>
    public override string Expectation => "a map of names to cases";

    /// <inheritdoc/>
    public override string DefaultText => "none";

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json)
    {
        json.WriteStartArray("type");
        json.WriteStringValue("object");
        json.WriteStringValue("null");
        json.WriteEndArray();
        json.WriteStartObject("additionalProperties");
        SectionKey.WriteMapSchema(json, Keys, nullable: true);
        json.WriteEndObject();
    }
}
