namespace OsDevHv.Devices;

/// <summary>The port of power-on self-test codes, 80h.</summary>
/// <remarks>
/// Specification: the IBM PC AT's manufacturing test port, which is a spare DMA page register and so reads back what was written. Not
/// modelled: DMA, and the bus delay for which kernels write here.
/// </remarks>
public sealed class PostCodePort : IBusDevice
{
    private const int None = -1;

    private int _lastCode = None;

    /// <summary>The code written last; null before the first. Any thread.</summary>
    public byte? LastCode
    {
        get
        {
            int code = Volatile.Read(ref _lastCode);
            return code == None ? null : (byte)code;
        }
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => LastCode ?? 0UL;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value) => Volatile.Write(ref _lastCode, (byte)value);

    /// <inheritdoc/>
    public void Reset() => Volatile.Write(ref _lastCode, None);

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _lastCode = state.Of(_lastCode);
    }
}
