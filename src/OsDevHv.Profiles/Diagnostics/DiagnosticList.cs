using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Diagnostics;

/// <summary>The errors of one reading, in the order in which they were found.</summary>
internal sealed class DiagnosticList
{
    /// <summary>Nobody mends more than this at once.</summary>
    internal const int MaxCount = 100;

    private readonly List<(Place Place, ProfileDiagnostic Diagnostic)> _found = [];

    /// <summary>How many there are.</summary>
    public int Count => _found.Count;

    /// <summary>Adds an error; what passes <see cref="MaxCount"/> is replaced by one line that says so.</summary>
    public void Add(DiagnosticCode code, Place place, string message)
    {
        if (_found.Count < MaxCount)
        {
            _found.Add((place, Make(code, place, message)));
        }
        else if (_found.Count == MaxCount)
        {
            _found.Add((place, Make(DiagnosticCodes.TooManyErrors, place, "there are more errors than these; mend them first")));
        }
    }

    /// <summary>The errors: file by file as they were met, each file's from top to bottom, without repetitions.</summary>
    public IReadOnlyList<ProfileDiagnostic> Sorted()
    {
        var order = new Dictionary<NodeSource, int>(ReferenceEqualityComparer.Instance);
        foreach (var (place, _) in _found)
        {
            order.TryAdd(place.Source, order.Count);
        }

        return
        [
            .. _found
                .OrderBy(found => found.Diagnostic.Code == DiagnosticCodes.TooManyErrors)
                .ThenBy(found => order[found.Place.Source])
                .ThenBy(found => found.Place.Line)
                .ThenBy(found => found.Place.Column)
                .Select(found => found.Diagnostic)
                .DistinctBy(diagnostic => diagnostic.ToString()),
        ];
    }

    private static ProfileDiagnostic Make(DiagnosticCode code, Place place, string message)
    {
        var chain = new List<string>();
        for (var from = place.Source.ExtendedFrom; from is { } link; from = link.Source.ExtendedFrom)
        {
            chain.Add(link.ToString());
        }

        return new ProfileDiagnostic(code, place.Source.Name, place.Line, place.Column, message)
        {
            Position = place.ToString(),
            ExtendedFrom = chain,
        };
    }
}
