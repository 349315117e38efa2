using System.Globalization;
using System.Text;
using OsDevHv.Devices;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Input;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Platform;

/// <summary>The <c>monitor</c> commands about the keyboard and the mouse.</summary>
internal sealed class InputMonitor(InputDevices input)
{
    private const MouseButtons AllButtons = (MouseButtons)0x1f;

    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("keyboard", "", "the keyboard and the 8042", _ => Keyboard()) { IsInfo = true },
        new("mouse", "", "the mouse", _ => Mouse()) { IsInfo = true },
        new("sendkey", "KEYS [MS]", "press keys, as in ctrl-alt-delete, for 100 ms", call => call.Arguments.Count is 1 or 2
            ? SendKeys(call[0]!, call[1])
            : "send what? keys such as a, ret or ctrl-alt-delete, and for how many milliseconds\n"),
        new("mouse_move", "X Y [Z]", "move the mouse right, down, and turn its wheel", call => call.Arguments.Count is 2 or 3
            ? MoveMouse(call[0]!, call[1]!, call[2])
            : "move where? right, down, and notches of the wheel\n"),
        new("mouse_button", "N", "the sum of the buttons down: 1 left, 2 middle, 4 right", call => call.Arguments.Count == 1
            ? SetMouseButtons(call[0]!)
            : "which buttons? the sum of 1 left, 2 middle, 4 right\n"),
    ];

    /// <summary><c>sendkey KEYS [HOLD-MS]</c>.</summary>
    public string SendKeys(string keys, string? hold)
    {
        int milliseconds = (int)KeyInput.DefaultHold.TotalMilliseconds;
        if (hold is not null && !int.TryParse(hold, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds))
        {
            return $"'{hold}' is no time to hold keys: whole milliseconds\n";
        }
        return input.TrySendKeys(keys, TimeSpan.FromMilliseconds(milliseconds), out string? error) ? "" : $"{error}\n";
    }

    /// <summary><c>mouse_move DX DY [DZ]</c>.</summary>
    public string MoveMouse(string right, string down, string? wheel)
    {
        if (!TryParse(right, out int dx) || !TryParse(down, out int dy) || !TryParse(wheel ?? "0", out int dz))
        {
            return "mouse_move takes whole numbers: to the right, down, and notches of the wheel away from the user\n";
        }
        return input.TryMoveMouse(dx, dy, dz, out string? error) ? "" : $"{error}\n";
    }

    /// <summary><c>mouse_button N</c>.</summary>
    public string SetMouseButtons(string buttons)
    {
        if (!TryParse(buttons, out int value) || ((MouseButtons)value & ~AllButtons) != 0)
        {
            return "mouse_button takes the sum of the buttons that are down: 1 left, 2 middle, 4 right, 8 and 16 the side ones\n";
        }
        return input.TrySetMouseButtons((MouseButtons)value, out string? error) ? "" : $"{error}\n";
    }

    /// <summary>The keyboard and its controller.</summary>
    public string Keyboard()
    {
        if (input.Devices is not { } devices)
        {
            return "this machine has no keyboard\n";
        }
        var text = new StringBuilder();
        lock (devices.Lock)
        {
            Ps2Keyboard keyboard = devices.Keyboard;
            text.Append($"8042: command byte {devices.Controller.Configuration:x2}h, status {devices.Controller.Status:x2}h");
            text.Append($" ({Describe(devices.Controller)})\n");
            text.Append($"keyboard: {(keyboard.IsScanning ? "scanning" : "not scanning")}, scan code set {keyboard.ScanCodeSet}, ");
            text.Append($"LEDs {Describe(keyboard.Leds)}, repeats after {Milliseconds(keyboard.RepeatDelay)} ms every ");
            text.Append($"{Milliseconds(keyboard.RepeatPeriod)} ms{(keyboard.RepeatingKey is { } key ? $", held: {key.Name}" : "")}\n");
            text.Append($"{keyboard.BufferedBytes} bytes in its buffer, {devices.Typist.Waiting} key movements wait, ");
            text.Append($"{devices.Typist.Planned} times of the profile are to come\n");
        }
        return text.ToString();
    }

    /// <summary>The mouse.</summary>
    public string Mouse()
    {
        if (input.Devices is not { Mouse: { } mouse, Hand: { } hand } devices)
        {
            return "this machine has no mouse\n";
        }
        lock (devices.Lock)
        {
            string mode = mouse.IsWrapping ? "wrap mode" : mouse.IsRemote ? "remote mode" : "stream mode";
            return $"mouse: {(mouse.IsReporting ? "reporting" : "not reporting")}, {mode}, id {(int)mouse.Kind}, "
                + $"{mouse.SampleRate} samples a second, resolution {mouse.Resolution}, scaling {(mouse.IsScaled ? "2:1" : "1:1")}, "
                + $"buttons {Describe(mouse.Buttons)}, "
                + $"{hand.Waiting} movements wait\n";
        }
    }

    private static string Describe(KeyboardController controller)
    {
        byte configuration = controller.Configuration;
        string interrupts = (configuration & 3) switch
        {
            0 => "no interrupts",
            1 => "IRQ 1",
            2 => "IRQ 12",
            _ => "IRQs 1 and 12",
        };
        string output = (controller.Status & 0x21) switch
        {
            0x01 => "; a byte of the keyboard or the 8042 is to be read",
            0x21 => "; a byte of the mouse is to be read",
            _ => "",
        };
        return $"{interrupts}, keyboard {OnOff((configuration & 0x10) == 0)}, mouse {OnOff((configuration & 0x20) == 0)}, "
            + $"{((configuration & 0x40) == 0 ? "not translated" : "translated")}{output}";
    }

    private static string OnOff(bool isOn) => isOn ? "on" : "off";

    private static string Describe(KeyboardLeds leds) => leds == KeyboardLeds.None ? "off" : leds.ToString();

    private static string Describe(MouseButtons buttons) => buttons == MouseButtons.None ? "up" : buttons.ToString();

    private static string Milliseconds(long time) => InterruptMonitor.Milliseconds(time);

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
