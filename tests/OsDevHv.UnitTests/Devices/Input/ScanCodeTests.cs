using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>Codes from the tables of Microsoft's Keyboard Scan Code Specification 1.3a and IBM's reference. Bytes in hex.</summary>
public sealed class ScanCodeTests
{
    private readonly InputBench _bench = new InputBench().Raw();

    [Theory]
    [InlineData("a", "1e", "9e", "1c", "f01c", "1c")]
    [InlineData("esc", "01", "81", "76", "f076", "08")]
    [InlineData("1", "02", "82", "16", "f016", "16")]
    [InlineData("ret", "1c", "9c", "5a", "f05a", "5a")]
    [InlineData("spc", "39", "b9", "29", "f029", "29")]
    [InlineData("backslash", "2b", "ab", "5d", "f05d", "5c")]
    [InlineData("less", "56", "d6", "61", "f061", "13")]
    [InlineData("shift", "2a", "aa", "12", "f012", "12")]
    [InlineData("shift_r", "36", "b6", "59", "f059", "59")]
    [InlineData("ctrl", "1d", "9d", "14", "f014", "11")]
    [InlineData("ctrl_r", "e01d", "e09d", "e014", "e0f014", "58")]
    [InlineData("alt_r", "e038", "e0b8", "e011", "e0f011", "39")]
    [InlineData("caps_lock", "3a", "ba", "58", "f058", "14")]
    [InlineData("f1", "3b", "bb", "05", "f005", "07")]
    [InlineData("f7", "41", "c1", "83", "f083", "37")]
    [InlineData("f11", "57", "d7", "78", "f078", "56")]
    [InlineData("f12", "58", "d8", "07", "f007", "5e")]
    [InlineData("num_lock", "45", "c5", "77", "f077", "76")]
    [InlineData("scroll_lock", "46", "c6", "7e", "f07e", "5f")]
    [InlineData("kp_divide", "e035", "e0b5", "e04a", "e0f04a", "77")]
    [InlineData("kp_enter", "e01c", "e09c", "e05a", "e0f05a", "79")]
    [InlineData("kp_5", "4c", "cc", "73", "f073", "73")]
    [InlineData("kp_subtract", "4a", "ca", "7b", "f07b", "84")]
    [InlineData("up", "e048", "e0c8", "e075", "e0f075", "63")]
    [InlineData("delete", "e053", "e0d3", "e071", "e0f071", "64")]
    [InlineData("pgdn", "e051", "e0d1", "e07a", "e0f07a", "6d")]
    [InlineData("meta_l", "e05b", "e0db", "e01f", "e0f01f", "8b")]
    [InlineData("compose", "e05d", "e0dd", "e02f", "e0f02f", "8d")]
    [InlineData("volumeup", "e030", "e0b0", "e032", "e0f032", "")]
    [InlineData("yen", "7d", "fd", "6a", "f06a", "5d")]
    [InlineData("print", "e02ae037", "e0b7e0aa", "e012e07c", "e0f07ce0f012", "57")]
    [InlineData("pause", "e11d45e19dc5", "", "e11477e1f014f077", "", "62")]
    public void A_key_has_its_codes_in_every_set(string key, string make1, string break1, string make2, string break2, string make3)
    {
        Assert.Equal((make2, break2), _bench.Strike(key));

        _bench.AskKeyboard(0xf0, 1);
        Assert.Equal((make1, break1), _bench.Strike(key));

        _bench.AskKeyboard(0xf0, 3);
        Assert.Equal((make3, make3.Length == 0 ? "" : $"f0{make3}"), _bench.Strike(key));

        _bench.AskKeyboard(0xf0, 2);
        _bench.Configure(0x45);
        Assert.Equal((make1, break1), _bench.Strike(key));
    }

    [Theory]
    [InlineData("shift", "e07c", "e0f07c")]
    [InlineData("ctrl_r", "e07c", "e0f07c")]
    [InlineData("alt", "84", "f084")]
    [InlineData("alt_r", "84", "f084")]
    public void Print_Screen_depends_on_what_is_held(string modifier, string make, string release)
    {
        _bench.Press(modifier);
        _bench.Drain();

        Assert.Equal((make, release), _bench.Strike("print"));
    }

    [Fact]
    public void Alt_and_Print_Screen_are_translated_to_SysRq()
    {
        _bench.Configure(0x45);
        _bench.Press("alt");
        _bench.Drain();

        Assert.Equal(("54", "d4"), _bench.Strike("print"));
    }

    [Fact]
    public void Print_Screen_is_released_as_it_was_pressed()
    {
        _bench.Press("alt", "print");
        Assert.Equal("1184", _bench.Drain());

        _bench.Release("alt", "print");

        Assert.Equal("f011f084", _bench.Drain());
    }

    [Fact]
    public void Control_and_Pause_are_Break()
    {
        _bench.Press("ctrl");
        _bench.Drain();

        Assert.Equal(("e07ee0f07e", ""), _bench.Strike("pause"));
    }

    [Fact]
    public void A_key_that_is_down_is_not_pressed_again_and_one_that_is_up_is_not_released()
    {
        _bench.Press("a", "a");
        _bench.Release("b");

        Assert.Equal("1c", _bench.Drain());
    }

    [Fact]
    public void Every_key_can_be_pressed_and_released_and_no_two_have_the_same_code_of_set_2()
    {
        string[] makes = [.. KeyboardKey.All.Select(key => _bench.Strike(key.Name).Make)];

        Assert.DoesNotContain("", makes);
        Assert.Equal(makes.Length, makes.Distinct().Count());
    }

    [Fact]
    public void Sixteen_bytes_are_kept_and_the_overrun_code_stands_for_the_rest()
    {
        _bench.Command(0xad);
        string[] keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"];
        _bench.Press(keys);

        _bench.Command(0xae);

        Assert.Equal("1c322123242b3433433b424b3a31444d" + "00", _bench.Drain());
        Assert.Equal(("29", "f029"), _bench.Strike("spc"));
    }

    [Fact]
    public void The_overrun_code_of_set_1_and_of_the_translation_is_FFh()
    {
        _bench.Configure(0x55);
        _bench.Press("pause", "up", "down", "left", "right", "a");

        _bench.Command(0xae);

        Assert.EndsWith("ff", _bench.Drain(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sequence_that_does_not_fit_is_lost_whole()
    {
        _bench.Command(0xad);
        _bench.Press("pause", "up", "down", "left", "print");

        _bench.Command(0xae);

        Assert.Equal("e11477e1f014f077" + "e075e072e06b" + "00", _bench.Drain());
    }
}
