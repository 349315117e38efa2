namespace OsDevHv.Devices;

/// <summary>System control port B, 61h: the speaker, and the gate and output of the 8254's counter 2.</summary>
/// <remarks>
/// <para>Specification: Intel ICH9 data sheet, NMI_SC; IBM PC AT hardware technical reference for the refresh bit.</para>
/// <para>Not modelled: sound, and the system errors and channel checks that bits 2 and 3 would turn off, so bits 6 and 7 read 0. The
/// refresh bit toggles every 15 microseconds of machine time, whatever counter 1 does.</para>
/// <para>A part of the 8254's chip: its slot shares the lock of the <see cref="Pit8254"/>'s.</para>
/// </remarks>
public sealed class SystemControlPortB : IBusDevice
{
    private const byte Gate2 = 0x01;
    private const byte SpeakerData = 0x02;
    private const byte Writable = 0x0f;
    private const byte RefreshToggle = 0x10;
    private const byte Out2 = 0x20;
    private const long RefreshNanoseconds = 15_000;

    private readonly Pit8254 _timer;
    private byte _value;

    /// <summary>The port in its power-on state: gate closed, speaker off.</summary>
    /// <param name="timer">The timer that it gates.</param>
    public SystemControlPortB(Pit8254 timer)
    {
        ArgumentNullException.ThrowIfNull(timer);
        _timer = timer;
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>What a read of the port gives now. Has no side effect; call under the device's lock.</summary>
    public byte Value
    {
        get
        {
            int value = _value;
            value |= (_timer.Now / RefreshNanoseconds & 1) != 0 ? RefreshToggle : 0;
            value |= _timer.Out2 ? Out2 : 0;
            return (byte)value;
        }
    }

    /// <summary>The speaker is driven by counter 2. Call under the device's lock.</summary>
    public bool SpeakerIsOn => (_value & (SpeakerData | Gate2)) == (SpeakerData | Gate2);

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => Value;

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        _value = (byte)(value & Writable);
        _timer.SetGate2((_value & Gate2) != 0);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _value = 0;
        _timer.SetGate2(false);
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _value = state.Of(_value);
    }
}
