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

    // How much of a line that says so has come; or that the line is another.
    private const int OtherLine = -1;
    private int _matched;
    private bool _isReadyLine;

    /// <summary>A debug console.</summary>
    /// <param name="output">Takes what is written.</param>
    /// <param name="readBack">What a read gives; E9h is what guests look for.</param>
    public DebugConsole(IByteSink output, byte readBack = 0xe9)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _readBack = readBack;
    }

    /// <summary>
    /// Called, under the device's lock, when the guest reads behind the line <c>@osdevhv ready</c> of the test protocol
    /// (testkernels/lib/osdevhv-test.h); null is nobody.
    /// </summary>
    public Action? KernelIsReady { get; init; }

    private static ReadOnlySpan<byte> ReadyLine => "@osdevhv ready"u8;

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (_isReadyLine)
        {
            _isReadyLine = false;
            KernelIsReady?.Invoke();
        }

        return _readBack;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte character = (byte)value;
        _output.Write(character);
        _isReadyLine = character == '\n' && _matched == ReadyLine.Length;
        if (character == '\n')
        {
            _matched = 0;
        }
        else if (character != '\r' || _matched != ReadyLine.Length)
        {
            _matched = _matched >= 0 && _matched < ReadyLine.Length && ReadyLine[_matched] == character ? _matched + 1 : OtherLine;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _matched = 0;
        _isReadyLine = false;
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _matched = state.Index(_matched - OtherLine, ReadyLine.Length + 1 - OtherLine) + OtherLine;
        _isReadyLine = state.Of(_isReadyLine);
    }
}
