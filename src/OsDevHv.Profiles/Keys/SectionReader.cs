using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>What a key gave.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Value">The value, or the default where none is stated or the stated one is wrong.</param>
/// <param name="Place">Where it stands; where it is not stated, where it would.</param>
/// <param name="IsSet">Whether it is stated.</param>
/// <param name="IsValid">False when an error was reported; then further checks would only repeat it.</param>
internal readonly record struct Field<T>(T Value, Place Place, bool IsSet, bool IsValid);

/// <summary>Reads the keys of a map against the table, reporting those that it does not know.</summary>
internal sealed class SectionReader
{
    private readonly MapNode? _map;
    private readonly string _label;
    private readonly ReadContext _context;

    private SectionReader(MapNode? map, Place place, string label, ReadContext context, bool isClean)
    {
        _map = map;
        Place = place;
        _label = label;
        _context = context;
        IsClean = isClean;
    }

    /// <summary>Where the map stands, or would.</summary>
    public Place Place { get; }

    /// <summary>False when it is no map or has unknown keys.</summary>
    public bool IsClean { get; }

    /// <summary>Opens a map.</summary>
    /// <param name="node">The map; null or YAML's null is an empty one.</param>
    /// <param name="place">Where it would stand.</param>
    /// <param name="label">Its path, for errors; empty for the whole profile.</param>
    /// <param name="keys">The keys that it may have.</param>
    /// <param name="context">The reading.</param>
    public static SectionReader Open(Node? node, Place place, string label, IReadOnlyList<Key> keys, ReadContext context)
    {
        if (node is null or { IsNull: true })
        {
            return new SectionReader(null, node?.Place ?? place, label, context, isClean: true);
        }

        if (node is not MapNode map)
        {
            context.Report(
                DiagnosticCodes.WrongShape, node.Place, $"{label} is a map, not {node.Shape}; its keys: {string.Join(", ", Names(keys))}");
            return new SectionReader(null, node.Place, label, context, isClean: false);
        }

        var isClean = true;
        foreach (var entry in map.Entries)
        {
            if (!keys.Any(key => key.Name == entry.Name))
            {
                isClean = false;
                var where = label.Length == 0 ? "" : $" in {label}";
                context.Report(
                    DiagnosticCodes.UnknownKey,
                    entry.Place,
                    $"unknown key {Quoting.Short(entry.Name)}{where}{Spelling.Hint(entry.Name, Names(keys))}");
            }
        }

        return new SectionReader(map, map.Place, label, context, isClean);
    }

    /// <summary>Reads a key.</summary>
    public Field<T> Get<T>(Key<T> key)
    {
        if (Find(key) is not { } entry)
        {
            var complain = key.IsRequired && IsClean && !_context.Incomplete;
            if (complain)
            {
                _context.Report(DiagnosticCodes.MissingKey, Place, $"{Label(key)} is missing; it is {key.Expectation}");
            }

            return new Field<T>(key.Default, Place, IsSet: false, IsValid: !key.IsRequired);
        }

        return key.Kind.TryRead(entry.Value, Label(key), _context, out var value)
            ? new Field<T>(value, entry.Value.Place, IsSet: true, IsValid: true)
            : new Field<T>(key.Default, entry.Value.Place, IsSet: true, IsValid: false);
    }

    /// <summary>Opens the map of a key.</summary>
    public SectionReader Get(SectionKey key) => Open(Find(key)?.Value, Find(key)?.Place ?? Place, Label(key), key.Keys, _context);

    /// <summary>The entry of a key, where it is stated and not null.</summary>
    public MapEntry? Find(Key key) => _map?.Find(key.Name) is { Value.IsNull: false } entry ? entry : null;

    /// <summary>A key with its path.</summary>
    public string Label(Key key) => _label.Length == 0 ? key.Name : $"{_label}.{key.Name}";

    private static IReadOnlyList<string> Names(IReadOnlyList<Key> keys) => [.. keys.Select(key => key.Name)];
}
