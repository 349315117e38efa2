using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Loads a suite's file with those that it extends: the maps, lowest first. A file that several extend counts once.</summary>
/// <param name="context">The reading.</param>
internal sealed class SuiteFiles(ReadContext context)
{
    private const int MaxDepth = 16;

    private readonly List<string> _chain = [];
    private readonly HashSet<string> _loaded = [];
    private readonly List<MapNode> _layers = [];

    /// <summary>The maps, lowest first; the last is that of the file named.</summary>
    public IReadOnlyList<MapNode> Layers => _layers;

    /// <summary>Whether a file is a suite rather than a machine profile: it is called so, or has a key that only suites have.</summary>
    public static bool IsSuite(string path)
    {
        if (Path.GetFileNameWithoutExtension(path).EndsWith(".suite", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // Errors are told by whoever reads it in earnest.
        var unheard = new DiagnosticList();
        var source = new NodeSource(path, "/");
        return SourceText.Read(path, source, source.Start, unheard) is { } text
            && NodeParser.Parse(source, text, 1, unheard) is MapNode map
            && map.Entries.Any(static entry =>
                SuiteKeys.Root.Any(key => key.Name == entry.Name) && !ProfileKeys.Root.Any(key => key.Name == entry.Name));
    }

    /// <summary>Loads a file; false after reporting why not.</summary>
    public bool TryLoad(string path) =>
        TryLoad(path, new NodeSource(path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/"), asked: null);

    private bool TryLoad(string path, NodeSource source, Place? asked)
    {
        string identity = Path.GetFullPath(path);
        if (_chain.Contains(identity) || _chain.Count == MaxDepth)
        {
            context.Report(
                _chain.Contains(identity) ? DiagnosticCodes.ExtendsCycle : DiagnosticCodes.ExtendsTooDeep,
                asked ?? source.Start,
                _chain.Contains(identity)
                    ? $"this goes round in a circle: {Quoting.Path(path)} extends itself in the end"
                    : $"suites extend each other in chains of at most {MaxDepth}");
            return false;
        }

        if (!_loaded.Add(identity))
        {
            return true;
        }

        if (SourceText.Read(identity, source, asked ?? source.Start, context.Diagnostics) is not { } text
            || NodeParser.Parse(source, text, 1, context.Diagnostics) is not { } root)
        {
            return false;
        }

        if (root is not MapNode map)
        {
            context.Report(DiagnosticCodes.WrongShape, root.Place, $"a suite is a map of keys such as 'cases', not {root.Shape}");
            return false;
        }

        // Reports keys that are not known, once a file.
        _ = SectionReader.Open(map, map.Place, "", SuiteKeys.Root, context);
        _chain.Add(identity);
        bool isLoaded = LoadBases(map);
        _chain.RemoveAt(_chain.Count - 1);
        _layers.Add(map);
        return isLoaded;
    }

    private bool LoadBases(MapNode map)
    {
        if (map.Find(SuiteKeys.Extends.Name) is not { Value.IsNull: false } extends)
        {
            return true;
        }

        if (!SuiteKeys.Extends.Kind.TryRead(extends.Value, extends.Name, context, out _))
        {
            return false;
        }

        bool all = true;
        foreach (ScalarNode name in (extends.Value is ListNode list ? list.Items : [extends.Value]).OfType<ScalarNode>())
        {
            NodeSource asker = name.Place.Source;
            string path = asker.Resolve(name.Text);
            string shown = Path.Combine(Path.GetDirectoryName(asker.Name) ?? "", name.Text);
            all &= TryLoad(path, new NodeSource(shown, Path.GetDirectoryName(path) ?? "/", name.Place), name.Place);
        }

        return all;
    }
}
