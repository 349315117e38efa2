using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.View;

/// <summary>What the page does, without a browser: the connection to a running machine, and what came over it.</summary>
internal sealed class Viewer : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[65536];

    /// <summary>The serial port's output so far.</summary>
    public string Output { get; private set; } = "";

    /// <summary>The newest state.</summary>
    public JsonElement State { get; private set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The page's address, as the program tells it.</summary>
    public static async Task<Uri> AddressAsync(ProgramRun run)
    {
        const string prefix = "view: ";
        return new Uri((await run.WaitForErrorAsync(prefix))[prefix.Length..]);
    }

    /// <summary>Something else at the same server, with the token.</summary>
    public static Uri At(Uri page, string path, string scheme = "http") => new UriBuilder(page) { Scheme = scheme, Path = path }.Uri;

    /// <summary>Connects.</summary>
    public static async Task<Viewer> ConnectAsync(Uri page, string? origin = null)
    {
        var viewer = new Viewer();
        if (origin is not null)
        {
            viewer._socket.Options.SetRequestHeader("Origin", origin);
        }

        await viewer._socket.ConnectAsync(At(page, "/live", "ws"), Cancellation);
        return viewer;
    }

    /// <summary>Types on the serial port.</summary>
    public Task TypeAsync(string text) =>
        _socket.SendAsync(Encoding.Latin1.GetBytes(text), WebSocketMessageType.Binary, endOfMessage: true, Cancellation);

    /// <summary>Sends a message of the page's.</summary>
    public Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Cancellation);

    /// <summary>Receives until a condition is met.</summary>
    public async Task UntilAsync(Func<Viewer, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Installation.Limit);
        while (!condition(this))
        {
            int length = 0;
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(new ArraySegment<byte>(_buffer, length, _buffer.Length - length), limit.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);

            Assert.True(part.MessageType != WebSocketMessageType.Close, $"the connection was closed after: {Output} {State}");
            if (part.MessageType == WebSocketMessageType.Binary)
            {
                Output += Encoding.Latin1.GetString(_buffer, 0, length);
                continue;
            }

            using var document = JsonDocument.Parse(_buffer.AsMemory(0, length));
            if (document.RootElement.TryGetProperty("vcpus", out _))
            {
                State = document.RootElement.Clone();
            }
        }
    }

    /// <summary>What the newest state says of the vCPUs.</summary>
    public string[] Vcpus => [.. State.GetProperty("vcpus").EnumerateArray().Select(static line => line.GetString()!)];

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
