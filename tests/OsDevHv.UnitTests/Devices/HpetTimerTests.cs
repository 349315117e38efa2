using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class HpetTimerTests
{
    private const int Pin = 16;
    private const ulong Routed = HpetBench.Enable | (Pin << 9);

    private readonly HpetBench _hpet = new();

    [Fact]
    public void A_one_shot_interrupts_when_the_counter_equals_the_comparator()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.SetComparator(0, 1000);
        _hpet.Configuration = 1;

        _hpet.Run(999);
        string before = _hpet.TakeEvents();
        _hpet.Run(1);
        string at = _hpet.TakeEvents();
        _hpet.Run(1_000_000);

        Assert.Equal("", before);
        Assert.Equal("+16", at);
        Assert.Equal("", _hpet.TakeEvents());
        Assert.Equal(1000u, _hpet.Comparator(0));
        Assert.Equal(0u, _hpet.Status);
        Assert.Equal(IDeviceClock.Never, _hpet.Clock.Alarm);
    }

    [Fact]
    public void The_next_match_of_an_edge_triggered_timer_is_a_new_edge()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.SetComparator(0, 10);
        _hpet.Configuration = 1;
        _hpet.Run(10);
        _hpet.SetComparator(0, 20);
        _hpet.Run(10);

        Assert.Equal("+16 -16 +16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_match_is_an_edge_on_a_pin_that_another_timer_holds()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.SetConfig(1, Routed);
        _hpet.SetComparator(0, 20);
        _hpet.SetComparator(1, 10);
        _hpet.Configuration = 1;

        _hpet.Run(20);
        string onTime = _hpet.TakeEvents();
        _hpet.SetComparator(0, 40);
        _hpet.SetComparator(1, 30);
        _hpet.Clock.Now += 1000;
        _hpet.Hpet.OnAlarm();

        Assert.Equal("+16 -16 +16", onTime);
        Assert.Equal("-16 +16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_comparator_behind_the_counter_does_not_match_before_the_wrap()
    {
        _hpet.Configuration = 1;
        _hpet.Run(1000);
        _hpet.SetConfig(0, Routed);
        _hpet.SetComparator(0, 999);
        _hpet.SetConfig(1, Routed | HpetBench.Narrow);
        _hpet.SetComparator(1, 999);

        Assert.Equal(((1L << 32) + 999) * 10, _hpet.Clock.Alarm);
        _hpet.Run((1L << 32) - 2);
        Assert.Equal("", _hpet.TakeEvents());
        _hpet.Run(1);
        Assert.Equal("+16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_comparator_written_equal_to_the_counter_matches_at_once()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.Configuration = 1;
        _hpet.Run(1000);
        _hpet.SetComparator(0, 1000);

        Assert.Equal("+16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_one_shot_of_32_bits_matches_again_after_the_wrap()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Narrow);
        _hpet.SetComparator(0, 1000);
        _hpet.Configuration = 1;
        _hpet.Run(1000);
        _hpet.TakeEvents();
        _hpet.Run(1L << 32);

        Assert.Equal("-16 +16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_level_triggered_timer_holds_its_line_until_its_status_is_cleared()
    {
        _hpet.SetConfig(1, Routed | HpetBench.Level);
        _hpet.SetComparator(1, 10);
        _hpet.Configuration = 1;
        _hpet.Run(100);
        string raised = _hpet.TakeEvents();
        ulong status = _hpet.Status;

        _hpet.Status = 1;
        string other = _hpet.TakeEvents();
        _hpet.Status = 2;

        Assert.Equal("+16", raised);
        Assert.Equal(2u, status);
        Assert.Equal("", other);
        Assert.Equal("-16", _hpet.TakeEvents());
        Assert.Equal(0u, _hpet.Status);
    }

    [Fact]
    public void A_level_triggered_timer_that_is_disabled_sets_its_status_and_interrupts_when_enabled()
    {
        _hpet.SetConfig(1, HpetBench.Level | HpetBench.Route(Pin));
        _hpet.SetComparator(1, 10);
        _hpet.Configuration = 1;
        long alarm = _hpet.Clock.Alarm;
        _hpet.Run(100);

        Assert.Equal(IDeviceClock.Never, alarm);
        Assert.Equal(2u, _hpet.Status);
        Assert.Equal("", _hpet.TakeEvents());
        _hpet.SetConfig(1, Routed | HpetBench.Level);
        Assert.Equal("+16", _hpet.TakeEvents());
    }

    [Fact]
    public void Two_timers_on_one_pin_hold_it_together()
    {
        _hpet.SetConfig(1, Routed | HpetBench.Level);
        _hpet.SetConfig(2, Routed | HpetBench.Level);
        _hpet.SetComparator(1, 10);
        _hpet.SetComparator(2, 10);
        _hpet.Configuration = 1;
        _hpet.Run(10);

        _hpet.Status = 2;
        string one = _hpet.TakeEvents();
        _hpet.Status = 4;

        Assert.Equal("+16", one);
        Assert.Equal("-16", _hpet.TakeEvents());
    }

    [Fact]
    public void Halting_lowers_the_line_and_restarting_raises_that_of_a_pending_level()
    {
        _hpet.SetConfig(1, Routed | HpetBench.Level);
        _hpet.SetComparator(1, 10);
        _hpet.Configuration = 1;
        _hpet.Run(100);

        _hpet.Configuration = 0;
        string halted = _hpet.TakeEvents();
        _hpet.Configuration = 1;

        Assert.Equal("+16 -16", halted);
        Assert.Equal("+16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_periodic_timer_adds_the_value_written_last_at_each_match()
    {
        _hpet.SetConfig(2, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(2, 0x123);
        _hpet.Configuration = 1;
        _hpet.Run(0x122);
        ulong first = _hpet.Comparator(2);
        _hpet.Run(1);
        ulong second = _hpet.Comparator(2);
        _hpet.Run(0x123);

        Assert.Equal(0x123u, first);
        Assert.Equal(0x246u, second);
        Assert.Equal(0x369u, _hpet.Comparator(2));
        Assert.Equal("+16 -16 +16", _hpet.TakeEvents());
    }

    [Fact]
    public void Comparator_and_period_are_set_by_two_writes_with_VAL_SET()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 1000);
        _hpet.SetComparator(0, 50);
        _hpet.Configuration = 1;
        _hpet.Run(1000);

        Assert.Equal(1050u, _hpet.Comparator(0));
    }

    [Fact]
    public void A_period_written_while_running_counts_from_the_next_match()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 100);
        _hpet.Configuration = 1;
        _hpet.Run(150);
        _hpet.SetComparator(0, 30);

        Assert.Equal(200u, _hpet.Comparator(0));
        _hpet.Run(50);
        Assert.Equal(230u, _hpet.Comparator(0));
    }

    [Fact]
    public void A_wide_comparator_takes_two_writes_of_32_bits_with_VAL_SET_before_each()
    {
        const ulong config = Routed | HpetBench.Periodic | HpetBench.ValueSet;
        _hpet.SetConfig(0, config);
        _hpet.Hpet.Write(0x108, 4, 0x11111111);
        _hpet.SetConfig(0, config);
        _hpet.Hpet.Write(0x10c, 4, 0x22222222);

        Assert.Equal(0x22222222_11111111u, _hpet.Comparator(0));
        Assert.Equal(0x22222222_11111111u, _hpet.Hpet.Timer(0).Period);
    }

    [Fact]
    public void The_comparator_of_a_periodic_timer_of_32_bits_wraps()
    {
        _hpet.Counter = 0xffffff00;
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet | HpetBench.Narrow);
        _hpet.SetComparator(0, 0xffffff80);
        _hpet.SetComparator(0, 0x100);
        _hpet.Configuration = 1;
        _hpet.Run(0x80);

        Assert.Equal(0x80u, _hpet.Comparator(0));
        _hpet.Run(0x100);
        Assert.Equal(0x180u, _hpet.Comparator(0));
    }

    [Fact]
    public void A_late_alarm_makes_one_edge_for_all_matches_missed()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 3);
        _hpet.Configuration = 1;

        _hpet.Clock.Now = 10L * 3_000_000_001;
        _hpet.Hpet.OnAlarm();

        Assert.Equal("+16", _hpet.TakeEvents());
        Assert.Equal(3_000_000_003u, _hpet.Comparator(0));
        Assert.Equal(10L * 3_000_000_003, _hpet.Clock.Alarm);
    }

    [Fact]
    public void A_period_of_0_is_harmless()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 5);
        _hpet.SetComparator(0, 0);
        _hpet.Configuration = 1;
        _hpet.Run(1000);

        Assert.Equal("+16", _hpet.TakeEvents());
        Assert.Equal(IDeviceClock.Never, _hpet.Clock.Alarm);
    }

    [Fact]
    public void A_timer_that_sends_messages_drives_no_line()
    {
        _hpet.SetConfig(1, Routed | HpetBench.Message | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(1, 100);
        _hpet.SetMessage(1, 0xfee01000_00004041);
        _hpet.Configuration = 1;
        _hpet.Run(250);

        Assert.Equal("FEE01000=4041 FEE01000=4041", _hpet.TakeEvents());
    }

    [Fact]
    public void Legacy_replacement_takes_timers_0_and_1_to_IRQ_0_and_8()
    {
        for (int i = 0; i < 3; i++)
        {
            _hpet.SetConfig(i, Routed);
            _hpet.SetComparator(i, 10 + (ulong)i);
        }

        _hpet.Configuration = 3;
        string before = _hpet.TakeEvents();
        _hpet.Run(100);

        Assert.Equal("legacy", before);
        Assert.True(_hpet.Hpet.LegacyReplacement);
        Assert.True(_hpet.Hpet.Timer(1).IsLegacy);
        Assert.False(_hpet.Hpet.Timer(2).IsLegacy);
        Assert.Equal("+L0 +L1 +16", _hpet.TakeEvents());
    }

    [Fact]
    public void When_legacy_replacement_ends_its_lines_fall_before_the_others_come_back()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.SetComparator(0, 10);
        _hpet.Configuration = 3;
        _hpet.Run(10);
        _hpet.TakeEvents();

        _hpet.Configuration = 1;

        Assert.Equal("-L0 native", _hpet.TakeEvents());
    }

    [Fact]
    public void A_timer_that_was_never_routed_interrupts_nobody()
    {
        _hpet.SetConfig(0, HpetBench.Enable);
        _hpet.SetComparator(0, 10);
        _hpet.Configuration = 1;
        _hpet.Run(100);

        Assert.Equal("", _hpet.TakeEvents());
        Assert.Null(_hpet.Hpet.Timer(0).Route);
    }

    [Fact]
    public void Disabling_a_timer_lowers_its_edge_for_good()
    {
        _hpet.SetConfig(0, Routed);
        _hpet.SetComparator(0, 10);
        _hpet.Configuration = 1;
        _hpet.Run(10);
        _hpet.SetConfig(0, HpetBench.Route(Pin));
        _hpet.SetConfig(0, Routed);

        Assert.Equal("+16 -16", _hpet.TakeEvents());
    }

    [Fact]
    public void A_level_timer_whose_status_is_set_needs_no_alarm()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Level | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 100);
        _hpet.Configuration = 1;
        _hpet.Run(1000);
        long pending = _hpet.Clock.Alarm;
        _hpet.Status = 1;

        Assert.Equal(IDeviceClock.Never, pending);
        Assert.Equal(11_000, _hpet.Clock.Alarm);
    }

    [Fact]
    public void The_state_shows_what_a_timer_is_about_to_do()
    {
        _hpet.SetConfig(0, Routed | HpetBench.Periodic | HpetBench.ValueSet);
        _hpet.SetComparator(0, 100);
        _hpet.Configuration = 1;
        _hpet.Clock.Now = 2550;

        HpetTimerState state = _hpet.Hpet.Timer(0);

        Assert.Equal(300u, state.Comparator);
        Assert.Equal(100u, state.Period);
        Assert.Equal(3000, state.NextMatch);
        Assert.Equal(Pin, state.Route);
        Assert.True(state is { IsEnabled: true, IsPeriodic: true, IsLevelTriggered: false, LineIsHigh: false });
        Assert.Equal("", _hpet.TakeEvents());
    }
}
