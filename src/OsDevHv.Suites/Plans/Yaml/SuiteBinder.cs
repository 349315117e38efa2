using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Layers;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Makes the cases of a suite of its layers.</summary>
internal sealed class SuiteBinder
{
    private readonly IReadOnlyList<MapNode> _layers;
    private readonly CaseBinder _cases;
    private readonly ReadContext _context;
    private readonly string _suite;

    private SuiteBinder(string path, IReadOnlyList<MapNode> layers, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
    {
        _layers = layers;
        _context = context;
        MapNode merged = layers.Aggregate((lower, upper) => LayerMerge.Merge(lower, upper, LayerMerge.Scope.Other, context));
        Merged = merged;
        var root = SectionReader.Open(Only(merged, SuiteKeys.Name, SuiteKeys.Kernels), merged.Place, "", SuiteKeys.Root, context);
        Field<string> name = root.Get(SuiteKeys.Name);
        Field<IReadOnlyList<string>> kernels = root.Get(SuiteKeys.Kernels);
        _suite = name.IsSet ? name.Value : NameOf(path);
        Kernels = kernels is { IsSet: true, IsValid: true } ? kernels : null;
        _cases = new CaseBinder(_suite, overrides, context);
    }

    private MapNode Merged { get; }

    private Field<IReadOnlyList<string>>? Kernels { get; }

    /// <summary>Reads a suite's file; the cases count only if no error was reported.</summary>
    public static IReadOnlyList<TestCase> Read(string path, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
    {
        var files = new SuiteFiles(context);
        return files.TryLoad(path) ? new SuiteBinder(path, files.Layers, overrides, context).Bind() : [];
    }

    /// <summary>A suite's name where it states none.</summary>
    public static string NameOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return name.EndsWith(".suite", StringComparison.OrdinalIgnoreCase) && name.Length > 6 ? name[..^6] : name;
    }

    private List<TestCase> Bind()
    {
        MapNode[] defaults = [.. _layers.Select(static layer => Only(layer, [.. SuiteKeys.Case]))];
        var cases = new List<TestCase>();
        foreach (IReadOnlyList<MapEntry> entry in Entries())
        {
            cases.AddRange(_cases.Bind(entry[0].Name, entry[^1].Place, [.. defaults, .. entry.Select(static part => (MapNode)part.Value)]));
        }

        if (Kernels is { } kernels)
        {
            foreach (string pattern in kernels.Value)
            {
                AddKernels(pattern, kernels.Place, defaults, cases);
            }
        }
        else if (Merged.Find(SuiteKeys.Cases.Name) is null)
        {
            cases.AddRange(_cases.Bind(_suite, Merged.Place, defaults));
        }

        if (cases.Count == 0 && _context.Diagnostics.Count == 0)
        {
            _context.Report(DiagnosticCodes.NoCases, Merged.Place, "this suite has no cases; add one to 'cases'");
        }

        return cases;
    }

    /// <summary>The cases by name, each with what the layers say of it, lowest first.</summary>
    private List<IReadOnlyList<MapEntry>> Entries()
    {
        var order = new List<string>();
        var found = new Dictionary<string, List<MapEntry>>();
        foreach (MapNode layer in _layers)
        {
            Node? node = layer.Find(SuiteKeys.Cases.Name)?.Value;
            if (node is not (null or MapNode or { IsNull: true }))
            {
                _context.Report(DiagnosticCodes.WrongShape, node.Place, $"cases is {SuiteKeys.Cases.Expectation}, not {node.Shape}");
            }

            foreach (MapEntry entry in (node as MapNode)?.Entries ?? [])
            {
                Take(entry, order, found);
            }
        }

        return [.. order.Where(found.ContainsKey).Select(name => found[name])];
    }

    private void Take(MapEntry entry, List<string> order, Dictionary<string, List<MapEntry>> found)
    {
        bool isKnown = found.TryGetValue(entry.Name, out List<MapEntry>? parts);
        if (entry.Value.IsNull && isKnown)
        {
            found.Remove(entry.Name);
            order.Remove(entry.Name);
        }
        else if (entry.Value is MapNode or { IsNull: true })
        {
            // A case that says nothing is the suite's keys alone.
            MapNode map = entry.Value as MapNode ?? new MapNode(entry.Place, []);
            _ = SectionReader.Open(map, map.Place, $"cases.{entry.Name}", SuiteKeys.Case, _context);
            if (!isKnown)
            {
                found[entry.Name] = parts = [];
                order.Add(entry.Name);
            }

            parts!.Add(entry with { Value = map });
        }
        else
        {
            _context.Report(
                DiagnosticCodes.WrongShape, entry.Value.Place, $"cases.{entry.Name} is a map of a case's keys, not {entry.Value.Shape}");
        }
    }

    private void AddKernels(string pattern, Place place, MapNode[] defaults, List<TestCase> cases)
    {
        IReadOnlyList<string> files = Glob.Expand(pattern, place.Source.Directory);
        if (files.Count == 0)
        {
            _context.Report(DiagnosticCodes.NoCases, place, $"kernels: no file matches {Quoting.Path(pattern)}; are they built?");
        }

        foreach (string file in files)
        {
            var kernel = new MapEntry(ProfileKeys.Kernel.Name, place, new ScalarNode(place, file, isPlain: false));
            cases.AddRange(_cases.Bind(
                Path.GetFileNameWithoutExtension(file), place, [.. defaults, new MapNode(place, [kernel])]));
        }
    }

    private static MapNode Only(MapNode map, params Key[] keys) =>
        new(map.Place, [.. map.Entries.Where(entry => keys.Any(key => key.Name == entry.Name))]);
}
