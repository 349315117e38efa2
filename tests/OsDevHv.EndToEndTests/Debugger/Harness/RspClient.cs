using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>A debugger reduced to the Remote Serial Protocol, for what gdb does too slowly or not on demand.</summary>
internal sealed class RspClient : IAsyncDisposable
{
    private readonly TcpClient _connection;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _limit;
    private readonly byte[] _buffer = new byte[4096];
    private int _position;
    private int _count;

    private RspClient(TcpClient connection, CancellationTokenSource limit)
    {
        _connection = connection;
        _stream = connection.GetStream();
        _limit = limit;
    }

    /// <summary>Connects, which stops the machine. <paramref name="limit"/> is for all that is done with this client.</summary>
    public static async Task<RspClient> ConnectAsync(int port, TimeSpan? limit = null)
    {
        var cancellation = new CancellationTokenSource(limit ?? Installation.Limit);
        var connection = new TcpClient { NoDelay = true };
        await connection.ConnectAsync(IPAddress.Loopback, port, cancellation.Token);
        return new RspClient(connection, cancellation);
    }

    /// <summary>Waits until the server has noticed that a debugger is gone, and takes another one.</summary>
    public static async Task UntilNoneIsConnectedAsync(int port)
    {
        string reply;
        do
        {
            await using RspClient client = await ConnectAsync(port);
            reply = await client.AskAsync("?");
            await client.AskAsync("D");
        }
        while (!reply.StartsWith('T'));
    }

    /// <summary>Sends a packet and returns the payload of the reply.</summary>
    public async Task<string> AskAsync(string payload)
    {
        await SendAsync(payload);
        return await ReceiveAsync();
    }

    /// <summary>Sends a packet.</summary>
    public async Task SendAsync(string payload)
    {
        byte sum = 0;
        foreach (char c in payload)
        {
            sum += (byte)c;
        }

        await _stream.WriteAsync(Encoding.Latin1.GetBytes($"${payload}#{sum:x2}"), _limit.Token);
    }

    /// <summary>Ctrl-C: a bare 03h.</summary>
    public async Task InterruptAsync() => await _stream.WriteAsync(new byte[] { 3 }, _limit.Token);

    /// <summary>The payload of the next packet, which is acknowledged.</summary>
    public async Task<string> ReceiveAsync()
    {
        while (await NextAsync() != '$')
        {
        }

        var payload = new StringBuilder();
        for (char c; (c = await NextAsync()) != '#';)
        {
            payload.Append(c);
        }

        await NextAsync();
        await NextAsync();
        await _stream.WriteAsync("+"u8.ToArray(), _limit.Token);
        return payload.ToString();
    }

    /// <summary>The next stop reply. Console text can come before it, such as a word on the mode that the vCPU stopped in.</summary>
    public async Task<string> ReceiveStopAsync()
    {
        string reply;
        do
        {
            reply = await ReceiveAsync();
        }
        while (reply.StartsWith('O'));

        return reply;
    }

    /// <summary>Runs a monitor command; returns its output.</summary>
    public async Task<string> MonitorAsync(string command)
    {
        await SendAsync($"qRcmd,{Convert.ToHexString(Encoding.UTF8.GetBytes(command))}");
        var output = new StringBuilder();
        string reply;
        while ((reply = await ReceiveAsync()).StartsWith('O') && reply != "OK")
        {
            output.Append(Encoding.UTF8.GetString(Convert.FromHexString(reply[1..])));
        }

        return output.ToString();
    }

    /// <summary>Reads a little-endian 32-bit variable.</summary>
    public async Task<uint> ReadUInt32Async(ulong address)
    {
        string digits = await AskAsync(string.Create(CultureInfo.InvariantCulture, $"m{address:x},4"));
        return BitConverter.ToUInt32(Convert.FromHexString(digits));
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        _limit.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<char> NextAsync()
    {
        if (_position == _count)
        {
            _count = await _stream.ReadAsync(_buffer, _limit.Token);
            _position = 0;
            if (_count == 0)
            {
                throw new EndOfStreamException("The program closed the connection.");
            }
        }

        return (char)_buffer[_position++];
    }
}
