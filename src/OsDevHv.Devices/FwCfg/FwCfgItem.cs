namespace OsDevHv.Devices;

/// <summary>An item's bytes.</summary>
internal sealed class FwCfgItem
{
    private readonly byte[] _content;
    private readonly byte[]? _first;
    private readonly IFwCfgListener? _listener;

    /// <summary>One that is only read.</summary>
    public FwCfgItem(byte[] content) => _content = content;

    /// <summary>One that the guest may write.</summary>
    /// <param name="first">What it holds at power-on.</param>
    /// <param name="listener">Hears of writes; null is nobody.</param>
    public FwCfgItem(byte[] first, IFwCfgListener? listener)
    {
        _first = first;
        _content = [.. first];
        _listener = listener;
    }

    public uint Length => (uint)_content.Length;

    public bool IsWritable => _first is not null;

    /// <summary>The bytes from an offset on, at most so many; none behind the end.</summary>
    public Span<byte> From(uint offset, uint count)
    {
        uint start = Math.Min(offset, Length);
        return _content.AsSpan((int)start, (int)Math.Min(count, Length - start));
    }

    public void TellWritten() => _listener?.OnWritten(_content);

    public void Reset()
    {
        if (_first is not null)
        {
            _first.CopyTo(_content, 0);
            _listener?.OnReset();
        }
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        if (_first is null)
        {
            // What is only read is whoever made the machine's: a test's arguments differ from those of the machine that was saved.
            return;
        }
        state.Bytes(_content);
        _listener?.ExchangeState(state);
    }
}
