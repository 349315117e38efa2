namespace OsDevHv.Devices;

/// <summary>The 8042 keyboard controller with nothing connected: data at offset 0 (port 60h), command and status at offset 4 (port
/// 64h).</summary>
/// <remarks>
/// <para>Specification: IBM PC AT and PS/2 hardware technical references, keyboard and auxiliary device controller; commands DDh and DFh as
/// in Super I/O chips and QEMU (hw/input/pckbd.c).</para>
/// <para>Not modelled: a keyboard or mouse (a byte sent to one times out at once, which gives FEh and the time-out status), interrupts 1
/// and 12, scan code translation, the password, and masking of address line 20; the A20 gate is a bit of the output port that reads back,
/// on at power-on. The controller is as fast as the processor, so its input buffer is always empty. At power-on it is as firmware leaves it
/// that found no devices: self-test passed, both interfaces disabled.</para>
/// </remarks>
public sealed class KeyboardController : IBusDevice
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

    private const byte SystemFlag = 0x04;
    private const byte KeyboardDisabled = 0x10;
    private const byte AuxiliaryDisabled = 0x20;

    private const byte NotReset = 0x01;
    private const byte A20Gate = 0x02;
    private const byte OutputPortUnused = 0xcc;

    private const byte Resend = 0xfe;

    private readonly IPowerControl _power;
    private byte _output;
    private byte _outputStatus;
    private bool _lastWriteWasCommand;
    private byte _awaitingData;
    private byte _configuration;
    private byte _outputPort;

    /// <summary>The controller in its power-on state.</summary>
    /// <param name="power">Told when the guest resets the machine here.</param>
    public KeyboardController(IPowerControl power)
    {
        ArgumentNullException.ThrowIfNull(power);
        _power = power;
        Reset();
    }

    /// <inheritdoc/>
    public int AccessSize => 1;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => offset == CommandOffset ? Status() : TakeOutput();

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
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _output = 0;
        _outputStatus = 0;
        _lastWriteWasCommand = true;
        _awaitingData = 0;
        _configuration = SystemFlag | KeyboardDisabled | AuxiliaryDisabled;
        _outputPort = OutputPortUnused | NotReset | A20Gate;
    }

    private byte Status() =>
        (byte)(_outputStatus | (_configuration & SystemFlag) | (_lastWriteWasCommand ? LastWriteWasCommand : 0) | NotLocked);

    private byte TakeOutput()
    {
        _outputStatus = 0;
        return _output;
    }

    private void Answer(byte value, byte status = OutputFull)
    {
        _output = value;
        _outputStatus = status;
    }

    private void WriteCommand(byte command)
    {
        _awaitingData = 0;
        switch (command)
        {
            case 0x20:
                Answer(_configuration);
                break;
            case 0x60 or 0xd1 or 0xd2 or 0xd3 or 0xd4:
                _awaitingData = command;
                break;
            case 0xa7:
                _configuration |= AuxiliaryDisabled;
                break;
            case 0xa8:
                _configuration &= unchecked((byte)~AuxiliaryDisabled);
                break;
            case 0xaa:
                _configuration |= SystemFlag;
                Answer(0x55);
                break;
            case 0xa9 or 0xab:
                // The clock and data lines of an interface with nothing on it are not stuck: no error.
                Answer(0x00);
                break;
            case 0xad:
                _configuration |= KeyboardDisabled;
                break;
            case 0xae:
                _configuration &= unchecked((byte)~KeyboardDisabled);
                break;
            case 0xc0:
                // Input port: the keyboard lock is open.
                Answer(0x80);
                break;
            case 0xd0:
                Answer(_outputPort);
                break;
            case 0xdd:
                _outputPort &= unchecked((byte)~A20Gate);
                break;
            case 0xdf:
                _outputPort |= A20Gate;
                break;
            case >= 0xf0 when (command & NotReset) == 0:
                // Pulses the output port's low bits that are 0 in the command; bit 0 is the reset line.
                _power.Reset("8042 command");
                break;
            default:
                // Unknown commands have no effect.
                break;
        }
    }

    private void WriteData(byte value)
    {
        byte command = _awaitingData;
        _awaitingData = 0;
        switch (command)
        {
            case 0x60:
                _configuration = value;
                break;
            case 0xd1:
                _outputPort = value;
                if ((value & NotReset) == 0)
                {
                    _power.Reset("8042 output port");
                }

                break;
            case 0xd2:
                Answer(value);
                break;
            case 0xd3:
                Answer(value, OutputFull | AuxiliaryOutput);
                break;
            case 0xd4:
                Answer(Resend, OutputFull | AuxiliaryOutput | Timeout);
                break;
            default:
                Answer(Resend, OutputFull | Timeout);
                break;
        }
    }
}
