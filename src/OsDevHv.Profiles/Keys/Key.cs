using System.Text.Json;

namespace OsDevHv.Profiles.Keys;

/// <summary>A key of a map in a profile: the one place for its name, kind, default and description.</summary>
/// <param name="name">As the profile writes it.</param>
/// <param name="description">A sentence or two, for editors and the reference.</param>
internal abstract class Key(string name, string description)
{
    /// <summary>As the profile writes it.</summary>
    public string Name { get; } = name;

    /// <summary>A sentence or two.</summary>
    public string Description { get; } = description;

    /// <summary>What its value is.</summary>
    public abstract string Expectation { get; }

    /// <summary>What is taken where it is not stated, or why something must be.</summary>
    public abstract string DefaultText { get; }

    /// <summary>Writes the JSON Schema of its value as an object.</summary>
    public void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartObject(Name);
        json.WriteString("description", Description);
        WriteSchemaBody(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the keywords of the schema but the description.</summary>
    protected abstract void WriteSchemaBody(Utf8JsonWriter json);
}

/// <summary>A key with a value.</summary>
/// <typeparam name="T">What the value is read into.</typeparam>
internal sealed class Key<T> : Key
{
    private readonly bool _hasDefault;

    private Key(string name, ValueKind<T> kind, string description, bool required, bool hasDefault, T fallback)
        : base(name, description)
    {
        Kind = kind;
        IsRequired = required;
        _hasDefault = hasDefault;
        Default = fallback;
    }

    /// <summary>Its kind.</summary>
    public ValueKind<T> Kind { get; }

    /// <summary>Whether it has to be stated.</summary>
    public bool IsRequired { get; }

    /// <summary>What is taken where it is not stated.</summary>
    public T Default { get; }

    /// <inheritdoc/>
    public override string Expectation => Kind.Expectation;

    /// <inheritdoc/>
    public override string DefaultText => IsRequired ? "required" : _hasDefault ? Kind.Format(Default) : "none";

    /// <summary>A key that has to be stated.</summary>
    public static Key<T> Required(string name, ValueKind<T> kind, string description) => new(
        name, kind, description, true, false, default!);

    /// <summary>A key with a default.</summary>
    public static Key<T> WithDefault(string name, ValueKind<T> kind, T fallback, string description) => new(
        name, kind, description, false, true, fallback);

    /// <summary>A key whose absence means something of its own.</summary>
    public static Key<T> Optional(string name, ValueKind<T> kind, string description) => new(
        name, kind, description, false, false, default!);

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json)
    {
        Kind.WriteSchema(json, nullable: true);
        if (_hasDefault)
        {
            json.WritePropertyName("default");
            Kind.WriteJson(json, Default);
        }
    }
}

/// <summary>A key whose value is a map of further keys.</summary>
/// <param name="name">As the profile writes it.</param>
/// <param name="keys">The keys of the map.</param>
/// <param name="description">A sentence or two.</param>
internal sealed class SectionKey(string name, IReadOnlyList<Key> keys, string description) : Key(name, description)
{
    /// <summary>The keys of the map.</summary>
    public IReadOnlyList<Key> Keys { get; } = keys;

    /// <inheritdoc/>
    public override string Expectation => "a map";

    /// <inheritdoc/>
    public override string DefaultText => "its keys' defaults";

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json) => WriteMapSchema(json, Keys, nullable: true);

    /// <summary>Writes the keywords of a map with these keys and no others.</summary>
    public static void WriteMapSchema(Utf8JsonWriter json, IReadOnlyList<Key> keys, bool nullable)
    {
        json.WriteStartArray("type");
        json.WriteStringValue("object");
        if (nullable)
        {
            json.WriteStringValue("null");
        }

        json.WriteEndArray();
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        foreach (var key in keys)
        {
            key.WriteSchema(json);
        }

        json.WriteEndObject();
    }
}

/// <summary>The key whose value is the map of devices.</summary>
/// <param name="name">As the profile writes it.</param>
/// <param name="description">A sentence or two.</param>
internal sealed class DevicesKey(string name, string description) : Key(name, description)
{
    /// <inheritdoc/>
    public override string Expectation => "a map of names to devices";

    /// <inheritdoc/>
    public override string DefaultText => "no devices";

    /// <inheritdoc/>
    protected override void WriteSchemaBody(Utf8JsonWriter json) => DeviceTypes.WriteSchema(json);
}
