using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>The waveforms of the Intel 8254 data sheet, figures 15 to 20, in its order: one entry for each CLK pulse.</summary>
public sealed class PitWaveformTests
{
    private readonly PitBench _pit = new();

    [Fact]
    public void Mode_0_goes_high_at_terminal_count_and_counts_on()
    {
        _pit.Program2(0, 4);

        Assert.False(_pit.Pit.Counter(2).Out);
        Assert.Equal("4/L 3/L 2/L 1/L 0/H FFFF/H FFFE/H", _pit.Trace2(7));
    }

    [Fact]
    public void Mode_0_waits_while_the_gate_is_low()
    {
        _pit.Program2(0, 3);

        string before = _pit.Trace2(2);
        _pit.Gate2 = false;
        string gated = _pit.Trace2(2);
        _pit.Gate2 = true;
        string after = _pit.Trace2(3);

        Assert.Equal("3/L 2/L", before);
        Assert.Equal("2/L 2/L", gated);
        Assert.Equal("1/L 0/H FFFF/H", after);
    }

    [Fact]
    public void Mode_0_is_loaded_while_the_gate_is_low()
    {
        _pit.Program2(0, 3, gate: false);

        Assert.Equal("3/L 3/L", _pit.Trace2(2));
    }

    [Fact]
    public void Mode_0_takes_a_new_count_at_the_next_clock()
    {
        _pit.Program2(0, 3);

        string before = _pit.Trace2(3);
        _pit.Write(2, 2);

        Assert.Equal("3/L 2/L 1/L", before);
        Assert.Equal("2/L 1/L 0/H FFFF/H", _pit.Trace2(4));
    }

    [Fact]
    public void A_new_count_lowers_the_output_of_mode_0_at_once()
    {
        _pit.Program2(0, 2);
        _pit.Run(4);

        bool before = _pit.Pit.Counter(2).Out;
        _pit.Write(2, 2);

        Assert.True(before);
        Assert.False(_pit.Pit.Counter(2).Out);
    }

    [Fact]
    public void The_first_of_two_bytes_stops_mode_0_and_lowers_its_output()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb0;
        _pit.Write(2, 2, 0);
        _pit.Run(4);

        _pit.Write(2, 3);
        string stopped = _pit.Trace2(3);
        _pit.Write(2, 0);

