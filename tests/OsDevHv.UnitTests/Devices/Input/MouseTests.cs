using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>The mouse as IBM's PS/2 Hardware Technical Reference and Chapweske's The PS/2 Mouse Interface have it. Bytes in hex.</summary>
public sealed class MouseTests
{
    private const long Millisecond = 1_000_000;

    private readonly InputBench _bench = new InputBench().Raw();

    [Fact]
    public void Reset_is_acknowledged_the_self_test_passes_and_the_id_follows() => Assert.Equal("faaa00", _bench.AskMouse(0xff));

    [Fact]
    public void At_reset_it_is_a_plain_mouse_that_does_not_report()
    {
        Assert.Equal("fa00", _bench.AskMouse(0xf2));
        Assert.Equal("fa000264", _bench.AskMouse(0xe9));
    }

    [Theory]
    [InlineData(new byte[] { 200, 100, 80 }, "fa03")]
    [InlineData(new byte[] { 200, 200, 80 }, "fa04")]
    [InlineData(new byte[] { 200, 80, 100 }, "fa00")]
    [InlineData(new byte[] { 10, 200, 100, 80 }, "fa03")]
    [InlineData(new byte[] { 200, 100, 80, 200, 200, 80 }, "fa04")]
    public void Three_sample_rates_in_a_row_make_it_another_mouse(byte[] rates, string id)
    {
        foreach (byte rate in rates)
        {
            Assert.Equal("fafa", _bench.AskMouse(0xf3, rate));
        }

        Assert.Equal(id, _bench.AskMouse(0xf2));
    }

    [Fact]
    public void Reset_makes_it_a_plain_mouse_again()
    {
        BecomeWheel();

        Assert.Equal("faaa00", _bench.AskMouse(0xff));
        Assert.Equal("fa00", _bench.AskMouse(0xf2));
    }

    [Fact]
    public void Status_tells_buttons_scaling_reporting_mode_resolution_and_rate()
    {
        _bench.Mouse.SetButtons(MouseButtons.Left | MouseButtons.Middle);
        _bench.AskMouse(0xe7, 0xe8, 0, 0xf3, 10, 0xf0, 0xf4);

        Assert.Equal("fa76000a", _bench.AskMouse(0xe9));
    }

    [Fact]
    public void Defaults_stop_reporting_and_return_rate_resolution_and_scaling()
    {
        _bench.AskMouse(0xe7, 0xe8, 0, 0xf3, 10, 0xf4);

        Assert.Equal("fa", _bench.AskMouse(0xf6));
        Assert.Equal("fa000264", _bench.AskMouse(0xe9));
    }

    [Theory]
    [InlineData(5, 3, "080503")]
    [InlineData(-1, 0, "18ff00")]
    [InlineData(0, -1, "2800ff")]
    [InlineData(255, -256, "28ff00")]
    [InlineData(-255, 128, "180180")]
    public void A_movement_is_9_bits_of_twos_complement(int right, int up, string packet)
    {
        _bench.AskMouse(0xf4);

        _bench.Mouse.Move(right, up, 0);

        Assert.Equal(packet, _bench.Drain());
    }

    [Theory]
    [InlineData(256, 0, "48ff00")]
    [InlineData(-257, 0, "580000")]
    [InlineData(0, 1000, "8800ff")]
    [InlineData(int.MaxValue, int.MinValue, "e8ff00")]
    public void A_movement_beyond_that_sets_the_overflow_bit_and_the_counter_stays_at_its_limit(int right, int up, string packet)
    {
        _bench.AskMouse(0xf4);

        _bench.Mouse.Move(right, up, 0);

        Assert.Equal(packet, _bench.Drain());
    }

    [Fact]
    public void Movements_add_up_while_a_packet_waits()
    {
        _bench.AskMouse(0xf4);
        _bench.Mouse.Move(1, 0, 0);
        _bench.Mouse.Move(2, 3, 0);
        _bench.Mouse.Move(4, -1, 0);
        Assert.Equal("080100", _bench.Drain());

        _bench.PassForMouse(13 * Millisecond);

        Assert.Equal("080602", _bench.Drain());
    }

    [Theory]
    [InlineData(MouseButtons.Left, "090000")]
    [InlineData(MouseButtons.Right, "0a0000")]
    [InlineData(MouseButtons.Middle, "0c0000")]
    [InlineData(MouseButtons.Left | MouseButtons.Right | MouseButtons.Middle, "0f0000")]
    public void A_button_is_a_packet_when_pressed_and_one_when_released(MouseButtons buttons, string packet)
    {
        _bench.AskMouse(0xf4);

        _bench.Mouse.SetButtons(buttons);
        Assert.Equal(packet, _bench.Drain());
        _bench.PassForMouse(13 * Millisecond);
        _bench.Mouse.SetButtons(MouseButtons.None);

        Assert.Equal("080000", _bench.Drain());
    }

    [Fact]
    public void A_wheel_is_a_fourth_byte_of_an_IntelliMouse_and_nothing_of_a_plain_one()
    {
        _bench.AskMouse(0xf4);
        _bench.Mouse.Move(0, 0, 1);
        Assert.Equal("", _bench.Drain());

        BecomeWheel();
        _bench.AskMouse(0xf4);
        _bench.Mouse.Move(0, 0, -1);
        Assert.Equal("080000ff", _bench.Drain());
        _bench.PassForMouse(13 * Millisecond);
        _bench.Mouse.Move(0, 0, 100);

        Assert.Equal("08000007", _bench.Drain());
    }

