using OsDevHv.Devices;
using OsDevHv.Machine.Input;
using OsDevHv.Machine.Platform;
using OsDevHv.Profiles;
using OsDevHv.Tests.Platform;

namespace OsDevHv.Tests.Input;

/// <summary>The hands at the PC's keyboard and mouse; the guest polls. Its keyboard is translated to set 1, codes are in hex.</summary>
public sealed class InputDevicesTests : IDisposable
{
    private const long Millisecond = 1_000_000;

    private static readonly TimeSpan s_hold = TimeSpan.FromMilliseconds(100);

    private readonly WholeMachine _machine = new(cpus: 1);

    private InputDevices Hands => _machine.Board.Input;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Keys_of_a_chord_go_down_in_order_are_held_and_come_up_in_reverse()
    {
        Assert.True(Hands.TrySendKeys("ctrl-alt-delete", s_hold, out _));

        Assert.Equal("1d38e053", Poll(99));
        Assert.Equal("e0d3b89d", Poll(3));
    }

    [Fact]
    public void A_key_that_is_held_longer_repeats()
    {
        Assert.True(Hands.TrySendKeys("a", TimeSpan.FromMilliseconds(650), out _));

        Assert.Equal("1e1e1e9e", Poll(1000));
    }

    [Fact]
    public void Text_is_typed_with_shift_where_the_us_layout_needs_it()
    {
        Assert.True(Hands.TryType("aB!\n", out _));

        Assert.Equal("1e9e" + "2a30b0aa" + "2a0282aa" + "1c9c", Poll(1000));
    }

    [Fact]
    public void A_long_text_comes_whole_however_late_the_guest_reads()
    {
        string text = new('x', 500);
        Assert.True(Hands.TryType(text, out _));

        _machine.Pass(60_000 * Millisecond);
        string codes = Poll(30_000);

        Assert.Equal(string.Concat(Enumerable.Repeat("2dad", 500)), codes);
    }

    [Fact]
    public void A_key_can_be_pressed_and_released_by_itself()
    {
        Assert.True(Hands.TrySetKey("shift", true, out _));
        Assert.Equal("2a", Poll(10));
        Assert.True(Hands.TrySetKey("shift", false, out _));
        Assert.Equal("aa", Poll(10));
    }

    [Fact]
    public void Keys_wait_while_the_keyboard_does_not_scan()
    {
        Guest(0xf5);
        Assert.True(Hands.TrySendKeys("a", s_hold, out _));
        Assert.Equal("fa", Poll(1000));

        Guest(0xf4);

        Assert.Equal("fa1e9e", Poll(1000));
    }

    [Fact]
    public void What_is_sent_while_the_machine_is_stopped_arrives_when_it_goes_on()
    {
        _machine.SetRunning(false);
        Assert.True(Hands.TrySendKeys("a", s_hold, out _));
        Assert.Equal("", Poll(1000));

        _machine.SetRunning(true);

        Assert.Equal("1e9e", Poll(1000));
    }

    [Theory]
    [InlineData("ctrl-alt-delet", "there is no key 'delet'; did you mean 'delete'?")]
    [InlineData("enter", "there is no key 'enter'; the names are those of QEMU's sendkey")]
    [InlineData("ctrl-", "there is a key missing in 'ctrl-'")]
    [InlineData("", "there is a key missing in ''")]
    [InlineData("A", "there is no key 'A'; did you mean 'a'?")]
    public void A_key_that_is_not_there_is_said_to_be_so(string chord, string problem)
    {
        Assert.False(Hands.TrySendKeys(chord, s_hold, out string? error));

        Assert.StartsWith(problem, error, StringComparison.Ordinal);
        Assert.Equal("", Poll(100));
    }

    [Fact]
    public void Text_without_a_key_and_times_that_cannot_be_are_refused()
    {
        Assert.False(Hands.TryType("ä", out string? text));
        Assert.False(Hands.TrySendKeys("a", TimeSpan.FromMinutes(2), out string? hold));

        Assert.Equal("the US layout has no key for U+00E4", text);
        Assert.Equal("keys are held for at most 60000 ms", hold);
    }

    [Fact]
    public void A_guest_that_never_reads_does_not_take_the_hosts_memory()
    {
        string text = new('x', 4000);
        bool taken = true;

        for (int i = 0; i < 10 && taken; i++)
        {
            taken = Hands.TryType(text, out _);
        }

        Assert.False(taken);
    }

