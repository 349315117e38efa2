using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>Keys that are held, in time. At power-on: 500 ms, then every 91.7 ms.</summary>
public sealed class TypematicTests
{
    private const long Millisecond = 1_000_000;

    private readonly InputBench _bench = new InputBench().Raw();

    [Fact]
    public void A_key_that_is_held_repeats_after_the_delay_at_the_rate()
    {
        _bench.Press("a");
        Assert.Equal("1c", _bench.Drain());

        _bench.PassForKeyboard(499 * Millisecond);
        Assert.Equal("", _bench.Drain());
        _bench.PassForKeyboard(2 * Millisecond);
        Assert.Equal("1c", _bench.Drain());
        _bench.PassForKeyboard(90 * Millisecond);
        Assert.Equal("", _bench.Drain());
        _bench.PassForKeyboard(2 * Millisecond);
        Assert.Equal("1c", _bench.Drain());
    }

    [Fact]
    public void Release_ends_it()
    {
        _bench.Press("a");
        _bench.Release("a");
        _bench.Drain();

        _bench.PassForKeyboard(5000 * Millisecond);

        Assert.Equal("", _bench.Drain());
    }

    [Fact]
    public void The_key_pressed_last_repeats_and_no_other_when_it_is_released()
    {
        _bench.Press("a", "b");
        _bench.Drain();
        _bench.PassForKeyboard(501 * Millisecond);
        Assert.Equal("32", _bench.Drain());

        _bench.Release("b");
        _bench.Drain();
        _bench.PassForKeyboard(5000 * Millisecond);

        Assert.Equal("", _bench.Drain());
    }

    [Fact]
    public void Release_of_another_key_does_not_end_it()
    {
        _bench.Press("a", "b");
        _bench.Release("a");
        _bench.Drain();

        _bench.PassForKeyboard(501 * Millisecond);

        Assert.Equal("32", _bench.Drain());
    }

    [Fact]
    public void An_extended_key_repeats_with_its_prefix_and_Print_Screen_without_its_shift()
    {
        _bench.Press("up");
        _bench.Drain();
        _bench.PassForKeyboard(501 * Millisecond);
        Assert.Equal("e075", _bench.Drain());

        _bench.Press("print");
        _bench.Drain();
        _bench.PassForKeyboard(501 * Millisecond);
        Assert.Equal("e07c", _bench.Drain());
    }

    [Fact]
    public void Pause_does_not_repeat()
    {
        _bench.Press("pause");
        _bench.Drain();

        _bench.PassForKeyboard(5000 * Millisecond);

        Assert.Equal("", _bench.Drain());
    }

    [Fact]
    public void Nothing_piles_up_while_nobody_reads()
    {
        _bench.Press("a");

        _bench.PassForKeyboard(60_000 * Millisecond);

        // The first is in the controller, one more in the keyboard.
        Assert.Equal("1c1c", _bench.Drain());
    }

    [Fact]
    public void An_alarm_that_comes_late_is_one_repetition()
    {
        _bench.Press("a");
        _bench.Drain();

        _bench.KeyboardClock.Now += 10_000 * Millisecond;
        _bench.PassForKeyboard(0);

        Assert.Equal("1c", _bench.Drain());
    }

    [Theory]
    [InlineData(0xf4)]
    [InlineData(0xf5)]
    [InlineData(0xf6)]
    [InlineData(0xff)]
    public void Commands_that_clear_the_buffer_end_it(byte command)
    {
        _bench.Press("a");
        _bench.Drain();

        _bench.AskKeyboard(command);
        _bench.PassForKeyboard(5000 * Millisecond);

        Assert.Equal("", _bench.Drain());
    }

    [Fact]
    public void The_fastest_rate_is_thirty_a_second_after_a_quarter_of_one()
    {
        _bench.AskKeyboard(0xf3, 0x00);
        _bench.Press("a");
        _bench.Drain();
        int repetitions = 0;

        for (int i = 0; i < 1250; i++)
        {
            _bench.PassForKeyboard(Millisecond);
            repetitions += _bench.Drain().Length / 2;
        }

        Assert.InRange(repetitions, 30, 31);
    }
}
