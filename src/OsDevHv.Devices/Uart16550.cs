namespace OsDevHv.Devices;

/// <summary>A 16550A UART as a PC has it at COM1 to COM4: 8 ports, one interrupt.</summary>
/// <remarks>
/// <para>Specification: National Semiconductor PC16550D data sheet (June 1995), and the PC's wiring of
/// OUT2 as the gate of the interrupt.</para>
/// <para>Not modelled: time. A character is on the wire the moment it is written, whatever the divisor latch says, so the transmitter is
/// always empty: THRE and TEMT always read 1, the transmit FIFO never holds anything, and each write to THR makes the interrupt of an
/// emptied transmitter anew (the line goes low and high again, for edge-triggered controllers). The receiver's time-out of 4 character
/// times elapses at once: characters below the trigger level are always timed out, and each read of one ends that time-out and starts the
/// next. Word length, parity and stop bits are kept and not acted on: characters pass with 8 bits. The break that LCR asks for is not sent.
/// There is no DMA mode. OUT2 gates the interrupt in loopback mode as well, as Super I/O chips have it.</para>
/// <para>A character from the host for which there is no room is refused and not lost (<see cref="Receive"/>), so the overrun error is seen
/// in loopback mode only.</para>
/// </remarks>
public sealed class Uart16550 : IBusDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 8;

    private const byte NoInterrupt = 0x01;
    private const byte OverrunError = 0x02;

    private readonly IByteSink _output;
    private readonly IInterruptLine _interrupt;
    private readonly Action? _roomAppeared;
    private readonly ReceiveFifo _receiver = new();

    private InterruptEnable _interruptEnable;
    private bool _fifosEnabled;
    private int _triggerLevel;
    private byte _lineControl;
    private ModemControl _modemControl;
    private byte _lineErrors;
    private ModemInputs _modemInputs = ModemInputs.Connected;
    private byte _modemChanges;
    private byte _scratch;
    private ushort _divisor;
    private bool _transmitterEmptied;
    private bool _couldReceive;

    /// <summary>A UART in its power-on state, with a peer connected.</summary>
    /// <param name="output">Takes what the guest transmits.</param>
    /// <param name="interrupt">The interrupt line, gated by OUT2.</param>
    /// <param name="roomAppeared">
    /// Called, under the device's lock, when <see cref="CanReceive"/> turns true. It may call <see cref="Receive"/>, or wake whoever will.
    /// </param>
    public Uart16550(IByteSink output, IInterruptLine interrupt, Action? roomAppeared = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(interrupt);
        _output = output;
        _interrupt = interrupt;
        _roomAppeared = roomAppeared;
        SetPowerOnState();
        _couldReceive = CanReceive;
    }

    /// <summary>Interrupt causes as the interrupt identification register names them, by falling priority.</summary>
    private enum Cause : byte
    {
        LineStatus = 0x06,
        ReceivedData = 0x04,
        CharacterTimeout = 0x0c,
        TransmitterEmpty = 0x02,
        ModemStatus = 0x00,
        None = NoInterrupt,
    }

    [Flags]
    private enum InterruptEnable : byte
    {
        None = 0,
        ReceivedData = 0x01,
        TransmitterEmpty = 0x02,
        LineStatus = 0x04,
        ModemStatus = 0x08,
        All = 0x0f,
    }

    [Flags]
    private enum ModemControl : byte
    {
        None = 0,
        DataTerminalReady = 0x01,
        RequestToSend = 0x02,
        Out1 = 0x04,
        Out2 = 0x08,
        Loopback = 0x10,
        All = 0x1f,
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>Hears of what the guest does that the chip reserves or this model does not do; null is nobody.</summary>
    public IGuestErrorLog? GuestErrors { get; init; }

    /// <summary>
    /// There is room for a character from the wire: the FIFO is not full, or without FIFOs the receiver buffer is empty; never in loopback
    /// mode, which disconnects the wire. Call under the device's lock.
    /// </summary>
    public bool CanReceive => !Loopback && _receiver.Count < Depth;

    private bool Loopback => (_modemControl & ModemControl.Loopback) != 0;

    private bool DivisorLatchAccess => (_lineControl & 0x80) != 0;

    private int Depth => _fifosEnabled ? ReceiveFifo.Capacity : 1;

    /// <summary>The levels of CTS, DSR, RI and DCD at the chip: the modem's, or in loopback mode the outputs that are wired to
    /// them.</summary>
    private ModemInputs EffectiveModemInputs
    {
        get
        {
            if (!Loopback)
            {
                return _modemInputs;
            }

            ModemInputs looped = ModemInputs.None;
            looped |= (_modemControl & ModemControl.RequestToSend) != 0 ? ModemInputs.ClearToSend : 0;
            looped |= (_modemControl & ModemControl.DataTerminalReady) != 0 ? ModemInputs.DataSetReady : 0;
            looped |= (_modemControl & ModemControl.Out1) != 0 ? ModemInputs.RingIndicator : 0;
            looped |= (_modemControl & ModemControl.Out2) != 0 ? ModemInputs.CarrierDetect : 0;
            return looped;
        }
    }

    /// <summary>A character arrives on the wire. Call under the device's lock.</summary>
    /// <param name="value">The character; 0 for a break.</param>
    /// <param name="errors">What is wrong with it.</param>
    /// <returns>Whether it was taken. False means that <see cref="CanReceive"/> is false: the host keeps the character and offers it
    /// again.</returns>
    public bool Receive(byte value, LineErrors errors = LineErrors.None)
    {
        if (!CanReceive)
        {
            return false;
        }

        PutInReceiver(value, errors & (LineErrors.Parity | LineErrors.Framing | LineErrors.Break));
        DriveInterrupt();
        _couldReceive = CanReceive;
        return true;
    }

    /// <summary>The modem's lines take these levels. Call under the device's lock.</summary>
    public void SetModemInputs(ModemInputs inputs)
    {
        ModemInputs before = EffectiveModemInputs;
        _modemInputs = inputs & (ModemInputs.Connected | ModemInputs.RingIndicator);
        NoteModemChanges(before);
        DriveInterrupt();
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        byte value = (offset & 7) switch
        {
            0 => DivisorLatchAccess ? (byte)_divisor : ReadReceiverBuffer(),
            1 => DivisorLatchAccess ? (byte)(_divisor >> 8) : (byte)_interruptEnable,
            2 => ReadInterruptIdentification(),
            3 => _lineControl,
            4 => (byte)_modemControl,
            5 => ReadLineStatus(),
            6 => ReadModemStatus(),
            _ => _scratch,
        };
        TellOfRoom();
        return value;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte data = (byte)value;
        UartGuestErrors.Check(GuestErrors, offset & 7, data, DivisorLatchAccess);
        switch (offset & 7)
        {
            case 0 when DivisorLatchAccess:
                _divisor = (ushort)((_divisor & 0xff00) | data);
                break;
            case 0:
                WriteTransmitterHolding(data);
                break;
            case 1 when DivisorLatchAccess:
                _divisor = (ushort)((data << 8) | (_divisor & 0x00ff));
                break;
            case 1:
                WriteInterruptEnable((InterruptEnable)data & InterruptEnable.All);
                break;
            case 2:
                WriteFifoControl(data);
                break;
            case 3:
                _lineControl = data;
                break;
            case 4:
                WriteModemControl((ModemControl)data & ModemControl.All);
                break;
            case 7:
                _scratch = data;
                break;
            default:
                // The line and modem status registers are for reading.
                break;
        }

        TellOfRoom();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        SetPowerOnState();
        DriveInterrupt();
        TellOfRoom();
    }

    /// <summary>The data sheet's reset configuration; what that leaves undefined is 0, and the divisor that of 9600 baud. The modem's lines
    /// are not the UART's to reset.</summary>
    private void SetPowerOnState()
    {
        _receiver.Clear();
        _interruptEnable = InterruptEnable.None;
        _fifosEnabled = false;
        _triggerLevel = 1;
        _lineControl = 0;
        _modemControl = ModemControl.None;
        _lineErrors = 0;
        _modemChanges = 0;
        _scratch = 0;
        _divisor = 12;
        _transmitterEmptied = false;
    }

    private byte ReadReceiverBuffer()
    {
        byte value = _receiver.Take();
        _lineErrors |= (byte)_receiver.RevealErrors();

        // The read ends a time-out; the next one, of the characters that are left, is a new edge.
        DriveInterrupt(timedOut: false);
        DriveInterrupt();
        return value;
    }

    private byte ReadInterruptIdentification()
    {
        Cause cause = HighestCause(timedOut: true);
        if (cause == Cause.TransmitterEmpty)
        {
            _transmitterEmptied = false;
            DriveInterrupt();
        }

        return (byte)((byte)cause | (_fifosEnabled ? 0xc0 : 0));
    }

    private byte ReadLineStatus()
    {
        const byte transmitterEmpty = 0x60;
        const byte errorsOfCharacters = (byte)(LineErrors.Parity | LineErrors.Framing | LineErrors.Break);
        int value = transmitterEmpty | _lineErrors | (_receiver.Count != 0 ? 0x01 : 0);
        if (_fifosEnabled && (_receiver.HasHiddenErrors || (_lineErrors & errorsOfCharacters) != 0))
        {
            value |= 0x80;
        }

        _lineErrors = 0;
        DriveInterrupt();
        return (byte)value;
    }

    private byte ReadModemStatus()
    {
        byte value = (byte)((byte)EffectiveModemInputs | _modemChanges);
        _modemChanges = 0;
        DriveInterrupt();
        return value;
    }

    private void WriteTransmitterHolding(byte value)
    {
        _transmitterEmptied = false;
        DriveInterrupt();
        if (Loopback)
        {
            ReceiveLooped(value);
        }
        else
        {
            _output.Write(value);
        }

        _transmitterEmptied = true;
        DriveInterrupt();
    }

    /// <summary>An overrun loses the new character in FIFO mode and the old one in 16450 mode.</summary>
    private void ReceiveLooped(byte value)
    {
        if (_receiver.Count == Depth)
        {
            _lineErrors |= OverrunError;
            if (_fifosEnabled)
            {
                return;
            }

            _receiver.Clear();
        }

        PutInReceiver(value, LineErrors.None);
    }

    private void PutInReceiver(byte value, LineErrors errors)
    {
        bool atTop = _receiver.Count == 0;
        _receiver.Put(value, errors);
        if (atTop)
        {
            _lineErrors |= (byte)_receiver.RevealErrors();
        }
    }

    /// <summary>Enabling the interrupt of the transmitter while it is empty raises it: what is enabled is a state, not an event.</summary>
    private void WriteInterruptEnable(InterruptEnable value)
    {
        _transmitterEmptied |= (value & ~_interruptEnable & InterruptEnable.TransmitterEmpty) != 0;
        _interruptEnable = value;
        DriveInterrupt();
    }

    /// <summary>Without bit 0 the other bits are not programmed; a change of bit 0 clears both FIFOs.</summary>
    private void WriteFifoControl(byte value)
    {
        bool enable = (value & 0x01) != 0;
        bool resetReceiver = (value & 0x02) != 0;
        if (enable != _fifosEnabled || (enable && resetReceiver))
        {
            _receiver.Clear();
            _lineErrors &= OverrunError;
        }

        // "The transmitter interrupt after changing FCR0 will be immediate, if it is enabled".
        _transmitterEmptied |= enable != _fifosEnabled;
        _fifosEnabled = enable;
        _triggerLevel = !enable ? 1 : (value >> 6) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 };
        DriveInterrupt();
    }

    private void WriteModemControl(ModemControl value)
    {
        ModemInputs before = EffectiveModemInputs;
        _modemControl = value;
        NoteModemChanges(before);
        DriveInterrupt();
    }

    /// <summary>The ring indicator's change counts at its trailing edge only.</summary>
    private void NoteModemChanges(ModemInputs before)
    {
        ModemInputs now = EffectiveModemInputs;
        ModemInputs changed = (before ^ now) & ~(now & ModemInputs.RingIndicator);
        _modemChanges |= (byte)((int)changed >> 4);
    }

    private void DriveInterrupt(bool timedOut = true) =>
        _interrupt.Set((_modemControl & ModemControl.Out2) != 0 && HighestCause(timedOut) != Cause.None);

    private Cause HighestCause(bool timedOut)
    {
        if ((_interruptEnable & InterruptEnable.LineStatus) != 0 && _lineErrors != 0)
        {
            return Cause.LineStatus;
        }

        if ((_interruptEnable & InterruptEnable.ReceivedData) != 0)
        {
            if (_receiver.Count >= _triggerLevel)
            {
                return Cause.ReceivedData;
            }

            if (timedOut && _receiver.Count != 0)
            {
                return Cause.CharacterTimeout;
            }
        }

        if ((_interruptEnable & InterruptEnable.TransmitterEmpty) != 0 && _transmitterEmptied)
        {
            return Cause.TransmitterEmpty;
        }

        return (_interruptEnable & InterruptEnable.ModemStatus) != 0 && _modemChanges != 0 ? Cause.ModemStatus : Cause.None;
    }

    private void TellOfRoom()
    {
        bool appeared = CanReceive && !_couldReceive;
        _couldReceive = CanReceive;
        if (appeared)
        {
            _roomAppeared?.Invoke();
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _receiver.ExchangeState(state);
        _interruptEnable = (InterruptEnable)state.Of((byte)_interruptEnable);
        _fifosEnabled = state.Of(_fifosEnabled);
        _triggerLevel = state.Of(_triggerLevel);
        _lineControl = state.Of(_lineControl);
        _modemControl = (ModemControl)state.Of((byte)_modemControl);
        _lineErrors = state.Of(_lineErrors);
        _modemInputs = (ModemInputs)state.Of((byte)_modemInputs);
        _modemChanges = state.Of(_modemChanges);
        _scratch = state.Of(_scratch);
        _divisor = state.Of(_divisor);
        _transmitterEmptied = state.Of(_transmitterEmptied);
        _couldReceive = state.Of(_couldReceive);
    }
}
