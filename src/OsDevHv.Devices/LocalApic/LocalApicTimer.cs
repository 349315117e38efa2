namespace OsDevHv.Devices;

/// <summary>The modes of the local APIC timer: bits 18:17 of its entry in the local vector table.</summary>
public enum LocalApicTimerMode : byte
{
    /// <summary>Counts down once.</summary>
    OneShot = 0,

    /// <summary>Counts down again and again.</summary>
    Periodic = 1,

    /// <summary>Fires when the time stamp counter reaches IA32_TSC_DEADLINE.</summary>
    TscDeadline = 2,

    /// <summary>Reserved: the timer stands still.</summary>
    Reserved = 3,
}

/// <summary>The local APIC timer (Intel SDM vol. 3A, 11.5.4).</summary>
/// <remarks>
/// <para>Nothing counts: the count is computed from the time since it was known. So the owner calls <see cref="CatchUp"/> before it changes
/// or shows anything, and what was due by then happens first. Periods that went by between two calls count as one expiry, as they would in
/// IRR.</para>
/// <para>Not modelled: the phase of the divider, which starts anew whenever the count or the divider is written; a deadline that is armed
/// does not follow the guest's writes of IA32_TIME_STAMP_COUNTER and IA32_TSC_ADJUST, only the next one does. (Those writes are KVM's to
/// carry out: made by a program in the guest's stead, KVM takes them for an attempt to synchronise processors.)</para>
/// </remarks>
internal sealed class LocalApicTimer(IDeviceClock clock, ITscClock tsc)
{
    /// <summary>
    /// Alarms of a periodic timer do not come faster than this, in nanoseconds, lest a guest with a period of 1 ns keep the host busy with
    /// nothing else. Expiries between are merged, or seen in time by <see cref="CatchUp"/>.
    /// </summary>
    public const long ShortestAlarmPeriod = 5_000;

    private bool _isCounting;
    private uint _countAtBase;
    private long _base;
    private long _deadlineTime;

    public LocalApicTimerMode Mode { get; private set; }

    public uint InitialCount { get; private set; }

    /// <summary>The divide configuration register: bits 0, 1 and 3.</summary>
    public uint DivideConfiguration { get; private set; }

    /// <summary>The TSC value at which to fire; 0 where none is set.</summary>
    public ulong Deadline { get; private set; }

    /// <summary>1 to 128.</summary>
    public int Divisor => 1 << Shift;

    /// <summary>Machine time of the next expiry, perhaps past when nobody caught up; <see cref="IDeviceClock.Never"/> while
    /// disarmed.</summary>
    public long NextExpiry =>
        _isCounting ? SaturatingAdd(_base, (long)_countAtBase << Shift)
        : Deadline != 0 ? _deadlineTime
        : IDeviceClock.Never;

    /// <summary>The current count register, now.</summary>
    public uint CurrentCount
    {
        get
        {
            if (!_isCounting)
            {
                return 0;
            }

            long now = clock.Now;
            long expiry = NextExpiry;
            if (now < expiry)
            {
                return _countAtBase - (uint)(Math.Max(0, now - _base) >> Shift);
            }

            return Mode == LocalApicTimerMode.Periodic ? InitialCount - (uint)(((now - expiry) % Period) >> Shift) : 0;
        }
    }

    private int Shift => (((int)(DivideConfiguration & 3) | (int)((DivideConfiguration & 8) >> 1)) + 1) & 7;

    private long Period => (long)InitialCount << Shift;

    /// <summary>Lets what is due happen. Returns whether the timer expired since the last call, once or more.</summary>
    public bool CatchUp()
    {
        long expiry = NextExpiry;
        if (expiry == IDeviceClock.Never)
        {
            return false;
        }

        long now = clock.Now;
        if (now < expiry)
        {
            return false;
        }

        Deadline = 0;
        if (_isCounting && Mode == LocalApicTimerMode.Periodic)
        {
            _base = now - ((now - expiry) % Period);
            _countAtBase = InitialCount;
        }
        else
        {
            _isCounting = false;
        }

        SetAlarm();
        return true;
    }

    /// <summary>Asks for the alarm anew, after one that came for nothing.</summary>
    public void SetAlarm()
    {
        long expiry = NextExpiry;
        if (_isCounting && Mode == LocalApicTimerMode.Periodic && Period < ShortestAlarmPeriod)
        {
            expiry = Math.Max(expiry, SaturatingAdd(clock.Now, ShortestAlarmPeriod));
        }

        clock.SetAlarm(expiry);
    }

    /// <summary>Writes the initial count: counting starts from it, or stops where it is 0. Ignored in TSC-deadline mode.</summary>
    public void WriteInitialCount(uint value)
    {
        if (Mode == LocalApicTimerMode.TscDeadline)
        {
            return;
        }

        InitialCount = value;
        _countAtBase = value;
        _base = clock.Now;
        _isCounting = value != 0 && Mode != LocalApicTimerMode.Reserved;
        SetAlarm();
    }

    /// <summary>Writes the divide configuration; a count under way goes on from where it is, at the new rate.</summary>
    public void WriteDivideConfiguration(uint value)
    {
        _countAtBase = CurrentCount;
        _base = clock.Now;
        DivideConfiguration = value & 0x0b;
        SetAlarm();
    }

    /// <summary>Writes IA32_TSC_DEADLINE: 0 disarms. Ignored outside of TSC-deadline mode.</summary>
    public void WriteDeadline(ulong value)
    {
        if (Mode != LocalApicTimerMode.TscDeadline)
        {
            return;
        }

        Deadline = value;
        _deadlineTime = Deadline != 0 ? tsc.TimeOf(Deadline) : IDeviceClock.Never;
        SetAlarm();
    }

    /// <summary>Changes the mode.</summary>
    /// <remarks>
    /// The SDM has any change disarm the timer. Processors and QEMU do so to and from TSC-deadline mode only: between one-shot and periodic
    /// the count goes on, and kernels that write the count first rely on it.
    /// </remarks>
    public void SetMode(LocalApicTimerMode mode)
    {
        if (Mode == mode)
        {
            return;
        }

        bool goesOn = Counts(Mode) && Counts(mode);
        Mode = mode;
        if (!goesOn)
        {
            Disarm();
        }

        SetAlarm();
    }

    public void Reset()
    {
        Mode = LocalApicTimerMode.OneShot;
        DivideConfiguration = 0;
        Disarm();
        SetAlarm();
    }

    private static bool Counts(LocalApicTimerMode mode) => mode is LocalApicTimerMode.OneShot or LocalApicTimerMode.Periodic;

    private static long SaturatingAdd(long time, long duration) =>
        time > IDeviceClock.Never - duration ? IDeviceClock.Never : time + duration;

    private void Disarm()
    {
        InitialCount = 0;
        _isCounting = false;
        Deadline = 0;
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        _isCounting = state.Of(_isCounting);
        _countAtBase = state.Of(_countAtBase);
        _base = state.Of(_base);
        _deadlineTime = state.Of(_deadlineTime);
        Mode = (LocalApicTimerMode)state.Index((int)Mode, (int)LocalApicTimerMode.Reserved + 1);
        InitialCount = state.Of(InitialCount);
        DivideConfiguration = state.Of(DivideConfiguration);
        Deadline = state.Of(Deadline);
        // A periodic timer that counts has a period.
        if (_isCounting && InitialCount == 0)
        {
            throw StateExchange.Damaged();
        }
    }
}
