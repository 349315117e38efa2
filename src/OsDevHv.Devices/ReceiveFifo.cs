namespace OsDevHv.Devices;

/// <summary>The receiver's characters, each with its errors: 16 deep in FIFO mode, 1 in 16450 mode.</summary>
internal sealed class ReceiveFifo
{
    public const int Capacity = 16;

    private readonly (byte Value, LineErrors Errors)[] _entries = new (byte, LineErrors)[Capacity];
    private int _head;
    private int _entriesWithErrors;
    private byte _lastTaken;

    public int Count { get; private set; }

    /// <summary>A character that is still to be revealed has a parity or framing error or is a break.</summary>
    public bool HasHiddenErrors => _entriesWithErrors != 0;

    public void Clear()
    {
        _head = 0;
        _entriesWithErrors = 0;
        _lastTaken = 0;
        Count = 0;
    }

    /// <summary>Adds a character; the caller has made sure of room.</summary>
    public void Put(byte value, LineErrors errors)
    {
        _entries[(_head + Count) % Capacity] = (value, errors);
        _entriesWithErrors += errors == LineErrors.None ? 0 : 1;
        Count++;
    }

    /// <summary>Takes the oldest character; the one taken last when there is none, as the register still holds it.</summary>
    public byte Take()
    {
        if (Count == 0)
        {
            return _lastTaken;
        }

        RevealErrors();
        _lastTaken = _entries[_head].Value;
        _head = (_head + 1) % Capacity;
        Count--;
        return _lastTaken;
    }

    /// <summary>The errors of the oldest character, once: they are in the line status register from here on.</summary>
    public LineErrors RevealErrors()
    {
        if (Count == 0)
        {
            return LineErrors.None;
        }

        LineErrors errors = _entries[_head].Errors;
        _entries[_head].Errors = LineErrors.None;
        _entriesWithErrors -= errors == LineErrors.None ? 0 : 1;
        return errors;
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        foreach (ref (byte Value, LineErrors Errors) entry in _entries.AsSpan())
        {
            entry.Value = state.Of(entry.Value);
            entry.Errors = (LineErrors)state.Of((byte)entry.Errors);
        }
        _head = state.Index(_head, Capacity);
        Count = state.Index(Count, Capacity + 1);
        _entriesWithErrors = state.Of(_entriesWithErrors);
        _lastTaken = state.Of(_lastTaken);
    }
}
