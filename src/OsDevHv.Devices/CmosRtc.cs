namespace OsDevHv.Devices;

/// <summary>The real-time clock and non-volatile memory of a PC at ports 70h and 71h, with the extended bank at 72h and 73h; IRQ
/// 8.</summary>
/// <remarks>
/// <para>Specification: Motorola MC146818A data sheet; ports and extended bank as in the Intel ICH9 data sheet; contents as QEMU and
/// SeaBIOS have them.</para>
/// <para>Not modelled: daylight saving (DSE reads back), the square wave output (SQWE reads back), time bases other than 32.768 kHz (the
/// divider settings for them run like that one), the divider's test settings (they stop it), undefined data during an update (the registers
/// show the old time until the update ends), and an empty battery (VRT is always 1). The index ports read FFh.</para>
/// <para>The divider counts ticks of 1/32,768 s. The time changes, and the update-ended flag is set, when it passes a whole second; UIP is
/// set from 73 ticks before (1,984 us of update cycle, and 244 us ahead of that). When the divider is released from reset, the first change
/// comes 500 ms later. Setting SET stops updates and not the divider.</para>
/// <para>The century (32h) is BCD always, as firmware has it, and counts with the year; 2100 is no leap year. Invalid values read back as
/// written until the next update, which takes the nearest valid ones. Changing DM or 24/12 while SET is 0 converts the time, as on QEMU;
/// the alarm stays as written.</para>
/// <para>A machine reset leaves time, alarm and memory as they are, but for what firmware does: registers A and B are 26h and 02h, flags
/// are clear, the shutdown status is 0.</para>
/// </remarks>
public sealed class CmosRtc : IBusDevice, ITimedDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 4;

    private const int IndexA = 0x0a;
    private const int IndexB = 0x0b;
    private const int IndexC = 0x0c;
    private const int IndexD = 0x0d;

    private const byte UpdateInProgress = 0x80;
    private const byte FirmwareA = 0x26;

    private const byte Set = 0x80;
    private const byte Binary = 0x04;
    private const byte Hours24 = 0x02;
    private const byte DaylightSaving = 0x01;
    private const byte SquareWave = 0x08;

    // The flags of register C, and the bits of register B that enable their interrupts.
    private const byte Periodic = 0x40;
    private const byte Alarm = 0x20;
    private const byte UpdateEnded = 0x10;
    private const byte InterruptRequest = 0x80;

    private const byte ValidTime = 0x80;

    private const int TicksPerSecond = 32_768;
    private const int TicksOfUpdate = 8 + 65;

    private static readonly ClockRate _rate = new(TicksPerSecond);

    private readonly IDeviceClock _clock;
    private readonly IInterruptLine _interrupt;
    private readonly byte[] _registers = new byte[CmosContents.BankSize];
    private readonly byte[] _extended = new byte[CmosContents.BankSize];

    private byte _index;
    private byte _extendedIndex;
    private byte _flags;
    private long _phase;
    private long _divider;
    private long _alarm = IDeviceClock.Never;

    /// <summary>The clock and memory as firmware hands them over.</summary>
    /// <param name="clock">Machine time.</param>
    /// <param name="baseTime">The civil time at machine time 0, whatever its kind says.</param>
    /// <param name="memoryBytes">The machine's memory, for the sizes in the non-volatile memory.</param>
    /// <param name="interrupt">IRQ 8.</param>
    /// <param name="options">What else the non-volatile memory holds; null for nothing.</param>
    /// <exception cref="ArgumentException">The options name a byte that is not theirs to give.</exception>
    public CmosRtc(
        IDeviceClock clock, DateTime baseTime, ulong memoryBytes, IInterruptLine interrupt, CmosRtcOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(interrupt);
        _clock = clock;
        _interrupt = interrupt;
        options ??= new CmosRtcOptions();
        CmosContents.Fill(_registers, memoryBytes, options);
        CmosContents.FillExtended(_extended, options);
        byte shutdownStatus = _registers[CmosContents.ShutdownStatus];

        RtcTime time = new(
            baseTime.Year, baseTime.Month, baseTime.Day, baseTime.Hour, baseTime.Minute, baseTime.Second, (int)baseTime.DayOfWeek + 1);
        _registers[IndexA] = FirmwareA;
        _registers[IndexB] = Hours24;
        _registers[IndexD] = ValidTime;
        RtcRegisters.Encode(_registers, Format, time);
        _phase = baseTime.Ticks % TimeSpan.TicksPerSecond * TicksPerSecond / TimeSpan.TicksPerSecond;
        _divider = _phase;
        Reset();
        _registers[CmosContents.ShutdownStatus] = shutdownStatus;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>Hears of what the guest does that the chip reserves or this model does not do; null is nobody.</summary>
    public IGuestErrorLog? GuestErrors { get; init; }

    /// <summary>Bit 7 of the index port: the guest masks non-maskable interrupts.</summary>
    public bool NmiMasked { get; private set; }

    /// <summary>The time shown now; of what the guest made invalid, the nearest that is valid. Has no side effect; call under the device's
    /// lock.</summary>
    public RtcTime Time => RtcRegisters.Decode(_registers, Format).AddSeconds(UpdatesUntil(DividerNow));

    /// <summary>Register A now. Has no side effect; call under the device's lock.</summary>
    public byte RegisterA
    {
        get
        {
            bool isUpdating = UpdatesRun && TicksPerSecond - (DividerNow % TicksPerSecond) <= TicksOfUpdate;
            return (byte)(_registers[IndexA] | (isUpdating ? UpdateInProgress : 0));
        }
    }

    /// <summary>Register B.</summary>
    public byte RegisterB => _registers[IndexB];

    /// <summary>Register C now: the flags that reading it would clear. Has no side effect; call under the device's lock.</summary>
    public byte RegisterC
    {
        get
        {
            int flags = _flags | FlagsUntil(DividerNow);
            return (byte)(flags | ((flags & RegisterB) != 0 ? InterruptRequest : 0));
        }
    }

    /// <summary>Register D.</summary>
    public byte RegisterD => _registers[IndexD];

    /// <summary>The hours alarm register as written: in register B's format, C0h and up for any hour.</summary>
    public byte HoursAlarm => _registers[RtcRegisters.HoursAlarm];

    /// <summary>The minutes alarm register as written: in register B's format, C0h and up for any minute.</summary>
    public byte MinutesAlarm => _registers[RtcRegisters.MinutesAlarm];

    /// <summary>The seconds alarm register as written: in register B's format, C0h and up for any second.</summary>
    public byte SecondsAlarm => _registers[RtcRegisters.SecondsAlarm];

    /// <summary>Machine time in nanoseconds at which IRQ 8 rises next; <see cref="IDeviceClock.Never"/> if it does not by itself.</summary>
    public long NextExpiry => _alarm;

    private RtcFormat Format => FormatOf(RegisterB);

    private bool DividerRuns => (_registers[IndexA] & 0x70) <= 0x20;

    private bool UpdatesRun => DividerRuns && (RegisterB & Set) == 0;

    /// <summary>What the divider has counted: whole seconds at multiples of <see cref="TicksPerSecond"/>.</summary>
    private long DividerNow => DividerRuns ? _rate.TickAt(_clock.Now) + _phase : _divider;

    /// <summary>Ticks between periodic interrupts; 0 for none. Rates 1 and 2 are as 8 and 9 with this time base.</summary>
    private int PeriodTicks => (_registers[IndexA] & 0x0f) switch
    {
        0 => 0,
        int rate and (1 or 2) => 1 << (rate + 6),
        int rate => 1 << (rate - 1),
    };

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => (offset & 3) switch
    {
        1 => ReadRegister(_index),
        3 => _extended[_extendedIndex],
        _ => 0xff,
    };

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte data = (byte)value;
        switch (offset & 3)
        {
            case 0:
                _index = (byte)(data & 0x7f);
                NmiMasked = (data & 0x80) != 0;
                break;
            case 1:
                WriteRegister(_index, data);
                break;
            case 2:
                _extendedIndex = (byte)(data & 0x7f);
                break;
            default:
                _extended[_extendedIndex] = data;
                break;
        }
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        Advance();
        DriveInterrupt();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Advance();
        RtcTime time = RtcRegisters.Decode(_registers, Format);
        WriteA(FirmwareA);
        _registers[IndexB] = Hours24;
        RtcRegisters.Encode(_registers, Format, time);
        _registers[CmosContents.ShutdownStatus] = 0;
        _flags = 0;
        _index = 0;
        _extendedIndex = 0;
        NmiMasked = false;
        DriveInterrupt();
    }

    private static RtcFormat FormatOf(byte registerB) => new((registerB & Binary) != 0, (registerB & Hours24) != 0);

    private byte ReadRegister(byte index)
    {
        switch (index)
        {
            case <= RtcRegisters.Year or RtcRegisters.Century:
                Advance();
                DriveInterrupt();
                return _registers[index];
            case IndexA:
                return RegisterA;
            case IndexC:
                byte value = RegisterC;
                Advance();
                _flags = 0;
                DriveInterrupt();
                return value;
            default:
                return _registers[index];
        }
    }

    private void WriteRegister(byte index, byte value)
    {
        Advance();
        switch (index)
        {
            case IndexA:
                WriteA(value);
                break;
            case IndexB:
                WriteB(value);
                break;
            case IndexC or IndexD:
                GuestErrors?.Report("RTC", "write to a read-only register", index);
                break;
            default:
                _registers[index] = value;
                break;
        }

        DriveInterrupt();
    }

    private void WriteA(byte value)
    {
        if ((value & 0x70) is 0x00 or 0x10 or (> 0x20 and < 0x60))
        {
            GuestErrors?.Report("RTC", "divider setting of register A that is for another crystal or for tests", value);
        }

        bool ran = DividerRuns;
        _registers[IndexA] = (byte)(value & ~UpdateInProgress);
        if (DividerRuns && !ran)
        {
            long tick = _rate.TickAt(_clock.Now);
            _phase = TicksPerSecond - ((tick + (TicksPerSecond / 2)) % TicksPerSecond);
            _divider = tick + _phase;
        }
    }

    /// <summary>Setting SET disables the update-ended interrupt.</summary>
    private void WriteB(byte value)
    {
        if ((value & (DaylightSaving | SquareWave)) != 0)
        {
            GuestErrors?.Report("RTC", "register B asks for daylight saving or a square wave, which are not modelled", value);
        }

        bool converts = ((RegisterB | value) & Set) == 0 && FormatOf(value) != Format;
        RtcTime time = RtcRegisters.Decode(_registers, Format);
        _registers[IndexB] = (byte)((value & Set) != 0 ? value & ~UpdateEnded : value);
        if (converts)
        {
            RtcRegisters.Encode(_registers, Format, time);
        }
    }

    private long UpdatesUntil(long divider) => UpdatesRun ? (divider / TicksPerSecond) - (_divider / TicksPerSecond) : 0;

    private int FlagsUntil(long divider)
    {
        int period = PeriodTicks;
        int flags = period != 0 && divider / period != _divider / period ? Periodic : 0;
        long updates = UpdatesUntil(divider);
        if (updates != 0)
        {
            RtcTime time = RtcRegisters.Decode(_registers, Format);
            flags |= UpdateEnded | (RtcRegisters.SecondsToAlarm(_registers, Format, time) <= updates ? Alarm : 0);
        }

        return flags;
    }

    /// <summary>Catches up with the clock.</summary>
    private void Advance()
    {
        long divider = DividerNow;
        if (divider <= _divider)
        {
            return;
        }

        _flags |= (byte)FlagsUntil(divider);
        if (UpdatesUntil(divider) is > 0 and long updates)
        {
            RtcTime time = RtcRegisters.Decode(_registers, Format);
            RtcRegisters.Encode(_registers, Format, time.AddSeconds(updates));
        }

        _divider = divider;
    }

    private void DriveInterrupt()
    {
        _interrupt.Set((_flags & RegisterB) != 0);

        long alarm = DividerRuns ? NextInterrupt() : IDeviceClock.Never;
        if (alarm != _alarm)
        {
            _alarm = alarm;
            _clock.SetAlarm(alarm);
        }
    }

    /// <summary>When a flag will be set that interrupts; those that are set already change nothing.</summary>
    private long NextInterrupt()
    {
        int awaited = RegisterB & ~_flags;
        long next = IDeviceClock.Never;
        int period = PeriodTicks;
        if ((awaited & Periodic) != 0 && period != 0)
        {
            next = ((_divider / period) + 1) * period;
        }

        long second = _divider / TicksPerSecond;
        if ((awaited & UpdateEnded) != 0 && UpdatesRun)
        {
            next = Math.Min(next, (second + 1) * TicksPerSecond);
        }

        if ((awaited & Alarm) != 0 && UpdatesRun)
        {
            RtcTime time = RtcRegisters.Decode(_registers, Format);
            long seconds = RtcRegisters.SecondsToAlarm(_registers, Format, time);
            next = seconds == long.MaxValue ? next : Math.Min(next, (second + seconds) * TicksPerSecond);
        }

        return next == IDeviceClock.Never ? next : _rate.TimeOf((ulong)(next - _phase));
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Bytes(_registers);
        state.Bytes(_extended);
        _index = (byte)state.Index(_index, CmosContents.BankSize);
        _extendedIndex = (byte)state.Index(_extendedIndex, CmosContents.BankSize);
        _flags = state.Of(_flags);
        _phase = state.Of(_phase);
        _divider = state.Of(_divider);
        _alarm = state.Of(_alarm);
        NmiMasked = state.Of(NmiMasked);
    }
}
