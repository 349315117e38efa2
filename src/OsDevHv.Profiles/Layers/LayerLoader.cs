using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Layers;

/// <summary>
/// Loads a profile and what it extends as one list of layers, lowest first, and merges them. A file that several of them extend counts
/// once, where it is first reached: applied again, it would undo what the others changed.
/// </summary>
/// <param name="context">The reading.</param>
internal sealed class LayerLoader(ReadContext context)
{
    /// <summary>The longest chain of files.</summary>
    internal const int MaxDepth = 16;

    /// <summary>The most files in all.</summary>
    internal const int MaxFiles = 64;

    private const string ShippedDirectory = "<shipped>";

    private readonly HashSet<string> _loaded = [];
    private readonly List<string> _chain = [];

    /// <summary>The layers merged; null when the topmost could not be read.</summary>
    public MapNode? Merged { get; private set; }

    /// <summary>Loads what the user named.</summary>
    public void LoadFile(string path)
    {
        var source = new NodeSource(path, Path.GetDirectoryName(SafeFullPath(path)) ?? "/");
        Load(new Origin(SafeFullPath(path), source, source.Start, () => SourceText.Read(path, source, source.Start, context.Diagnostics)));
    }

    /// <summary>Loads the profiles that a value of <c>extends</c> names, which stands outside a profile.</summary>
    public void LoadBases(Node names)
    {
        if (!ProfileKeys.Extends.Kind.TryRead(names, ProfileKeys.Extends.Name, context, out _))
        {
            context.Incomplete = true;
            return;
        }

        foreach (var name in (names is ListNode list ? list.Items : [names]).OfType<ScalarNode>())
        {
            LoadBase(name);
        }
    }

    /// <summary>Loads a profile that is part of the program.</summary>
    public void LoadShipped(string name) => Load(Shipped(name, extendedFrom: null));

    /// <summary>Puts a layer over those loaded.</summary>
    public void Add(MapNode layer) => Merged = LayerMerge.Merge(Merged ?? new MapNode(layer.Place, []), layer, context);

    private void Load(Origin origin)
    {
        if (_chain.Contains(origin.Identity))
        {
            var circle = _chain.SkipWhile(file => file != origin.Identity).Append(origin.Identity).Select(file => Path.GetFileName(file));
            context.Report(
                DiagnosticCodes.ExtendsCycle, origin.Asked, $"this goes round in a circle: {Quoting.Short(string.Join(" -> ", circle))}");
            return;
        }

        if (_loaded.Contains(origin.Identity))
        {
            return;
        }

        if (_chain.Count == MaxDepth || _loaded.Count == MaxFiles)
        {
            context.Incomplete = true;
            context.Report(
                DiagnosticCodes.ExtendsTooDeep,
                origin.Asked,
                $"a profile extends at most {MaxFiles} files, in chains of at most {MaxDepth}");
            return;
        }

        _loaded.Add(origin.Identity);
        var text = origin.Read();
        var root = text is null ? null : NodeParser.Parse(origin.Source, text, 1, context.Diagnostics);
        if (root is MapNode map)
        {
            _chain.Add(origin.Identity);
            Add(LoadBases(map));
            _chain.RemoveAt(_chain.Count - 1);
            return;
        }

        context.Incomplete = true;
        if (root is { IsNull: true })
        {
            context.Report(DiagnosticCodes.EmptyFile, origin.Source.Start, "there is nothing in it");
        }
        else if (root is not null)
        {
            context.Report(DiagnosticCodes.WrongShape, root.Place, $"a profile is a map of keys such as 'boot', not {root.Shape}");
        }
    }

    // Returns the layer without the key.
    private MapNode LoadBases(MapNode map)
    {
        if (map.Find(ProfileKeys.Extends.Name) is not { } extends)
        {
            return map;
        }

        if (extends.Value.IsNull)
        {
            return WithoutExtends(map);
        }

        LoadBases(extends.Value);
        return WithoutExtends(map);
    }

    private static MapNode WithoutExtends(MapNode map) =>
        new(map.Place, [.. map.Entries.Where(entry => entry.Name != ProfileKeys.Extends.Name)]);

    private void LoadBase(ScalarNode name)
    {
        if (name.Text.Length == 0)
        {
            context.Incomplete = true;
            context.Report(DiagnosticCodes.BadPath, name.Place, $"{ProfileKeys.Extends.Name} is a path, not empty");
            return;
        }

        var asker = name.Place.Source;
        var path = asker.Resolve(name.Text);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            if (ShippedProfiles.Names.Contains(name.Text))
            {
                Load(Shipped(name.Text, name.Place));
                return;
            }

            context.Incomplete = true;
            context.Report(
                DiagnosticCodes.FileNotFound,
                name.Place,
                $"there is no file {Quoting.Path(path)}, nor a shipped profile of that "
                + $"name{Spelling.Hint(name.Text, ShippedProfiles.Names)}");
            return;
        }

        var shown = Path.Combine(Path.GetDirectoryName(asker.Name) ?? "", name.Text);
        var source = new NodeSource(shown, Path.GetDirectoryName(path) ?? "/", name.Place);
        Load(new Origin(path, source, name.Place, () => SourceText.Read(path, source, name.Place, context.Diagnostics)));
    }

    private Origin Shipped(string name, Place? extendedFrom)
    {
        var shown = $"{ShippedDirectory}/{name}";
        var source = new NodeSource(shown, Environment.CurrentDirectory, extendedFrom);
        return new Origin(
            shown, source, extendedFrom ?? source.Start, () => SourceText.Decode(ShippedProfiles.Find(name), source, context.Diagnostics));
    }

    // An empty path or one with a NUL has no full form; reading it then gives the error.
    private static string SafeFullPath(string path) => path.Length == 0 || path.Contains('\0') ? "/" : Path.GetFullPath(path);

    /// <summary>A file to load.</summary>
    /// <param name="Identity">Its absolute path: the same for the same file.</param>
    /// <param name="Source">How errors in it name it.</param>
    /// <param name="Asked">The place that named it.</param>
    /// <param name="Read">Its text, or null after reporting why not.</param>
    private readonly record struct Origin(string Identity, NodeSource Source, Place Asked, Func<string?> Read);
}
