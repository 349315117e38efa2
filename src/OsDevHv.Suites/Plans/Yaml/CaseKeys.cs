using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Reads the keys of a case but those of its machine.</summary>
internal static class CaseKeys
{
    /// <summary>Reads them; the name, the machine and the place are still to be filled in.</summary>
    /// <param name="keys">The case's keys, merged.</param>
    /// <param name="tags">The tags of each level.</param>
    /// <param name="context">The reading.</param>
    public static TestCase Read(SectionReader keys, IReadOnlyList<Node> tags, ReadContext context)
    {
        var expectedFailure = keys.Get(SuiteKeys.ExpectedFailure);
        var quarantined = keys.Get(SuiteKeys.Quarantined);
        if (expectedFailure.IsSet && quarantined.IsSet)
        {
            context.Report(
                DiagnosticCodes.TwoStandings,
                quarantined.Place,
                $"quarantined, and expected to fail at {expectedFailure.Place}: a case is one of them; remove the other with null");
        }

        var limits = keys.Get(SuiteKeys.Limits);
        var mostExits = limits.Get(SuiteKeys.LimitExits);
        var skip = keys.Get(SuiteKeys.Skip);
        return new TestCase
        {
            Id = "",
            Suite = "",
            Name = "",
            Place = new SourcePlace("", 0),
            Profile = null!,
            Tags = ReadTags(tags, context),
            Standing = expectedFailure.IsSet ? Standing.ExpectedToFail : quarantined.IsSet ? Standing.Quarantined : Standing.Required,
            Reason = (expectedFailure.IsSet ? expectedFailure.Value : quarantined.Value) ?? "",
            Skip = skip.IsSet ? skip.Value : null,
            Retries = keys.Get(SuiteKeys.Retries).Value,
            Arguments = keys.Get(SuiteKeys.Arguments).Value,
            Expect = ReadExpectation(keys.Get(SuiteKeys.Expect)),
            Snapshot = ReadSnapshot(keys, context),
            Limits = new CaseLimits
            {
                Output = (long)limits.Get(SuiteKeys.LimitOutput).Value,
                Exits = mostExits.IsSet ? (long)mostExits.Value : null,
            },
        };
    }

    private static IReadOnlyList<string> ReadTags(IReadOnlyList<Node> levels, ReadContext context)
    {
        var all = new List<string>();
        foreach (Node level in levels)
        {
            if (level.IsNull)
            {
                all.Clear();
            }
            else if (SuiteKeys.Tags.Kind.TryRead(level, SuiteKeys.Tags.Name, context, out IReadOnlyList<string> tags))
            {
                all.AddRange(tags);
            }
        }

        return [.. all.Distinct()];
    }

    private static Expectation ReadExpectation(SectionReader expect)
    {
        var until = expect.Get(SuiteKeys.Until);
        var picture = expect.Get(SuiteKeys.Picture);
        var within = expect.Get(SuiteKeys.Within);
        var exits = expect.Get(SuiteKeys.MostExits);
        return new Expectation
        {
            Verdicts = expect.Get(SuiteKeys.Verdict).Value,
            ExitCodes = expect.Get(SuiteKeys.ExitCode).Value,
            ExitValues = expect.Get(SuiteKeys.Exit).Value,
            Output = expect.Get(SuiteKeys.Output).Value,
            Absent = expect.Get(SuiteKeys.Absent).Value,
            Until = until.IsSet ? until.Value : null,
            Screen = expect.Get(SuiteKeys.Screen).Value,
            Picture = picture.IsSet ? picture.Value : null,
            Memory = [.. expect.Get(SuiteKeys.Memory).Value, .. expect.Get(SuiteKeys.Symbol).Value],
            Within = within.IsSet ? within.Value : null,
            Exits = exits.IsSet ? (long)exits.Value : null,
            Conventions = expect.Get(SuiteKeys.UseConventions).Value,
        };
    }

    private static SnapshotPoint? ReadSnapshot(SectionReader keys, ReadContext context)
    {
        if (keys.Find(SuiteKeys.Snapshot) is null)
        {
            return null;
        }

        var section = keys.Get(SuiteKeys.Snapshot);
        var at = section.Get(SuiteKeys.SnapshotAt);
        var symbol = section.Get(SuiteKeys.SnapshotSymbol);
        var serial = section.Get(SuiteKeys.SnapshotSerial);
        var time = section.Get(SuiteKeys.SnapshotTime);
        if (new[] { at.IsSet, symbol.IsSet, serial.IsSet, time.IsSet }.Count(static isSet => isSet) != 1)
        {
            context.Report(
                DiagnosticCodes.BadSnapshotPoint, section.Place, "snapshot has one of at: ready, symbol: NAME, serial: PATTERN and time: 2s");
        }

        return symbol.IsSet ? new SnapshotPoint(SnapshotPointKind.Symbol, symbol.Value ?? "")
            : serial.IsSet ? new SnapshotPoint(SnapshotPointKind.Serial, serial.Value ?? "")
            : time.IsSet ? new SnapshotPoint(SnapshotPointKind.Time, After: time.Value)
            : new SnapshotPoint(SnapshotPointKind.Ready);
    }
}
