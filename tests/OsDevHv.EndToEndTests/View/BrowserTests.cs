using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.View;

/// <summary>The page in a real browser.</summary>
public sealed class BrowserTests
{
    [Fact]
    public async Task The_page_shows_the_machine_and_types_on_its_serial_port()
    {
        Browser.IsNeeded();
        using ProgramRun run = ProgramRun.Start(
            "run", Installation.Kernel("echo64.elf"), "--view", "--set", "devices.fb={type: framebuffer, width: 160, height: 120}");
        Uri address = await Viewer.AddressAsync(run);
        await using Browser browser = await Browser.OpenAsync(address);

        await browser.UntilAsync("document.getElementById('serial').textContent === 'ready\\n'");
        await browser.UntilAsync("document.getElementById('picture').naturalWidth === 160 && !document.getElementById('picture').hidden");
        string height = await browser.EvaluateAsync("document.getElementById('picture').naturalHeight");
        string processors = await browser.EvaluateAsync("document.getElementById('vcpus').innerText");
        string name = await browser.EvaluateAsync("document.getElementById('name').textContent");
        await browser.EvaluateAsync("document.getElementById('serial').focus()");
        await browser.PressAsync("KeyX", "x");
        await browser.PressAsync("Comma", "<");
        await browser.UntilAsync("document.getElementById('serial').textContent === 'ready\\nx<'");
        await browser.PressAsync("KeyQ", "q");
        await browser.UntilAsync("document.getElementById('status').textContent.startsWith('exited: isa-debug-exit value 10h')");
        string text = await browser.EvaluateAsync("document.getElementById('serial').textContent");
        await run.WaitAsync();

        run.Exits(33);
        Assert.Equal("ready\nx<q\nbytes = 3\n", text);
        Assert.Equal(("120", "vCPU 0: running", "echo64"), (height, processors, name));
    }

    [Fact]
    public async Task Keys_typed_on_the_screen_are_the_machines()
    {
        Browser.IsNeeded();
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("keyboard64.elf"), "--view", "--cmdline", "show=yes");
        Uri address = await Viewer.AddressAsync(run);
        await using Browser browser = await Browser.OpenAsync(address);

        await browser.UntilAsync("document.getElementById('serial').textContent.includes('listening')");
        await browser.EvaluateAsync("document.getElementById('screen').focus()");
        await browser.PressAsync("KeyA", "a");
        await browser.PressAsync("Escape", "Escape");
        await run.WaitAsync();

        run.Exits(33);
        Assert.EndsWith("listening\n1e\n9e\n1\n81\ndone\n", run.Output, StringComparison.Ordinal);
    }
}
