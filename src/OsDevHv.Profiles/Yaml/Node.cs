namespace OsDevHv.Profiles.Yaml;

/// <summary>A node of a YAML document; immutable, so that an alias and a merge can share it.</summary>
/// <param name="place">Where it begins.</param>
internal abstract class Node(Place place)
{
    /// <summary>Where it begins.</summary>
    public Place Place { get; } = place;

    /// <summary>How many nodes it has with every alias written out, itself counted.</summary>
    public abstract int Weight { get; }

    /// <summary>How many levels of nodes it has, itself counted.</summary>
    public abstract int Height { get; }

    /// <summary>What it is, for errors.</summary>
    public abstract string Shape { get; }

    /// <summary>True for YAML's null: an absent value, <c>~</c> or a plain <c>null</c>.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A scalar.</summary>
/// <param name="place">Where it begins.</param>
/// <param name="text">Its text, escapes resolved.</param>
/// <param name="isPlain">Not quoted and not a block scalar: only then can it be anything but text.</param>
internal sealed class ScalarNode(Place place, string text, bool isPlain) : Node(place)
{
    public string Text { get; } = text;

    public bool IsPlain { get; } = isPlain;

    public override int Weight => 1;

    public override int Height => 1;

    public override string Shape => IsNull ? "nothing" : "a single value";

    public override bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A list.</summary>
/// <param name="place">Where it begins.</param>
/// <param name="items">Its items.</param>
internal sealed class ListNode(Place place, IReadOnlyList<Node> items) : Node(place)
{
    public IReadOnlyList<Node> Items { get; } = items;

    public override int Weight { get; } = 1 + items.Sum(item => item.Weight);

    public override int Height { get; } = 1 + items.Select(item => item.Height).DefaultIfEmpty().Max();

    public override string Shape => "a list";
}

/// <summary>An entry of a map.</summary>
/// <param name="Name">The key.</param>
/// <param name="Place">Where the key stands.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct MapEntry(string Name, Place Place, Node Value);

/// <summary>A map, in the order of the text.</summary>
/// <param name="place">Where it begins.</param>
/// <param name="entries">Its entries; no two have one name.</param>
internal sealed class MapNode(Place place, IReadOnlyList<MapEntry> entries) : Node(place)
{
    public IReadOnlyList<MapEntry> Entries { get; } = entries;

    public override int Weight { get; } = 1 + entries.Sum(entry => entry.Value.Weight);

    public override int Height { get; } = 1 + entries.Select(entry => entry.Value.Height).DefaultIfEmpty().Max();

    public override string Shape => "a map";

    /// <summary>The entry of that name.</summary>
    public MapEntry? Find(string name)
    {
        foreach (var entry in Entries)
        {
            if (entry.Name == name)
            {
                return entry;
            }
        }

        return null;
    }
}
