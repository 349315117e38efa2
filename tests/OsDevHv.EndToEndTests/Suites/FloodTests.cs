using System.Globalization;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>A kernel that prints all it can costs the runner no memory.</summary>
public sealed class FloodTests : IDisposable
{
    private const long Printed = 24 << 20;
    private const long Warm = 4 << 20;

    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>
    /// What is kept of it would show: from the fourth mebibyte on, when the program has its buffers, it may take half of what is still to
    /// be printed, which is far more than it does.
    /// </summary>
    [Fact]
    public async Task A_flood_goes_to_the_log_up_to_the_limit_and_takes_no_memory()
    {
        string suite = _files.Write(
            "flood.yaml",
            $"suite: flood\nkernel: {Installation.Kernel("flood64.elf")}\nmachine: {{ memory: 8M }}\nlimits: {{ time: 90s, output: 24M }}\ncases: {{ all: {{}} }}\n");
        using ProgramRun run = ProgramRun.Start("test", suite, "--artifacts", _files.Path("artifacts"));
        run.ReadOutput();
        var log = new FileInfo(Path.Combine(_files.Path("artifacts"), "flood", "all", "attempt-1", "debugcon.log"));

        Task end = run.WaitAsync();
        (long warm, long most) = (0, 0);
        while (!end.IsCompleted)
        {
            log.Refresh();
            long resident = ResidentBytes(run.Id);
            warm = warm == 0 && log.Exists && log.Length >= Warm ? resident : warm;
            most = warm == 0 ? 0 : Math.Max(most, resident);
            await Task.WhenAny(end, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        await end;
        run.Exits(100);
        log.Refresh();
        Assert.SkipWhen(log.Length < Printed && run.Output.Contains("timeout: ", StringComparison.Ordinal), $"this host prints {log.Length} bytes in 90 s, which shows nothing");
        Assert.Equal(Printed, log.Length);
        Assert.NotEqual(0, warm);
        Assert.Contains($"output: at most {Printed} bytes are allowed (limits.output); it printed more and was ended", run.Output, StringComparison.Ordinal);
        Assert.True(most - warm < (Printed - Warm) / 2, $"from {warm} bytes at {Warm} printed, the program grew to {most} at {Printed}");
    }

    /// <summary>The process's own memory, without files; 0 once it is gone.</summary>
    private static long ResidentBytes(int process)
    {
        const string label = "RssAnon:";
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith(label, StringComparison.Ordinal)) ?? "";
            return line.Length == 0 ? 0 : long.Parse(line[label.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
