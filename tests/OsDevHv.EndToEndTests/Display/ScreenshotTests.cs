using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Display;

/// <summary>What test kernels draw, as the program writes it to files; and when it does.</summary>
public sealed class ScreenshotTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("framebuffer64-mb2.elf", "xrgb8888", "pitch 280 width a0 height 78 depth 20 type 1", "red 10+8 green 8+8 blue 0+8")]
    [InlineData("framebuffer32-mb2.elf", "rgb888", "pitch 1e0 width a0 height 78 depth 18 type 1", "red 10+8 green 8+8 blue 0+8")]
    [InlineData("framebuffer64-mb1.elf", "xbgr8888", "pitch 280 width a0 height 78 depth 20 type 1", "red 0+8 green 8+8 blue 10+8")]
    [InlineData("framebuffer32-mb1.elf", "xrgb8888", "pitch 280 width a0 height 78 depth 20 type 1", "red 10+8 green 8+8 blue 0+8")]
    public async Task A_kernel_finds_and_fills_the_framebuffer(string kernel, string format, string layout, string colors)
    {
        using ProgramRun run = await RunAsync(
            kernel, "--set", $"devices.fb={{type: framebuffer, width: 160, height: 120, format: {format}}}", "--screenshot", File("a.png"));

        run.Exits(33);
        Assert.Equal($"framebuffer: address fd000000 {layout}\ncolours: {colors}\n", run.Output);
        Pictures.AssertSame("framebuffer.png", File("a.png"));
    }

    [Fact]
    public async Task Without_a_framebuffer_a_kernel_is_told_of_text()
    {
        using ProgramRun run = await RunAsync("framebuffer64-mb2.elf");

        run.Exits(33);
        Assert.Equal("framebuffer: address b8000 pitch a0 width 50 height 19 depth 10 type 2\n", run.Output);
    }

    [Fact]
    public async Task Without_any_screen_a_kernel_that_needs_one_is_refused()
    {
        using ProgramRun run = await RunAsync("framebuffer64-mb2.elf", "--set", "devices.screen=null");

        run.Exits(66);
        run.Says("requires a framebuffer (tag 5), and this machine has no screen");
    }

    [Theory]
    [InlineData("vga-text64.elf", "", "vga-text.png")]
    [InlineData("vga-text32.elf", "blink=no", "vga-text-bright.png")]
    public async Task Text_mode_is_drawn_with_attributes_cursor_and_start_address(string kernel, string commandLine, string stored)
    {
        using ProgramRun run = await RunAsync(kernel, "--cmdline", commandLine, "--screenshot", File("a.png"));

        run.Exits(33);
        Assert.DoesNotContain("FAIL", run.Output, StringComparison.Ordinal);
        run.Says($"screenshot: {File("a.png")}: text, 80x25\n");
        Assert.StartsWith("osdevhv: exited", run.LastLine, StringComparison.Ordinal);
        Pictures.AssertSame(stored, File("a.png"));
    }

    [Fact]
    public async Task A_screenshot_is_taken_after_a_time_and_on_failure()
    {
        using ProgramRun run = await RunAsync(
            "spinner64.elf", "--timeout", "2s", "--screenshot", File("early.png@500ms"), "--screenshot", File("failed.png@failure"),
            "--screenshot", File("late.png@1h"));

        run.Exits(124);
        run.Says($"screenshot: {File("early.png")}: text, 80x25\n");
        run.Says($"screenshot: {File("failed.png")}: text, 80x25\n");
        run.Says($"screenshot: the run ended before 3600 s; {File("late.png")} is not written\n");
        Assert.True(System.IO.File.Exists(File("early.png")));
        Assert.True(System.IO.File.Exists(File("failed.png")));
        Assert.False(System.IO.File.Exists(File("late.png")));
    }

    [Fact]
    public async Task A_run_that_did_not_fail_leaves_no_screenshot_of_a_failure()
    {
        using ProgramRun run = await RunAsync("hello64-mb1.elf", "--screenshot", File("failed.png@failure"));

        run.Exits(33);
        Assert.False(System.IO.File.Exists(File("failed.png")));
    }

    [Fact]
    public async Task A_signal_takes_a_screenshot_to_the_named_file()
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("spinner64.elf"), "--screenshot", File("a.png@failure"));
        await run.ReadUntilAsync("\n");

        await run.SignalAsync("USR1");
        string said = await run.WaitForErrorAsync("screenshot: ");
        await run.SignalAsync("INT");
        await run.WaitAsync();

        run.Exits(130);
        Assert.Equal($"screenshot: {File("a.png")}: text, 80x25", said);
        Assert.True(System.IO.File.Exists(File("a.png")));
    }

    [Fact]
    public async Task A_signal_without_a_name_takes_a_screenshot_in_the_current_directory()
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("spinner64.elf"));
        string name = Path.GetFullPath($"osdevhv-{run.Id}-1.png");
        await run.ReadUntilAsync("\n");
        try
        {
            await run.SignalAsync("USR1");
            string said = await run.WaitForErrorAsync("screenshot: ");

            Assert.Equal($"screenshot: {name}: text, 80x25", said);
            Assert.True(System.IO.File.Exists(name));
        }
        finally
        {
            System.IO.File.Delete(name);
        }
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_an_error_before_the_run()
    {
        using ProgramRun run = await RunAsync("hello64-mb1.elf", "--screenshot", File("nowhere/a.png"));

        run.Exits(64);
        run.Says("--screenshot: there is no directory ");
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_screenshot_of_no_screen_is_told_and_changes_nothing_else()
    {
        using ProgramRun run = await RunAsync("hello64-mb1.elf", "--screenshot", File("a.png"), "--set", "devices.screen=null");

        run.Exits(33);
        run.Says("screenshot: this machine has no screen");
        Assert.False(System.IO.File.Exists(File("a.png")));
    }

    private static Task<ProgramRun> RunAsync(string kernel, params string[] options) =>
        ProgramRun.ToEndAsync(["run", Installation.Kernel(kernel), .. options]);

    private string File(string name) => _files.Path(name);
}
