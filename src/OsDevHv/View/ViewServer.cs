using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OsDevHv.Machine;
using OsDevHv.Running;

namespace OsDevHv.View;

/// <summary>Serves the page, the picture and the WebSocket of one machine on a loopback address. Any thread.</summary>
internal sealed class ViewServer : IAsyncDisposable
{
    private const string PageName = "view.html";
    private const int MostConnections = 64;

    private static readonly byte[] s_forbidden =
        [.. "403: this takes the whole address that osdevhv told on stderr; 'osdevhv view' tells it again\n"u8];

    private static readonly TimeSpan s_lastPictures = TimeSpan.FromSeconds(1);

    private readonly IMachineView _machine;
    private readonly ScreenFeed _screen;
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _sessions = [];
    private readonly string _token = ViewAccess.NewToken();
    private readonly string _page;
    private ViewAccess? _access;
    private volatile string? _verdict;
    private bool _isDisposed;

    private ViewServer(IMachineView machine, IPEndPoint endPoint)
    {
        _machine = machine;
        _screen = new ScreenFeed(machine);
        using (Stream page = typeof(ViewServer).Assembly.GetManifestResourceStream(PageName)!)
        using (var reader = new StreamReader(page))
        {
            _page = reader.ReadToEnd();
        }

        // The empty builder logs nothing, which would otherwise be to the guest's stdout.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.Limits.MaxConcurrentConnections = MostConnections;
            options.Limits.MaxConcurrentUpgradedConnections = MostConnections;
            options.Listen(endPoint, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        _application = builder.Build();
        _application.UseWebSockets();
        _application.Run(RespondAsync);
    }

    /// <summary>Where the page is, with the token; after <see cref="StartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("about:blank");

    /// <summary>Starts to serve.</summary>
    /// <exception cref="IOException">The address is taken, or not of this host.</exception>
    public static async Task<ViewServer> StartAsync(IMachineView machine, IPEndPoint endPoint, CancellationToken cancellation)
    {
        var server = new ViewServer(machine, endPoint);
        try
        {
            await server._application.StartAsync(cancellation).ConfigureAwait(false);
            var bound = new Uri(server._application.Urls.First());
            server._access = new ViewAccess(server._token, bound.Port);
            server.Address = new Uri(bound, $"/?token={server._token}");
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the browsers how the run ended, and lets them fetch the last picture, for a second at most.</summary>
    public async Task FinishAsync(string verdict)
    {
        _verdict = verdict;
        await EndSessionsAsync(s_lastPictures).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        using (var patience = new CancellationTokenSource(s_lastPictures))
        {
            try
            {
                await _application.StopAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // A connection that does not end is closed by the next line.
            }
        }

        await _application.DisposeAsync().ConfigureAwait(false);
        // Nobody may look at a machine that is let go.
        await EndSessionsAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        _screen.Close();
        _stop.Dispose();
    }

    private async Task EndSessionsAsync(TimeSpan patience)
    {
        Task[] sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        try
        {
            await Task.WhenAll(sessions).WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They are cancelled when the server is let go.
        }
    }

    private async Task RespondAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        HttpResponse response = context.Response;
        AddHeaders(response.Headers);
        if (_access is not { } access || !access.Allows(request.Host.Value, request.Query["token"], request.Headers.Origin))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            await WriteAsync(response, "text/plain", s_forbidden).ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        switch (request.Path.Value)
        {
            case "/":
                await WritePageAsync(request, response).ConfigureAwait(false);
                break;
            case "/screen.png" when await Task.Run(_screen.GetPng).ConfigureAwait(false) is { } png:
                await WriteAsync(response, "image/png", png).ConfigureAwait(false);
                break;
            case "/live" when context.WebSockets.IsWebSocketRequest:
                await AttendAsync(context).ConfigureAwait(false);
                break;
            case "/live":
                response.StatusCode = StatusCodes.Status426UpgradeRequired;
                break;
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private async Task AttendAsync(HttpContext context)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _sessions.Add(over.Task);
        }

        try
        {
            using System.Net.WebSockets.WebSocket socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
            await new ViewSession(socket, _machine, _screen, () => _verdict).RunAsync(_stop.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _sessions.Remove(over.Task);
            }

            over.SetResult();
        }
    }

    private Task WritePageAsync(HttpRequest request, HttpResponse response)
    {
        string nonce = RandomNumberGenerator.GetHexString(32);
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; "
            + $"connect-src 'self' ws://{request.Host.Value}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        byte[] page = Encoding.UTF8.GetBytes(_page.Replace("{nonce}", nonce, StringComparison.Ordinal));
        return WriteAsync(response, "text/html; charset=utf-8", page);
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static Task WriteAsync(HttpResponse response, string type, byte[] content)
    {
        response.ContentType = type;
        response.ContentLength = content.Length;
        return response.Body.WriteAsync(content).AsTask();
    }
}
