using OsDevHv.Profiles;
using OsDevHv.Profiles.Binding;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Layers;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Makes cases of the maps that declare one: those of the suite, then the case's own.</summary>
/// <param name="suite">The suite's name.</param>
/// <param name="overrides">Machine keys set from outside.</param>
/// <param name="context">The reading.</param>
internal sealed class CaseBinder(string suite, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
{
    // A mistake in a suite's own keys is one of each of its cases.
    private const int EnoughErrors = 50;

    private readonly BaseProfiles _bases = new(context);

    /// <summary>Makes the cases: one, or as many as the matrix has combinations.</summary>
    /// <param name="name">The case's name.</param>
    /// <param name="place">Where it is declared.</param>
    /// <param name="levels">The maps, lowest first.</param>
    public IReadOnlyList<TestCase> Bind(string name, Place place, IReadOnlyList<MapNode> levels)
    {
        if (context.Diagnostics.Count > EnoughErrors)
        {
            return [];
        }

        var settings = levels.Aggregate((lower, upper) => LayerMerge.Merge(lower, upper, LayerMerge.Scope.Other, context));

        // Whoever read the levels has told of keys that are not known.
        var own = new MapNode(settings.Place, [.. settings.Entries.Where(static entry => entry.Name != SuiteKeys.Machine.Name && IsKey(entry))]);
        var keys = SectionReader.Open(own, settings.Place, "", SuiteKeys.Case, context);
        MapNode? machine = MergeMachine(levels, out string? launchFile);
        IReadOnlyList<Combination> combinations = MatrixReader.Read(keys.Find(SuiteKeys.Matrix), context);
        if (machine is null)
        {
            return [];
        }

        TestCase common = CaseKeys.Read(keys, Tags(levels), context) with
        {
            Suite = suite,
            Place = new SourcePlace(place.Source.Name, place.Line),
            LaunchFile = launchFile,
        };
        Field<TimeSpan> limit = keys.Get(SuiteKeys.Limits).Get(SuiteKeys.LimitTime);
        var cases = new List<TestCase>(combinations.Count);
        foreach (Combination combination in combinations)
        {
            if (context.Diagnostics.Count > EnoughErrors)
            {
                break;
            }

            MapNode merged = combination.Layers.Aggregate(machine, (lower, upper) => LayerMerge.Merge(lower, upper, context));
            MachineProfile profile = Finish(merged, name, limit is { IsSet: true, IsValid: true } ? limit.Value : null);
            string full = name + combination.Label;
            TestCase bound = common with { Name = full, Id = $"{suite}/{full}", Profile = profile };
            PortChecks.Check(bound.Expect, profile, keys.Get(SuiteKeys.Expect), context);
            cases.Add(bound);
        }

        return cases;
    }

    private MachineProfile Finish(MapNode merged, string name, TimeSpan? limit)
    {
        int number = 0;
        foreach (ProfileOverride item in overrides)
        {
            number += item.Option is null ? 1 : 0;
            merged = OverrideLayer.Apply(merged, item, number, context);
        }

        MachineProfile profile = ProfileBinder.Bind(merged, name, context);
        return profile with { Verdict = profile.Verdict with { Timeout = limit ?? profile.Verdict.Timeout ?? CaseLimits.DefaultTime } };
    }

    /// <summary>The machine before the matrix; null where its profile cannot be read.</summary>
    private MapNode? MergeMachine(IReadOnlyList<MapNode> levels, out string? launchFile)
    {
        // The profile that is stated last counts; what all levels say of the machine goes over it.
        MapEntry? named = null;
        Node? kernel = null;
        var layers = new List<MapNode>();
        foreach (MapNode level in levels)
        {
            MapNode layer = LayerOf(level, out MapEntry? extends);
            named = extends ?? named;
            kernel = (layer.Find(ProfileKeys.Boot.Name)?.Value as MapNode)?.Find(ProfileKeys.Kernel.Name)?.Value ?? kernel;
            layers.Add(layer);
        }

        MapNode? machine = _bases.Get(named, out launchFile);
        if (named is null && kernel is ScalarNode { IsNull: false, Text.Length: > 0 } file)
        {
            launchFile = file.Place.Source.Resolve(file.Text);
        }

        return machine is null ? null : layers.Aggregate(machine, (lower, upper) => LayerMerge.Merge(lower, upper, context));
    }

    /// <summary>What one map says of the machine, as a layer of a profile.</summary>
    private MapNode LayerOf(MapNode level, out MapEntry? extends)
    {
        extends = level.Find(SuiteKeys.Profile.Name) is { Value.IsNull: false } profile ? profile : null;
        var layer = new MapNode(level.Place, []);
        if (level.Find(SuiteKeys.Machine.Name) is { Value: MapNode machine })
        {
            extends = machine.Find(ProfileKeys.Extends.Name) is { Value.IsNull: false } stated ? stated : extends;
            layer = Without(machine, ProfileKeys.Extends);
        }
        else if (level.Find(SuiteKeys.Machine.Name) is { Value.IsNull: false } wrong)
        {
            context.Report(
                DiagnosticCodes.WrongShape, wrong.Value.Place, $"machine is {SuiteKeys.Machine.Expectation}, not {wrong.Value.Shape}");
        }

        MapEntry[] boot = [.. level.Entries.Where(static entry => SuiteKeys.OfBoot.Any(key => key.Name == entry.Name))];
        MapEntry[] plain = [.. level.Entries.Where(static entry => SuiteKeys.OfProfile.Any(key => key.Name == entry.Name))];
        MapEntry[] shorthand = boot.Length == 0
            ? plain
            : [.. plain, new MapEntry(ProfileKeys.Boot.Name, boot[0].Place, new MapNode(boot[0].Place, boot))];
        return shorthand.Length == 0 ? layer : LayerMerge.Merge(layer, new MapNode(level.Place, shorthand), LayerMerge.Scope.Other, context);
    }

    private static IReadOnlyList<Node> Tags(IReadOnlyList<MapNode> levels) =>
        [.. levels.Select(static level => level.Find(SuiteKeys.Tags.Name)).OfType<MapEntry>().Select(static entry => entry.Value)];

    private static bool IsKey(MapEntry entry) => SuiteKeys.Case.Any(key => key.Name == entry.Name);

    private static MapNode Without(MapNode map, Key key) => new(map.Place, [.. map.Entries.Where(entry => entry.Name != key.Name)]);
}
