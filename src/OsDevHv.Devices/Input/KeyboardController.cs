namespace OsDevHv.Devices;

/// <summary>The 8042 keyboard controller with a keyboard and perhaps a mouse: data at offset 0 (port 60h), command and status at offset 4
/// (port 64h).</summary>
/// <remarks>
/// <para>Specification: IBM PC AT and PS/2 Hardware Technical References, keyboard and auxiliary device controller; commands DDh and DFh
/// as in Super I/O chips. Where these leave a choice it is as on QEMU (hw/input/pckbd.c): an answer of the controller goes before what
/// the keyboard sends, and that before the mouse's; a byte sent to a device enables its interface; IRQ 1 stays low while the keyboard is
/// disabled.</para>
/// <para>Not modelled: the password (A4h says that there is none), the diagnostic dump ACh, the polling of the input port C1h and C2h,
/// the keyboard lock, parity errors, and masking of address line 20; the A20 gate is a bit of the output port that reads back, on at
/// power-on. The controller is as fast as the processor, so its input buffer is always empty. A byte to a mouse that is not there times
/// out at once, which gives FEh and the time-out status.</para>
/// <para>At power-on it is as firmware leaves it: self-test passed, the keyboard scanning, translated to set 1, with IRQ 1; the mouse's
/// interface disabled.</para>
/// </remarks>
public sealed partial class KeyboardController : IBusDevice
{
    /// <summary>The offset of the data register, port 60h.</summary>
    public const ulong DataOffset = 0;

    /// <summary>The offset of the command and status register, port 64h.</summary>
    public const ulong CommandOffset = 4;

    private const byte OutputFull = 0x01;
    private const byte LastWriteWasCommand = 0x08;
    private const byte NotLocked = 0x10;
    private const byte AuxiliaryOutput = 0x20;
    private const byte Timeout = 0x40;

    private const byte KeyboardInterrupt = 0x01;
    private const byte AuxiliaryInterrupt = 0x02;
    private const byte SystemFlag = 0x04;
    private const byte KeyboardDisabled = 0x10;
    private const byte AuxiliaryDisabled = 0x20;
    private const byte Translates = 0x40;

    private const int MemoryBytes = 32;

    private readonly IPowerControl _power;
    private readonly Ps2Port _keyboard;
    private readonly Ps2Port? _mouse;
    private readonly IGuestErrorLog? _errors;
    // Its byte 0 is the command byte.
    private readonly byte[] _memory = new byte[MemoryBytes];
    private ScanCodeTranslation _translation;
    private byte _output;
    private byte _outputStatus;
    private byte _answer;
    private byte _answerStatus;
    private bool _lastWriteWasCommand;
    private byte _awaitingData;
    private byte _outputPort;

    /// <summary>The controller in its power-on state.</summary>
    /// <param name="power">Told when the guest resets the machine here.</param>
    /// <param name="keyboard">The keyboard.</param>
    /// <param name="mouse">The mouse; null is none.</param>
    /// <param name="errors">Hears of guest errors; null is nobody.</param>
    public KeyboardController(IPowerControl power, Ps2Port keyboard, Ps2Port? mouse, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(power);
        ArgumentNullException.ThrowIfNull(keyboard);
        _power = power;
        _keyboard = keyboard;
        _mouse = mouse;
        _errors = errors;
        keyboard.Device.Attention = Refill;
        if (mouse is not null)
        {
            mouse.Device.Attention = Refill;
        }

        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <summary>The status register, as a read of port 64h gives it.</summary>
    public byte Status => (byte)(
        _outputStatus | (Configuration & SystemFlag) | (_lastWriteWasCommand ? LastWriteWasCommand : 0) | NotLocked);

    /// <summary>The command byte, as command 20h gives it.</summary>
    public byte Configuration => _memory[0];

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => offset == CommandOffset ? Status : TakeOutput();

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        _lastWriteWasCommand = offset == CommandOffset;
        if (_lastWriteWasCommand)
        {
            WriteCommand((byte)value);
        }
        else
        {
            WriteData((byte)value);
        }

        Refill();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _output = 0;
        _outputStatus = 0;
        _answerStatus = 0;
        _lastWriteWasCommand = true;
        _awaitingData = 0;
        _translation.Clear();
        Array.Clear(_memory);
        _memory[0] = KeyboardInterrupt | SystemFlag | AuxiliaryDisabled | Translates;
        _outputPort = OutputPortUnused | NotReset | A20Gate;
        _keyboard.Device.Reset();
        _mouse?.Device.Reset();
        Refill();
    }

    /// <summary>Gives the byte in the output buffer, for the last time; the next one follows at once, and with it the next
    /// interrupt.</summary>
    private byte TakeOutput()
    {
        byte value = _output;
        _outputStatus = 0;
        DriveInterrupts();
        Refill();
        return value;
    }

    /// <summary>Puts the next byte into the output buffer, where that is empty.</summary>
    private void Refill()
    {
        if ((_outputStatus & OutputFull) == 0)
        {
            if (_answerStatus != 0)
            {
                (_output, _outputStatus) = (_answer, _answerStatus);
                _answerStatus = 0;
            }
            else if ((Configuration & KeyboardDisabled) == 0 && TryTakeFromKeyboard(out byte value))
            {
                (_output, _outputStatus) = (value, OutputFull);
            }
            else if ((Configuration & AuxiliaryDisabled) == 0 && _mouse is { Device.HasOutput: true })
            {
                (_output, _outputStatus) = (_mouse.Device.Take(), OutputFull | AuxiliaryOutput);
            }
        }

        DriveInterrupts();
    }

    private bool TryTakeFromKeyboard(out byte value)
    {
        while (_keyboard.Device.HasOutput)
        {
            value = _keyboard.Device.Take();
            if ((Configuration & Translates) == 0 || _translation.TryTranslate(value, out value))
            {
                return true;
            }
        }

        value = 0;
        return false;
    }

    private void DriveInterrupts()
    {
        byte enabled = (byte)(_outputStatus & (OutputFull | AuxiliaryOutput)) switch
        {
            OutputFull when (Configuration & KeyboardDisabled) == 0 => KeyboardInterrupt,
            OutputFull | AuxiliaryOutput => AuxiliaryInterrupt,
            _ => 0,
        };
        enabled &= Configuration;
        _keyboard.Interrupt.Set((enabled & KeyboardInterrupt) != 0);
        _mouse?.Interrupt.Set((enabled & AuxiliaryInterrupt) != 0);
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _translation.ExchangeState(state);
        state.Bytes(_memory);
        _output = state.Of(_output);
        _outputStatus = state.Of(_outputStatus);
        _answer = state.Of(_answer);
        _answerStatus = state.Of(_answerStatus);
        _lastWriteWasCommand = state.Of(_lastWriteWasCommand);
        _awaitingData = state.Of(_awaitingData);
        _outputPort = state.Of(_outputPort);
        _keyboard.Device.ExchangeState(state);
        _mouse?.Device.ExchangeState(state);
    }
}
