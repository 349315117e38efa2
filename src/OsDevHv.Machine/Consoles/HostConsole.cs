using OsDevHv.Devices;

namespace OsDevHv.Machine.Consoles;

/// <summary>Takes input for a device; returns how many of the bytes, from the first on, it has room for. On a console's thread.</summary>
public delegate int InputReceiver(ReadOnlySpan<byte> bytes);

/// <summary>
/// One connection of the guest's serial lines and debug consoles to the host. Output is passed on by a thread of its own, in order, the
/// first byte at once; input is read by another one and offered to the device.
/// </summary>
/// <remarks>
/// Any thread may call any member, vCPU threads included: nothing but <see cref="Drain"/>, <see cref="Settle"/> and <see cref="Dispose"/>
/// waits.
/// </remarks>
public sealed class HostConsole : IByteSink, IDisposable
{
    private const int InputChunk = 4096;
    private const int ThreadStack = 256 * 1024;

    private readonly string _name;
    private readonly IHostEnd _end;
    private readonly ConsoleWatchers? _watcher;
    private readonly OutputQueue? _queue;
    private readonly Thread? _output;
    private readonly AutoResetEvent _inputRoom = new(initialState: false);
    private readonly Lock _connecting = new();
    private Thread? _input;
    private InputReceiver? _receiver;
    private Action? _onRoom;
    private volatile bool _closing;

    internal HostConsole(string name, IHostEnd end, ConsoleWatchers? watcher, bool discards, ConsoleBacklog? backlog = null)
    {
        _name = name;
        _end = end;
        _watcher = watcher;
        Backlog = backlog;
        if (!discards || watcher is { IsAny: true } || backlog is not null)
        {
            _queue = new OutputQueue();
            _output = Start(PassOn, "out");
        }

        if (end.AwaitsClients)
        {
            _input = Start(Receive, "in");
        }
    }

    /// <summary>
    /// Whether so much output waits for a slow reader that vCPUs should pause, outside any lock, until <see cref="OnRoom"/> or a kick. A
    /// volatile read.
    /// </summary>
    public bool IsCongested => _queue is { IsCongested: true };

    /// <summary>Bytes of output lost because a vCPU went on in spite of <see cref="IsCongested"/>; 0 in a machine that works.</summary>
    public long Dropped => _queue?.Dropped ?? 0;

    /// <summary>The newest output, where it is kept for those who look on; null where it is not.</summary>
    public ConsoleBacklog? Backlog { get; }

    /// <inheritdoc/>
    public void Write(byte value)
    {
        _queue?.Write(value);
        _watcher?.ObserveAtOnce(value);
    }

    /// <summary>Has <paramref name="action"/> called, on the console's thread, each time that a congestion is over.</summary>
    public void OnRoom(Action action) => _onRoom += action;

    /// <summary>
    /// Begins to read input and offer it to <paramref name="receiver"/>. False when the connection's input has a receiver already, or there
    /// can be none: then it gets what is <see cref="Offer">offered</see> from elsewhere.
    /// </summary>
    public bool TryConnectInput(InputReceiver receiver)
    {
        lock (_connecting)
        {
            if (_receiver is not null)
            {
                return false;
            }

            Volatile.Write(ref _receiver, receiver);
            if (!_end.HasInput)
            {
                return false;
            }

            _input ??= Start(Receive, "in");
            return true;
        }
    }

    /// <summary>Offers the device input from elsewhere than the connection, whether that has any or not.</summary>
    /// <returns>How many of the bytes, from the first on, it took: it may have no room, or take no input at all.</returns>
    public int Offer(ReadOnlySpan<byte> bytes) => Volatile.Read(ref _receiver)?.Invoke(bytes) ?? 0;

    /// <summary>The device has room for input again. Does not wait and allocates nothing.</summary>
    public void InputRoom() => _inputRoom.Set();

    /// <summary>
    /// Waits until all output so far was looked at for the panic pattern, the line begun included, and passed on. A file, a pipe or a
    /// terminal is waited for without limit; a client of a socket or pseudo-terminal that takes nothing for two seconds is not. False when
    /// output remains.
    /// </summary>
    public bool Drain(CancellationToken giveUp) => _queue is null || _queue.Drain(_end.DrainPatience, giveUp);

    /// <summary>Waits until all output so far was passed on, but not longer than <paramref name="limit"/>.</summary>
    internal void Settle(TimeSpan limit) => _queue?.Settle(limit);

    /// <summary>What comes next is another run's output; drain first.</summary>
    internal void StartAnew() => _watcher?.StartAnew();

    /// <summary>Closes the connection; drain first. Output that was not passed on is lost.</summary>
    public void Dispose()
    {
        _closing = true;
        _queue?.Close();
        _end.Cancel();
        _inputRoom.Set();
        _output?.Join();
        _input?.Join();
        _end.Dispose();
        _inputRoom.Dispose();
    }

    private Thread Start(ThreadStart body, string direction)
    {
        var thread = new Thread(body, ThreadStack) { IsBackground = true, Name = $"{_name} {direction}" };
        thread.Start();
        return thread;
    }

    private void PassOn()
    {
        bool closed;
        do
        {
            ReadOnlySpan<byte> bytes = _queue!.Take(out closed);
            if (bytes.IsEmpty)
            {
                _watcher?.ObservePause();
            }
            else
            {
                // Looked at before it is passed on, so that a slow reader does not delay the verdict.
                _watcher?.Observe(bytes);
                Backlog?.Append(bytes);
                _end.Write(bytes);
            }

            if (_queue.Done(bytes.Length))
            {
                _onRoom?.Invoke();
            }
        }
        while (!closed);
    }

    private void Receive()
    {
        byte[] buffer = new byte[InputChunk];
        int count;
        while ((count = _end.Read(buffer)) > 0)
        {
            // A debug console takes no input, whatever its client sends.
            int taken = Volatile.Read(ref _receiver) is null ? count : 0;
            while (taken < count && !_closing)
            {
                int now = _receiver!(buffer.AsSpan(taken, count - taken));
                taken += now;
                if (now == 0)
                {
                    _inputRoom.WaitOne();
                }
            }
        }
    }
}
