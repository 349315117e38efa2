using System.Globalization;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Layers;

/// <summary>Applies one override to a merged profile.</summary>
internal sealed class OverrideLayer
{
    private const int MaxSegments = 16;

    private readonly List<(string Name, Place Place)> _path;
    private readonly Node _value;
    private readonly ReadContext _context;

    private OverrideLayer(List<(string Name, Place Place)> path, Node value, ReadContext context)
    {
        _path = path;
        _value = value;
        _context = context;
    }

    /// <summary>The profile with the override applied; unchanged after an error, which is reported.</summary>
    /// <param name="root">The merged profile.</param>
    /// <param name="item">The override.</param>
    /// <param name="number">Its number among the <c>--set</c> options, from 1.</param>
    /// <param name="context">The reading.</param>
    public static MapNode Apply(MapNode root, ProfileOverride item, int number, ReadContext context)
    {
        var text = item.Assignment;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var shown = item.Option is { } option
            ? $"{option} {Quoting.Short(text[(equals + 1)..])}"
            : $"--set #{number.ToString(CultureInfo.InvariantCulture)} {Quoting.Short(text)}";
        var source = new NodeSource(shown, Environment.CurrentDirectory) { IsOverride = true };
        if (equals < 0)
        {
            context.Report(DiagnosticCodes.BadOverride, source.Start, "an override is PATH=VALUE, as in cpu.count=4");
            return root;
        }

        return ReadPath(text[..equals], source, context) is { } path && ReadValue(text, equals + 1, source, context) is { } value
            ? (MapNode)new OverrideLayer(path, value, context).ApplyAt(root, 0, LayerMerge.Scope.Root)
            : root;
    }

    private static List<(string Name, Place Place)>? ReadPath(string text, NodeSource source, ReadContext context)
    {
        var path = new List<(string Name, Place Place)>();
        var column = 1;
        foreach (var name in text.Split('.'))
        {
            path.Add((name, new Place(source, 1, column)));
            column += name.Length + 1;
        }

        var empty = path.FindIndex(segment => segment.Name.Length == 0);
        if (empty >= 0)
        {
            context.Report(
                DiagnosticCodes.BadOverride, path[empty].Place, "a key is missing here; a path is keys joined by dots, as in cpu.count=4");
            return null;
        }

        if (path.Count > MaxSegments)
        {
            context.Report(DiagnosticCodes.BadOverride, path[MaxSegments].Place, $"a path has at most {MaxSegments} keys");
            return null;
        }

        if (path[0].Name == ProfileKeys.Extends.Name)
        {
            context.Report(
                DiagnosticCodes.BadOverride, path[0].Place, "'extends' cannot be overridden; write a profile that extends what you want");
            return null;
        }

        return path;
    }

    private static Node? ReadValue(string text, int start, NodeSource source, ReadContext context)
    {
        var value = text[start..];
        if (value is ['[' or '{' or '"' or '\'', ..])
        {
            return NodeParser.Parse(source, value, start + 1, context.Diagnostics);
        }

        return new ScalarNode(new Place(source, 1, start + 1), value, isPlain: value.Length > 0);
    }

    private Node ApplyAt(Node? current, int depth, LayerMerge.Scope scope)
    {
        var (name, place) = _path[depth];
        var isLast = depth == _path.Count - 1;
        if (current is ListNode list)
        {
            return ApplyToItem(list, depth);
        }

        var map = current as MapNode ?? new MapNode(place, []);
        if (isLast)
        {
            return LayerMerge.Merge(map, new MapNode(place, [new MapEntry(name, place, _value)]), scope, _context);
        }

        var known = map.Find(name);
        var isNewList = (known is null || known.Value.Value.IsNull) && _path[depth + 1].Name == "0";
        var before = isNewList ? new ListNode(place, []) : known?.Value;
        var changed = new MapEntry(name, known?.Place ?? place, ApplyAt(before, depth + 1, LayerMerge.Child(scope, name)));
        return known is null
            ? new MapNode(map.Place, [.. map.Entries, changed])
            : new MapNode(map.Place, [.. map.Entries.Select(entry => entry.Name == name ? changed : entry)]);
    }

    private ListNode ApplyToItem(ListNode list, int depth)
    {
        var (name, place) = _path[depth];
        var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        if (!isNumber || index > list.Items.Count)
        {
            _context.Report(
                DiagnosticCodes.BadOverrideIndex,
                place,
                $"{Quoting.Short(name)} is not an item of this list of {list.Items.Count}; items are numbered from 0, and "
                + $"{list.Items.Count} adds one");
            return list;
        }

        var old = index < list.Items.Count ? list.Items[index] : null;
        var item = depth == _path.Count - 1 ? _value : ApplyAt(old, depth + 1, LayerMerge.Scope.Other);
        return new ListNode(list.Place, [.. list.Items.Take(index), item, .. list.Items.Skip(index + 1)]);
    }
}
