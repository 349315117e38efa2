using System.Text.Json.Nodes;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>
/// Ctrl-C where a case cannot be stopped: its kernel's file is a pipe that nobody writes to, so that opening it never ends.
/// </summary>
public sealed class StopTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_case_that_does_not_end_is_left_behind_and_the_report_is_complete()
    {
        using ProgramRun run = await StartAsync();

        await run.SignalAsync("INT");
        await run.WaitAsync();

        run.Exits(130);
        run.Says("left behind, as they did not end within 10 s of the stop: 1 case: odd/stuck\n");
        JsonNode report = JsonNode.Parse(await File.ReadAllTextAsync(_files.Path("r.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("stopped", report["end"]!.GetValue<string>());
        Assert.Equal(["notRun", "passed"], report["cases"]!.AsArray().Select(static one => one!["outcome"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_second_signal_ends_at_once()
    {
        using ProgramRun run = await StartAsync();

        await run.SignalAsync("INT");
        await run.ReadUntilAsync("again to end at once, without a report\n");
        await run.SignalAsync("INT");
        await run.WaitAsync();

        run.Exits(130);
        Assert.Equal("osdevhv: stopped: forced by a second signal (exit code 130)", run.LastLine);
        Assert.False(File.Exists(_files.Path("r.json")));
    }

    private async Task<ProgramRun> StartAsync()
    {
        BuildTool.Needs("mkfifo");
        await BuildTool.RunAsync(Path.GetTempPath(), "mkfifo", _files.Path("stuck.elf"));
        _files.Write("odd.yaml", $$"""
            suite: odd
            profile: pc.yaml
            cases:
              stuck: { machine: { boot: { kernel: stuck.elf } } }
              good: { machine: { boot: { kernel: "{{Path.GetFullPath(Installation.Kernel("hello64-mb2.elf"))}}" } } }
            """);
        ProgramRun run = ProgramRun.Start(
            "test", _files.Path("odd.yaml"), "-j", "2", "--json", _files.Path("r.json"), "--artifacts", _files.Path("artifacts"));
        await run.ReadUntilAsync("passed: odd/good");
        return run;
    }
}
