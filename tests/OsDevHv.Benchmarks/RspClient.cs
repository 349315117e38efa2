using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OsDevHv.Benchmarks;

/// <summary>The client's side of the Remote Serial Protocol, doing as little as it can so that the server is what is measured.</summary>
/// <remarks>
/// Like gdb it turns acknowledgements off where the server lets it. It finds the end of a reply and does not look at the checksum.
/// </remarks>
internal sealed class RspClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _received = new byte[1 << 20];
    private int _start;
    private int _end;
    private bool _acknowledges = true;

    public RspClient(int port)
    {
        _socket.NoDelay = true;
        _socket.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        _socket.Connect(IPAddress.Loopback, port);
        string supported = AskText("qSupported:swbreak+;hwbreak+;vContSupported+;binary-upload+");
        while (supported is ['T' or 'S', ..])
        {
            // QEMU tells of the stop that connecting makes; gdb passes over that too.
            supported = Encoding.Latin1.GetString(Receive());
        }

        const string size = "PacketSize=";
        PacketSize = supported.Split(';').FirstOrDefault(feature => feature.StartsWith(size, StringComparison.Ordinal)) is { } feature
            ? int.Parse(feature[size.Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : throw new BenchException($"the gdb server announces no packet size: {supported}");
        HasBinaryRead = supported.Contains("binary-upload+", StringComparison.Ordinal);
        _acknowledges = AskText("QStartNoAckMode") != "OK";
        AskText("vCont?");
        AskText("?");
    }

    /// <summary>What the server announced, in bytes.</summary>
    public int PacketSize { get; }

    /// <summary>Whether it has <c>x</c>.</summary>
    public bool HasBinaryRead { get; }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Makes a packet of a payload without characters that need escapes.</summary>
    public static byte[] Frame(string payload)
    {
        byte sum = 0;
        foreach (char c in payload)
        {
            sum += (byte)c;
        }

        return Encoding.ASCII.GetBytes($"${payload}#{sum:x2}");
    }

    /// <summary>Sends a packet and gives the payload of the reply, valid until the next one.</summary>
    public ReadOnlySpan<byte> Ask(byte[] frame)
    {
        for (int sent = 0; sent < frame.Length;)
        {
            sent += _socket.Send(frame.AsSpan(sent));
        }

        return Receive();
    }

    /// <inheritdoc cref="Ask"/>
    public string AskText(string payload) => Encoding.Latin1.GetString(Ask(Frame(payload)));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private ReadOnlySpan<byte> Receive()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = 0;
        }

        int from = _start;
        while (true)
        {
            // Inside a packet '#' and '$' are escaped; a checksum of two digits follows.
            int end = _received.AsSpan(from, _end - from).IndexOf((byte)'#') + from;
            if (end >= from && end + 2 < _end)
            {
                int begin = _received.AsSpan(_start, end - _start).IndexOf((byte)'$') + _start + 1;
                if (begin == _start)
                {
                    throw new BenchException("the gdb server sends something that is no packet");
                }

                _start = end + 3;
                if (_acknowledges)
                {
                    _socket.Send("+"u8);
                }

                return _received.AsSpan(begin, end - begin);
            }

            from = Math.Max(_start, _end - 2);
            int read = _socket.Receive(_received.AsSpan(_end));
            _end += read > 0 ? read : throw new BenchException("the gdb server closed the connection");
        }
    }
}
