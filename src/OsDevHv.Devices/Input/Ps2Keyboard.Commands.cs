namespace OsDevHv.Devices;

/// <content>What the host can tell it.</content>
public sealed partial class Ps2Keyboard
{
    private const byte Acknowledge = 0xfa;
    private const byte ResendRequest = 0xfe;
    private const byte SelfTestPassed = 0xaa;

    // 10.9 characters a second after 500 ms.
    private const byte DefaultTypematic = 0x2b;

    private readonly byte[] _answers = new byte[4];
    private int _answerCount;
    private int _answerAt;
    private byte _awaiting;
    private byte _typematic;

    private enum Command : byte
    {
        SetLeds = 0xed,
        Echo = 0xee,
        ScanCodeSet = 0xf0,
        Identify = 0xf2,
        SetTypematic = 0xf3,
        Enable = 0xf4,
        DefaultAndDisable = 0xf5,
        Default = 0xf6,
        AllRepeat = 0xf7,
        AllBreak = 0xf8,
        AllMakeOnly = 0xf9,
        AllRepeatAndBreak = 0xfa,
        KeyRepeats = 0xfb,
        KeyBreaks = 0xfc,
        KeyMakeOnly = 0xfd,
        Resend = 0xfe,
        Reset = 0xff,
    }

    /// <inheritdoc/>
    /// <remarks>Answers go before scan codes that wait, in place of an answer that was not taken yet.</remarks>
    public void Receive(byte value)
    {
        byte awaiting = _awaiting;
        _awaiting = 0;
        // A command in place of an argument ends the one that awaits it.
        if (awaiting != 0 && value < (byte)Command.SetLeds)
        {
            TakeArgument((Command)awaiting, value);
        }
        else
        {
            Execute((Command)value);
        }
    }

    private void Execute(Command command)
    {
        switch (command)
        {
            case Command.Echo:
                Answer((byte)Command.Echo);
                break;
            case Command.Identify:
                Answer(Acknowledge, 0xab, 0x83);
                break;
            case Command.SetLeds or Command.SetTypematic:
                Await(command);
                break;
            case Command.ScanCodeSet:
                ClearCodes();
                Await(command);
                break;
            case Command.KeyRepeats or Command.KeyBreaks or Command.KeyMakeOnly:
                ClearCodes();
                IsScanning = false;
                Await(command);
                break;
            case >= Command.AllRepeat and <= Command.AllRepeatAndBreak:
                ClearCodes();
                Array.Fill(_reportsOfSet3, ReportsAfter(command));
                Answer(Acknowledge);
                break;
            case Command.Enable:
                ClearCodes();
                IsScanning = true;
                Answer(Acknowledge);
                break;
            case Command.DefaultAndDisable or Command.Default:
                SetDefaults();
                IsScanning &= command == Command.Default;
                Answer(Acknowledge);
                break;
            case Command.Resend:
                Answer(_lastSent);
                break;
            case Command.Reset:
                Reset();
                Answer(Acknowledge, SelfTestPassed);
                break;
            default:
                Answer(ResendRequest);
                break;
        }

        TellIfReady();
    }

    private void TakeArgument(Command command, byte value)
    {
        switch (command)
        {
            case Command.SetLeds:
                Leds = (KeyboardLeds)(value & 0x07);
                Answer(Acknowledge);
                break;
            case Command.SetTypematic:
                _typematic = (byte)(value & 0x7f);
                Answer(Acknowledge);
                break;
            case Command.ScanCodeSet when value == 0:
                Answer(Acknowledge, (byte)ScanCodeSet);
                break;
            case Command.ScanCodeSet when value <= 3:
                ScanCodeSet = value;
                Answer(Acknowledge);
                break;
            case Command.ScanCodeSet:
                Answer(ResendRequest);
                break;
            default:
                // Key after key, until another command comes.
                SetReports(value, ReportsAfter(command));
                Await(command);
                break;
        }
    }

    private void SetReports(byte code, KeyReports reports)
    {
        for (int i = 0; i < _reportsOfSet3.Length; i++)
        {
            if (KeyboardKey.All[i].Set3Code == code && code != 0)
            {
                _reportsOfSet3[i] = reports;
            }
        }
    }

    private void Await(Command command)
    {
        _awaiting = (byte)command;
        Answer(Acknowledge);
    }

    private void Answer(params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_answers);
        _answerAt = 0;
        _answerCount = bytes.Length;
    }

    private void ClearCodes()
    {
        _codes.Clear();
        StopRepeating();
    }

    private void SetDefaults()
    {
        ClearCodes();
        ScanCodeSet = DefaultSet;
        Leds = KeyboardLeds.None;
        _typematic = DefaultTypematic;
        Array.Fill(_reportsOfSet3, KeyReports.All);
    }

    private static KeyReports ReportsAfter(Command command) => command switch
    {
        Command.AllRepeat or Command.KeyRepeats => KeyReports.Repeat,
        Command.AllBreak or Command.KeyBreaks => KeyReports.Break,
        Command.AllMakeOnly or Command.KeyMakeOnly => KeyReports.MakeOnly,
        _ => KeyReports.All,
    };
}
