using CsCheck;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Reports;

public sealed class ReportMergeTests
{
    private static readonly DateTimeOffset s_began = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Shards_together_are_the_undivided_run() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 9], Gen.Int[0, 1000]).Sample(static (count, shards, seed) =>
        {
            TestPlan plan = SomeCases.Plan(count);
            (string, RunReport)[] parts = [.. Enumerable.Range(1, shards).Select(index => ($"{index}.json", Report(plan, new Shard(index, shards))))];
            new Random(seed).Shuffle(parts);

            Assert.True(ReportMerge.TryMerge(parts, ".", out RunReport? merged, out string? error), error);

            Assert.Equal(
                SampleReport.Text(writer => JsonReport.Write(Report(plan, Shard.Whole), writer)),
                SampleReport.Text(writer => JsonReport.Write(merged, writer)));
        });

    [Fact]
    public void Times_are_those_of_the_whole_and_artifacts_lie_where_they_lay()
    {
        TestPlan plan = SomeCases.Plan(2);
        RunReport first = Report(plan, new Shard(1, 2)) with { Duration = TimeSpan.FromSeconds(5), Artifacts = "out" };
        RunReport second = Report(plan, new Shard(2, 2)) with { Began = s_began + TimeSpan.FromSeconds(4), End = RunEnd.FailFast };

        Assert.True(ReportMerge.TryMerge([("/x/two/r.json", second), ("/x/one/r.json", first)], "/x", out RunReport? merged, out _));

        Assert.Equal((s_began, TimeSpan.FromSeconds(5), RunEnd.FailFast), (merged.Began, merged.Duration, merged.End));
        Assert.Equal([0, 4], merged.Cases.Select(static one => one.Started.TotalSeconds));
        Assert.Equal(
            ["one/out/s/0/com1.log", "two/s/1/com1.log"], merged.Cases.Select(static one => one.Attempts[0].Artifacts[0].Path));
    }

    [Fact]
    public void What_is_missing_is_named() =>
        Assert.Equal("shards 1, 4 of 4 are missing", Error(("b", Report(4, 2, 4)), ("c", Report(4, 3, 4))));

    [Fact]
    public void A_shard_that_is_there_twice_is_named_with_its_files() =>
        Assert.Equal("shard 1/2 is there more than once: a, b", Error(("a", Report(4, 1, 2)), ("b", Report(4, 1, 2)), ("c", Report(4, 2, 2))));

    [Fact]
    public void Another_plan_is_not_of_the_run() =>
        Assert.Matches(
            @"^a and b are not of one run: a plan of 4 cases \([0-9a-f]{16}\) and a plan of 5 cases", Error(("a", Report(4, 1, 2)), ("b", Report(5, 2, 2))));

    [Fact]
    public void Another_number_of_shards_is_not_of_the_run() =>
        Assert.Equal("a and b are not of one run: shards 1/2 and 2/3", Error(("a", Report(4, 1, 2)), ("b", Report(4, 2, 3))));

    [Fact]
    public void A_report_with_a_case_less_is_incomplete()
    {
        RunReport whole = Report(4, 2, 2);

        Assert.Equal(
            "the reports have 3 of 4 cases: a file is incomplete",
            Error(("a", Report(4, 1, 2)), ("b", whole with { Cases = [whole.Cases[0]] })));
    }

    [Fact]
    public void A_case_of_another_shard_is_told()
    {
        RunReport one = Report(4, 2, 2);

        Assert.Equal("b: case 's/0' is not one of shard 2/2", Error(("a", Report(4, 1, 2)), ("b", one with { Cases = Report(4, 1, 2).Cases })));
    }

    private static string Error(params (string File, RunReport Report)[] files)
    {
        Assert.False(ReportMerge.TryMerge(files, ".", out _, out string? error));
        return error;
    }

    private static RunReport Report(int count, int shard, int shards) => Report(SomeCases.Plan(count), new Shard(shard, shards));

    private static RunReport Report(TestPlan plan, Shard shard)
    {
        var selection = CaseSelection.Of(plan, CaseFilter.All, shard);
        return RunReport.Of(
            new TestRun
            {
                Selection = selection,
                Options = new RunOptions(),
                Results = [.. selection.Cases.Select(static chosen => Result(chosen.Case))],
                End = RunEnd.Completed,
                Began = s_began,
                Duration = TimeSpan.FromSeconds(1),
            },
            "0.1.0");
    }

    private static CaseResult Result(TestCase testCase) => new()
    {
        Case = testCase,
        Outcome = CaseOutcome.Failed,
        Attempts =
        [
            SomeCases.Attempt(AttemptOutcome.Failed, "why") with { Artifacts = [new Artifact(ArtifactKind.Serial, $"{testCase.Id}/com1.log")] },
        ],
    };
}
