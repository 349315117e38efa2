using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicTimerTests
{
    private const uint Entry = 0x320;
    private const uint Initial = 0x380;
    private const uint Current = 0x390;
    private const uint Divide = 0x3e0;
    private const uint By1 = 0xb;

    private readonly LocalApicBench _bench = LocalApicBench.Enabled();

    public LocalApicTimerTests() => _bench.Clock.Now = 1_000_000;

    private LocalApic Apic => _bench.Apic;

    private TestClock Clock => _bench.Clock;

    [Fact]
    public void One_shot_counts_down_once_and_interrupts_at_0()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 500);
        Assert.Equal(1_000_500, Clock.Alarm);
        Assert.Equal(500u, _bench.Read(Current));

        Clock.Now = 1_000_200;
        Assert.Equal(300u, _bench.Read(Current));
        Clock.Now = 1_000_499;
        Apic.OnAlarm();
        Assert.False(Apic.HasInterrupt);
        Assert.Equal(1u, _bench.Read(Current));

        Clock.Now = 1_000_500;
        Apic.OnAlarm();
        Assert.Equal(0x40, _bench.Acknowledge());
        Assert.False(Apic.IsLevel(0x40));
        Assert.Equal(0u, _bench.Read(Current));
        Assert.Equal(500u, _bench.Read(Initial));
        Assert.Equal(IDeviceClock.Never, Clock.Alarm);

        Clock.Now = 1_001_500;
        Apic.OnAlarm();
        Assert.False(Apic.IsRequested(0x40));
    }

    [Theory]
    [InlineData(0x0, 2)]
    [InlineData(0x1, 4)]
    [InlineData(0x2, 8)]
    [InlineData(0x3, 16)]
    [InlineData(0x8, 32)]
    [InlineData(0x9, 64)]
    [InlineData(0xa, 128)]
    [InlineData(0xb, 1)]
    public void The_divide_configuration_divides_1_GHz(uint configuration, int divisor)
    {
        _bench.Write(Divide, configuration);
        _bench.Write(Initial, 1000);

        Assert.Equal(divisor, Apic.TimerDivisor);
        Assert.Equal(1_000_000 + (1000L * divisor), Clock.Alarm);
        Clock.Now += (10 * divisor) + divisor - 1;
        Assert.Equal(990u, _bench.Read(Current));
        Clock.Now++;
        Assert.Equal(989u, _bench.Read(Current));
    }

    [Fact]
    public void The_largest_count_is_counted_out()
    {
        _bench.Write(Divide, 0xa);
        _bench.Write(Entry, 0x40);

        _bench.Write(Initial, 0xffff_ffff);

        Assert.Equal(1_000_000 + (0xffff_ffffL * 128), Clock.Alarm);
        _bench.RunTo(Clock.Alarm);
        Assert.True(Apic.HasInterrupt);
    }

    [Fact]
    public void A_count_that_ends_after_all_time_never_ends()
    {
        Clock.Now = long.MaxValue - 100;
        _bench.Write(Divide, By1);
        _bench.Write(Initial, 1000);

        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
        Clock.Now = long.MaxValue - 50;
        Assert.Equal(950u, _bench.Read(Current));
    }

    [Fact]
    public void Periodic_starts_again_from_the_initial_count()
    {
        StartPeriodic(10_000);
        Assert.Equal(1_010_000, Clock.Alarm);

        Clock.Now = 1_010_003;
        Apic.OnAlarm();
        Assert.Equal(1_020_000, Clock.Alarm);
        Assert.Equal(9_997u, _bench.Read(Current));
        Assert.Equal(0x40, _bench.Acknowledge());
        _bench.Write(0xb0, 0);

        Clock.Now = 1_020_000;
        Apic.OnAlarm();
        Assert.Equal(0x40, _bench.Acknowledge());
        Assert.Equal(10_000u, _bench.Read(Current));
    }

    [Fact]
    public void Many_missed_periods_are_one_interrupt_and_the_phase_is_kept()
    {
        StartPeriodic(10_000);

        Clock.Now = 1_000_000 + (1_000_000L * 10_000) + 7;
        Apic.OnAlarm();

        Assert.Equal(1_000_000 + (1_000_001L * 10_000), Clock.Alarm);
        Assert.Equal(0x40, _bench.Acknowledge());
        _bench.Write(0xb0, 0);
        Assert.False(Apic.HasInterrupt);
        Assert.Equal(9_993u, _bench.Read(Current));
    }

    [Fact]
    public void A_very_short_period_does_not_ask_for_alarms_without_end()
    {
        StartPeriodic(1);
        int alarms = 0;

        while (Clock.Alarm <= 2_000_000)
        {
            Clock.Now = Clock.Alarm;
            Apic.OnAlarm();
            alarms++;
        }

        Assert.InRange(alarms, 100, 200);
        Assert.True(Apic.HasInterrupt);
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x40 | LocalApicBench.Periodic)]
    public void An_initial_count_of_0_stops_the_timer(uint entry)
    {
        _bench.Write(Entry, entry);
        _bench.Write(Initial, 1000);

        _bench.Write(Initial, 0);

        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
        Assert.Equal(0u, _bench.Read(Current));
        Clock.Now += 1_000_000;
        Apic.OnAlarm();
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void A_new_initial_count_starts_over()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 1000);
        Clock.Now += 600;

        _bench.Write(Initial, 800);

        Assert.Equal(1_001_400, Clock.Alarm);
        Assert.Equal(800u, _bench.Read(Current));
    }

    [Fact]
    public void A_masked_timer_counts_and_does_not_interrupt()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40 | LocalApicBench.Masked);
        _bench.Write(Initial, 1000);

        _bench.RunTo(1_000_400);
        Assert.Equal(600u, _bench.Read(Current));
        _bench.RunTo(1_002_000);
        Assert.Equal(0u, _bench.Read(Current));
        _bench.Write(Entry, 0x40);
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void A_change_of_the_divider_slows_what_is_left()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 1000);
        Clock.Now += 400;

        _bench.Write(Divide, 0x1);

        Assert.Equal(600u, _bench.Read(Current));
        Assert.Equal(1_000_400 + (600 * 4), Clock.Alarm);
        Clock.Now += 40;
        Assert.Equal(590u, _bench.Read(Current));
        Assert.Equal(1000u, _bench.Read(Initial));
    }

    [Fact]
    public void An_expiry_whose_alarm_is_late_is_seen_by_polling_the_count_or_IRR()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 1000);
        Clock.Now += 1000;

        Assert.Equal(1u, _bench.Read(0x220));
        _bench.Write(Initial, 1000);
        _bench.Acknowledge();
        _bench.Write(0xb0, 0);
        Clock.Now += 1001;
        Assert.Equal(0u, _bench.Read(Current));
        Assert.True(Apic.IsRequested(0x40));
    }

    [Theory]
    [InlineData(Initial, 7u)]
    [InlineData(Divide, 3u)]
    [InlineData(Entry, 0x50u)]
    public void An_expiry_whose_alarm_is_late_comes_before_a_write(uint register, uint value)
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 1000);
        Clock.Now += 1000;

        _bench.Write(register, value);

        Assert.True(Apic.IsRequested(0x40));
        Assert.False(Apic.IsRequested(0x50));
    }

    [Fact]
    public void Between_one_shot_and_periodic_the_count_goes_on()
    {
        StartPeriodic(10_000);
        Clock.Now += 4_000;

        _bench.Write(Entry, 0x40);
        Assert.Equal(6_000u, _bench.Read(Current));
        _bench.RunTo(1_030_000);
        Assert.Equal(0u, _bench.Read(Current));

        _bench.Write(Entry, 0x40 | LocalApicBench.Periodic);
        Assert.Equal(0u, _bench.Read(Current));
        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
    }

    [Fact]
    public void TSC_deadline_fires_when_the_TSC_is_there_and_reads_0_then()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline);
        _bench.WriteMsr(0x6e0, 2_004_000);
        Assert.Equal(1_002_000, Clock.Alarm);
        Assert.Equal(1_002_000, Apic.TimerExpiry);
        Assert.Equal(2_004_000ul, _bench.ReadMsr(0x6e0));
        Assert.Equal(0u, _bench.Read(Current));

        Clock.Now = 1_001_999;
        Apic.OnAlarm();
        Assert.False(Apic.HasInterrupt);
        Clock.Now = 1_002_000;
        Apic.OnAlarm();

        Assert.Equal(0x40, _bench.Acknowledge());
        Assert.Equal(0ul, _bench.ReadMsr(0x6e0));
        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
    }

    [Fact]
    public void A_deadline_that_has_passed_fires_at_once()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline);

        _bench.WriteMsr(0x6e0, 1);

        Assert.True(Apic.HasInterrupt);
        Assert.Equal(0ul, _bench.ReadMsr(0x6e0));
    }

    [Fact]
    public void A_deadline_can_be_moved_and_disarmed()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline);
        _bench.WriteMsr(0x6e0, 2_004_000);

        _bench.WriteMsr(0x6e0, 2_008_000);
        Assert.Equal(1_004_000, Clock.Alarm);
        _bench.WriteMsr(0x6e0, 0);

        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
        _bench.RunTo(2_000_000);
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void A_deadline_is_of_the_TSC_as_it_is_when_it_is_written()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline);
        _bench.TscOffset = 4_000;

        _bench.WriteMsr(0x6e0, 2_008_000);

        Assert.Equal(1_002_000, Clock.Alarm);
    }

    [Fact]
    public void In_TSC_deadline_mode_the_initial_count_is_ignored()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline);

        _bench.Write(Initial, 100);

        Assert.Equal(0u, _bench.Read(Initial));
        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(LocalApicBench.Periodic)]
    public void In_the_counting_modes_the_deadline_is_ignored(uint mode)
    {
        _bench.Write(Entry, 0x40 | mode);

        _bench.WriteMsr(0x6e0, 1);

        Assert.Equal(0ul, _bench.ReadMsr(0x6e0));
        Assert.False(Apic.HasInterrupt);
    }

    [Theory]
    [InlineData(0u, LocalApicBench.TscDeadline)]
    [InlineData(LocalApicBench.Periodic, LocalApicBench.TscDeadline)]
    [InlineData(LocalApicBench.Periodic, LocalApicBench.TscDeadline | LocalApicBench.Periodic)]
    [InlineData(LocalApicBench.TscDeadline, 0u)]
    [InlineData(LocalApicBench.TscDeadline, LocalApicBench.Periodic)]
    public void To_and_from_TSC_deadline_and_to_the_reserved_mode_the_timer_is_disarmed(uint from, uint to)
    {
        _bench.Write(Entry, 0x40 | from);
        _bench.Write(Initial, 1000);
        _bench.WriteMsr(0x6e0, 3_000_000);
        Assert.NotEqual(IDeviceClock.Never, Clock.Alarm);

        _bench.Write(Entry, 0x40 | to);

        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
        Assert.Equal(0u, _bench.Read(Current));
        Assert.Equal(0ul, _bench.ReadMsr(0x6e0));
        _bench.RunTo(5_000_000);
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void In_the_reserved_mode_nothing_counts()
    {
        _bench.Write(Entry, 0x40 | LocalApicBench.TscDeadline | LocalApicBench.Periodic);

        _bench.Write(Initial, 1000);

        Assert.Equal(IDeviceClock.Never, Clock.Alarm);
        Assert.Equal(LocalApicTimerMode.Reserved, Apic.TimerMode);
    }

    [Fact]
    public void The_timer_is_the_same_in_x2APIC_mode()
    {
        LocalApicBench bench = LocalApicBench.X2Apic();
        bench.WriteMsr(0x83e, By1);
        bench.WriteMsr(0x832, 0x40);
        bench.WriteMsr(0x838, 1000);

        bench.RunTo(400);
        Assert.Equal(600ul, bench.ReadMsr(0x839));
        bench.RunTo(1000);
        Assert.Equal(0x40, bench.Acknowledge());
    }

    [Fact]
    public void What_is_shown_changes_nothing()
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40);
        _bench.Write(Initial, 1000);
        Clock.Now += 2000;

        Assert.Equal(0u, Apic.TimerCurrentCount);
        Assert.Equal(1_001_000, Apic.TimerExpiry);

        Assert.False(Apic.IsRequested(0x40));
        Assert.Equal(1_001_000, Clock.Alarm);
    }

    private void StartPeriodic(uint count)
    {
        _bench.Write(Divide, By1);
        _bench.Write(Entry, 0x40 | LocalApicBench.Periodic);
        _bench.Write(Initial, count);
    }
}
