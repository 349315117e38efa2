namespace OsDevHv.Devices;

/// <summary>The power-off port of Bochs and old QEMU, 8900h: the string "Shutdown", a byte a write.</summary>
/// <remarks>
/// Specification: Bochs' and QEMU's pc.c of up to version 2.x. A byte that is not the next one starts the matching anew, and may itself be
/// the first (QEMU wants a fresh one). Not modelled: reading; it gives ones, as an empty port does.
/// </remarks>
public sealed class BochsPowerOffPort : IBusDevice
{
    private readonly IPowerControl _power;
    private int _matched;

    /// <summary>The port with nothing matched.</summary>
    /// <param name="power">Told when the guest turns the machine off here.</param>
    public BochsPowerOffPort(IPowerControl power)
    {
        ArgumentNullException.ThrowIfNull(power);
        _power = power;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    private static ReadOnlySpan<byte> Password => "Shutdown"u8;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => 0xff;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte character = (byte)value;
        if (character != Password[_matched])
        {
            _matched = 0;
        }

        _matched += character == Password[_matched] ? 1 : 0;
        if (_matched == Password.Length)
        {
            _matched = 0;
            _power.PowerOff("port 8900h");
        }
    }

    /// <inheritdoc/>
    public void Reset() => _matched = 0;

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _matched = state.Index(_matched, Password.Length);
    }
}
