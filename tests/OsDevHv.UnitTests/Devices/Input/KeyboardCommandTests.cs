using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>Commands of the keyboard as IBM's PS/2 Hardware Technical Reference has them. Bytes in hex.</summary>
public sealed class KeyboardCommandTests
{
    private readonly InputBench _bench = new InputBench().Raw();

    [Fact]
    public void Reset_is_acknowledged_and_the_self_test_passes() => Assert.Equal("faaa", _bench.AskKeyboard(0xff));

    [Fact]
    public void Reset_returns_to_set_2_lights_off_and_the_default_rate()
    {
        _bench.AskKeyboard(0xf0, 1, 0xed, 7, 0xf3, 0x7f, 0xf5);

        _bench.AskKeyboard(0xff);

        Assert.Equal((2, KeyboardLeds.None, true), (_bench.Keyboard.ScanCodeSet, _bench.Keyboard.Leds, _bench.Keyboard.IsScanning));
        Assert.Equal(500_000_000, _bench.Keyboard.RepeatDelay);
    }

    [Fact]
    public void It_identifies_as_an_MF2_keyboard() => Assert.Equal("faab83", _bench.AskKeyboard(0xf2));

    [Fact]
    public void Its_identification_is_translated_like_scan_codes()
    {
        _bench.Configure(0x45);

        Assert.Equal("faab41", _bench.AskKeyboard(0xf2));
    }

    [Fact]
    public void Echo_comes_back() => Assert.Equal("ee", _bench.AskKeyboard(0xee));

    [Theory]
    [InlineData(1, "43")]
    [InlineData(2, "41")]
    [InlineData(3, "3f")]
    public void A_scan_code_set_is_set_and_told_plain_and_translated(byte set, string translated)
    {
        Assert.Equal("fafa", _bench.AskKeyboard(0xf0, set));
        Assert.Equal($"fafa0{set}", _bench.AskKeyboard(0xf0, 0));

        _bench.Configure(0x45);

        Assert.Equal($"fafa{translated}", _bench.AskKeyboard(0xf0, 0));
    }

    [Fact]
    public void There_is_no_scan_code_set_4()
    {
        Assert.Equal("fafe", _bench.AskKeyboard(0xf0, 4));
        Assert.Equal(2, _bench.Keyboard.ScanCodeSet);
    }

    [Fact]
    public void The_lights_are_set()
    {
        Assert.Equal("fafa", _bench.AskKeyboard(0xed, 0x06));
        Assert.Equal(KeyboardLeds.NumLock | KeyboardLeds.CapsLock, _bench.Keyboard.Leds);
    }

    [Fact]
    public void A_command_in_place_of_an_argument_ends_the_command_that_awaits_it()
    {
        Assert.Equal("faee", _bench.AskKeyboard(0xed, 0xee));
        Assert.Equal("fe", _bench.AskKeyboard(0x07));
        Assert.Equal(KeyboardLeds.None, _bench.Keyboard.Leds);
    }

    // The unit is 1/240 s: (8 + A) * 2^B of them, the slowest 2 characters a second, the fastest 30.
    [Theory]
    [InlineData(0x00, 250, 33)]
    [InlineData(0x2b, 500, 91)]
    [InlineData(0x7f, 1000, 500)]
    public void The_rate_and_delay_are_set(byte value, int delay, int period)
    {
        Assert.Equal("fafa", _bench.AskKeyboard(0xf3, value));

        Assert.Equal((delay, period), (_bench.Keyboard.RepeatDelay / 1_000_000, _bench.Keyboard.RepeatPeriod / 1_000_000));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xec)]
    [InlineData(0xef)]
    [InlineData(0xf1)]
    public void What_it_does_not_know_it_asks_for_again(byte command) => Assert.Equal("fe", _bench.AskKeyboard(command));

    [Fact]
    public void The_last_byte_is_sent_again_on_request()
    {
        _bench.AskKeyboard(0xf2);

        Assert.Equal("8383", _bench.AskKeyboard(0xfe, 0xfe));
    }

    [Fact]
    public void Disabled_it_does_not_scan_until_it_is_enabled()
    {
        Assert.Equal("fa", _bench.AskKeyboard(0xf5));
        _bench.Press("a");
        _bench.Release("a");
        Assert.Equal("", _bench.Drain());

        Assert.Equal("fa", _bench.AskKeyboard(0xf4));
        Assert.Equal(("1c", "f01c"), _bench.Strike("a"));
    }

    [Fact]
    public void Defaults_do_not_enable_a_keyboard_that_is_disabled()
    {
        _bench.AskKeyboard(0xf5, 0xf6);

        Assert.False(_bench.Keyboard.IsScanning);
    }

    [Fact]
    public void Enable_clears_the_buffer()
    {
        _bench.Command(0xad);
        _bench.Press("a", "b");

        Assert.Equal("fa", _bench.AskKeyboard(0xf4));
    }

    [Fact]
    public void An_answer_goes_before_the_codes_in_the_buffer()
    {
        _bench.Command(0xad);
        _bench.Press("a", "b");

        Assert.Equal("ee1c32", _bench.AskKeyboard(0xee));
    }

    [Theory]
    [InlineData(0xf7, "1c1c", "")]
    [InlineData(0xf8, "1c", "f01c")]
    [InlineData(0xf9, "1c", "")]
    [InlineData(0xfa, "1c1c", "f01c")]
    public void In_set_3_all_keys_are_of_the_kind_that_is_asked_for(byte command, string whileHeld, string atRelease)
    {
        _bench.AskKeyboard(0xf0, 3);
        Assert.Equal("fa", _bench.AskKeyboard(command));

        Assert.Equal((whileHeld, atRelease), HoldForOneRepetition("a"));
    }

    [Theory]
    [InlineData(0xfb, "1c1c", "")]
    [InlineData(0xfc, "1c", "f01c")]
    [InlineData(0xfd, "1c", "")]
    public void In_set_3_single_keys_are_too_and_others_stay_as_they_are(byte command, string whileHeld, string atRelease)
    {
        _bench.AskKeyboard(0xf0, 3);

        Assert.Equal("fafafafa", _bench.AskKeyboard(command, 0x1c, 0x32, 0xf4));

        Assert.Equal((whileHeld, atRelease), HoldForOneRepetition("a"));
        Assert.Equal(("2121", "f021"), HoldForOneRepetition("c"));
    }

    [Fact]
    public void The_kinds_of_keys_do_not_matter_to_set_2()
    {
        _bench.AskKeyboard(0xf9);

        Assert.Equal(("1c1c", "f01c"), HoldForOneRepetition("a"));
    }

    private (string WhileHeld, string AtRelease) HoldForOneRepetition(string key)
    {
        _bench.Press(key);
        string held = _bench.Drain();
        _bench.PassForKeyboard(_bench.Keyboard.RepeatDelay + 1);
        held += _bench.Drain();
        _bench.Release(key);
        return (held, _bench.Drain());
    }
}