    [Fact]
    public void The_mouse_does_not_move_for_a_guest_that_does_not_look()
    {
        Assert.False(Hands.TryMoveMouse(1, 1, 0, out string? error));

        Assert.StartsWith("the guest has not enabled the mouse", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_movement_down_the_screen_is_towards_the_user_and_a_long_one_comes_in_packets_without_overflow()
    {
        Assert.Equal("fa", GuestMouse(0xf4));

        Assert.True(Hands.TryMoveMouse(300, 10, 0, out _));

        Assert.Equal("287ff6" + "087f00" + "082e00", Poll(100));
    }

    [Fact]
    public void Buttons_and_movements_keep_their_order()
    {
        GuestMouse(0xf4);

        Hands.TrySetMouseButtons(MouseButtons.Left, out _);
        Hands.TryMoveMouse(5, 0, 0, out _);
        Hands.TrySetMouseButtons(MouseButtons.None, out _);

        Assert.Equal("090000" + "090500" + "080000", Poll(100));
    }

    [Fact]
    public void The_wheel_turned_away_from_the_user_is_negative()
    {
        foreach (byte value in (byte[])[0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4])
        {
            GuestMouse(value);
        }

        Hands.TryMoveMouse(0, 0, 10, out _);

        Assert.Equal("080000f9" + "080000fd", Poll(100));
    }

    [Fact]
    public void The_keys_of_a_profile_come_at_their_times_in_the_order_of_those()
    {
        using var machine = new WholeMachine(
            1, WholeMachine.Profile("input.keys=[{ at: 2s, send: b }, { at: 1s, type: 'A' }, { at: 3s, send: 'up esc', hold: 10ms }]")!);

        Assert.Equal("", Poll(machine, 999));
        Assert.Equal("2a1e9eaa", Poll(machine, 100));
        Assert.Equal("30b0", Poll(machine, 1100));
        Assert.Equal("e048e0c80181", Poll(machine, 1000));
    }

    [Fact]
    public void The_monitor_shows_the_keyboard_and_the_mouse()
    {
        var monitor = new InputMonitor(Hands);
        Guest(0xed);
        Guest(0x05);
        Poll(1);
        Hands.TryType("abc", out _);
        _machine.Pass(Millisecond);

        string keyboard = monitor.Keyboard();

        Assert.Contains("command byte 65h, status 15h (IRQ 1, keyboard on, mouse off, translated;", keyboard, StringComparison.Ordinal);
        Assert.Contains("scanning, scan code set 2, LEDs ScrollLock, CapsLock, repeats after 500", keyboard, StringComparison.Ordinal);
        Assert.Contains("5 key movements wait", keyboard, StringComparison.Ordinal);
        Assert.StartsWith("mouse: not reporting, stream mode, id 0, 100 samples", monitor.Mouse(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_monitors_commands_say_what_is_wrong_with_them()
    {
        var monitor = new InputMonitor(Hands);

        Assert.Equal("", monitor.SendKeys("a", "50"));
        Assert.Contains("'x' is no time", monitor.SendKeys("a", "x"), StringComparison.Ordinal);
        Assert.Contains("whole numbers", monitor.MoveMouse("1", "y", null), StringComparison.Ordinal);
        Assert.Contains("sum of the buttons", monitor.SetMouseButtons("32"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_a_keyboard_says_so()
    {
        var hands = new InputDevices();

        Assert.False(hands.TrySendKeys("a", s_hold, out string? keys));
        Assert.False(hands.TryMoveMouse(1, 1, 0, out string? mouse));

        Assert.StartsWith("this machine has no keyboard", keys, StringComparison.Ordinal);
        Assert.StartsWith("this machine has no mouse", mouse, StringComparison.Ordinal);
        Assert.Equal("this machine has no keyboard\n", new InputMonitor(hands).Keyboard());
    }

    [Fact]
    public void The_keyboard_has_the_keys_that_profiles_can_name_and_no_others()
    {
        Assert.Equal(KeyNames.All, KeyboardKey.All.Select(static key => key.Name));
    }

    private void Guest(byte value) => _machine.Port(0, 0x60, 1, value);

    private string GuestMouse(byte value)
    {
        _machine.Port(0, 0x64, 1, 0xd4);
        _machine.Port(0, 0x60, 1, value);
        return Poll(1);
    }

    private string Poll(int milliseconds) => Poll(_machine, milliseconds);

    /// <summary>Reads what comes in that time, looking every millisecond.</summary>
    private static string Poll(WholeMachine machine, int milliseconds)
    {
        List<byte> bytes = [];
        for (int i = 0; i < milliseconds; i++)
        {
            machine.Pass(Millisecond);
            while ((machine.Port(0, 0x64, 1, null) & 1) != 0)
            {
                bytes.Add((byte)machine.Port(0, 0x60, 1, null));
                machine.Pass(0);
            }
        }
        return Convert.ToHexStringLower([.. bytes]);
    }
}
