namespace OsDevHv.Devices;

/// <summary>One counter of an 8254 without its bus interface: mode, counting element, gate and output, at one tick of its clock.</summary>
/// <remarks>
/// <para>Specification: Intel 8254 data sheet (231164), Mode Definitions. A tick is a CLK pulse, of which the rising edge samples the gate
/// and the falling edge loads or counts. Whatever lies between two ticks (a written count, a rising edge of the gate) takes effect at the
/// later one. A value: a copy that is advanced tells the future and leaves the counter as it is.</para>
/// <para>Where the data sheet leaves it open: a counter holds still from its control word to its first load, a count of 1 in modes 2 and 3
/// (illegal) keeps the output high, and digits above 9 of a BCD count carry.</para>
/// </remarks>
internal struct PitCounter
{
    private long _tick;
    private int _element;
    private int _loaded;
    private bool _loadPending;
    private bool _counting;
    private bool _expires;

    /// <summary>The mode, 0 to 5.</summary>
    public int Mode { get; private set; }

    /// <summary>Counts four decimal digits in place of 16 bits.</summary>
    public bool IsBcd { get; private set; }

    /// <summary>The level of OUT.</summary>
    public bool Out { get; private set; }

    /// <summary>The level of GATE.</summary>
    public bool Gate { get; private set; }

    /// <summary>What was written last is not in the counting element yet.</summary>
    public bool NullCount { get; private set; }

    /// <summary>The count that is loaded next: 1 to 65,536, or 10,000 in BCD; 0 if none was written since the control word.</summary>
    public int Reload { get; private set; }

    /// <summary>The counting element as the bus sees it.</summary>
    public readonly ushort Count
    {
        get
        {
            if (!IsBcd)
            {
                return (ushort)_element;
            }

            int value = _element % 10_000;
            return (ushort)((value / 1000 << 12) | (value / 100 % 10 << 8) | (value / 10 % 10 << 4) | (value % 10));
        }
    }

    private readonly int Modulus => IsBcd ? 10_000 : 0x10000;

    /// <summary>The gate enables counting, or does not matter.</summary>
    private readonly bool MayCount => _counting && (Gate || Mode is 1 or 5);

    private readonly bool IsPeriodic => Mode is 2 or 3;

    private readonly bool OutPulsesLow => !Out && Mode is 4 or 5;

    /// <summary>A control word: the counter stops, and OUT takes the mode's initial level at once.</summary>
    /// <param name="mode">0 to 7; 6 and 7 are 2 and 3.</param>
    /// <param name="bcd">Counts in BCD.</param>
    public void Program(int mode, bool bcd)
    {
        Mode = mode > 5 ? mode - 4 : mode;
        IsBcd = bcd;
        Out = Mode != 0;
        NullCount = true;
        Reload = 0;
        _loadPending = false;
        _counting = false;
        _expires = false;
        _element %= Modulus;
    }

    /// <summary>The first byte of a two-byte count, which stops mode 0.</summary>
    public void BeginCount()
    {
        if (Mode == 0)
        {
            _counting = false;
            _loadPending = false;
            Out = false;
        }
    }

    /// <summary>A complete count, as written.</summary>
    public void WriteCount(ushort value)
    {
        int count = IsBcd
            ? (((value >> 12) * 1000) + ((value >> 8 & 15) * 100) + ((value >> 4 & 15) * 10) + (value & 15)) % Modulus
            : value;
        Reload = count == 0 ? Modulus : count;
        NullCount = true;
        switch (Mode)
        {
            case 0:
                Out = false;
                _loadPending = true;
                break;
            case 4:
                _loadPending = true;
                break;
            case 2 or 3:
                _loadPending |= !_counting;
                break;
            default:
                // Modes 1 and 5 are armed, and wait for a trigger.
                break;
        }
    }

    /// <summary>GATE changes its level.</summary>
    public void SetGate(bool high)
    {
        bool rises = high && !Gate;
        Gate = high;
        if (IsPeriodic && !high)
        {
            Out = true;
        }

        _loadPending |= rises && Reload != 0 && Mode is not (0 or 4);
    }

    /// <summary>Lets the clock tick up to <paramref name="tick"/>; an earlier one does nothing.</summary>
    public void AdvanceTo(long tick)
    {
        long ticks = tick - _tick;
        if (ticks <= 0)
        {
            return;
        }

        _tick = tick;
        if (_loadPending)
        {
            Load();
            ticks--;
        }

        if (ticks == 0)
        {
            return;
        }

        switch (Mode)
        {
            case 2 when MayCount:
                CountRateGenerator(ticks);
                break;
            case 3 when MayCount:
                CountSquareWave(ticks);
                break;
            case 2 or 3:
                break;
            default:
                CountDown(ticks);
                break;
        }
    }

