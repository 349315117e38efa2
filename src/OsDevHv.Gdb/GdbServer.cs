using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace OsDevHv.Gdb;

/// <summary>
/// Listens for debuggers on a TCP port. One controls the machine at a time; others that connect meanwhile watch (see
/// <see cref="SharedView"/>).
/// </summary>
/// <remarks>
/// A debugger that goes, in whatever way, leaves the machine detached, and the server goes on listening. All members may be called from
/// any thread.
/// </remarks>
public sealed class GdbServer : IAsyncDisposable
{
    /// <summary>A client that leaves and comes back at once must not be refused because the old session is just ending.</summary>
    private static readonly TimeSpan Handover = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    /// <summary>How many clients there may be; each has a thread and some buffers.</summary>
    private const int MaximumConnections = 32;

    private readonly IProtocolTrace? trace;
    private readonly Action? threadBegins;
    private readonly Socket listener;
    private readonly CancellationTokenSource closing = new();
    private readonly Task accepting;
    private readonly TargetShare share;
    private readonly List<Connection> connections = [];

    private GdbServer(IDebugTarget target, Socket listener, IProtocolTrace? trace, Action? threadBegins)
    {
        share = new TargetShare(target);
        this.listener = listener;
        this.trace = trace;
        this.threadBegins = threadBegins;
        LocalEndPoint = (IPEndPoint)listener.LocalEndPoint!;
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that the system chose if 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Whether a debugger is connected.</summary>
    public bool HasClient
    {
        get
        {
            lock (connections)
            {
                return connections.Exists(static connection => !connection.Done.IsCompleted);
            }
        }
    }

    /// <summary>Starts listening.</summary>
    /// <param name="target">The machine; outlives the server.</param>
    /// <param name="endPoint">Address and port. Whoever can connect controls the machine: anything but loopback must be the user's
    /// wish.</param>
    /// <param name="trace">Follows the protocol; or null.</param>
    /// <param name="threadBegins">Called on the thread of each session before anything else; must not throw. Null for nothing.</param>
    /// <exception cref="SocketException">The address is in use, not this machine's, or not permitted.</exception>
    public static GdbServer Start(IDebugTarget target, IPEndPoint endPoint, IProtocolTrace? trace = null, Action? threadBegins = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(endPoint);
        Socket listener = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(endPoint);
            listener.Listen();
            return new GdbServer(target, listener, trace, threadBegins);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Stops listening, reports a stop that has happened (the end of the run, too) to the client, and ends its session as if it had left.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        listener.Dispose();
        await accepting.ConfigureAwait(false);
        if (share.Target.LastStop.Kind == StopKind.Exited)
        {
            share.Publish(share.Target.LastStop);
        }

        foreach (Connection connection in Open())
        {
            connection.Close();
            await connection.Done.ConfigureAwait(false);
        }
    }

    /// <summary>The connections that are not over, oldest first; forgets the others.</summary>
    private Connection[] Open()
    {
        lock (connections)
        {
            connections.RemoveAll(static connection => connection.Done.IsCompleted);
            return [.. connections];
        }
    }

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(closing.Token).ConfigureAwait(false);
                await TakeAsync(socket).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // The client was gone before it was accepted, or the process has no descriptor left just now.
                trace?.Event($"a debugger could not be accepted: {e.Message}");
                await Task.Delay(Handover, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeAsync(Socket socket)
    {
        Connection[] open = Open();
        if (open.FirstOrDefault(static connection => connection.Controls) is { } controlling)
        {
            await AwaitHandoverAsync(controlling).ConfigureAwait(false);
        }

        if (open.Length >= MaximumConnections)
        {
            trace?.Event($"refused {socket.RemoteEndPoint}: {open.Length} debuggers are connected");
            _ = RefuseAsync(socket);
            return;
        }

        trace?.Event($"a debugger has connected from {socket.RemoteEndPoint}");
        lock (connections)
        {
            connections.Add(new Connection(share, socket, trace, threadBegins, closing.Token));
        }
    }

    /// <summary>Gives the controlling client's session time to end if its client is gone, or may be: it has something to read.</summary>
    private async Task AwaitHandoverAsync(Connection controlling)
    {
        const int rounds = 30;
        for (int round = 0; round < rounds && controlling.HasInput && !controlling.Done.IsCompleted; round++)
        {
            await Task.WhenAny(controlling.Done, Task.Delay(Handover / rounds, closing.Token)).ConfigureAwait(false);
        }
    }

    /// <summary>Answers the first packet with an error, which gdb shows, and hangs up. Never throws.</summary>
    private static async Task RefuseAsync(Socket socket)
    {
        using CancellationTokenSource limit = new(Farewell);
        byte[] bytes = new byte[4096];
        try
        {
            await socket.ReceiveAsync(bytes, limit.Token).ConfigureAwait(false);
            using MemoryStream reply = new();
            RspFrameWriter writer = new(reply);
            writer.Ack();
            writer.Begin();
            writer.Append("E.too many debuggers are connected"u8);
            writer.End();
            writer.Flush();
            await socket.SendAsync(reply.ToArray(), limit.Token).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);

            // Closing with unread bytes would reset the connection, and the client might never see the reply.
            while (await socket.ReceiveAsync(bytes, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It left or says nothing: there is nobody to tell.
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>A client's socket, session and thread.</summary>
    private sealed class Connection : IDisposable
    {
        private const int ReceiveBuffer = 64 * 1024;

        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Socket socket;
        private readonly SocketStream stream;
        private readonly GdbSession session;
        private readonly IProtocolTrace? trace;
        private readonly SharedView view;

        public Connection(TargetShare share, Socket socket, IProtocolTrace? trace, Action? threadBegins, CancellationToken closing)
        {
            this.socket = socket;
            this.trace = trace;

            // A packet waits for its answer: nothing may be held back to be sent together. And a client whose machine vanished must
            // not block the port for ever.
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            stream = new SocketStream(socket);
            PipeReader input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReceiveBuffer));
            view = new SharedView(share);
            session = new GdbSession(view, input, stream, trace, closing);
            new Thread(() => Run(threadBegins)) { IsBackground = true, Name = "gdb session" }.Start();
        }

        /// <summary>Completes when the session is over and the target let go.</summary>
        public Task Done => done.Task;

        /// <summary>Whether it controls the machine.</summary>
        public bool Controls => view.Controls;

        /// <summary>Whether its client has said something that the session has not read, or is gone.</summary>
        public bool HasInput
        {
            get
            {
                try
                {
                    return socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return true;
                }
            }
        }

        /// <summary>Closes the socket.</summary>
        public void Dispose()
        {
            stream.Dispose();
            socket.Dispose();
        }

        /// <summary>Ends the session; the thread goes its way out.</summary>
        public void Close()
        {
            session.Close();
            Shutdown(SocketShutdown.Both);
        }

        private void Run(Action? threadBegins)
        {
            threadBegins?.Invoke();
            try
            {
                session.Run();
                SayFarewell();
            }
            catch (Exception e)
            {
                // A fault of the target's must not take the process, and so the machine's other users, with it.
                trace?.Event($"the session failed: {e}");
            }
            finally
            {
                Dispose();
                done.SetResult();
            }
        }

        /// <summary>Lets the client read the last reply before the connection is gone.</summary>
        private void SayFarewell()
        {
            Shutdown(SocketShutdown.Send);
            socket.ReceiveTimeout = (int)Farewell.TotalMilliseconds;
            Span<byte> rest = stackalloc byte[256];
            while (stream.Read(rest) > 0)
            {
            }
        }

        private void Shutdown(SocketShutdown how)
        {
            try
            {
                socket.Shutdown(how);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                trace?.Event($"the connection was gone: {e.Message}");
            }
        }
    }
}
