using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.View;

/// <summary>
/// A page in a Chromium without a window, driven by the Chrome DevTools Protocol (chromedevtools.github.io/devtools-protocol).
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private int _lastCommand;

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Skips a test where there is no browser.</summary>
    public static void IsNeeded()
    {
        Assert.SkipWhen(Installation.IsNestedHost, "a browser is too large for the nested hosts' disk and processors");
        Assert.SkipUnless(File.Exists(Program), "there is no Chromium here; to install it: tests/setup-packages view");
    }

    /// <summary>Opens a page.</summary>
    public static async Task<Browser> OpenAsync(Uri page)
    {
        string profile = Directory.CreateTempSubdirectory("osdevhv-browser-").FullName;
        var start = new ProcessStartInfo(Program,
            ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={profile}",
             "--window-size=1200,800", page.ToString()])
        {
            RedirectStandardError = true,
        };
        var browser = new Browser(Process.Start(start)!, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of a script in the page, as text.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        JsonElement answer = await CommandAsync("Runtime.evaluate", json =>
        {
            json.WriteString("expression", $"String({expression})");
            json.WriteBoolean("awaitPromise", true);
        });
        // Of an exception, such as for what is not there yet, there is a description instead.
        JsonElement result = answer.GetProperty("result");
        return (result.TryGetProperty("value", out JsonElement value) ? value : result.GetProperty("description")).GetString()!;
    }

    /// <summary>Waits until a script in the page is true; fails with the text of the page.</summary>
    public async Task UntilAsync(string condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (await EvaluateAsync(condition) != "true")
        {
            if (Stopwatch.GetElapsedTime(start) > s_limit)
            {
                Assert.Fail($"'{condition}' does not come true; the page is: {await EvaluateAsync("document.body.innerText")}");
            }

            await Task.Delay(50, Cancellation);
        }
    }

    /// <summary>Presses and releases a key, as a person would.</summary>
    /// <param name="code">Its place, such as <c>KeyA</c>.</param>
    /// <param name="text">What it types.</param>
    public async Task PressAsync(string code, string text)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            await CommandAsync("Input.dispatchKeyEvent", json =>
            {
                json.WriteString("type", type);
                json.WriteString("code", code);
                json.WriteString("key", text);
                if (type == "keyDown" && text.Length == 1)
                {
                    json.WriteString("text", text);
                }
            });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A process of the browser wrote to it to the last.
        }
    }

    private async Task ConnectAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_limit);
        const string announcement = "DevTools listening on ";
        string? line;
        do
        {
            line = await _process.StandardError.ReadLineAsync(limit.Token);
            Assert.True(line is not null, "Chromium ended");
        }
        while (!line.StartsWith(announcement, StringComparison.Ordinal));

        _ = _process.StandardError.ReadToEndAsync(Cancellation);
        var address = new Uri(line[announcement.Length..]);
        using var client = new HttpClient();
        string? page = null;
        while (page is null)
        {
            using var list = JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://{address.Authority}/json/list"), limit.Token));
            page = list.RootElement.EnumerateArray()
                .Where(static target => target.GetProperty("type").GetString() == "page")
                .Select(static target => target.GetProperty("webSocketDebuggerUrl").GetString())
                .FirstOrDefault();
        }

        await _socket.ConnectAsync(new Uri(page), limit.Token);
    }

    private async Task<JsonElement> CommandAsync(string method, Action<Utf8JsonWriter> parameters)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_limit);
        int id = ++_lastCommand;
        var command = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(command))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("method", method);
            json.WriteStartObject("params");
            parameters(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        await _socket.SendAsync(command.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            using var document = JsonDocument.Parse(await ReceiveAsync(limit.Token));
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("id", out JsonElement answered) && answered.GetInt32() == id)
            {
                Assert.True(root.TryGetProperty("result", out JsonElement result), root.ToString());
                return result.Clone();
            }
        }
    }

    private async Task<byte[]> ReceiveAsync(CancellationToken limit)
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[16384];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, limit);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        return message.ToArray();
    }
}
