using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;
using OsDevHv.Running;

namespace OsDevHv.View;

/// <summary>
/// Serves the page as a hosted service. Starting it binds the address, tells it on stderr, and lists it for <c>osdevhv view</c>.
/// </summary>
internal sealed class ViewService(IMachineView machine, string listen, TextWriter messages) : IHostedService, IAsyncDisposable
{
    private ViewServer? _server;
    private IDisposable? _listed;

    /// <exception cref="HostException">The address cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            IPEndPoint endPoint = TcpAddress.Resolve(listen);
            if (!IPAddress.IsLoopback(endPoint.Address))
            {
                throw new FormatException($"{endPoint.Address} is not a loopback address");
            }

            _server = await ViewServer.StartAsync(machine, endPoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or FormatException or IOException)
        {
            throw new HostException(
                $"view: cannot serve the page on {listen}: {error.Message}; another address is --view=127.0.0.1:PORT, with port 0 for any "
                + "free one",
                error);
        }

        messages.WriteLine($"view: {_server.Address}");
        try
        {
            _listed = RunningViews.OfThisUser().Add(_server.Address, machine.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            messages.WriteLine($"view: warning: 'osdevhv view' will not find this machine: {error.Message}");
        }
    }

    /// <summary>Tells the browsers how the run ended.</summary>
    public Task FinishAsync(string verdict) => _server?.FinishAsync(verdict) ?? Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _listed, null)?.Dispose();
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }
}
