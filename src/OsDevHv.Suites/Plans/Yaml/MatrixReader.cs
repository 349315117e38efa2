using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>One combination of a matrix' values.</summary>
/// <param name="Label">As the case's name has it: <c>[cpus=2,memory=64M]</c>; empty where there is no matrix.</param>
/// <param name="Layers">What it sets, as layers of a profile.</param>
internal sealed record Combination(string Label, IReadOnlyList<MapNode> Layers);

/// <summary>Reads a matrix.</summary>
internal static class MatrixReader
{
    private const int MostCombinations = 10_000;
    private const int LongestLabel = 40;

    /// <summary>The combinations, the last key's values changing fastest; one empty one where there is no matrix.</summary>
    public static IReadOnlyList<Combination> Read(MapEntry? matrix, ReadContext context)
    {
        var combinations = new List<Combination> { new("", []) };
        if (matrix is not { } entry)
        {
            return combinations;
        }

        if (entry.Value is not MapNode map)
        {
            context.Report(
                DiagnosticCodes.BadMatrix, entry.Value.Place, $"matrix is {SuiteKeys.Matrix.Expectation}, not {entry.Value.Shape}");
            return combinations;
        }

        foreach (MapEntry axis in map.Entries.Where(static axis => !axis.Value.IsNull))
        {
            if (axis.Value is not ListNode { Items.Count: > 0 } values)
            {
                context.Report(
                    DiagnosticCodes.BadMatrix, axis.Value.Place, $"matrix.{axis.Name} is a list of values, as in [1, 2], not {Shape(axis.Value)}");
                continue;
            }

            if ((long)combinations.Count * values.Items.Count > MostCombinations)
            {
                context.Report(DiagnosticCodes.TooManyCases, axis.Place, $"this matrix has more than {MostCombinations} combinations");
                return combinations;
            }

            Warn(axis, context);
            combinations =
            [
                .. combinations.SelectMany(_ => values.Items, (before, value) => new Combination(
                    $"{before.Label}{(before.Label.Length == 0 ? "" : ",")}{axis.Name}={Label(value)}", [.. before.Layers, Layer(axis, value)])),
            ];
        }

        return [.. combinations.Select(static one => one with { Label = one.Label.Length == 0 ? "" : $"[{one.Label}]" })];
    }

    private static string Shape(Node node) => node is ListNode ? "an empty list" : node.Shape;

    // A key that no profile has is found again by the binder, at each value; here it is found once, with its name.
    private static void Warn(MapEntry axis, ReadContext context)
    {
        string first = Path(axis.Name)[0];
        string[] known = [.. ProfileKeys.Root.Select(static key => key.Name), "cpus", .. SuiteKeys.OfBoot.Select(static key => key.Name)];
        if (!known.Contains(first))
        {
            context.Report(
                DiagnosticCodes.BadMatrix, axis.Place, $"matrix: a profile has no key {Quoting.Short(first)}{Spelling.Hint(first, known)}");
        }
    }

    private static string[] Path(string name) => name switch
    {
        "cpus" => ["cpu", "count"],
        _ when SuiteKeys.OfBoot.Any(key => key.Name == name) => [ProfileKeys.Boot.Name, name],
        _ => name.Split('.'),
    };

    /// <summary>The value under its key's sections.</summary>
    private static MapNode Layer(MapEntry axis, Node value)
    {
        string[] path = Path(axis.Name);
        if (path is ["boot"] && value is ScalarNode)
        {
            path = [ProfileKeys.Boot.Name, ProfileKeys.Protocol.Name];
        }

        Node node = value;
        for (int i = path.Length - 1; i >= 0; i--)
        {
            node = new MapNode(value.Place, [new MapEntry(path[i], axis.Place, node)]);
        }

        return (MapNode)node;
    }

    private static string Label(Node value)
    {
        string text = value switch
        {
            ScalarNode scalar => scalar.IsNull ? "null" : scalar.Text,
            ListNode list => string.Join('+', list.Items.Select(Label)),
            MapNode map => string.Join('+', map.Entries.Select(static entry => Label(entry.Value))),
            _ => "",
        };
        string oneLine = string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));
        return oneLine.Length <= LongestLabel ? oneLine : "..." + oneLine[^LongestLabel..];
    }
}
