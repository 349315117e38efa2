namespace OsDevHv.Devices;

/// <summary>System control port A, 92h: fast reset and the fast A20 gate.</summary>
/// <remarks>
/// Specification: IBM PS/2 hardware technical reference, and Intel ICH9 data sheet, PORT92. Not modelled: masking of address line 20; the
/// gate is a bit that reads back, and addresses always have all their bits. It is on at power-on, as firmware leaves it. PS/2's lock,
/// watchdog and disk light bits read 0.
/// </remarks>
public sealed class SystemControlPortA : IBusDevice
{
    private const byte FastReset = 0x01;
    private const byte A20Gate = 0x02;

    private readonly IPowerControl _power;
    private byte _value = A20Gate;

    /// <summary>The port in its power-on state.</summary>
    /// <param name="power">Told when the guest resets the machine here.</param>
    public SystemControlPortA(IPowerControl power)
    {
        ArgumentNullException.ThrowIfNull(power);
        _power = power;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => _value;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte before = _value;
        _value = (byte)(value & (FastReset | A20Gate));
        if ((_value & ~before & FastReset) != 0)
        {
            _power.Reset("port 92h");
        }
    }

    /// <inheritdoc/>
    public void Reset() => _value = A20Gate;

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _value = state.Of(_value);
    }
}
