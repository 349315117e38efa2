using System.Diagnostics.CodeAnalysis;
using OsDevHv.Devices;
using OsDevHv.Machine.Platform;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Input;

/// <summary>The hands at a machine's keyboard and mouse.</summary>
/// <remarks>
/// <para>Any thread, at any time; every call returns at once. What is done takes place in machine time, in the order of the calls: while
/// the machine is stopped nothing moves, and what was sent meanwhile arrives when it goes on. A key waits until the guest has read the one
/// before, and while the keyboard is told not to scan (command F5h); keys and the mouse do not wait for each other.</para>
/// <para>Errors are sentences for the user.</para>
/// </remarks>
public sealed class InputDevices
{
    // What a person types in a quarter of an hour; a guest that never reads is not to take the host's memory.
    private const int MostWaiting = 20_000;

    // What a movement is cut into: one that fits a packet whatever the scaling.
    private const int LongestMove = 127;
    private const int LongestTurn = 7;
    private const int LongestMovement = 100_000;

    private static readonly TimeSpan s_longestHold = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_betweenKeys = TimeSpan.FromMilliseconds(20);

    private Connected? _connected;

    /// <summary>Whether there is a keyboard.</summary>
    public bool HasKeyboard => _connected is not null;

    /// <summary>Whether there is a mouse.</summary>
    public bool HasMouse => _connected?.Hand is not null;

    /// <summary>Presses keys together and releases them in reverse, as QEMU's <c>sendkey</c> does.</summary>
    /// <param name="chord">Names of keys (<see cref="KeyNames.All"/>) joined by '-': <c>a</c>, <c>ctrl-alt-delete</c>.</param>
    /// <param name="hold">How long they are held, in machine time, 0 to a minute.</param>
    /// <param name="error">Why not.</param>
    public bool TrySendKeys(string chord, TimeSpan hold, [NotNullWhen(false)] out string? error)
    {
        if (!KeyNames.TrySplit(chord, out IReadOnlyList<string> keys, out string problem))
        {
            error = problem;
            return false;
        }
        if (hold < TimeSpan.Zero || hold > s_longestHold)
        {
            error = $"keys are held for at most {s_longestHold.TotalMilliseconds} ms";
            return false;
        }
        return TryDo(Strokes(keys, hold), out error);
    }

    /// <summary>Types a text on the US layout.</summary>
    /// <param name="text">Printable ASCII characters, line feed (Return), tab, backspace and escape.</param>
    /// <param name="error">Why not.</param>
    public bool TryType(string text, [NotNullWhen(false)] out string? error)
    {
        if (UsKeyboard.FindUntypable(text) is { } bad)
        {
            error = $"the US layout has no key for {bad}";
            return false;
        }
        return TryDo([.. Strokes(new KeyInput { Type = text })], out error);
    }

    /// <summary>Presses or releases a key, which stays so.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isDown">Whether it is pressed.</param>
    /// <param name="error">Why not.</param>
    public bool TrySetKey(string name, bool isDown, [NotNullWhen(false)] out string? error)
    {
        if (KeyboardKey.Find(name) is not { } key)
        {
            _ = KeyNames.TrySplit(name, out _, out string problem);
            error = problem.Length == 0 ? "one key is pressed at a time" : problem;
            return false;
        }
        return TryDo([new Keystroke(key, isDown, 0)], out error);
    }

    /// <summary>Moves the mouse.</summary>
    /// <param name="right">Counts to the right, up to 100,000 either way.</param>
    /// <param name="down">Counts down the screen, up to 100,000 either way.</param>
    /// <param name="wheelUp">Notches of the wheel away from the user, up to 100,000 either way.</param>
    /// <param name="error">Why not; also that the guest is not looking, for then it is not told later either.</param>
    public bool TryMoveMouse(int right, int down, int wheelUp, [NotNullWhen(false)] out string? error)
    {
        if (right is < -LongestMovement or > LongestMovement || down is < -LongestMovement or > LongestMovement
            || wheelUp is < -LongestMovement or > LongestMovement)
        {
            error = $"the mouse moves by at most {LongestMovement} at a time";
            return false;
        }
        return TryUseMouse(hand => Move(hand, right, -down, -wheelUp), out error);
    }

    /// <summary>Presses and releases buttons of the mouse.</summary>
    /// <param name="buttons">Those that are down from now on.</param>
    /// <param name="error">Why not; also that the guest is not looking, for then it is not told later either.</param>
    public bool TrySetMouseButtons(MouseButtons buttons, [NotNullWhen(false)] out string? error) =>
        TryUseMouse(hand => hand.Do(new MouseStep(0, 0, 0, buttons)), out error);

    /// <summary>Connects the devices. Once, before the machine runs.</summary>
    internal void Connect(Connected devices) => _connected = devices;

