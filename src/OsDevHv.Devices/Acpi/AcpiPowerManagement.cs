namespace OsDevHv.Devices;

/// <summary>ACPI's fixed hardware registers at the power management base, port 600h: PM1a event and control registers, and the power
/// management timer.</summary>
/// <remarks>
/// <para>Specification: ACPI 6.5, 4.8.3; placed as in Intel's ICH9 and on QEMU's q35: PM1a_EVT at offset 0 (4 bytes), PM1a_CNT at 4 (2
/// bytes), PM_TMR at 8 (4 bytes). Sleep type 0 turns the machine off, as QEMU's \_S5 package says.</para>
/// <para>Not modelled: other sleep types (reported, without effect), and so no wake-up sets WAK_STS or RTC_STS; general purpose events; bus
/// masters, firmware that shares the global lock, and a sleep button, whose status bits stay 0; the power button's four-second override.
/// System management mode: events without SCI_EN raise nothing.</para>
/// <para>The timer counts machine time, from 0 at power-on and through a reset. TMR_STS is set each time that its highest bit changes; an
/// alarm is asked for only while that would raise the SCI.</para>
/// </remarks>
public sealed class AcpiPowerManagement : IBusDevice, ITimedDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 12;

    /// <summary>The offset of PM1a_STS; PM1a_EN follows.</summary>
    public const ulong EventOffset = 0;

    /// <summary>The offset of PM1a_CNT.</summary>
    public const ulong ControlOffset = 4;

    /// <summary>The offset of PM_TMR.</summary>
    public const ulong TimerOffset = 8;

    /// <summary>The timer's frequency in Hz.</summary>
    public const long TimerFrequency = PmTimer.Frequency;

    private const string Kind = "ACPI PM";

    private const int TimerBit = 1 << 0;
    private const int PowerButtonBit = 1 << 8;

    // TMR, GBL, PWRBTN, SLPBTN and RTC can be enabled; BM and WAK only have a status.
    private const int Enables = 0x0721;

    private const int SciEnable = 1 << 0;
    private const int GlobalRelease = 1 << 2;
    private const int SleepEnable = 1 << 13;
    private const int SleepType = 7 << 10;
    private const int SoftOff = 0 << 10;

    // SCI_EN, BM_RLD and SLP_TYP; GBL_RLS and SLP_EN are for writing only, the rest is reserved.
    private const int ReadableControl = 0x0003 | SleepType;

    private readonly IDeviceClock _clock;
    private readonly IInterruptLine _sci;
    private readonly IPowerControl _power;
    private readonly IGuestErrorLog? _errors;
    private readonly int _timerBits;
    private int _status;
    private int _enable;
    private int _control;
    private long _nextCarry;
    private long _alarm = IDeviceClock.Never;

    /// <summary>The registers in their power-on state: legacy mode, no events.</summary>
    /// <param name="clock">Machine time.</param>
    /// <param name="sci">The system control interrupt, level-triggered; interrupt 9 on QEMU.</param>
    /// <param name="power">Told when the guest turns the machine off here.</param>
    /// <param name="errors">Hears of what is not modelled.</param>
    /// <param name="has32BitTimer">The timer has 32 bits (TMR_VAL_EXT in the FADT); 24 otherwise, as on QEMU.</param>
    public AcpiPowerManagement(
        IDeviceClock clock, IInterruptLine sci, IPowerControl power, IGuestErrorLog? errors = null, bool has32BitTimer = false)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(sci);
        ArgumentNullException.ThrowIfNull(power);
        _clock = clock;
        _sci = sci;
        _power = power;
        _errors = errors;
        _timerBits = has32BitTimer ? 32 : 24;
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 4;

    /// <summary>PM1a_STS: bit 0 TMR, 8 PWRBTN.</summary>
    public ushort Status => (ushort)(_status | (PmTimer.TicksAt(_clock.Now) >= _nextCarry ? TimerBit : 0));

    /// <summary>PM1a_EN: bit 0 TMR, 5 GBL, 8 PWRBTN, 9 SLPBTN, 10 RTC.</summary>
    public ushort Enable => (ushort)_enable;

    /// <summary>PM1a_CNT: bit 0 SCI_EN, 1 BM_RLD, 10 to 12 SLP_TYP.</summary>
    public ushort Control => (ushort)_control;

    /// <summary>Events raise the SCI: the guest is in ACPI mode (SCI_EN).</summary>
    public bool IsAcpiMode => (_control & SciEnable) != 0;

    /// <summary>The SCI is asserted as of the last access or alarm.</summary>
    public bool IsSciAsserted { get; private set; }

    /// <summary>PM_TMR: the count now, of 24 or 32 bits.</summary>
    public uint TimerValue => (uint)(PmTimer.TicksAt(_clock.Now) & ((1L << _timerBits) - 1));

    /// <summary>The machine time of the timer's next interrupt in nanoseconds; <see cref="IDeviceClock.Never"/> where it has none to
    /// raise.</summary>
    public long NextAlarm => _alarm;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) =>
        (ReadDoubleWord(offset & ~3UL) >> (8 * (int)(offset & 3))) & (ulong.MaxValue >> (64 - 8 * size));

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        int shift = 8 * (int)(offset & 3);
        uint lanes = (size >= 4 ? uint.MaxValue : (1u << (8 * size)) - 1) << shift;
        uint written = ((uint)value << shift) & lanes;
        switch (offset & ~3UL)
        {
            case EventOffset:
                WriteEvents(written, lanes);
                break;
            case ControlOffset:
                WriteControl((int)((written & 0xffff) | ((uint)_control & ~lanes)));
                break;
            default:
                _errors?.Report(Kind, "write to a register that is read-only or not there", offset);
                break;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _status = 0;
        _enable = 0;
        _control = 0;
        _nextCarry = CarryAfter(PmTimer.TicksAt(_clock.Now));
        Update();
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        _alarm = IDeviceClock.Never;
        Update();
    }

    /// <summary>The user presses the power button: PWRBTN_STS is set, and interrupts where the guest enabled that.</summary>
    public void PressPowerButton()
    {
        _status |= PowerButtonBit;
        Update();
    }

    /// <summary>Firmware's answer to ACPI_ENABLE and ACPI_DISABLE at SMI_CMD: sets or clears SCI_EN.</summary>
    internal void SetAcpiMode(bool enabled)
    {
        _control = enabled ? _control | SciEnable : _control & ~SciEnable;
        Update();
    }

    private ulong ReadDoubleWord(ulong offset)
    {
        switch (offset)
        {
            case EventOffset:
                return Status | (ulong)_enable << 16;
            case ControlOffset:
                return (ulong)_control;
            case TimerOffset:
                return TimerValue;
            default:
                _errors?.Report(Kind, "read of a register that is not there", offset);
                return 0;
        }
    }

    private void WriteEvents(uint written, uint lanes)
    {
        NoteCarry();
        _status &= (int)~(written & 0xffff);
        int enableLanes = (int)(lanes >> 16);
        _enable = ((_enable & ~enableLanes) | (int)(written >> 16)) & Enables;
        Update();
    }

    private void WriteControl(int written)
    {
        _control = written & ReadableControl;
        if ((written & GlobalRelease) != 0)
        {
            _errors?.Report(Kind, "GBL_RLS: no firmware shares the global lock", (ulong)written);
        }

        if ((written & SleepEnable) != 0)
        {
            if ((written & SleepType) == SoftOff)
            {
                _power.PowerOff("ACPI PM1a_CNT");
            }
            else
            {
                _errors?.Report(Kind, "sleep type that is not modelled", (ulong)written);
            }
        }

        Update();
    }

    /// <summary>The first tick after <paramref name="ticks"/> at which the counter's highest bit changes.</summary>
    private long CarryAfter(long ticks)
    {
        long halfRange = 1L << (_timerBits - 1);
        return (ticks / halfRange + 1) * halfRange;
    }

    private void NoteCarry()
    {
        long ticks = PmTimer.TicksAt(_clock.Now);
        if (ticks >= _nextCarry)
        {
            _status |= TimerBit;
            _nextCarry = CarryAfter(ticks);
        }
    }

    private void Update()
    {
        NoteCarry();
        bool timerCanInterrupt = IsAcpiMode && (_enable & TimerBit) != 0 && (_status & TimerBit) == 0;
        long alarm = timerCanInterrupt ? PmTimer.TimeOf(_nextCarry) : IDeviceClock.Never;
        if (alarm != _alarm)
        {
            _alarm = alarm;
            _clock.SetAlarm(alarm);
        }

        bool asserted = IsAcpiMode && (_status & _enable) != 0;
        if (asserted != IsSciAsserted)
        {
            IsSciAsserted = asserted;
            _sci.Set(asserted);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _status = state.Of(_status);
        _enable = state.Of(_enable);
        _control = state.Of(_control);
        _nextCarry = state.Of(_nextCarry);
        _alarm = state.Of(_alarm);
        IsSciAsserted = state.Of(IsSciAsserted);
    }
}
