using System.Text.Json.Nodes;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary><c>osdevhv test</c> and <c>osdevhv run --test</c> on real machines.</summary>
public sealed class TestCommandTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    private string Artifacts => _files.Path("artifacts");

    private static string Good => Installation.Kernel("hello64-mb2.elf");

    private static string Bad => Installation.Kernel("triple-fault64.elf");

    private static string Endless => Installation.Kernel("spinner64.elf");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Kernels_are_tests_without_a_suite()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("test", Good, Bad, "--artifacts", Artifacts, "--json", _files.Path("r.json"));

        run.Exits(100);
        Assert.Contains("\npassed: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nFAILED: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("to run it again: ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n1 passed, 1 failed in \d+\.\d{3} s\n$", run.Output);
        Assert.Equal(["passed", "failed"], (await ReadAsync("r.json"))["cases"]!.AsArray().Select(static one => one!["outcome"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Parts_of_a_run_joined_are_the_run()
    {
        string[] kernels = [Good, Bad, Installation.Kernel("hello64-mb1.elf")];
        foreach (string shard in (string[])["1/2", "2/2"])
        {
            using ProgramRun part = await ProgramRun.ToEndAsync(
                ["test", .. kernels, "--shard", shard, "--json", _files.Path($"{shard[0]}.json"), "--artifacts", Artifacts]);
        }

        using ProgramRun merge = await ProgramRun.ToEndAsync("report", "merge", _files.Path("1.json"), _files.Path("2.json"), "--json", _files.Path("all.json"));
        using ProgramRun whole = await ProgramRun.ToEndAsync(["test", .. kernels, "--json", _files.Path("whole.json"), "--artifacts", Artifacts]);

        merge.Exits(100);
        whole.Exits(100);
        Assert.Equal(Outcomes(await ReadAsync("whole.json")), Outcomes(await ReadAsync("all.json")));
    }

    [Fact]
    public async Task A_stopped_run_finishes_its_report()
    {
        using ProgramRun run = ProgramRun.Start("test", Endless, Good, "-j", "1", "--json", _files.Path("r.json"), "--artifacts", Artifacts);
        await run.ReadUntilAsync("1 at a time\n");
        await run.SignalAsync("INT");
        await run.WaitAsync();

        run.Exits(130);
        JsonNode report = await ReadAsync("r.json");
        Assert.Equal("stopped", report["end"]!.GetValue<string>());
        Assert.Equal(["notRun", "notRun"], report["cases"]!.AsArray().Select(static one => one!["outcome"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("hello64-mb2.elf", 0, "osdevhv: passed: ")]
    [InlineData("triple-fault64.elf", 100, "osdevhv: FAILED: ")]
    public async Task One_kernel_is_a_test_of_another_runner(string kernel, int expected, string words)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", "--test", Installation.Kernel(kernel));

        run.Exits(expected);
        Assert.StartsWith(words, run.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_what_would_be_run()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("test", Good, Bad, "--list", "--filter", "triple");

        run.Exits(0);
        Assert.Contains("triple-fault64", Assert.Single(run.Output.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private static IEnumerable<(string Id, string Outcome)> Outcomes(JsonNode report) =>
        report["cases"]!.AsArray().Select(static one => (one!["id"]!.GetValue<string>(), one["outcome"]!.GetValue<string>()));

    private async Task<JsonNode> ReadAsync(string name) =>
        JsonNode.Parse(await File.ReadAllTextAsync(_files.Path(name), TestContext.Current.CancellationToken))!;
}
