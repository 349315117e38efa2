namespace OsDevHv.Devices;

/// <summary>A high precision event timer block, as a PC has it at FED00000h: a 64-bit counter at 100 MHz, 3 to 32 timers.</summary>
/// <remarks>
/// <para>Specification: IA-PC HPET 1.0a; frequency, identification and I/O APIC pins as QEMU's q35 (hw/timer/hpet.c): pins 2, 8 and 16 to
/// 23, all timers 64 bits wide and capable of periodic mode and, unlike QEMU's by default, of messages.</para>
/// <para>Not modelled: accesses of 1 and 2 bytes, which the specification excludes (reads give the bytes, writes do nothing); writing the
/// counter while it runs (undefined; does nothing); a route to a pin that is not capable (the field keeps its value; one that is not
/// capable since reset drives nothing).</para>
/// <para>A timer matches at the tick when the counter becomes equal to the comparator, through counting, being started, or a write of the
/// comparator. A comparator that is behind the counter waits for the counter to wrap: 2^32 ticks in 32-bit mode, which is also when a
/// one-shot timer of 32 bits matches again. With VAL_SET a write sets comparator and period both. Status bits of level-triggered timers are
/// set whether or not their interrupt is enabled. An edge-triggered timer holds its line high from a match until just before the next one
/// or until it is configured anew: an 8259 wants to see its input high until it is acknowledged.</para>
/// <para>Matches that an alarm comes too late for are made up for by arithmetic, as one interrupt.</para>
/// </remarks>
public sealed partial class Hpet : IBusDevice, ITimedDevice
{
    /// <summary>The bytes of address space taken.</summary>
    public const int Length = 0x400;

    /// <summary>Ticks of the main counter a second.</summary>
    public const int Frequency = 100_000_000;

    /// <summary>The fewest timers of a block.</summary>
    public const int MinimumTimers = 3;

    /// <summary>The most timers of a block.</summary>
    public const int MaximumTimers = 32;

    /// <summary>The I/O APIC pins that timers can be routed to, one bit each.</summary>
    public const uint RoutablePins = 0x00ff0104;

    private const string DeviceName = "HPET";
    private const ulong TickFemtoseconds = 10_000_000;
    private const ulong CapabilitiesWithoutTimers = (TickFemtoseconds << 32) | 0x8086_a001;
    private const int TimerCountShift = 8;

    private const ulong EnableCounter = 0x01;
    private const ulong LegacyRoute = 0x02;

    private const int FirstLegacyLine = 32;

    private static readonly ClockRate _rate = new(Frequency);

    private readonly IDeviceClock _clock;
    private readonly IHpetOutputs _outputs;
    private readonly IMessageSignal _messages;
    private readonly IGuestErrorLog? _guestErrors;
    private readonly HpetTimer[] _timers;

    private ulong _configuration;
    private ulong _counter;
    private long _tick;
    private ulong _linesHigh;
    private long _alarm = IDeviceClock.Never;

    /// <summary>The block in its power-on state: halted at 0.</summary>
    /// <param name="clock">Machine time.</param>
    /// <param name="outputs">Takes interrupts that go to pins.</param>
    /// <param name="messages">Takes interrupts that go as messages.</param>
    /// <param name="timerCount">How many timers, 3 to 32.</param>
    /// <param name="guestErrors">Hears of wrong use; null if nobody does.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timerCount"/> is out of range.</exception>
    public Hpet(
        IDeviceClock clock,
        IHpetOutputs outputs,
        IMessageSignal messages,
        int timerCount = MinimumTimers,
        IGuestErrorLog? guestErrors = null)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfLessThan(timerCount, MinimumTimers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timerCount, MaximumTimers);
        _clock = clock;
        _outputs = outputs;
        _messages = messages;
        _guestErrors = guestErrors;
        _timers = new HpetTimer[timerCount];
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 8;

    private ulong TicksPassed => Enabled ? (ulong)Math.Max(_rate.TickAt(_clock.Now) - _tick, 0) : 0;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        ulong register = offset & ~7UL;
        ulong value = register switch
        {
            0x00 => Capabilities,
            0x10 => _configuration,
            0x20 => InterruptStatus,
            0xf0 => Counter,
            >= 0x100 and < Length => ReadTimer((int)(register - 0x100)),
            _ => 0,
        };
        return value >> (8 * (int)(offset & 7));
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        if (size < 4)
        {
            _guestErrors?.Report(DeviceName, "write of fewer than 4 bytes", offset);
            return;
        }

        int shift = 8 * (int)(offset & 7);
        ulong written = (size == 8 ? ulong.MaxValue : uint.MaxValue) << shift;
        value <<= shift;
        Advance();
        switch (offset & ~7UL)
        {
            case 0x10:
                WriteConfiguration((_configuration & ~written) | (value & written));
                break;
            case 0x20:
                ClearStatus((uint)(value & written));
                break;
            case 0xf0 when Enabled:
                _guestErrors?.Report(DeviceName, "main counter written while it runs", value);
                break;
            case 0xf0:
                _counter = (_counter & ~written) | (value & written);
                break;
            case >= 0x100 and < Length:
                WriteTimer((int)((offset & ~7UL) - 0x100), value, written);
                break;
            default:
                _guestErrors?.Report(DeviceName, "write to a register that is not there or for reading", offset);
                break;
        }

