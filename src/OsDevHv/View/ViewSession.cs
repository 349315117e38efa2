using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;

namespace OsDevHv.View;

/// <summary>
/// One browser. Binary messages are bytes of the serial line, either way; text messages are JSON: the state of the machine whenever it has
/// changed, notices, and what the browser's user does (<see cref="BrowserMessage"/>).
/// </summary>
/// <remarks>It looks at the machine from outside, at times of its own, so that a slow browser holds up nobody: it misses output.</remarks>
internal sealed class ViewSession(WebSocket socket, IMachineView machine, ScreenFeed screen, Func<string?> verdict)
{
    private const int Chunk = 16 * 1024;
    private const int LongestMessage = 4096;
    private const int MostTypedMessages = 256;
    private const int LookMilliseconds = 30;
    private const int DeviceMilliseconds = 5;

    private static readonly TimeSpan s_stateInterval = TimeSpan.FromMilliseconds(100);

    private readonly Channel<byte[]> _typed = Channel.CreateBounded<byte[]>(MostTypedMessages);
    private readonly Channel<string> _notices = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MostTypedMessages) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly byte[] _chunk = new byte[Chunk];
    private long _position;
    private byte[] _lastState = [];

    /// <summary>Runs until the browser leaves, the run is over and the browser has seen it, or it is cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task receiving = GuardAsync(() => ReceiveAsync(over.Token));
        Task typing = GuardAsync(() => TypeAsync(over.Token));
        Task sending = GuardAsync(() => SendAsync(over.Token));

        // After the verdict the browser closes the connection, once it has the last picture.
        await receiving.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(receiving, typing, sending).ConfigureAwait(false);
    }

    private static async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The browser has gone, or the run is over: nobody is left to tell.
        }
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        long stateAt = 0;
        while (true)
        {
            // Read before the rest is looked at: what there is when the verdict is known is all there will be.
            string? end = verdict();
            await SendOutputAsync(cancellation).ConfigureAwait(false);
            while (_notices.Reader.TryRead(out string? notice))
            {
                await SendTextAsync(Json(json => json.WriteString("notice", notice)), cancellation).ConfigureAwait(false);
            }

            if (end is not null || stateAt == 0 || Stopwatch.GetElapsedTime(stateAt) >= s_stateInterval)
            {
                await SendStateAsync(end, cancellation).ConfigureAwait(false);
                stateAt = Stopwatch.GetTimestamp();
            }

            if (end is not null)
            {
                return;
            }

            await Task.Delay(LookMilliseconds, cancellation).ConfigureAwait(false);
        }
    }

    private async Task SendOutputAsync(CancellationToken cancellation)
    {
        if (machine.SerialPort?.Console.Backlog is not { } backlog)
        {
            return;
        }

        int count;
        while ((count = backlog.Read(ref _position, _chunk, out long missed)) > 0)
        {
            if (missed > 0)
            {
                await SendTextAsync(Json(json => json.WriteNumber("missed", missed)), cancellation).ConfigureAwait(false);
            }

            await socket.SendAsync(_chunk.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, cancellation)
                .ConfigureAwait(false);
        }
    }

    private async Task SendStateAsync(string? end, CancellationToken cancellation)
    {
        ScreenState shown = screen.Look(now: end is not null);
        byte[] state = Json(json =>
        {
            json.WriteString("name", machine.Name);
            json.WriteString("serial", machine.SerialPort?.Name);
            json.WriteBoolean("keyboard", machine.Input.HasKeyboard);
            json.WriteBoolean("mouse", machine.Input.HasMouse);
            json.WriteStartArray("vcpus");
            foreach (string line in machine.DescribeVcpus())
            {
                json.WriteStringValue(line);
            }

            json.WriteEndArray();
            json.WriteStartObject("screen");
            json.WriteNumber("revision", shown.Revision);
            json.WriteNumber("width", shown.Width);
            json.WriteNumber("height", shown.Height);
            json.WriteString("description", shown.Description);
            json.WriteEndObject();
            json.WriteString("verdict", end);
        });
        if (!state.AsSpan().SequenceEqual(_lastState))
        {
            _lastState = state;
            await SendTextAsync(state, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        byte[] buffer = new byte[LongestMessage];
        while (true)
        {
            int length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false);
                length += part.Count;
            }
            while (!part.EndOfMessage && length < buffer.Length);

            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation).ConfigureAwait(false);
                return;
            }

            if (!part.EndOfMessage)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, null, cancellation).ConfigureAwait(false);
                return;
            }

            Accept(part.MessageType, buffer.AsMemory(0, length));
        }
    }

    private void Accept(WebSocketMessageType type, ReadOnlyMemory<byte> message)
    {
        string? problem = type == WebSocketMessageType.Text ? BrowserMessage.Apply(message, machine.Input)
            : machine.SerialPort is null ? "this machine has no serial port"
            : _typed.Writer.TryWrite(message.ToArray()) ? null
            : "too much waits for the guest to read it from its serial port";
        if (problem is not null)
        {
            _notices.Writer.TryWrite(problem);
        }
    }

    /// <summary>Gives the serial port what is typed, as fast as it takes it.</summary>
    private async Task TypeAsync(CancellationToken cancellation)
    {
        await foreach (byte[] message in _typed.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            HostConsole console = machine.SerialPort!.Value.Console;
            int taken = 0;
            while ((taken += console.Offer(message.AsSpan(taken))) < message.Length)
            {
                await Task.Delay(DeviceMilliseconds, cancellation).ConfigureAwait(false);
            }
        }
    }

    private Task SendTextAsync(byte[] text, CancellationToken cancellation) =>
        socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, cancellation);

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
