using System.Diagnostics;

namespace OsDevHv.Machine.Time;

/// <summary>
/// The machine's time: nanoseconds since power-on, standing still while the machine is stopped. Every timer and the guest's time stamp
/// counters follow it. Its rate is that of the host's monotonic clock.
/// </summary>
/// <remarks>Any thread reads it; <see cref="Start"/> and <see cref="Stop"/> belong to run control, one at a time.</remarks>
internal sealed class MachineClock(TimeProvider host)
{
    // Machine time is host time less _origin while running, _frozen while stopped.
    private long _origin;
    private long _frozen;
    private volatile bool _running;
    private long _latest;
    private long _stoppedAt;
    private long _timeStopped;
    private bool _everStarted;

    public MachineClock()
        : this(TimeProvider.System)
    {
    }

    /// <summary>The clock was started or stopped; told by whoever did it.</summary>
    public event Action? Changed;

    /// <summary>Whether it goes.</summary>
    public bool IsRunning => _running;

    /// <summary>Whether a stop of the machine stops it, as it does by default.</summary>
    public bool StopsWithMachine { get; init; } = true;

    /// <summary>Nanoseconds since power-on that the clock went. Never less than what any thread has read before.</summary>
    public long Now
    {
        get
        {
            // A stop that happens between these reads must not let a reader ahead of one that comes later.
            long now = _running ? HostTime - Volatile.Read(ref _origin) : Volatile.Read(ref _frozen);
            long latest = Volatile.Read(ref _latest);
            while (now > latest)
            {
                long seen = Interlocked.CompareExchange(ref _latest, now, latest);
                if (seen == latest)
                {
                    return now;
                }
                latest = seen;
            }
            return latest;
        }
    }

    /// <summary>Nanoseconds for which it stood still since it was first started.</summary>
    public long TimeStopped => Volatile.Read(ref _timeStopped);

    /// <summary>The same with the stop that is under way: what <see cref="TimeStopped"/> would be if it started now.</summary>
    public long TimeStoppedSoFar => TimeStopped + (_everStarted && !_running ? HostTime - _stoppedAt : 0);

    private long HostTime
    {
        get
        {
            long stamp = host.GetTimestamp();
            return host.TimestampFrequency == 1_000_000_000
                ? stamp
                : (long)((Int128)stamp * 1_000_000_000 / host.TimestampFrequency);
        }
    }

    /// <summary>Goes on from where it stopped.</summary>
    public void Start()
    {
        if (_running)
        {
            return;
        }
        long now = HostTime;
        if (_everStarted)
        {
            Volatile.Write(ref _timeStopped, _timeStopped + (now - _stoppedAt));
        }
        _everStarted = true;
        Volatile.Write(ref _origin, now - _frozen);
        _running = true;
        Changed?.Invoke();
    }

    /// <summary>
    /// Goes back, or ahead, to a time: what it shows from now on follows that. While the machine is stopped, so that nobody is in the
    /// middle of reading it on the machine's behalf.
    /// </summary>
    public void Set(long time)
    {
        long now = HostTime;
        _stoppedAt = now;
        _everStarted = true;
        Volatile.Write(ref _frozen, time);
        Volatile.Write(ref _origin, now - time);
        Volatile.Write(ref _latest, time);
    }

    /// <summary>Stands still, unless stops of the machine do not stop it.</summary>
    public void Stop()
    {
        if (!_running || !StopsWithMachine)
        {
            return;
        }
        _stoppedAt = HostTime;
        Volatile.Write(ref _frozen, _stoppedAt - _origin);
        _running = false;
        Changed?.Invoke();
    }
}
