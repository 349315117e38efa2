namespace OsDevHv.Devices;

/// <summary>The keyboard's buffer of 16 bytes, behind which an overrun code goes when what follows does not fit.</summary>
internal sealed class KeyBuffer
{
    public const int Capacity = 16;

    private readonly byte[] _bytes = new byte[Capacity + 1];
    private int _head;
    private bool _hasOverrun;

    public int Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        _hasOverrun = false;
    }

    /// <summary>Adds the bytes of a key, whole. Where there is no room they are lost, and the first loss leaves the overrun code.</summary>
    public void Put(ReadOnlySpan<byte> bytes, byte overrun)
    {
        if (_hasOverrun)
        {
            return;
        }

        if (Count + bytes.Length > Capacity)
        {
            _hasOverrun = true;
            Put(overrun);
            return;
        }

        foreach (byte value in bytes)
        {
            Put(value);
        }
    }

    /// <summary>Takes the oldest byte; the caller has made sure that there is one.</summary>
    public byte Take()
    {
        byte value = _bytes[_head];
        _head = (_head + 1) % _bytes.Length;
        Count--;
        _hasOverrun &= Count != 0;
        return value;
    }

    private void Put(byte value)
    {
        _bytes[(_head + Count) % _bytes.Length] = value;
        Count++;
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        state.Bytes(_bytes);
        _head = state.Index(_head, _bytes.Length);
        Count = state.Index(Count, _bytes.Length + 1);
        _hasOverrun = state.Of(_hasOverrun);
    }
}
