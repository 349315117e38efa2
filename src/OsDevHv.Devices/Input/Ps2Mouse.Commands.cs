namespace OsDevHv.Devices;

/// <content>What the host can tell it.</content>
public sealed partial class Ps2Mouse
{
    private const byte Acknowledge = 0xfa;
    private const byte ResendRequest = 0xfe;
    private const byte Error = 0xfc;
    private const byte SelfTestPassed = 0xaa;
    private const int DefaultResolution = 2;
    private const int DefaultSampleRate = 100;

    // Three sample rates in a row, the last one in the low byte.
    private const uint WheelRates = (200 << 16) | (100 << 8) | 80;
    private const uint ExplorerRates = (200 << 16) | (200 << 8) | 80;

    private byte _awaiting;
    private int _errors;
    private uint _rates;

    private enum Command : byte
    {
        ScaleOneToOne = 0xe6,
        ScaleTwoToOne = 0xe7,
        SetResolution = 0xe8,
        Status = 0xe9,
        StreamMode = 0xea,
        ReadData = 0xeb,
        EndWrap = 0xec,
        Wrap = 0xee,
        RemoteMode = 0xf0,
        Identify = 0xf2,
        SetSampleRate = 0xf3,
        Enable = 0xf4,
        Disable = 0xf5,
        Defaults = 0xf6,
        Resend = 0xfe,
        Reset = 0xff,
    }

    /// <inheritdoc/>
    /// <remarks>What was to be sent before is not: a command ends the packet that is under way.</remarks>
    public void Receive(byte value)
    {
        var awaiting = (Command)_awaiting;
        _awaiting = 0;
        if (IsWrapping && (Command)value is not (Command.EndWrap or Command.Reset))
        {
            Send(value);
        }
        else if (awaiting != 0)
        {
            TakeArgument(awaiting, value);
        }
        else
        {
            Execute((Command)value);
        }

        TellIfReady();
    }

    private void Execute(Command command)
    {
        if (command == Command.Resend)
        {
            // All of the last packet, for the output holds nothing else.
            _outputAt = 0;
            return;
        }

        if (command != Command.ReadData)
        {
            ClearCounters();
        }

        _errors = IsKnown(command) ? 0 : _errors + 1;
        switch (command)
        {
            case Command.ReadData:
                SendPacket(isScaled: false, withAcknowledge: true);
                return;
            case Command.Status:
                Send(Acknowledge, StatusByte, (byte)Resolution, (byte)SampleRate);
                return;
            case Command.Identify:
                Send(Acknowledge, (byte)Kind);
                return;
            case Command.SetResolution or Command.SetSampleRate:
                _awaiting = (byte)command;
                break;
            case Command.ScaleOneToOne or Command.ScaleTwoToOne:
                IsScaled = command == Command.ScaleTwoToOne;
                break;
            case Command.StreamMode or Command.RemoteMode:
                IsRemote = command == Command.RemoteMode;
                break;
            case Command.Wrap or Command.EndWrap:
                IsWrapping = command == Command.Wrap;
                break;
            case Command.Enable or Command.Disable:
                IsReporting = command == Command.Enable;
                _told = Buttons;
                break;
            case Command.Defaults:
                SetDefaults();
                break;
            case Command.Reset:
                MouseButtons held = Buttons;
                Reset();
                Buttons = held;
                _told = held;
                Send(Acknowledge, SelfTestPassed, (byte)Kind);
                return;
            default:
                Send(_errors > 1 ? Error : ResendRequest);
                return;
        }

        Send(Acknowledge);
    }

    private void TakeArgument(Command command, byte value)
    {
        bool isValid = command == Command.SetResolution ? value <= 3 : value is 10 or 20 or 40 or 60 or 80 or 100 or 200;
        if (!isValid)
        {
            _errors++;
            _awaiting = _errors > 1 ? (byte)0 : (byte)command;
            Send(_errors > 1 ? Error : ResendRequest);
            return;
        }

        _errors = 0;
        if (command == Command.SetResolution)
        {
            Resolution = value;
        }
        else
        {
            SetSampleRate(value);
        }

        Send(Acknowledge);
    }

    private void SetSampleRate(byte rate)
    {
        SampleRate = rate;
        _rates = ((_rates << 8) | rate) & 0xff_ffff;
        Kind = _rates switch
        {
            WheelRates => MouseKind.Wheel,
            ExplorerRates => MouseKind.Explorer,
            _ => Kind,
        };
    }

    private byte StatusByte => (byte)(
        ((Buttons & MouseButtons.Right) != 0 ? 0x01 : 0)
        | ((Buttons & MouseButtons.Middle) != 0 ? 0x02 : 0)
        | ((Buttons & MouseButtons.Left) != 0 ? 0x04 : 0)
        | (IsScaled ? 0x10 : 0)
        | (IsReporting ? 0x20 : 0)
        | (IsRemote ? 0x40 : 0));

    private void SetDefaults()
    {
        IsReporting = false;
        IsRemote = false;
        IsScaled = false;
        Resolution = DefaultResolution;
        SampleRate = DefaultSampleRate;
        _told = Buttons;
        ClearCounters();
    }

    private static bool IsKnown(Command command) => command is (>= Command.ScaleOneToOne and <= Command.EndWrap)
        or Command.Wrap or Command.RemoteMode or (>= Command.Identify and <= Command.Defaults) or Command.Reset;
}
