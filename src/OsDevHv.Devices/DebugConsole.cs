namespace OsDevHv.Devices;

/// <summary>A debug console: a port whose bytes are output as they are written.</summary>
/// <remarks>
/// Specification: Bochs' "port E9 hack", and QEMU's isa-debugcon (<c>-debugcon</c>), whose read-back value tells a guest that the console
/// is there. Not modelled: input; there is none. Bochs' switch that turns the port off.
/// </remarks>
public sealed class DebugConsole : IBusDevice
{
    private readonly IByteSink _output;
    private readonly byte _readBack;

    /// <summary>A debug console.</summary>
    /// <param name="output">Takes what is written.</param>
    /// <param name="readBack">What a read gives; E9h is what guests look for.</param>
    public DebugConsole(IByteSink output, byte readBack = 0xe9)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _readBack = readBack;
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => _readBack;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value) => _output.Write((byte)value);

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
