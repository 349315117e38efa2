namespace OsDevHv.Machine.RunControl;

/// <summary>
/// Looks at the running machine from outside: ends it at its time limit, and every few milliseconds takes what the guest has written
/// without an exit and, under a debugger, repairs breakpoints and cuts short steps that take too long. A timer of the thread pool; it
/// touches no vCPU.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

    private readonly ExecutionController _controller;
    private readonly TimeSpan? _limit;
    private readonly bool _watch;
    private readonly Action<string> _tell;
    private readonly Timer _timer;

    /// <summary>Begins to watch.</summary>
    /// <param name="controller">The machine's.</param>
    /// <param name="limit">The longest time that it may run, stops excluded; null is for ever.</param>
    /// <param name="debuggable">A debugger may set breakpoints.</param>
    /// <param name="tell">Tells the user something, a line.</param>
    public Watchdog(ExecutionController controller, TimeSpan? limit, bool debuggable, Action<string> tell)
    {
        _controller = controller;
        _limit = limit;
        _watch = debuggable || controller.NeedsWatching;
        _tell = tell;
        _timer = new Timer(static state => ((Watchdog)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Rearm();
    }

    /// <summary>Ends when nobody looks any more: what is looked at may be gone next.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Tick()
    {
        if (_limit is { } limit && _controller.RunningTime >= limit)
        {
            _controller.TimeOut(new Verdict(VerdictKind.TimedOut, $"still running after {limit.TotalSeconds:0.###} s", ExitCodes.TimedOut));
            return;
        }
        if (_watch && _controller.Watch() is { } overwritten)
        {
            _tell($"the guest overwrote the breakpoint at {overwritten:x}h; it is planted again, but may have been passed meanwhile");
        }
        Rearm();
    }

    private void Rearm()
    {
        TimeSpan? due = _watch ? s_period : _limit - _controller.RunningTime;
        if (due is { } wait)
        {
            // Never at once: a machine that is stopped at its very limit would be asked without pause.
            _timer.Change(wait < s_period ? s_period : wait, Timeout.InfiniteTimeSpan);
        }
    }
}
