using System.Net;
using System.Net.WebSockets;
using System.Text;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Display;
using OsDevHv.View;

namespace OsDevHv.Tests.View;

/// <summary>The server with a machine that is none, on a free port of this host.</summary>
public sealed class ViewServerTests : IAsyncLifetime
{
    private readonly FakeView _machine = new() { Shown = Picture.Black(4, 2) };
    private readonly HttpClient _client = new();
    private ViewServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _server = await ViewServer.StartAsync(_machine, new IPEndPoint(IPAddress.Loopback, 0), Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/screen.png")]
    [InlineData("/live")]
    [InlineData("/nothing")]
    public async Task Nothing_is_had_without_the_token(string path)
    {
        HttpResponseMessage without = await _client.GetAsync(new Uri(_server.Address, path), Cancellation);
        HttpResponseMessage wrong = await _client.GetAsync(new Uri(_server.Address, $"{path}?token=0"), Cancellation);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (without.StatusCode, wrong.StatusCode));
    }

    [Fact]
    public async Task The_page_may_load_nothing_from_elsewhere_and_nobody_may_frame_it()
    {
        HttpResponseMessage response = await _client.GetAsync(_server.Address, Cancellation);
        string page = await response.Content.ReadAsStringAsync(Cancellation);
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("{nonce}", page, StringComparison.Ordinal);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("POST", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/live", HttpStatusCode.UpgradeRequired)]
    public async Task What_is_not_served_is_said_to_be_so(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Address, path + _server.Address.Query));

        HttpResponseMessage response = await _client.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_machine_without_a_screen_has_no_picture()
    {
        _machine.Shown = null;

        HttpResponseMessage response = await _client.GetAsync(new Uri(_server.Address, "/screen.png" + _server.Address.Query), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task What_is_typed_waits_for_a_device_without_room()
    {
        _machine.Room = 3;
        using ClientWebSocket socket = await ConnectAsync();

        await socket.SendAsync("abcdef"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
        await UntilAsync(() => _machine.Typed.Length == 3);
        _machine.Room = 100;
        await UntilAsync(() => _machine.Typed.Length == 6);

        Assert.Equal("abcdef", Encoding.ASCII.GetString(_machine.Typed));
    }

    [Fact]
    public async Task Who_comes_too_late_for_some_output_is_told_how_much()
    {
        _machine.SerialPort!.Value.Console.Backlog!.Append(new byte[ConsoleBacklog.Capacity + 5]);
        using ClientWebSocket socket = await ConnectAsync();
        byte[] buffer = new byte[1024];

        WebSocketReceiveResult first = await socket.ReceiveAsync(buffer, Cancellation);

        Assert.Equal(WebSocketMessageType.Text, first.MessageType);
        Assert.Equal("{\"missed\":5}", Encoding.UTF8.GetString(buffer, 0, first.Count));
    }

    [Fact]
    public async Task A_message_that_is_too_long_ends_the_connection()
    {
        using ClientWebSocket socket = await ConnectAsync();
        byte[] buffer = new byte[65536];

        await socket.SendAsync(new byte[5000], WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
        while ((await socket.ReceiveAsync(buffer, Cancellation)).MessageType != WebSocketMessageType.Close)
        {
        }

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
    }

    [Fact]
    public async Task A_browser_that_stays_does_not_keep_a_run_from_its_end()
    {
        using ClientWebSocket socket = await ConnectAsync();

        await _server.FinishAsync("passed").WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await _server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(_server.Address) { Scheme = "ws", Path = "/live" }.Uri, Cancellation);
        return socket;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
