using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Layers;

/// <summary>
/// Merges a layer onto those below: maps merge key by key, anything else replaces. null un-sets: a device is removed by it, any other key
/// gets its default back. A device whose type changes begins anew, because the old type's keys mean nothing to the new one.
/// </summary>
internal static class LayerMerge
{
    /// <summary>Where in the profile a map stands.</summary>
    internal enum Scope
    {
        /// <summary>The whole profile.</summary>
        Root,

        /// <summary>The map of devices.</summary>
        Devices,

        /// <summary>One device.</summary>
        Device,

        /// <summary>Anywhere else.</summary>
        Other,
    }

    /// <summary>Merges two whole profiles.</summary>
    public static MapNode Merge(MapNode lower, MapNode upper, ReadContext context) => Merge(lower, upper, Scope.Root, context);

    /// <summary>Merges two maps that stand at the same place.</summary>
    public static MapNode Merge(MapNode lower, MapNode upper, Scope scope, ReadContext context)
    {
        if (scope == Scope.Device && TypeOf(upper) is { } type && TypeOf(lower) is { } oldType && type != oldType)
        {
            return upper;
        }

        var entries = new List<MapEntry?>(lower.Entries.Count + upper.Entries.Count);
        var places = new Dictionary<string, int>();
        foreach (var entry in lower.Entries)
        {
            places[entry.Name] = entries.Count;
            entries.Add(entry);
        }

        foreach (var entry in upper.Entries)
        {
            var known = places.TryGetValue(entry.Name, out var index);
            if (scope == Scope.Devices && entry.Value.IsNull)
            {
                if (known)
                {
                    entries[index] = null;
                    places.Remove(entry.Name);
                }
                else if (!context.Incomplete)
                {
                    context.Report(
                        DiagnosticCodes.NothingToRemove,
                        entry.Place,
                        $"no device {Quoting.Short(entry.Name)} is inherited, so there is none to "
                        + $"remove{NearestHint(entry.Name, places.Keys)}");
                }

                continue;
            }

            var old = known ? entries[index]?.Value : null;
            var merged = entry with { Value = MergeValue(old, entry.Value, Child(scope, entry.Name), context) };
            if (known)
            {
                entries[index] = merged;
            }
            else
            {
                places[entry.Name] = entries.Count;
                entries.Add(merged);
            }
        }

        return new MapNode(upper.Place, [.. entries.OfType<MapEntry>()]);
    }

    /// <summary>Where an entry of a map stands.</summary>
    public static Scope Child(Scope scope, string name) => scope switch
    {
        Scope.Root when name == ProfileKeys.Devices.Name => Scope.Devices,
        Scope.Devices => Scope.Device,
        _ => Scope.Other,
    };

    private static Node MergeValue(Node? lower, Node upper, Scope scope, ReadContext context) =>
        upper is MapNode upperMap ? Merge(lower as MapNode ?? new MapNode(upper.Place, []), upperMap, scope, context) : upper;

    private static string? TypeOf(MapNode device) => (device.Find(DeviceTypes.TypeKey)?.Value as ScalarNode)?.Text;

    private static string NearestHint(string name, IEnumerable<string> devices) =>
        Spelling.Nearest(name, devices) is { } near ? $"; did you mean '{near}'?" : "";
}
