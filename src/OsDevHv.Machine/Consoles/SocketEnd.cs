using System.Net;
using System.Net.Sockets;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// A TCP or Unix socket server with one client at a time; the next one waits in the queue until the first has gone. Output while there is
/// none is dropped, as with QEMU's <c>server,nowait</c>.
/// </summary>
internal sealed class SocketEnd : IHostEnd
{
    private readonly Socket _listener;
    private readonly string? _unixPath;
    private volatile Socket? _client;
    private volatile bool _cancelled;

    private SocketEnd(Socket listener, string? unixPath)
    {
        _listener = listener;
        _unixPath = unixPath;
    }

    public bool HasInput => true;

    public bool AwaitsClients => true;

    public TimeSpan DrainPatience => TimeSpan.FromSeconds(2);

    /// <summary>Listens on HOST:PORT; port 0 is one that is free. Tells <paramref name="messages"/> which.</summary>
    public static SocketEnd ListenTcp(string device, string address, TextWriter messages)
    {
        IPEndPoint endPoint = TcpAddress.Resolve(address);
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(endPoint);
            listener.Listen(1);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        messages.WriteLine($"{device}: listening on {listener.LocalEndPoint}");
        return new SocketEnd(listener, null);
    }

    /// <summary>
    /// Listens at a path. A socket file that a dead process left there is replaced; anything else but an empty file is an error.
    /// </summary>
    public static SocketEnd ListenUnix(string device, string path, TextWriter messages)
    {
        var endPoint = new UnixDomainSocketEndPoint(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (IsAbandoned(path, endPoint))
            {
                File.Delete(path);
            }

            listener.Bind(endPoint);
            listener.Listen(1);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        messages.WriteLine($"{device}: listening on {path}");
        return new SocketEnd(listener, path);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Socket? client = _client;
        try
        {
            while (client is not null && !bytes.IsEmpty)
            {
                int sent = client.Send(bytes, SocketFlags.None, out SocketError error);
                if (error is not (SocketError.Success or SocketError.Interrupted))
                {
                    return;
                }

                bytes = bytes[Math.Max(sent, 0)..];
            }
        }
        catch (ObjectDisposedException)
        {
            // The client left, or Cancel: the rest is for nobody.
        }
    }

    public int Read(Span<byte> buffer)
    {
        while (!_cancelled)
        {
            try
            {
                Socket client = _client ?? Accept();
                int count = client.Receive(buffer, SocketFlags.None, out SocketError error);
                if (error == SocketError.Success && count > 0)
                {
                    return count;
                }

                if (error != SocketError.Interrupted)
                {
                    _client = null;
                    client.Dispose();
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // A client that left at once, or Cancel.
                _client = null;
            }
        }

        return 0;
    }

    public void Cancel()
    {
        _cancelled = true;
        _listener.Dispose();
        _client?.Dispose();
    }

    public void Dispose()
    {
        Cancel();
        if (_unixPath is not null)
        {
            File.Delete(_unixPath);
        }
    }

    private static bool IsAbandoned(string path, EndPoint endPoint)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != 0)
        {
            return false;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(endPoint);
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private Socket Accept()
    {
        Socket client = _listener.Accept();
        if (client.ProtocolType == ProtocolType.Tcp)
        {
            client.NoDelay = true;
        }

        _client = client;
        if (_cancelled)
        {
            client.Dispose();
        }

        return client;
    }
}
