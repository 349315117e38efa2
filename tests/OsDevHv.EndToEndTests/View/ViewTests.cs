using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using BigGustave;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.View;

/// <summary>The page's server of the real program.</summary>
public sealed class ViewTests : IDisposable
{
    private readonly HttpClient _client = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_picture_is_the_screen()
    {
        using ProgramRun run = Start("echo64.elf", "--set", "devices.fb={type: framebuffer, width: 160, height: 120}");
        Uri page = await Viewer.AddressAsync(run);

        HttpResponseMessage response = await _client.GetAsync(Viewer.At(page, "/screen.png"), Cancellation);
        Png png = Png.Open(await response.Content.ReadAsByteArrayAsync(Cancellation));

        Assert.Equal("image/png", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal((160, 120), (png.Width, png.Height));
    }

    [Fact]
    public async Task The_serial_port_is_shown_and_typed_on_and_the_verdict_comes_last()
    {
        using ProgramRun run = Start("echo64.elf");
        using Viewer viewer = await Viewer.ConnectAsync(await Viewer.AddressAsync(run));

        await viewer.UntilAsync(static v => v.Output == "ready\n");
        await viewer.TypeAsync("a serial port's FIFO has room for sixteen bytes, ");
        await viewer.TypeAsync("and then some: q");
        await viewer.UntilAsync(static v =>
            v.State.ValueKind == JsonValueKind.Object && v.State.GetProperty("verdict").GetString() is not null);
        await run.WaitAsync();

        run.Exits(33);
        Assert.Equal("ready\na serial port's FIFO has room for sixteen bytes, and then some: q\nbytes = 65\n", viewer.Output);
        Assert.Equal(viewer.Output, run.Output);
        Assert.Equal($"osdevhv: {viewer.State.GetProperty("verdict").GetString()}", run.LastLine);
    }

    [Fact]
    public async Task A_serial_port_that_is_connected_to_nothing_is_shown_and_typed_on()
    {
        using ProgramRun run = Start("echo64.elf", "--serial", "null");
        using Viewer viewer = await Viewer.ConnectAsync(await Viewer.AddressAsync(run));

        await viewer.UntilAsync(static v => v.Output == "ready\n");
        await viewer.TypeAsync("q");
        await viewer.UntilAsync(static v => v.Output == "ready\nq\nbytes = 1\n");
        await run.WaitAsync();

        run.Exits(33);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Who_comes_later_sees_what_was_printed_before()
    {
        using ProgramRun run = Start("echo64.elf");
        Uri page = await Viewer.AddressAsync(run);
        await run.ReadUntilAsync("ready\n");

        using Viewer first = await Viewer.ConnectAsync(page);
        using Viewer second = await Viewer.ConnectAsync(page);
        await first.UntilAsync(static v => v.Output == "ready\n");
        await second.UntilAsync(static v => v.Output == "ready\n");
    }

    [Fact]
    public async Task Keys_are_the_keyboards()
    {
        using ProgramRun run = Start("keyboard64.elf", "--cmdline", "show=yes");
        using Viewer viewer = await Viewer.ConnectAsync(await Viewer.AddressAsync(run));

        await viewer.UntilAsync(static v => v.Output.Contains("listening", StringComparison.Ordinal));
        await viewer.SendAsync("""{"key":"KeyA","down":true}""");
        await viewer.SendAsync("""{"key":"KeyA","down":false}""");
        await viewer.SendAsync("""{"key":"Escape","down":true}""");
        await viewer.SendAsync("""{"key":"Escape","down":false}""");
        await run.WaitAsync();

        run.Exits(33);
        Assert.EndsWith("listening\n1e\n9e\n1\n81\ndone\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_vcpu_is_told_of()
    {
        using ProgramRun run = Start("echo64.elf", "--set", "cpu.count=2", "--gdb=127.0.0.1:0", "--wait");
        using Viewer viewer = await Viewer.ConnectAsync(await Viewer.AddressAsync(run));

        await viewer.UntilAsync(static v => v.State.ValueKind == JsonValueKind.Object);

        Assert.Matches("^vCPU 0: stopped in .* mode, CPL 0 at [0-9a-f]+h$", viewer.Vcpus[0]);
        Assert.StartsWith("vCPU 1: waiting for SIPI", viewer.Vcpus[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_are_refused()
    {
        using ProgramRun run = Start("echo64.elf");
        Uri page = await Viewer.AddressAsync(run);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, page);
        elsewhere.Headers.Host = $"evil.example:{page.Port}";

        HttpResponseMessage token = await _client.GetAsync(new Uri(page, "/?token=0"), Cancellation);
        HttpResponseMessage host = await _client.SendAsync(elsewhere, Cancellation);
        await Assert.ThrowsAsync<WebSocketException>(() => Viewer.ConnectAsync(page, "http://evil.example"));
        using Viewer own = await Viewer.ConnectAsync(page, $"http://127.0.0.1:{page.Port}");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (token.StatusCode, host.StatusCode));
    }

    [Fact]
    public async Task A_running_page_is_found_until_the_run_ends()
    {
        using ProgramRun run = Start("echo64.elf");
        Uri page = await Viewer.AddressAsync(run);
        string id = run.Id.ToString(CultureInfo.InvariantCulture);

        using ProgramRun found = await ProgramRun.ToEndAsync("view", id);
        await run.SignalAsync("TERM");
        await run.WaitAsync();
        using ProgramRun missing = await ProgramRun.ToEndAsync("view", id);

        found.Exits(0);
        Assert.Equal($"{page}\n", found.Output);
        run.Exits(130);
        missing.Exits(74);
        Assert.Equal("", missing.Output);
    }

    [Fact]
    public async Task Nothing_is_served_unless_asked_for()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("hello64-pvh.elf"));

        Assert.DoesNotContain("view:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_are_not_served()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("echo64.elf"), "--view=0.0.0.0:0");

        run.Exits(78);
        run.Says("OSDV085");
    }

    [Fact]
    public async Task An_address_that_is_taken_is_one_clear_error()
    {
        using ProgramRun first = Start("echo64.elf");
        Uri page = await Viewer.AddressAsync(first);

        using ProgramRun second = await ProgramRun.ToEndAsync("run", Installation.Kernel("echo64.elf"), $"--view={page.Port}");

        second.Exits(74);
        second.Says($"view: cannot serve the page on 127.0.0.1:{page.Port}: ");
    }

    private static ProgramRun Start(string kernel, params string[] arguments) =>
        ProgramRun.Start(["run", Installation.Kernel(kernel), "--view", .. arguments]);
}
