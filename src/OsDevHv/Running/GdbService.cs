using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using OsDevHv.Gdb;
using OsDevHv.Kvm.Host;
using OsDevHv.Machine.Consoles;

namespace OsDevHv.Running;

/// <summary>Runs the gdb server as a hosted service. Starting it binds the address and says on stderr which one it is.</summary>
internal sealed class GdbService(IDebugTarget target, string listen, TextWriter messages) : IHostedService, IAsyncDisposable
{
    private GdbServer? _server;

    /// <summary>Where it listens; null before it was started.</summary>
    public IPEndPoint? EndPoint => _server?.LocalEndPoint;

    /// <exception cref="HostException">The address cannot be had.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            IPEndPoint endPoint = TcpAddress.Resolve(listen);
            _server = GdbServer.Start(target, endPoint, threadBegins: HostThread.AskForShortSlices);
            if (!IPAddress.IsLoopback(endPoint.Address))
            {
                messages.WriteLine("gdb: warning: whoever reaches this address controls the machine");
            }

            messages.WriteLine($"gdb: listening on {_server.LocalEndPoint}");
            return Task.CompletedTask;
        }
        catch (Exception error) when (error is SocketException or FormatException)
        {
            throw new HostException(
                $"gdb: cannot listen on {listen}: {error.Message}; another one is --gdb=HOST:PORT, with port 0 for any free one", error);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }
}
