using System.Net.Sockets;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Consoles;

/// <summary>The consoles of one machine: opens them, drains them, closes them. Used by the thread that builds the machine.</summary>
/// <remarks>
/// Devices connected to stdio share one console: their output is one stream, in the order of its writing, and the first one that asks gets
/// the input. Any other connection belongs to one device.
/// </remarks>
public sealed class ConsoleSet : IDisposable
{
    private readonly ConsoleOptions _options;
    private readonly List<HostConsole> _consoles = [];
    private readonly Dictionary<Connection, string> _users = [];
    private HostConsole? _standard;
    private string? _panicLine;

    /// <summary>No consoles yet.</summary>
    public ConsoleSet(ConsoleOptions options) => _options = options;

    /// <summary>The first line of output that matched the panic pattern, or null. Any thread; final after <see cref="Drain"/>.</summary>
    public string? PanicLine => Volatile.Read(ref _panicLine);

    /// <summary>Connects a device.</summary>
    /// <param name="device">Its name in the profile, for messages.</param>
    /// <param name="connection">Where to.</param>
    /// <exception cref="ConsoleException">It cannot be had.</exception>
    public HostConsole Open(string device, Connection connection)
    {
        if (_options.Capture?.Invoke(device) is { } receiver)
        {
            return Add(device, new CapturedEnd(receiver));
        }

        if (connection.Kind == ConnectionKind.Stdio)
        {
            return _standard ??= Add("stdio", new StandardEnd(_options.Messages, _options.OnQuit, _options.ReadsStandardInput));
        }

        if (!string.IsNullOrEmpty(connection.Target) && !_users.TryAdd(connection, device))
        {
            throw new ConsoleException(
                $"{device}: {Describe(connection)} is connected to {_users[connection]} already; give each device a connection of its own");
        }

        try
        {
            IHostEnd end = connection.Kind switch
            {
                ConnectionKind.Null => new NullEnd(),
                ConnectionKind.File => new FileEnd(connection.Target, _options.Messages),
                ConnectionKind.Tcp => SocketEnd.ListenTcp(device, connection.Target, _options.Messages),
                ConnectionKind.Unix => SocketEnd.ListenUnix(device, connection.Target, _options.Messages),
                ConnectionKind.Pty => new PseudoTerminalEnd(device, _options.Messages),
                _ => throw new ConsoleException($"{device}: unknown kind of connection {connection.Kind}"),
            };
            return Add(device, end);
        }
        catch (Exception error) when (
            error is IOException or UnauthorizedAccessException or SocketException or FormatException or ArgumentException)
        {
            throw new ConsoleException($"{device}: cannot open {Describe(connection)}: {error.Message}", error);
        }
    }

    /// <summary>
    /// Waits until all output was looked at for the panic pattern and passed on; see <see cref="HostConsole.Drain"/>. False when output
    /// remains.
    /// </summary>
    public bool Drain(CancellationToken giveUp)
    {
        bool all = true;
        foreach (HostConsole console in _consoles)
        {
            all &= console.Drain(giveUp);
        }

        return all;
    }

    /// <summary>Waits until all output so far was passed on, but for no console longer than <paramref name="limit"/>.</summary>
    public void Settle(TimeSpan limit)
    {
        foreach (HostConsole console in _consoles)
        {
            console.Settle(limit);
        }
    }

    /// <summary>What comes next is another run's output: no panic has been seen in it. Drain first.</summary>
    public void StartAnew()
    {
        foreach (HostConsole console in _consoles)
        {
            console.StartAnew();
        }

        Volatile.Write(ref _panicLine, null);
    }

    /// <summary>Closes all; puts the terminal back as it was. Drain first.</summary>
    public void Dispose()
    {
        foreach (HostConsole console in _consoles)
        {
            console.Dispose();
        }

        _consoles.Clear();
    }

    private static string Describe(Connection connection) => connection.Kind switch
    {
        ConnectionKind.File => $"file:{connection.Target}",
        ConnectionKind.Tcp => $"tcp:{connection.Target}",
        ConnectionKind.Unix => $"unix:{connection.Target}",
        ConnectionKind.Pty => "pty",
        ConnectionKind.Stdio => "stdio",
        _ => "null",
    };

    private HostConsole Add(string name, IHostEnd end)
    {
        LineWatcher? watcher = _options.PanicPattern is { } pattern ? new LineWatcher(pattern, Panicked) : null;
        LineWatcher? point = _options is { PointPattern: { } wanted, OnPoint: { } found } ? new LineWatcher(wanted, found) : null;
        var console = new HostConsole(name, end, new ConsoleWatchers(watcher, point), discards: end is NullEnd, _options.KeepsOutput ? new ConsoleBacklog() : null);
        _consoles.Add(console);
        return console;
    }

    private void Panicked(string line)
    {
        // Several consoles may show it; one tells.
        if (Interlocked.CompareExchange(ref _panicLine, line, null) is null)
        {
            _options.OnPanic?.Invoke(line);
        }
    }
}
