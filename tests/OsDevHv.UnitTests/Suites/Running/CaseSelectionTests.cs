using CsCheck;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Running;

public sealed class CaseSelectionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-memory");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Shards_have_nothing_in_common_are_everything_and_are_of_a_size() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[1, 20]).Sample(static (count, shards) =>
        {
            TestPlan plan = SomeCases.Plan(count);
            CaseSelection[] parts =
                [.. Enumerable.Range(1, shards).Select(index => CaseSelection.Of(plan, CaseFilter.All, new Shard(index, shards)))];
            string[] together = [.. parts.SelectMany(static part => part.Cases).OrderBy(static one => one.Index).Select(static one => one.Case.Id)];
            int[] sizes = [.. parts.Select(static part => part.Cases.Count)];
            return together.SequenceEqual(plan.Cases.Select(static testCase => testCase.Id))
                && sizes.Max() - sizes.Min() <= 1
                && parts.All(part => part.Fingerprint == parts[0].Fingerprint && part.Total == count);
        });

    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("2/8", 2, 8)]
    [InlineData("100000/100000", 100_000, 100_000)]
    public void A_shard_is_read(string text, int index, int count)
    {
        Assert.True(Shard.TryParse(text, out Shard shard, out _));

        Assert.Equal(new Shard(index, count), shard);
        Assert.Equal(text, shard.ToString());
    }

    [Theory]
    [InlineData("0/8", "parts count from 1, not 0: 1/8 is the first")]
    [InlineData("9/8", "there is no part 9 of 8")]
    [InlineData("1", "is no part of a whole")]
    [InlineData("1/0", "is no part of a whole")]
    [InlineData("-1/2", "is no part of a whole")]
    [InlineData("1/2/3", "is no part of a whole")]
    [InlineData("1/99999999999", "is no part of a whole")]
    public void A_wrong_shard_is_told(string text, string words)
    {
        Assert.False(Shard.TryParse(text, out _, out string? error));

        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_plan_has_another_fingerprint()
    {
        CaseSelection one = SomeCases.All(SomeCases.Plan(3));
        CaseSelection same = SomeCases.All(SomeCases.Plan(3));
        CaseSelection other = SomeCases.All(SomeCases.Plan(4));

        Assert.Equal(one.Fingerprint, same.Fingerprint);
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);
        Assert.Matches("^[0-9a-f]{16}$", one.Fingerprint);
    }

    [Fact]
    public void A_case_less_does_not_change_the_order_of_the_others()
    {
        TestPlan all = SomeCases.Plan(30);
        var fewer = new TestPlan { Cases = [.. all.Cases.Where(static testCase => testCase.Id != "s/11")] };

        string[] before = Order(all);
        string[] after = Order(fewer);

        Assert.Equal(before.Where(static id => id != "s/11"), after);

        static string[] Order(TestPlan plan)
        {
            CaseSelection selection = SomeCases.All(plan);
            return [.. selection.OrderBy(42).Select(place => selection.Cases[place].Case.Id)];
        }
    }

    [Theory]
    [InlineData("max", "", 3UL << 30)]
    [InlineData("2147483648", "1073741824", 3UL << 28)]
    [InlineData("1", "2", 0UL)]
    [InlineData(null, null, 3UL << 30)]
    public void The_budget_is_three_quarters_of_what_this_container_may_have(string? most, string? used, ulong expected)
    {
        string information = Write("meminfo", "MemTotal:  9 kB\nMemAvailable:    4194304 kB\n");
        Write("memory.max", most);
        Write("memory.current", used);

        Assert.Equal(expected, HostMemory.DefaultBudget(information, _directory.FullName));
    }

    [Fact]
    public void Without_proc_there_is_no_limit() =>
        Assert.Equal(ulong.MaxValue, HostMemory.DefaultBudget("/nowhere/meminfo", "/nowhere"));

    private string Write(string name, string? text)
    {
        string path = Path.Combine(_directory.FullName, name);
        if (text is not null)
        {
            File.WriteAllText(path, text);
        }

        return path;
    }
}