        Assert.Equal("FFFF/L FFFF/L FFFF/L", stopped);
        Assert.Equal("3/L 2/L 1/L 0/H", _pit.Trace2(4));
    }

    [Fact]
    public void Mode_1_is_low_from_a_trigger_for_the_count()
    {
        _pit.Program2(1, 3);

        bool armed = _pit.Pit.Counter(2).Out;
        _pit.Run(2);
        _pit.Trigger2();
        string shot = _pit.Trace2(6);
        _pit.Trigger2();

        Assert.True(armed);
        Assert.Equal("3/L 2/L 1/L 0/H FFFF/H FFFE/H", shot);
        Assert.Equal("3/L 2/L", _pit.Trace2(2));
    }

    [Fact]
    public void Mode_1_does_not_start_without_a_trigger()
    {
        _pit.Program2(1, 3);
        _pit.Run(100);

        Assert.True(_pit.Pit.Counter(2).Out);
        Assert.True(_pit.Pit.Counter(2).NullCount);
    }

    [Fact]
    public void A_trigger_starts_mode_1_anew_and_a_low_gate_does_not_matter()
    {
        _pit.Program2(1, 3);
        _pit.Trigger2();

        string first = _pit.Trace2(3);
        _pit.Trigger2();
        string again = _pit.Trace2(1);
        _pit.Gate2 = false;

        Assert.Equal("3/L 2/L 1/L", first);
        Assert.Equal("3/L", again);
        Assert.Equal("2/L 1/L 0/H", _pit.Trace2(3));
    }

    [Fact]
    public void A_new_count_in_mode_1_waits_for_the_next_trigger()
    {
        _pit.Program2(1, 2);
        _pit.Trigger2();

        string first = _pit.Trace2(1);
        _pit.Write(2, 4);
        string rest = _pit.Trace2(4);
        _pit.Trigger2();

        Assert.Equal("2/L", first);
        Assert.Equal("1/L 0/H FFFF/H FFFE/H", rest);
        Assert.Equal("4/L 3/L", _pit.Trace2(2));
    }

    [Fact]
    public void Mode_2_is_low_for_one_clock_of_each_period()
    {
        _pit.Program2(2, 3);

        Assert.True(_pit.Pit.Counter(2).Out);
        Assert.Equal("3/H 2/H 1/L 3/H 2/H 1/L 3/H", _pit.Trace2(7));
    }

    [Fact]
    public void The_gate_stops_mode_2_and_starts_it_anew()
    {
        _pit.Program2(2, 3);

        string before = _pit.Trace2(2);
        _pit.Gate2 = false;
        string gated = _pit.Trace2(2);
        _pit.Gate2 = true;

        Assert.Equal("3/H 2/H", before);
        Assert.Equal("2/H 2/H", gated);
        Assert.Equal("3/H 2/H 1/L 3/H", _pit.Trace2(4));
    }

    [Fact]
    public void A_gate_that_falls_raises_the_output_of_mode_2_at_once()
    {
        _pit.Program2(2, 3);
        _pit.Run(3);

        bool before = _pit.Pit.Counter(2).Out;
        _pit.Gate2 = false;

        Assert.False(before);
        Assert.True(_pit.Pit.Counter(2).Out);
    }

    [Fact]
    public void Mode_2_takes_a_new_count_at_the_end_of_the_period()
    {
        _pit.Program2(2, 4);

        string before = _pit.Trace2(2);
        _pit.Write(2, 5);

        Assert.Equal("4/H 3/H", before);
        Assert.Equal("2/H 1/L 5/H 4/H 3/H", _pit.Trace2(5));
    }

    [Fact]
    public void A_count_of_1_in_mode_2_keeps_the_output_high()
    {
        _pit.Program2(2, 1);

        Assert.Equal("1/H 1/H 1/H", _pit.Trace2(3));
        _pit.Write(2, 2);
        Assert.Equal("2/H 1/L 2/H", _pit.Trace2(3));
    }

    [Fact]
    public void Mode_3_with_an_even_count_counts_by_two_through_equal_halves()
    {
        _pit.Program2(3, 4);

        Assert.True(_pit.Pit.Counter(2).Out);
        Assert.Equal("4/H 2/H 4/L 2/L 4/H 2/H 4/L 2/L 4/H 2/H", _pit.Trace2(10));
    }

    [Fact]
    public void Mode_3_with_an_odd_count_is_high_for_one_clock_more()
    {
        _pit.Program2(3, 5);

        Assert.Equal("4/H 2/H 0/H 4/L 2/L 4/H 2/H 0/H 4/L 2/L", _pit.Trace2(10));
    }

    [Fact]
    public void The_gate_stops_mode_3_with_the_output_high_and_starts_it_anew()
    {
        _pit.Program2(3, 4);

        string before = _pit.Trace2(4);
        _pit.Gate2 = false;
        string gated = _pit.Trace2(2);
        _pit.Gate2 = true;

        Assert.Equal("4/H 2/H 4/L 2/L", before);
        Assert.Equal("2/H 2/H", gated);
        Assert.Equal("4/H 2/H 4/L 2/L", _pit.Trace2(4));
    }

    [Fact]
    public void Mode_3_takes_a_new_count_at_the_end_of_the_half_cycle()
    {
        _pit.Program2(3, 6);

        string before = _pit.Trace2(1);
        _pit.Write(2, 4);

        Assert.Equal("6/H", before);
        Assert.Equal("4/H 2/H 4/L 2/L 4/H 2/H 4/L", _pit.Trace2(7));
    }

    [Fact]
    public void Mode_4_strobes_for_one_clock_at_terminal_count()
    {
        _pit.Program2(4, 3);

        Assert.True(_pit.Pit.Counter(2).Out);
        Assert.Equal("3/H 2/H 1/H 0/L FFFF/H FFFE/H FFFD/H", _pit.Trace2(7));
    }

    [Fact]
    public void Mode_4_waits_while_the_gate_is_low()
    {
        _pit.Program2(4, 3, gate: false);

        string gated = _pit.Trace2(3);
        _pit.Gate2 = true;

        Assert.Equal("3/H 3/H 3/H", gated);
        Assert.Equal("2/H 1/H 0/L FFFF/H", _pit.Trace2(4));
    }

    [Fact]
    public void The_gate_does_not_prolong_the_strobe_of_mode_4()
    {
        _pit.Program2(4, 2);
        _pit.Run(3);

        bool strobe = _pit.Pit.Counter(2).Out;
        _pit.Gate2 = false;

        Assert.False(strobe);
        Assert.Equal("0/H 0/H", _pit.Trace2(2));
    }

    [Fact]
    public void Mode_4_takes_a_new_count_at_the_next_clock()
    {
        _pit.Program2(4, 3);

        string before = _pit.Trace2(3);
        _pit.Write(2, 2);

        Assert.Equal("3/H 2/H 1/H", before);
        Assert.Equal("2/H 1/H 0/L FFFF/H", _pit.Trace2(4));
    }

    [Fact]
    public void Mode_4_strobes_once_only()
    {
        _pit.Program2(4, 3);
        _pit.Run(4);

        bool strobe = _pit.Pit.Counter(2).Out;
        _pit.Run(65_536);

        Assert.False(strobe);
        Assert.Equal(0, _pit.Pit.Counter(2).Count);
        Assert.True(_pit.Pit.Counter(2).Out);
    }

    [Fact]
    public void Mode_5_strobes_the_count_after_a_trigger()
    {
        _pit.Program2(5, 3);
        _pit.Run(2);

        _pit.Trigger2();
        string shot = _pit.Trace2(6);
        _pit.Trigger2();

        Assert.Equal("3/H 2/H 1/H 0/L FFFF/H FFFE/H", shot);
        Assert.Equal("3/H", _pit.Trace2(1));
    }

    [Fact]
    public void A_trigger_starts_mode_5_anew()
    {
        _pit.Program2(5, 3);
        _pit.Trigger2();

        string first = _pit.Trace2(2);
        _pit.Trigger2();

        Assert.Equal("3/H 2/H", first);
        Assert.Equal("3/H 2/H 1/H 0/L FFFF/H", _pit.Trace2(5));
    }

    [Fact]
    public void A_new_count_in_mode_5_waits_for_the_next_trigger()
    {
        _pit.Program2(5, 3);
        _pit.Trigger2();

        string first = _pit.Trace2(1);
        _pit.Write(2, 5);
        string rest = _pit.Trace2(5);
        _pit.Trigger2();

        Assert.Equal("3/H", first);
        Assert.Equal("2/H 1/H 0/L FFFF/H FFFE/H", rest);
        Assert.Equal("5/H 4/H", _pit.Trace2(2));
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(7, 3)]
    public void Modes_6_and_7_are_2_and_3(int programmed, int mode)
    {
        _pit.Program2(programmed, 4);

        Assert.Equal(mode, _pit.Pit.Counter(2).Mode);
        Assert.Equal(mode == 2 ? "4/H 3/H 2/H 1/L 4/H" : "4/H 2/H 4/L 2/L 4/H", _pit.Trace2(5));
    }

    [Fact]
    public void BCD_counts_in_decimal_digits_and_wraps_at_9999()
    {
        _pit.Gate2 = true;
        _pit.Control = 0xb1;
        _pit.Write(2, 0x00, 0x01);

        string first = _pit.Trace2(2);
        _pit.Run(98);

        Assert.Equal("100/L 99/L", first);
        Assert.Equal("0/H 9999/H 9998/H", _pit.Trace2(3));
    }

    [Theory]
    [InlineData(0xb4, 65_536)]
    [InlineData(0xb5, 10_000)]
    public void A_count_of_0_is_the_longest(byte control, int period)
    {
        _pit.Gate2 = true;
        _pit.Control = control;
        _pit.Write(2, 0, 0);

        Assert.Equal(period, _pit.Pit.Counter(2).Reload);
        _pit.Run(period);
        Assert.Equal("1/L", $"{_pit.Pit.Counter(2).Count}/{(_pit.Pit.Counter(2).Out ? 'H' : 'L')}");
        Assert.Equal("0/H", _pit.Trace2(1));
    }
}