    [Fact]
    public void An_Explorer_tells_of_five_buttons_and_a_wheel_in_its_fourth_byte()
    {
        _bench.AskMouse(0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf4);

        _bench.Mouse.SetButtons(MouseButtons.Side);
        Assert.Equal("08000010", _bench.Drain());
        _bench.PassForMouse(13 * Millisecond);
        _bench.Mouse.SetButtons(MouseButtons.Extra);
        Assert.Equal("08000020", _bench.Drain());
        _bench.PassForMouse(13 * Millisecond);
        _bench.Mouse.Move(1, 0, -2);

        Assert.Equal("0801002e", _bench.Drain());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 6)]
    [InlineData(5, 9)]
    [InlineData(6, 12)]
    [InlineData(100, 200)]
    public void Scaling_makes_fast_movements_faster_in_stream_mode_alone(int counts, byte scaled)
    {
        _bench.AskMouse(0xe7, 0xf4);

        _bench.Mouse.Move(counts, 0, 0);
        Assert.Equal($"08{scaled:x2}00", _bench.Drain());
        _bench.AskMouse(0xf0);
        _bench.Mouse.Move(counts, 0, 0);

        Assert.Equal($"fa08{counts:x2}00", _bench.AskMouse(0xeb));
    }

    [Fact]
    public void The_sample_rate_limits_packets()
    {
        _bench.AskMouse(0xf3, 20, 0xf4);
        _bench.Mouse.Move(1, 0, 0);
        Assert.Equal("080100", _bench.Drain());
        _bench.Mouse.Move(2, 0, 0);

        _bench.PassForMouse(49 * Millisecond);
        Assert.Equal("", _bench.Drain());
        _bench.PassForMouse(1 * Millisecond);

        Assert.Equal("080200", _bench.Drain());
    }

    [Fact]
    public void In_remote_mode_it_tells_when_asked_and_at_no_other_time()
    {
        _bench.AskMouse(0xf4, 0xf0);
        _bench.Mouse.Move(7, 8, 0);
        _bench.PassForMouse(1000 * Millisecond);
        Assert.Equal("", _bench.Drain());

        Assert.Equal("fa080708", _bench.AskMouse(0xeb));
        Assert.Equal("fa080000", _bench.AskMouse(0xeb));
    }

    [Fact]
    public void In_wrap_mode_it_echoes_all_but_reset_and_the_end_of_wrap_mode()
    {
        Assert.Equal("fa", _bench.AskMouse(0xee));
        Assert.Equal("f4005a", _bench.AskMouse(0xf4, 0x00, 0x5a));
        Assert.Equal("fa", _bench.AskMouse(0xec));
        Assert.False(_bench.Mouse.IsReporting);

        Assert.Equal("fafaaa00", _bench.AskMouse(0xee, 0xff));
        Assert.Equal("fa00", _bench.AskMouse(0xf2));
    }

    [Fact]
    public void What_it_does_not_know_it_asks_for_again_and_then_says_that_it_is_an_error()
    {
        Assert.Equal("fefc", _bench.AskMouse(0xe1, 0xe1));
        Assert.Equal("fa", _bench.AskMouse(0xe6));
        Assert.Equal("fe", _bench.AskMouse(0xe1));
    }

    [Theory]
    [InlineData(0xe8, 4, 3)]
    [InlineData(0xf3, 81, 80)]
    public void A_wrong_argument_is_asked_for_again_and_a_right_one_taken_then(byte command, byte wrong, byte right)
    {
        Assert.Equal("fafefa", _bench.AskMouse(command, wrong, right));
    }

    [Fact]
    public void The_last_packet_is_sent_again_on_request()
    {
        _bench.AskMouse(0xf4);
        _bench.Mouse.Move(1, 2, 0);
        Assert.Equal("080102", _bench.Drain());

        Assert.Equal("080102", _bench.AskMouse(0xfe));
    }

    [Fact]
    public void A_command_ends_a_packet_that_is_under_way_and_clears_the_counters()
    {
        _bench.AskMouse(0xf4);
        _bench.Mouse.Move(1, 2, 0);
        _bench.Mouse.Move(3, 4, 0);
        Assert.Equal(0x08, _bench.Read());
        Assert.Equal(0x01, _bench.Read());

        _bench.Command(0xd4);
        _bench.Data(0xf2);

        // The packet's last byte was in the controller already.
        Assert.Equal("02fa00", _bench.Drain());
        _bench.PassForMouse(1000 * Millisecond);
        Assert.Equal("", _bench.Drain());
    }

    [Fact]
    public void Movements_while_it_does_not_report_are_not_told_later()
    {
        _bench.Mouse.Move(5, 5, 0);
        _bench.Mouse.SetButtons(MouseButtons.Left);

        Assert.Equal("fa", _bench.AskMouse(0xf4));
        _bench.PassForMouse(1000 * Millisecond);

        Assert.Equal("", _bench.Drain());
    }

    private void BecomeWheel() => _bench.AskMouse(0xf3, 200, 0xf3, 100, 0xf3, 80);
}