    /// <summary>The tick at which OUT changes next if nothing is written and the gate stays; <see cref="IDeviceClock.Never"/> if
    /// none.</summary>
    public readonly long NextChange()
    {
        if (!_loadPending)
        {
            return NextChangeWhileCounting();
        }

        PitCounter loaded = this;
        loaded.AdvanceTo(_tick + 1);
        return loaded.Out != Out ? loaded._tick : loaded.NextChangeWhileCounting();
    }

    /// <summary>The tick at which OUT rises next; <see cref="IDeviceClock.Never"/> if none.</summary>
    public readonly long NextRise()
    {
        long change = NextChange();
        if (!Out || change == IDeviceClock.Never)
        {
            return change;
        }

        PitCounter low = this;
        low.AdvanceTo(change);
        return low.NextChange();
    }

    private readonly long NextChangeWhileCounting()
    {
        if (OutPulsesLow)
        {
            return _tick + 1;
        }

        if (!MayCount)
        {
            return IDeviceClock.Never;
        }

        switch (Mode)
        {
            case 2 when !Out:
                return _tick + 1;
            case 2 when _element > 1:
                return _tick + _element - 1;
            case 2:
                return Reload == 1 ? IDeviceClock.Never : _tick + Reload;
            case 3 when Out && Reload == 1:
                return IDeviceClock.Never;
            case 3:
                return _tick + TicksOfHalfCycle();
            default:
                return _expires ? _tick + _element : IDeviceClock.Never;
        }
    }

    private void Load()
    {
        _loadPending = false;
        NullCount = false;
        _counting = true;
        _expires = true;
        _loaded = Reload;
        _element = Mode == 3 ? Reload & ~1 : Reload;
        Out = Mode is not (0 or 1);
    }

    /// <summary>OUT is low while the element is 1, from which it is reloaded.</summary>
    private void CountRateGenerator(long ticks)
    {
        if (ticks >= _element)
        {
            ticks -= _element;
            Load();
            ticks %= _loaded;
        }

        if (ticks != 0)
        {
            _element -= (int)ticks;
            Out = _element != 1;
        }
    }

    private void CountSquareWave(long ticks)
    {
        int left = TicksOfHalfCycle();
        if (ticks >= left)
        {
            ticks -= left;
            StartHalfCycle();
            ticks = _loaded == 1 ? 0 : ticks % _loaded;
            left = TicksOfHalfCycle();
            if (ticks >= left)
            {
                ticks -= left;
                StartHalfCycle();
            }
        }

        _element -= 2 * (int)ticks;
    }

    /// <summary>How long the half of the square wave still takes: an odd count's high half is one tick longer than its low one.</summary>
    private readonly int TicksOfHalfCycle() => (_element / 2) + (Out ? _loaded & 1 : 0);

    private void StartHalfCycle()
    {
        bool high = !Out || Reload == 1;
        Load();
        Out = high;
    }

    /// <summary>Modes 0, 1, 4 and 5: down to 0, which shows at OUT once, and on from the highest count.</summary>
    private void CountDown(long ticks)
    {
        if (OutPulsesLow)
        {
            Out = true;
        }

        if (!MayCount)
        {
            return;
        }

        if (_expires && ticks >= _element)
        {
            ticks -= _element;
            _element = 0;
            _expires = false;
            Out = Mode is 0 or 1 || ticks != 0;
        }

        int rest = (int)(ticks % Modulus);
        _element = rest > _element ? _element + Modulus - rest : _element - rest;
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        _tick = state.Of(_tick);
        _element = state.Of(_element);
        _loaded = state.Of(_loaded);
        _loadPending = state.Of(_loadPending);
        _counting = state.Of(_counting);
        _expires = state.Of(_expires);
        Mode = state.Index(Mode, 6);
        IsBcd = state.Of(IsBcd);
        Out = state.Of(Out);
        Gate = state.Of(Gate);
        NullCount = state.Of(NullCount);
        Reload = state.Of(Reload);
        if (_element is < 0 or > 0x10000 || _loaded is < 0 or > 0x10000 || Reload is < 0 or > 0x10000 || (_counting && _loaded == 0) || ((_counting || _loadPending) && Reload == 0))
        {
            throw StateExchange.Damaged();
        }
    }
}
