namespace OsDevHv.Devices;

/// <summary>A device that ends the run with the value written to it.</summary>
/// <remarks>
/// Specification: QEMU's isa-debug-exit (hw/misc/debugexit.c): a write anywhere in its range ends the run with the value as wide as it was
/// written, a read gives 0. Not modelled: the exit code; what is made of the value is the machine's business. A write that the bus has to
/// split (wider than the range, or not aligned in it) comes as several, of which the first counts.
/// </remarks>
public sealed class DebugExit : IBusDevice
{
    private readonly IPowerControl _power;

    /// <summary>A debug exit device.</summary>
    /// <param name="power">Told of each write.</param>
    /// <param name="portCount">How many ports it takes: 1, 2 or 4.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="portCount"/> is none of these.</exception>
    public DebugExit(IPowerControl power, int portCount)
    {
        ArgumentNullException.ThrowIfNull(power);
        if (portCount is not (1 or 2 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(portCount), portCount, "isa-debug-exit takes 1, 2 or 4 ports.");
        }

        _power = power;
        AccessSize = portCount;
    }

    /// <inheritdoc/>
    public int AccessSize { get; }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => 0;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value) => _power.DebugExit((uint)value);

    /// <inheritdoc/>
    public void Reset()
    {
        // It has no state.
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        // It has no state.
    }
}
