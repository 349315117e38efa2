using OsDevHv.Devices;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Time;

/// <summary>
/// The alarms of all devices, and the one thread that lets them go off. Alarms are in machine time, so none goes off while the machine is
/// stopped.
/// </summary>
/// <remarks>
/// An alarm is set under its device's lock and goes off under it; <c>_goingOff</c> is outside device locks, <c>_lock</c> inside of them.
/// When a stop comes between an alarm's time and its going off, it goes off all the same: its time had come.
/// </remarks>
internal sealed class MachineTimers : IDisposable
{
    private const long ShortestWait = 2_000;

    private readonly MachineClock _clock;
    private readonly Lock _lock = new();
    private readonly List<Alarm> _alarms = [];
    private readonly HostTimer _timer = new();
    private readonly Lock _goingOff = new();
    private readonly List<Alarm> _due = [];
    private readonly Thread _thread;
    private long _armed = IDeviceClock.Never;
    private long _hostTimerSetTo = IDeviceClock.Never;

    [ThreadStatic]
    private static bool t_serving;

    [ThreadStatic]
    private static bool t_setWhileServing;
    private volatile bool _over;

    public MachineTimers(MachineClock clock)
    {
        _clock = clock;
        _thread = new Thread(Main) { Name = "timers", IsBackground = true };
        clock.Changed += ClockChanged;
    }

    /// <summary>The machine's time.</summary>
    public MachineClock Clock => _clock;

    /// <summary>
    /// The clock of one device. Its alarm goes off with <paramref name="deviceLock"/> held; what is called is set with
    /// <see cref="Alarm.Device"/>, once.
    /// </summary>
    public Alarm Add(Lock deviceLock)
    {
        var alarm = new Alarm(this, deviceLock);
        lock (_lock)
        {
            _alarms.Add(alarm);
        }
        return alarm;
    }

    /// <summary>Starts the thread. Once all devices are there.</summary>
    public void Start() => _thread.Start();

    /// <summary>Saves when each alarm goes off, or sets them to that; after the clock. While the machine is stopped.</summary>
    /// <exception cref="StateException">There were other alarms.</exception>
    public void ExchangeState(StateExchange state)
    {
        // Whatever goes off just now, of a clock that does not stop, has done so.
        lock (_goingOff)
        {
            lock (_lock)
            {
                if (state.Of(_alarms.Count) != _alarms.Count)
                {
                    throw new StateException("the saved state is that of another machine: it has other timers");
                }
                long next = IDeviceClock.Never;
                foreach (Alarm alarm in _alarms)
                {
                    alarm.Time = state.Of(alarm.Time);
                    next = Math.Min(next, alarm.Time);
                }
                if (state.IsRestoring)
                {
                    _hostTimerSetTo = IDeviceClock.Never;
                    Arm(next, _clock.Now);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _timer.Set(1);
        if ((_thread.ThreadState & ThreadState.Unstarted) == 0)
        {
            _thread.Join();
        }
        _timer.Dispose();
    }

    /// <summary>
    /// Lets the alarms go off whose time has come. Called by the timers' thread when it wakes, and by vCPUs' threads at each exit, so that
    /// an access finds the machine as it is at that time, however late that thread gets to run. With no lock held.
    /// </summary>
    /// <returns>False when none was due.</returns>
    public bool GoOff()
    {
        if (Volatile.Read(ref _armed) > _clock.Now)
        {
            return false;
        }
        lock (_goingOff)
        {
            TakeDue();
            foreach (Alarm alarm in _due)
            {
                alarm.GoOff();
            }
            _due.Clear();
        }
        return true;
    }

    /// <summary>
    /// This thread begins to serve an access of the guest, with no lock held. Alarms that it sets wait for <see cref="AccessServed"/>, so
    /// that one that is due by then, as a one-shot timer's of the shortest count, needs neither the host's timer nor another thread.
    /// </summary>
    public void ServingAccess() => t_serving = !_over;

    /// <summary>
    /// The access is served, and all locks are let go: alarms that it set go off where they are due, and the host's timer is set.
    /// </summary>
    public void AccessServed()
    {
        t_serving = false;
        if (!t_setWhileServing)
        {
            return;
        }
        t_setWhileServing = false;
        if (!GoOff())
        {
            Rearm();
        }
    }

    private void Main()
    {
        while (true)
        {
            _timer.Wait();
            if (_over)
            {
                return;
            }
            lock (_lock)
            {
                _hostTimerSetTo = IDeviceClock.Never;
            }
            if (!GoOff())
            {
                Rearm();
            }
        }
    }

    /// <summary>
    /// Sets the host's timer as it should be: it was left alone while an access was served, or ran out and yet nothing was due, because a
    /// vCPU's thread came first or the clock was stopped.
    /// </summary>
    private void Rearm()
    {
        lock (_lock)
        {
            Arm(_armed, _clock.Now);
        }
    }

    private void TakeDue()
    {
        lock (_lock)
        {
            // What is due by now; a clock that stands still has let nothing become due.
            long now = _clock.Now;
            long next = IDeviceClock.Never;
            foreach (Alarm alarm in _alarms)
            {
                if (alarm.Time <= now && _clock.IsRunning)
                {
                    alarm.Time = IDeviceClock.Never;
                    _due.Add(alarm);
                }
                next = Math.Min(next, alarm.Time);
            }
            Arm(next, now);
        }
    }

    private void Arm(long time, long now)
    {
        Volatile.Write(ref _armed, time);
        // Where it is set to an earlier time, of an alarm that went off or was taken back, the thread wakes for nothing and sets it anew.
        if (time < _hostTimerSetTo && _clock.IsRunning && !_over)
        {
            _hostTimerSetTo = time;
            // A guest may ask for alarms so close that the thread would do nothing else.
            _timer.Set(Math.Max(time - now, ShortestWait));
        }
    }

    private void ClockChanged()
    {
        lock (_lock)
        {
            if (!_clock.IsRunning)
            {
                _timer.Clear();
                _hostTimerSetTo = IDeviceClock.Never;
                return;
            }
            Arm(_armed, _clock.Now);
        }
    }

    private void Set(Alarm alarm, long time)
    {
        lock (_lock)
        {
            alarm.Time = time;
            // A later alarm than the armed one is found when that goes off.
            if (time >= _armed)
            {
                return;
            }
            if (t_serving)
            {
                Volatile.Write(ref _armed, time);
                t_setWhileServing = true;
                return;
            }
            Arm(time, _clock.Now);
        }
    }

    /// <summary>One device's clock and alarm.</summary>
    internal sealed class Alarm(MachineTimers timers, Lock deviceLock) : IDeviceClock
    {
        /// <summary>Whom the alarm calls.</summary>
        public ITimedDevice? Device { get; set; }

        /// <inheritdoc/>
        public long Now => timers._clock.Now;

        /// <summary>When it goes off. The timers' lock.</summary>
        public long Time { get; set; } = Never;

        /// <inheritdoc/>
        public void SetAlarm(long time) => timers.Set(this, time);

        /// <summary>Calls the device.</summary>
        public void GoOff()
        {
            lock (deviceLock)
            {
                Device?.OnAlarm();
            }
        }

        private const long Never = IDeviceClock.Never;
    }
}
