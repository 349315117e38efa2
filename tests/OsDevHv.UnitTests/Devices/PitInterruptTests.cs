using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class PitInterruptTests
{
    private readonly PitBench _pit = new();

    [Fact]
    public void At_power_on_IRQ_0_comes_every_65536_ticks()
    {
        _pit.Run(1 + 65_536);
        int first = _pit.Irq0.RisingEdges;
        _pit.Run(65_535);
        int before = _pit.Irq0.RisingEdges;
        _pit.Run(1);

        Assert.Equal(first, before);
        Assert.Equal(first + 1, _pit.Irq0.RisingEdges);
        Assert.Equal(2, _pit.Alarms);
    }

    [Fact]
    public void After_an_hour_at_1_kHz_no_tick_is_lost_and_none_is_a_nanosecond_off()
    {
        const int period = 1193;
        const long periods = 3_600_000;
        _pit.Control = 0x34;
        _pit.Write(0, period & 0xff, period >> 8);
        int edges = _pit.Irq0.RisingEdges;

        _pit.Run(1 + (period * 10L));
        int tenth = _pit.Irq0.RisingEdges;
        _pit.Oversleep(period * (periods - 10));
        _pit.Pit.OnAlarm();

        Assert.Equal(edges + 10, tenth);
        Assert.Equal(PitBench.TimeOf(1 + (period * (periods + 1))), _pit.Clock.Alarm);
    }

    [Fact]
    public void Mode_2_costs_one_alarm_a_period_and_mode_3_two()
    {
        _pit.Control = 0x34;
        _pit.Write(0, 100, 0);
        _pit.Run(1 + 1000);
        int ofMode2 = _pit.Alarms;
        _pit.Control = 0x36;
        _pit.Write(0, 100, 0);
        _pit.Run(1 + 1000);

        Assert.Equal(10, ofMode2);
        Assert.Equal(20, _pit.Alarms - ofMode2);
    }

    [Theory]
    [InlineData(0x30)]
    [InlineData(0x38)]
    public void A_one_shot_interrupts_once_the_count_and_one_tick_after_the_write(byte control)
    {
        _pit.Control = control;
        _pit.Write(0, 100, 0);
        int edges = _pit.Irq0.RisingEdges;
        int ticksToRise = control == 0x30 ? 101 : 102;

        _pit.Run(ticksToRise - 1);
        int before = _pit.Irq0.RisingEdges;
        _pit.Run(1);
        int after = _pit.Irq0.RisingEdges;
        _pit.Run(1_000_000);

        Assert.Equal(edges, before);
        Assert.Equal(edges + 1, after);
        Assert.Equal(edges + 1, _pit.Irq0.RisingEdges);
        Assert.Equal(IDeviceClock.Never, _pit.Clock.Alarm);
    }

    [Theory]
    [InlineData(0x32)]
    [InlineData(0x3a)]
    public void A_counter_that_waits_for_a_trigger_needs_no_alarm(byte control)
    {
        _pit.Control = control;
        _pit.Write(0, 100, 0);

        Assert.Equal(IDeviceClock.Never, _pit.Clock.Alarm);
    }

    [Fact]
    public void A_late_alarm_makes_one_edge_for_all_periods_missed()
    {
        _pit.Control = 0x34;
        _pit.Write(0, 100, 0);
        int edges = _pit.Irq0.RisingEdges;

        _pit.Oversleep(1 + 100_050);
        _pit.Pit.OnAlarm();

        Assert.Equal(edges + 1, _pit.Irq0.RisingEdges);
        Assert.Equal(PitBench.TimeOf(1 + 100_100), _pit.Clock.Alarm);
    }

    [Fact]
    public void An_edge_that_comes_late_is_not_taken_back_at_once()
    {
        _pit.Control = 0x36;
        _pit.Write(0, 100, 0);
        _pit.Run(1 + 75);

        _pit.Oversleep(100);
        _pit.Pit.OnAlarm();

        Assert.False(_pit.Pit.Counter(0).Out);
        Assert.True(_pit.Irq0.IsHigh);
    }

    [Fact]
    public void Programming_counter_0_before_its_late_alarm_does_not_lose_the_edge()
    {
        _pit.Control = 0x38;
        _pit.Write(0, 100, 0);
        int edges = _pit.Irq0.RisingEdges;

        _pit.Oversleep(200);
        _pit.Write(0, 100);

        Assert.Equal(edges + 1, _pit.Irq0.RisingEdges);
    }

    [Fact]
    public void A_mode_whose_output_starts_high_raises_the_line_that_was_low()
    {
        _pit.Control = 0x30;
        bool low = _pit.Irq0.IsHigh;
        int edges = _pit.Irq0.RisingEdges;
        _pit.Control = 0x34;

        Assert.False(low);
        Assert.Equal(edges + 1, _pit.Irq0.RisingEdges);
    }

    [Fact]
    public void Other_counters_set_no_alarm()
    {
        _pit.Control = 0x30;
        _pit.Control = 0x74;
        _pit.Write(1, 18, 0);
        _pit.Program2(3, 100);

        Assert.Equal(IDeviceClock.Never, _pit.Clock.Alarm);
    }

    [Fact]
    public void The_next_expiry_is_the_alarm()
    {
        Assert.Equal(_pit.Clock.Alarm, _pit.Pit.NextExpiry);
        Assert.Equal(_pit.Clock.Alarm, _pit.Pit.Counter(0).NextRise);
    }

    [Fact]
    public void Reset_returns_to_what_firmware_leaves()
    {
        _pit.Control = 0x30;
        _pit.Write(0, 5, 0);
        _pit.Run(1000);

        _pit.Pit.Reset();

        Assert.Equal(2, _pit.Pit.Counter(0).Mode);
        Assert.Equal(65_536, _pit.Pit.Counter(0).Reload);
        Assert.Equal(PitBench.TimeOf(1000 + 1 + 65_536), _pit.Clock.Alarm);
    }

    [Fact]
    public void At_the_end_of_time_nothing_overflows()
    {
        _pit.Clock.Now = long.MaxValue - 1;
        _pit.Pit.OnAlarm();
        _pit.Control = 0x34;
        _pit.Write(0, 0, 0);

        Assert.True(_pit.Clock.Alarm > _pit.Clock.Now);
    }
}
