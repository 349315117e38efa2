using System.Diagnostics;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>
/// A run on a terminal: keys reach the guest one by one, and the terminal is as it was afterwards, whatever ends the run.
/// </summary>
/// <remarks>Each shell reads a line at the end, so that its terminal stays open to be looked at.</remarks>
public sealed class TerminalTests
{
    private const string Epilogue = "; echo code=$?; read line";

    private static string Spinner { get; } = $"$OSDEVHV run {Installation.Kernel("spinner64.elf")}";

    [Theory]
    [InlineData("\u0003")]
    [InlineData("\u0001x")]
    public async Task Keys_that_end_the_run_restore_the_terminal(string keys)
    {
        using Terminal terminal = await Terminal.StartAsync("trap : INT; " + Spinner + Epilogue);
        await terminal.SeeAsync("spinning");
        await terminal.WaitUntilTakenAsync();

        terminal.Type(keys);
        await terminal.SeeAsync("code=130");

        Assert.Equal(terminal.Original, await terminal.SettingsAsync());
        Assert.Contains("osdevhv: stopped: ", terminal.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_restores_the_terminal()
    {
        using Terminal terminal = await Terminal.StartAsync($"echo process=$$.; exec {Spinner}");
        await terminal.SeeAsync("spinning");
        await terminal.WaitUntilTakenAsync();

        using Process kill = Process.Start("kill", ["-TERM", terminal.Screen.Split("process=")[1].Split('.')[0]]);
        await terminal.SeeAsync("osdevhv: stopped: ");

        await terminal.WaitUntilGivenBackAsync();
    }

    [Fact]
    public async Task A_time_limit_restores_the_terminal()
    {
        using Terminal terminal = await Terminal.StartAsync($"{Spinner} --timeout 1s{Epilogue}");

        await terminal.SeeAsync("code=124");

        Assert.Equal(terminal.Original, await terminal.SettingsAsync());
    }

    [Fact]
    public async Task Keys_reach_the_guest_at_once_and_without_echo()
    {
        string kernel = Installation.Kernel("echo64.elf");
        using Terminal terminal = await Terminal.StartAsync($"$OSDEVHV run {kernel}{Epilogue}");
        await terminal.SeeAsync("ready");
        await terminal.WaitUntilTakenAsync();

        terminal.Type("key");
        await terminal.SeeAsync("key");
        terminal.Type("q");
        await terminal.SeeAsync("code=33");

        Assert.Equal(2, terminal.Screen.Split("key").Length);
    }

    [Fact]
    public async Task Suspending_gives_the_terminal_back_and_resuming_takes_it_again()
    {
        using Terminal terminal = await Terminal.StartAsync($"set -m; {Spinner}; echo suspended; read line; fg; echo code=$?; read line");
        await terminal.SeeAsync("spinning");
        await terminal.WaitUntilTakenAsync();

        terminal.Type("\u001a");
        await terminal.SeeAsync("suspended");
        string suspended = await terminal.SettingsAsync();
        terminal.Type("\n");
        await terminal.WaitUntilTakenAsync();
        terminal.Type("\u0003");
        await terminal.SeeAsync("code=130");

        Assert.Equal(terminal.Original, suspended);
        Assert.Equal(terminal.Original, await terminal.SettingsAsync());
    }

    [Fact]
    public async Task In_the_background_the_terminal_is_left_alone_until_the_run_comes_to_the_foreground()
    {
        string kernel = Installation.Kernel("echo64.elf");
        using Terminal terminal = await Terminal.StartAsync(
            $"set -m; $OSDEVHV run {kernel} & read line; fg; echo code=$?; read line");
        await terminal.SeeAsync("ready");
        string inBackground = await terminal.SettingsAsync();

        terminal.Type("\n");
        await terminal.WaitUntilTakenAsync();
        terminal.Type("q");
        await terminal.SeeAsync("code=33");

        Assert.Equal(terminal.Original, inBackground);
    }
}
