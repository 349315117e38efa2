namespace OsDevHv.Devices;

/// <content>What the processor can tell it.</content>
public sealed partial class KeyboardController
{
    private const byte NotReset = 0x01;
    private const byte A20Gate = 0x02;
    private const byte KeyboardOutputPin = 0x10;
    private const byte AuxiliaryOutputPin = 0x20;
    private const byte OutputPortUnused = 0xcc;

    private const byte KeyboardClock = 0x01;
    private const byte AuxiliaryClock = 0x02;

    private const byte Resend = 0xfe;

    private const string Device = "8042";

    private void WriteCommand(byte command)
    {
        _awaitingData = 0;
        switch (command)
        {
            case >= 0x20 and <= 0x3f:
                Answer(_memory[command & (MemoryBytes - 1)]);
                break;
            case (>= 0x60 and <= 0x7f) or 0xd1 or 0xd2 or 0xd3 or 0xd4:
                _awaitingData = command;
                break;
            case 0xa4:
                // There is no password.
                Answer(0xf1);
                break;
            case 0xa7 or 0xa8:
                SetConfiguration(AuxiliaryDisabled, command == 0xa7);
                break;
            case 0xaa:
                SetConfiguration(SystemFlag, true);
                Answer(0x55);
                break;
            case 0xa9 or 0xab:
                // No clock or data line is stuck, also where nothing is connected.
                Answer(0x00);
                break;
            case 0xad or 0xae:
                SetConfiguration(KeyboardDisabled, command == 0xad);
                break;
            case 0xc0:
                // Input port: the keyboard lock is open.
                Answer(0x80);
                break;
            case 0xd0:
                Answer(OutputPort());
                break;
            case 0xdd or 0xdf:
                _outputPort = (byte)(command == 0xdf ? _outputPort | A20Gate : _outputPort & ~A20Gate);
                break;
            case 0xe0:
                Answer(TestInputs());
                break;
            case >= 0xf0:
                Pulse(command);
                break;
            default:
                _errors?.Report(Device, "unknown command, or one that is not modelled", command);
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
                _memory[0] = value;
                break;
            case >= 0x61 and <= 0x7f:
                _memory[command & (MemoryBytes - 1)] = value;
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
            case 0xd4 when _mouse is null:
                Answer(Resend, OutputFull | AuxiliaryOutput | Timeout);
                break;
            case 0xd4:
                SetConfiguration(AuxiliaryDisabled, false);
                _mouse.Device.Receive(value);
                break;
            default:
                SetConfiguration(KeyboardDisabled, false);
                _keyboard.Device.Receive(value);
                break;
        }
    }

    /// <summary>An answer waits until the byte in the output buffer is read; a newer one takes its place.</summary>
    private void Answer(byte value, byte status = OutputFull)
    {
        _answer = value;
        _answerStatus = status;
    }

    private void SetConfiguration(byte bit, bool on) => _memory[0] = (byte)(on ? Configuration | bit : Configuration & ~bit);

    /// <summary>The interrupts are pins of the port.</summary>
    private byte OutputPort() => (byte)(
        (_outputPort & ~(KeyboardOutputPin | AuxiliaryOutputPin))
        | (_outputStatus & (OutputFull | AuxiliaryOutput)) switch
        {
            OutputFull => KeyboardOutputPin,
            OutputFull | AuxiliaryOutput => AuxiliaryOutputPin,
            _ => 0,
        });

    /// <summary>The clock lines, which are high but for those that the controller holds low to disable an interface.</summary>
    private byte TestInputs() => (byte)(
        ((Configuration & KeyboardDisabled) == 0 ? KeyboardClock : 0) | ((Configuration & AuxiliaryDisabled) == 0 ? AuxiliaryClock : 0));

    /// <summary>Pulses the output port's low bits that are 0 in the command; bit 0 is the reset line.</summary>
    private void Pulse(byte command)
    {
        if ((command & NotReset) == 0)
        {
            _power.Reset("8042 command");
        }
    }
}
