using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OsDevHv.Suites.Plans;

namespace OsDevHv.Suites.Running;

/// <summary>A case that was chosen.</summary>
/// <param name="Case">The case.</param>
/// <param name="Index">Its place among all that the filter chose, before they were dealt into shards; from 0.</param>
public sealed record SelectedCase(TestCase Case, int Index);

/// <summary>What of a plan is run here. Immutable; any thread.</summary>
public sealed record CaseSelection
{
    private const string Manual = "it is run only where a tag of its own is asked for, as in --filter tag:nodefault";

    private CaseSelection()
    {
    }

    /// <summary>The cases, in the plan's order.</summary>
    public required IReadOnlyList<SelectedCase> Cases { get; init; }

    /// <summary>What chose them.</summary>
    public required CaseFilter Filter { get; init; }

    /// <summary>The part of them that is run here.</summary>
    public required Shard Shard { get; init; }

    /// <summary>How many the filter chose, for all shards together.</summary>
    public required int Total { get; init; }

    /// <summary>The same for every shard of one plan and filter: 16 hexadecimal digits made of all ids.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Chooses cases: the filter first, then the shard.</summary>
    public static CaseSelection Of(TestPlan plan, CaseFilter filter, Shard shard)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(filter);
        TestCase[] chosen = [.. plan.Cases.Where(filter.Matches).Select(testCase => Planned(testCase, filter))];
        return new CaseSelection
        {
            Cases = [.. chosen.Select(static (testCase, index) => new SelectedCase(testCase, index)).Where(one => shard.Has(one.Index))],
            Filter = filter,
            Shard = shard,
            Total = chosen.Length,
            Fingerprint = FingerprintOf(chosen),
        };
    }

    private static TestCase Planned(TestCase testCase, CaseFilter filter) =>
        testCase is { IsManual: true, Skip: null } && !filter.NamesTagOf(testCase) ? testCase with { Skip = Manual } : testCase;

    /// <summary>The order in which the cases start: the plan's, or one that the seed and each case's id decide.</summary>
    /// <param name="seed">Null for the plan's order.</param>
    /// <returns>Places in <see cref="Cases"/>.</returns>
    public IReadOnlyList<int> OrderBy(ulong? seed)
    {
        IEnumerable<int> places = Enumerable.Range(0, Cases.Count);
        return seed is { } number
            ? [.. places.OrderBy(place => Draw(number, Cases[place].Case.Id)).ThenBy(static place => place)]
            : [.. places];
    }

    // The draw of a case hangs on its own id only: another case more or less does not change which of two comes first.
    private static ulong Draw(ulong seed, string id)
    {
        byte[] text = Encoding.UTF8.GetBytes(id);
        byte[] drawn = new byte[sizeof(ulong) + text.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(drawn, seed);
        text.CopyTo(drawn, sizeof(ulong));
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(drawn));
    }

    private static string FingerprintOf(TestCase[] cases)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TestCase testCase in cases)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(testCase.Id + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