        DriveLines();
        SetAlarm();
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        Advance();
        DriveLines();
        SetAlarm();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        bool wasLegacy = LegacyReplacement;
        _configuration = 0;
        _counter = 0;
        for (int i = 0; i < _timers.Length; i++)
        {
            _timers[i] = new HpetTimer { Configuration = HpetTimer.Capabilities, Comparator = ulong.MaxValue };
        }

        DriveLines();
        SetAlarm();
        if (wasLegacy)
        {
            _outputs.LegacyReplacementChanged(false);
        }
    }

    private static long TimeOfMatch(in HpetTimer timer, ulong counter, long tick) =>
        timer.TicksToMatch(counter) is { } ticks && ticks < long.MaxValue ? _rate.TimeOf((ulong)tick + ticks) : IDeviceClock.Never;

    private ulong ReadTimer(int offset)
    {
        int index = offset / 0x20;
        if (index >= _timers.Length)
        {
            return 0;
        }

        HpetTimer timer = _timers[index];
        timer.Advance(_counter, TicksPassed);
        return (offset & 0x1f) switch
        {
            0x00 => timer.Configuration,
            0x08 => timer.Comparator,
            0x10 => timer.Message,
            _ => 0,
        };
    }

    private void WriteConfiguration(ulong value)
    {
        if ((value & ~(EnableCounter | LegacyRoute)) != 0)
        {
            _guestErrors?.Report(DeviceName, "reserved bits of the general configuration", value);
            value &= EnableCounter | LegacyRoute;
        }

        ulong changed = value ^ _configuration;
        _configuration = value;
        if ((changed & LegacyRoute) != 0)
        {
            _timers[0].ReleaseEdge();
            _timers[1].ReleaseEdge();
            if (!LegacyReplacement)
            {
                DriveLines();
            }

            // The 8254 and the RTC leave before the timers take their lines, and come back after those left.
            _outputs.LegacyReplacementChanged(LegacyReplacement);
        }

        if ((changed & EnableCounter) != 0)
        {
            StartOrHalt();
        }
    }

    private void StartOrHalt()
    {
        _tick = _rate.TickAt(_clock.Now);
        for (int i = 0; i < _timers.Length; i++)
        {
            if (!Enabled)
            {
                _timers[i].ReleaseEdge();
            }
            else
            {
                MatchAtOnce(i);
            }
        }
    }

    private void ClearStatus(uint bits)
    {
        for (int i = 0; i < _timers.Length; i++)
        {
            ref HpetTimer timer = ref _timers[i];
            timer.IsAsserted &= !timer.IsLevelTriggered || (bits >> i & 1) == 0;
        }
    }

    private void WriteTimer(int offset, ulong value, ulong written)
    {
        int index = offset / 0x20;
        if (index >= _timers.Length)
        {
            _guestErrors?.Report(DeviceName, "write to a timer that is not there", (ulong)offset + 0x100);
            return;
        }

        ref HpetTimer timer = ref _timers[index];
        switch (offset & 0x1f)
        {
            case 0x00:
                if (timer.Configure(value, written) is { } problem)
                {
                    _guestErrors?.Report(DeviceName, problem, value);
                }

                break;
            case 0x08:
                if (timer.WriteComparator(value, written) && Enabled)
                {
                    MatchAtOnce(index);
                }

                break;
            case 0x10:
                timer.Message = (timer.Message & ~written) | (value & written);
                break;
            default:
                _guestErrors?.Report(DeviceName, "write to a register that is not there or for reading", (ulong)offset + 0x100);
                break;
        }
    }

    /// <summary>Catches up with the clock.</summary>
    private void Advance()
    {
        ulong ticks = TicksPassed;
        if (ticks == 0)
        {
            return;
        }

        uint matched = 0;
        for (int next; (next = FirstToMatch(ticks, matched)) >= 0;)
        {
            matched |= 1u << next;
            _timers[next].Advance(_counter, ticks);
            Fire(next);
        }

        _counter += ticks;
        _tick += (long)ticks;
    }

    /// <summary>Which timer, but for those of <paramref name="matched"/>, is the first to match within so many ticks; -1 for none. Timers
    /// that share a pin find it as those before them left it.</summary>
    private int FirstToMatch(ulong ticks, uint matched)
    {
        int first = -1;
        for (int i = 0; i < _timers.Length; i++)
        {
            if ((matched >> i & 1) == 0 && _timers[i].TicksToMatch(_counter) is { } after && after <= ticks && (first < 0 || after < ticks))
            {
                (first, ticks) = (i, after);
            }
        }

        return first;
    }

    private void MatchAtOnce(int index)
    {
        if (_timers[index].MatchesAt(_counter))
        {
            _timers[index].Match();
            Fire(index);
        }
    }

    /// <summary>An alarm for the first match that interrupts; one of a level-triggered timer whose status is set changes nothing.</summary>
    private void SetAlarm()
    {
        long alarm = IDeviceClock.Never;
        if (Enabled)
        {
            foreach (ref readonly HpetTimer timer in _timers.AsSpan())
            {
                if (timer.IsEnabled && !(timer.IsLevelTriggered && timer.IsAsserted && !timer.SendsMessages))
                {
                    alarm = Math.Min(alarm, TimeOfMatch(timer, _counter, _tick));
                }
            }
        }

        if (alarm != _alarm)
        {
            _alarm = alarm;
            _clock.SetAlarm(alarm);
        }
    }
}