    /// <summary>Plans what a profile says. Once, before the machine runs.</summary>
    internal void Plan(IEnumerable<KeyInput> keys)
    {
        if (_connected is not { } connected)
        {
            return;
        }
        lock (connected.Lock)
        {
            connected.Typist.Plan(keys
                .Select(static one => (Nanoseconds(one.At ?? TimeSpan.Zero), (IReadOnlyList<Keystroke>)[.. Strokes(one)]))
                .OrderBy(static planned => planned.Item1));
        }
    }

    /// <summary>Saves or restores what is still to be done. With the machine stopped.</summary>
    internal void ExchangeState(StateExchange state)
    {
        if (_connected is { } connected)
        {
            lock (connected.Lock)
            {
                connected.Typist.ExchangeState(state);
                connected.Hand?.ExchangeState(state);
            }
        }
    }

    /// <summary>What is connected, to be looked at under its lock; null is nothing.</summary>
    internal Connected? Devices => _connected;

    private bool TryDo(List<Keystroke> strokes, [NotNullWhen(false)] out string? error)
    {
        if (_connected is not { } connected)
        {
            error = "this machine has no keyboard; a profile's devices have one with keyboard: { type: keyboard-controller }";
            return false;
        }
        lock (connected.Lock)
        {
            if (connected.Typist.Waiting + strokes.Count > MostWaiting)
            {
                error = "too many keys wait for the guest to read them";
                return false;
            }
            connected.Typist.Do(strokes);
        }
        error = null;
        return true;
    }

    private bool TryUseMouse(Action<MouseHand> use, [NotNullWhen(false)] out string? error)
    {
        if (_connected is not { Hand: { } hand, Mouse: { } mouse } connected)
        {
            error = "this machine has no mouse; its keyboard-controller has one with mouse: on";
            return false;
        }
        lock (connected.Lock)
        {
            error = !mouse.IsWatched ? "the guest has not enabled the mouse (command F4h): nothing would see it"
                : hand.Waiting >= MostWaiting ? "too many movements wait for the guest to read them"
                : null;
            if (error is null)
            {
                use(hand);
            }
        }
        return error is null;
    }

    private static void Move(MouseHand hand, int right, int up, int wheel)
    {
        while (right != 0 || up != 0 || wheel != 0)
        {
            var step = new MouseStep(
                Math.Clamp(right, -LongestMove, LongestMove),
                Math.Clamp(up, -LongestMove, LongestMove),
                Math.Clamp(wheel, -LongestTurn, LongestTurn),
                Buttons: null);
            hand.Do(step);
            right -= step.Right;
            up -= step.Up;
            wheel -= step.Wheel;
        }
    }

    private static IEnumerable<Keystroke> Strokes(KeyInput input) =>
        input.Chords.SelectMany(chord => Strokes(chord, input.HoldTime));

    private static List<Keystroke> Strokes(IReadOnlyList<string> names, TimeSpan hold)
    {
        KeyboardKey[] keys = [.. names.Select(static name =>
            KeyboardKey.Find(name) ?? throw new InvalidOperationException($"The keyboard has no key '{name}'."))];
        var strokes = new List<Keystroke>();
        foreach (KeyboardKey key in keys)
        {
            strokes.Add(new Keystroke(key, IsDown: true, key == keys[^1] ? Nanoseconds(hold) : 0));
        }
        foreach (KeyboardKey key in keys.Reverse())
        {
            strokes.Add(new Keystroke(key, IsDown: false, key == keys[0] ? Nanoseconds(s_betweenKeys) : 0));
        }
        return strokes;
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>The devices with their lock, and who uses them.</summary>
    internal sealed record Connected(
        Lock Lock, KeyboardController Controller, Ps2Keyboard Keyboard, Typist Typist, Ps2Mouse? Mouse, MouseHand? Hand)
    {
        /// <summary>Makes a keyboard, and perhaps a mouse, behind an 8042, and puts them in their places.</summary>
        public static Connected Build(KeyboardControllerProfile profile, BoardParts parts, DeviceSlots slots)
        {
            const int keyboardInterrupt = 1, mouseInterrupt = 12;
            var chip = new Lock();
            Ps2Keyboard keyboard = slots.AddTimed(chip, static clock => new Ps2Keyboard(clock));
            Typist typist = slots.AddTimed(chip, clock => new Typist(clock, keyboard));
            Ps2Mouse? mouse = profile.HasMouse ? slots.AddTimed(chip, static clock => new Ps2Mouse(clock)) : null;
            MouseHand? hand = mouse is null ? null : slots.AddTimed(chip, clock => new MouseHand(clock, mouse));
            var controller = new KeyboardController(
                parts.Power,
                new Ps2Port(keyboard, parts.Fabric.AddIsaLine(keyboardInterrupt)),
                mouse is null ? null : new Ps2Port(mouse, parts.Fabric.AddIsaLine(mouseInterrupt)),
                parts.Errors);
            DeviceSlot slot = slots.Add(profile.Name, controller, chip);
            slots.MapPorts(slot, 0x60, 1, KeyboardController.DataOffset);
            slots.MapPorts(slot, 0x64, 1, KeyboardController.CommandOffset);
            return new Connected(chip, controller, keyboard, typist, mouse, hand);
        }
    }
}
