using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>An 8042 with a keyboard and a mouse, and what a guest does with them. At power-on: set 2, translated, IRQ 1 on.</summary>
internal sealed class InputBench
{
    public const byte OutputFull = 0x01;
    public const byte AuxiliaryOutput = 0x20;
    public const byte Timeout = 0x40;

    public InputBench(IPowerControl power, bool hasMouse = true, IGuestErrorLog? errors = null)
    {
        Keyboard = new Ps2Keyboard(KeyboardClock);
        Mouse = new Ps2Mouse(MouseClock);
        Controller = new KeyboardController(
            power, new Ps2Port(Keyboard, KeyboardLine), hasMouse ? new Ps2Port(Mouse, MouseLine) : null, errors);
    }

    public InputBench(bool hasMouse = true)
        : this(new RecordingPower(), hasMouse)
    {
    }

    public KeyboardController Controller { get; }

    public Ps2Keyboard Keyboard { get; }

    public Ps2Mouse Mouse { get; }

    public TestClock KeyboardClock { get; } = new();

    public TestClock MouseClock { get; } = new();

    public RecordingLine KeyboardLine { get; } = new();

    public RecordingLine MouseLine { get; } = new();

    public byte Status => (byte)Controller.Read(KeyboardController.CommandOffset, 1);

    public void Command(byte command) => Controller.Write(KeyboardController.CommandOffset, 1, command);

    public void Data(byte value) => Controller.Write(KeyboardController.DataOffset, 1, value);

    public byte Read() => (byte)Controller.Read(KeyboardController.DataOffset, 1);

    /// <summary>Sets the command byte.</summary>
    public void Configure(byte value)
    {
        Command(0x60);
        Data(value);
    }

    /// <summary>No translation; both interfaces and interrupts on.</summary>
    public InputBench Raw()
    {
        Configure(0x07);
        return this;
    }

    /// <summary>The answer of the controller to a command.</summary>
    public byte Answer(byte command)
    {
        Command(command);
        Assert.Equal(OutputFull, Status & OutputFull);
        return Read();
    }

    /// <summary>Sends bytes to the keyboard; returns all that it answers, in hex.</summary>
    public string AskKeyboard(params byte[] bytes)
    {
        string answer = "";
        foreach (byte value in bytes)
        {
            Data(value);
            answer += Drain();
        }

        return answer;
    }

    /// <summary>Sends bytes to the mouse; returns all that it answers, in hex.</summary>
    public string AskMouse(params byte[] bytes)
    {
        string answer = "";
        foreach (byte value in bytes)
        {
            Command(0xd4);
            Data(value);
            answer += Drain();
        }

        return answer;
    }

    /// <summary>Reads until the output buffer stays empty; the bytes in hex.</summary>
    public string Drain()
    {
        List<byte> bytes = [];
        while ((Status & OutputFull) != 0)
        {
            Assert.True(bytes.Count < 100, "the output does not end");
            bytes.Add(Read());
        }

        return Convert.ToHexStringLower([.. bytes]);
    }

    public void Press(params string[] keys)
    {
        foreach (string key in keys)
        {
            Keyboard.Press(Key(key));
        }
    }

    public void Release(params string[] keys)
    {
        foreach (string key in keys)
        {
            Keyboard.Release(Key(key));
        }
    }

    /// <summary>Presses, reads, releases, reads: the make and the break codes in hex.</summary>
    public (string Make, string Break) Strike(string key)
    {
        Press(key);
        string make = Drain();
        Release(key);
        return (make, Drain());
    }

    /// <summary>Lets time pass for the keyboard, stopping at its alarms; a millisecond is a million.</summary>
    public void PassForKeyboard(long nanoseconds) => Pass(KeyboardClock, Keyboard, nanoseconds);

    /// <summary>The same for the mouse.</summary>
    public void PassForMouse(long nanoseconds) => Pass(MouseClock, Mouse, nanoseconds);

    /// <summary>Something of everything, for tests of what it costs.</summary>
    public void Exercise()
    {
        Keyboard.Press(s_key);
        Keyboard.OnAlarm();
        Keyboard.Release(s_key);
        Mouse.Move(3, 4, 1);
        Mouse.SetButtons(MouseButtons.Left);
        Mouse.OnAlarm();
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            Command(0xd4);
            Data((byte)value);
            Data((byte)value);
            Read();
        }
    }

    private static readonly KeyboardKey s_key = Key("print");

    private static KeyboardKey Key(string name) =>
        KeyboardKey.Find(name) ?? throw new ArgumentException($"There is no key {name}.", nameof(name));

    private static void Pass(TestClock clock, ITimedDevice device, long nanoseconds)
    {
        long end = clock.Now + nanoseconds;
        while (clock.Alarm <= end)
        {
            clock.Now = Math.Max(clock.Now, clock.Alarm);
            clock.SetAlarm(IDeviceClock.Never);
            device.OnAlarm();
        }

        clock.Now = end;
    }
}
