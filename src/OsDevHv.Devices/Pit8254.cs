namespace OsDevHv.Devices;

/// <summary>An 8254 interval timer as a PC has it at ports 40h to 43h: 1,193,182 Hz, counter 0 on IRQ 0, counter 2 gated by port
/// 61h.</summary>
/// <remarks>
/// <para>Specification: Intel 8254 data sheet (231164); <see cref="PitCounter"/> and <see cref="PitChannel"/> say which choices it
/// leaves.</para>
/// <para>Not modelled: the clock's phase within a tick, and set-up times. All counters tick at multiples of 1/1,193,182 s of machine time
/// (rounded up to nanoseconds), so what is written takes effect at the next multiple. Reading port 43h gives 0, as in QEMU.</para>
/// <para>IRQ 0 follows OUT of counter 0, except that the low tick at the end of modes 2, 4 and 5 is shown together with the rising edge
/// after it, so that a period costs one alarm. When the alarm comes late, however many periods passed make one rising edge; the line then
/// stays high until the alarm or access after that, even if OUT is low again, so that no interrupt is lost between a late edge and the
/// processor.</para>
/// <para>At power-on it is as SeaBIOS leaves QEMU's: counter 0 in mode 2 with count 65,536, so IRQ 0 comes at 18.2 Hz; counters 1 and 2 in
/// mode 3 with count 65,536, the latter's gate low.</para>
/// </remarks>
public sealed class Pit8254 : IBusDevice, ITimedDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 4;

    /// <summary>The number of counters.</summary>
    public const int CounterCount = 3;

    /// <summary>Ticks a second.</summary>
    public const int Frequency = 1_193_182;

    private const byte PowerOnControlOfCounter0 = 0x34;
    private const byte PowerOnControl = 0x36;

    private static readonly ClockRate _rate = new(Frequency);

    private readonly IDeviceClock _clock;
    private readonly IInterruptLine _interrupt;
    private readonly PitChannel[] _channels = new PitChannel[CounterCount];
    private long _alarm = IDeviceClock.Never;

    /// <summary>The timer in its power-on state. Asks the clock for an alarm at once.</summary>
    /// <param name="clock">Machine time.</param>
    /// <param name="interrupt">IRQ 0.</param>
    public Pit8254(IDeviceClock clock, IInterruptLine interrupt)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(interrupt);
        _clock = clock;
        _interrupt = interrupt;
        _channels[0].SetGate(true);
        _channels[1].SetGate(true);
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>Hears of what the guest does that the chip reserves or this model does not do; null is nobody.</summary>
    public IGuestErrorLog? GuestErrors { get; init; }

    /// <summary>Machine time in nanoseconds at which IRQ 0 is driven next; <see cref="IDeviceClock.Never"/> if it does not.</summary>
    public long NextExpiry => _alarm;

    /// <summary>Machine time in nanoseconds, for port 61h.</summary>
    internal long Now => _clock.Now;

    /// <summary>The level of counter 2's OUT now, for port 61h.</summary>
    internal bool Out2 => _channels[2].At(Tick).Out;

    private long Tick => _rate.TickAt(_clock.Now);

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        int index = (int)(offset & 3);
        if (index != 3)
        {
            return _channels[index].Read(Tick);
        }

        GuestErrors?.Report("8254", "read of the control word register, which is write-only", offset);
        return 0;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        long tick = Tick;
        bool rose = Advance(tick);
        int index = (int)(offset & 3);
        if (index == 3)
        {
            WriteControl((byte)value, tick);
        }
        else
        {
            _channels[index].Write((byte)value);
        }

        DriveInterrupt(rose);
    }

    /// <inheritdoc/>
    public void OnAlarm() => DriveInterrupt(Advance(Tick));

    /// <summary>Returns to the power-on state. Counter 2's gate belongs to port 61h and stays.</summary>
    public void Reset()
    {
        long tick = Tick;
        for (int i = 0; i < CounterCount; i++)
        {
            _channels[i].AdvanceTo(tick);
            _channels[i].Program(i == 0 ? PowerOnControlOfCounter0 : PowerOnControl);
            _channels[i].Write(0);
            _channels[i].Write(0);
        }

        DriveInterrupt(rose: false);
    }

    /// <summary>What a counter is doing now. Has no side effect; call under the device's lock.</summary>
    /// <param name="index">0 to 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such counter.</exception>
    public PitCounterState Counter(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, CounterCount);
        PitCounter counter = _channels[index].At(Tick);
        return new PitCounterState(
            counter.Mode,
            counter.IsBcd,
            counter.Count,
            counter.Reload,
            counter.NullCount,
            counter.Gate,
            counter.Out,
            TimeOf(counter.NextRise()));
    }

    /// <summary>Drives GATE of counter 2. Call under the device's lock.</summary>
    internal void SetGate2(bool high)
    {
        _channels[2].AdvanceTo(Tick);
        _channels[2].SetGate(high);
    }

    private static long TimeOf(long tick) => tick == IDeviceClock.Never ? tick : _rate.TimeOf((ulong)tick);

    private void WriteControl(byte value, long tick)
    {
        int select = value >> 6;
        if (select == 3)
        {
            ReadBack(value, tick);
        }
        else if ((value & 0x30) == 0)
        {
            _channels[select].LatchCount(tick);
        }
        else
        {
            _channels[select].Program(value);
        }
    }

    private void ReadBack(byte command, long tick)
    {
        if ((command & 1) != 0)
        {
            GuestErrors?.Report("8254", "reserved bit of the read-back command", command);
        }

        for (int i = 0; i < CounterCount; i++)
        {
            if ((command & (2 << i)) == 0)
            {
                continue;
            }

            if ((command & 0x20) == 0)
            {
                _channels[i].LatchCount(tick);
            }

            if ((command & 0x10) == 0)
            {
                _channels[i].LatchStatus(tick);
            }
        }
    }

    /// <summary>Catches up with the clock, and shows IRQ 0 the rising edges that passed, as one.</summary>
    /// <returns>Whether there was one.</returns>
    private bool Advance(long tick)
    {
        bool rose = _channels[0].Counter.NextRise() <= tick;
        for (int i = 0; i < CounterCount; i++)
        {
            _channels[i].AdvanceTo(tick);
        }

        if (rose)
        {
            _interrupt.Set(false);
            _interrupt.Set(true);
        }
        else
        {
            _interrupt.Set(_channels[0].Counter.Out);
        }

        return rose;
    }

    /// <summary>Shows IRQ 0 what an access did to OUT, and sets the alarm.</summary>
    /// <param name="rose">The access came to a rising edge that was not shown before: the line stays high until the next one
    /// looks.</param>
    private void DriveInterrupt(bool rose)
    {
        PitCounter counter = _channels[0].Counter;
        _interrupt.Set(counter.Out || rose);

        long tick = counter.Out && counter.Mode is 2 or 4 or 5 ? counter.NextRise() : counter.NextChange();
        long alarm = TimeOf(tick);
        if (alarm != _alarm)
        {
            _alarm = alarm;
            _clock.SetAlarm(alarm);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        for (int i = 0; i < CounterCount; i++)
        {
            _channels[i].ExchangeState(state);
        }
        _alarm = state.Of(_alarm);
    }
}
