namespace OsDevHv.Devices;

/// <summary>One counter of an 8254 with its bus interface: byte order, latches, status.</summary>
/// <remarks>
/// Specification: Intel 8254 data sheet (231164), Read Operations and Read-Back Command. A latched count is read from its first byte on
/// whatever was read before it, as in QEMU; the data sheet does not tell.
/// </remarks>
internal struct PitChannel
{
    private PitCounter _counter;
    private byte _control;
    private bool _writesSecondByte;
    private bool _readsSecondByte;
    private byte _firstByte;
    private ushort _latchedCount;
    private int _latchedBytes;
    private byte _latchedStatus;
    private bool _statusIsLatched;

    private enum Access
    {
        LowByte = 1,
        HighByte = 2,
        LowThenHigh = 3,
    }

    /// <summary>The counter as of the tick it was advanced to last.</summary>
    public readonly PitCounter Counter => _counter;

    /// <summary>The low six bits of the control word: access, mode, BCD.</summary>
    public readonly byte Control => _control;

    private readonly Access AccessMode => (Access)(_control >> 4 & 3);

    /// <summary>The counter as it is at <paramref name="tick"/>.</summary>
    public readonly PitCounter At(long tick)
    {
        PitCounter counter = _counter;
        counter.AdvanceTo(tick);
        return counter;
    }

    /// <summary>Lets the counter's clock tick up to <paramref name="tick"/>.</summary>
    public void AdvanceTo(long tick) => _counter.AdvanceTo(tick);

    /// <summary>Changes the gate at the tick advanced to.</summary>
    public void SetGate(bool high) => _counter.SetGate(high);

    /// <summary>A control word for this counter that is no latch command.</summary>
    public void Program(byte control)
    {
        _control = (byte)(control & 0x3f);
        _writesSecondByte = false;
        _readsSecondByte = false;
        _latchedBytes = 0;
        _statusIsLatched = false;
        _counter.Program(control >> 1 & 7, (control & 1) != 0);
    }

    /// <summary>Holds the count at <paramref name="tick"/> for reading, if none is held.</summary>
    public void LatchCount(long tick)
    {
        if (_latchedBytes == 0)
        {
            _latchedCount = At(tick).Count;
            _latchedBytes = AccessMode == Access.LowThenHigh ? 2 : 1;
        }
    }

    /// <summary>Holds the status at <paramref name="tick"/> for reading, if none is held.</summary>
    public void LatchStatus(long tick)
    {
        if (!_statusIsLatched)
        {
            PitCounter counter = At(tick);
            _latchedStatus = (byte)((counter.Out ? 0x80 : 0) | (counter.NullCount ? 0x40 : 0) | _control);
            _statusIsLatched = true;
        }
    }

    /// <summary>A byte of a count.</summary>
    public void Write(byte value)
    {
        switch (AccessMode)
        {
            case Access.HighByte:
                _counter.WriteCount((ushort)(value << 8));
                break;
            case Access.LowThenHigh when !_writesSecondByte:
                _firstByte = value;
                _writesSecondByte = true;
                _counter.BeginCount();
                break;
            case Access.LowThenHigh:
                _writesSecondByte = false;
                _counter.WriteCount((ushort)((value << 8) | _firstByte));
                break;
            default:
                _counter.WriteCount(value);
                break;
        }
    }

    /// <summary>Reads what is latched, status first, or else the count at <paramref name="tick"/>.</summary>
    public byte Read(long tick)
    {
        if (_statusIsLatched)
        {
            _statusIsLatched = false;
            return _latchedStatus;
        }

        bool isHigh = AccessMode == Access.HighByte;
        if (_latchedBytes != 0)
        {
            isHigh |= AccessMode == Access.LowThenHigh && _latchedBytes == 1;
            _latchedBytes--;
            return HalfOf(_latchedCount, isHigh);
        }

        if (AccessMode == Access.LowThenHigh)
        {
            isHigh = _readsSecondByte;
            _readsSecondByte = !_readsSecondByte;
        }

        return HalfOf(At(tick).Count, isHigh);
    }

    private static byte HalfOf(ushort count, bool isHigh) => (byte)(isHigh ? count >> 8 : count);

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        _counter.ExchangeState(state);
        _control = state.Of(_control);
        _writesSecondByte = state.Of(_writesSecondByte);
        _readsSecondByte = state.Of(_readsSecondByte);
        _firstByte = state.Of(_firstByte);
        _latchedCount = state.Of(_latchedCount);
        _latchedBytes = state.Of(_latchedBytes);
        _latchedStatus = state.Of(_latchedStatus);
        _statusIsLatched = state.Of(_statusIsLatched);
    }
}
