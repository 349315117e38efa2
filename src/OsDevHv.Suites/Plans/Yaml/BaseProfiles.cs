using OsDevHv.Profiles;
using OsDevHv.Profiles.Layers;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>The profiles that cases are built on, each read once.</summary>
/// <param name="context">The reading.</param>
internal sealed class BaseProfiles(ReadContext context)
{
    private readonly Dictionary<string, MapNode?> _read = [];

    /// <summary>The merged profile that a case names; null where it cannot be read.</summary>
    /// <param name="named">The value of <c>profile</c> or <c>extends</c>; null for the shipped PC.</param>
    /// <param name="launchFile">The one file that it is, for the command line; null where it is none or several.</param>
    public MapNode? Get(MapEntry? named, out string? launchFile)
    {
        launchFile = null;
        string identity = "";
        if (named is { } entry)
        {
            string[] names = [.. (entry.Value is ListNode list ? list.Items : [entry.Value]).OfType<ScalarNode>().Select(PathOf)];
            launchFile = names is [var only] && File.Exists(only) ? only : null;
            identity = string.Join('\0', names);
        }

        if (!_read.TryGetValue(identity, out MapNode? merged))
        {
            var loader = new LayerLoader(context);
            if (named is { } stated)
            {
                loader.LoadBases(stated.Value);
            }
            else
            {
                loader.LoadShipped(ShippedProfiles.Pc);
            }

            _read[identity] = merged = loader.Merged;
        }

        return merged;
    }

    private static string PathOf(ScalarNode name) => name.Place.Source.Resolve(name.Text);
}
