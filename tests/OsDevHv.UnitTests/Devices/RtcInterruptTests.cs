using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class RtcInterruptTests
{
    private const byte UpdateFlags = 0x90;
    private const byte AlarmFlags = 0xb0;

    private readonly RtcBench _rtc = new();

    public RtcInterruptTests() => _rtc.A = 0x20;

    [Fact]
    public void Nothing_enabled_needs_no_alarm()
    {
        _rtc.A = 0x26;
        _rtc.SetAlarm(0xff, 0xff, 0xff);

        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
    }

    [Fact]
    public void Update_ended_interrupts_when_the_time_has_changed()
    {
        _rtc.B = RtcBench.UpdateEnable | RtcBench.Hours24;

        _rtc.Run(RtcBench.Second - 1);
        bool before = _rtc.Irq8.IsHigh;
        _rtc.Run(1);

        Assert.False(before);
        Assert.True(_rtc.Irq8.IsHigh);
        Assert.Equal("2026-01-01 00:00:01", _rtc.Shown);
        Assert.Equal(UpdateFlags, _rtc.C);
        Assert.False(_rtc.Irq8.IsHigh);
    }

    [Fact]
    public void Reading_C_clears_its_flags_and_lets_the_next_interrupt_come()
    {
        _rtc.B = RtcBench.UpdateEnable | RtcBench.Hours24;
        _rtc.Run(5 * RtcBench.Second);
        int unread = _rtc.Irq8.RisingEdges;
        byte first = _rtc.C;
        byte second = _rtc.C;
        _rtc.Run(RtcBench.Second);

        Assert.Equal(1, unread);
        Assert.Equal(UpdateFlags, first);
        Assert.Equal(0, second);
        Assert.Equal(2, _rtc.Irq8.RisingEdges);
    }

    [Fact]
    public void While_an_interrupt_is_not_read_no_alarm_is_needed()
    {
        _rtc.B = RtcBench.UpdateEnable | RtcBench.Hours24;
        _rtc.Run(RtcBench.Second);

        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
    }

    [Fact]
    public void Flags_are_set_without_their_interrupt_and_enabling_it_then_raises_the_line()
    {
        _rtc.Run(RtcBench.Second);
        byte flags = _rtc.Rtc.RegisterC;
        bool before = _rtc.Irq8.IsHigh;

        _rtc.B = RtcBench.UpdateEnable | RtcBench.Hours24;

        Assert.Equal(0x10, flags);
        Assert.False(before);
        Assert.True(_rtc.Irq8.IsHigh);
    }

    [Fact]
    public void Disabling_the_interrupt_lowers_the_line_and_keeps_the_flag()
    {
        _rtc.B = RtcBench.UpdateEnable | RtcBench.Hours24;
        _rtc.Run(RtcBench.Second);

        _rtc.B = RtcBench.Hours24;

        Assert.False(_rtc.Irq8.IsHigh);
        Assert.Equal(0x10, _rtc.C);
    }

    [Fact]
    public void SET_disables_the_update_ended_interrupt()
    {
        _rtc.B = RtcBench.Set | RtcBench.UpdateEnable | RtcBench.Hours24;

        Assert.Equal(RtcBench.Set | RtcBench.Hours24, _rtc.B);
        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 128)]
    [InlineData(3, 8192)]
    [InlineData(4, 4096)]
    [InlineData(5, 2048)]
    [InlineData(6, 1024)]
    [InlineData(7, 512)]
    [InlineData(8, 256)]
    [InlineData(9, 128)]
    [InlineData(10, 64)]
    [InlineData(11, 32)]
    [InlineData(12, 16)]
    [InlineData(13, 8)]
    [InlineData(14, 4)]
    [InlineData(15, 2)]
    public void The_periodic_interrupt_has_the_rates_of_the_data_sheet(byte rate, int frequency)
    {
        _rtc.A = (byte)(0x20 | rate);
        _rtc.B = RtcBench.PeriodicEnable | RtcBench.Hours24;
        int interrupts = 0;
        while (_rtc.Clock.Alarm <= RtcBench.Second)
        {
            _rtc.Clock.Now = _rtc.Clock.Alarm;
            _rtc.Rtc.OnAlarm();
            Assert.Equal(0xc0, _rtc.C & 0xc0);
            interrupts++;
            Assert.Equal(((interrupts * RtcBench.Second) + frequency - 1) / frequency, _rtc.Clock.Now);
        }

        Assert.Equal(frequency, interrupts);
    }

    [Fact]
    public void Rate_0_has_no_periodic_interrupt()
    {
        _rtc.A = 0x20;
        _rtc.B = RtcBench.PeriodicEnable;
        _rtc.Run(RtcBench.Second);

        Assert.Equal(0, _rtc.C & 0x40);
        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
    }

    [Fact]
    public void Periods_missed_are_one_interrupt()
    {
        _rtc.A = 0x26;
        _rtc.B = RtcBench.PeriodicEnable | RtcBench.Hours24;
        _rtc.Clock.Now = 1000 * RtcBench.Second;
        _rtc.Rtc.OnAlarm();

        Assert.Equal(1, _rtc.Irq8.RisingEdges);
        Assert.Equal(0xd0, _rtc.C);
        Assert.Equal((1000 * RtcBench.Second) + 976_563, _rtc.Clock.Alarm);
    }

    [Fact]
    public void No_periodic_interrupt_comes_from_a_divider_in_reset()
    {
        _rtc.B = RtcBench.PeriodicEnable | RtcBench.Hours24;
        _rtc.A = 0x66;
        _rtc.Run(RtcBench.Second);

        Assert.Equal(0, _rtc.C);
        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
    }

    [Fact]
    public void The_alarm_interrupts_at_its_time_of_day()
    {
        _rtc.SetAlarm(0x01, 0x02, 0x03);
        _rtc.B = RtcBench.AlarmEnable | RtcBench.Hours24;
        const long time = (3600 + 120 + 3) * RtcBench.Second;

        Assert.Equal(time, _rtc.Clock.Alarm);
        _rtc.Run(time);
        Assert.True(_rtc.Irq8.IsHigh);
        Assert.Equal(AlarmFlags, _rtc.C);
        Assert.Equal(time + (86_400 * RtcBench.Second), _rtc.Clock.Alarm);
    }

    [Theory]
    [InlineData(0xff, 0xc0, 0xff, 1, 1)]
    [InlineData(0xc0, 0xff, 0x05, 5, 60)]
    [InlineData(0xff, 0x10, 0x05, 605, 3600)]
    [InlineData(0x00, 0x00, 0xff, 1, 1)]
    [InlineData(0x02, 0xff, 0x00, 7200, 60)]
    public void A_don_t_care_matches_any(byte hour, byte minute, byte second, long first, long next)
    {
        _rtc.SetAlarm(hour, minute, second);
        _rtc.B = RtcBench.AlarmEnable | RtcBench.Hours24;

        Assert.Equal(first * RtcBench.Second, _rtc.Clock.Alarm);
        _rtc.Run(first * RtcBench.Second);
        Assert.Equal(AlarmFlags, _rtc.C);
        Assert.Equal((first + next) * RtcBench.Second, _rtc.Clock.Alarm);
    }

    [Fact]
    public void An_alarm_at_the_time_shown_waits_for_the_next_day()
    {
        _rtc.SetAlarm(0, 0, 0);
        _rtc.B = RtcBench.AlarmEnable | RtcBench.Hours24;

        Assert.Equal(86_400 * RtcBench.Second, _rtc.Clock.Alarm);
    }

    [Theory]
    [InlineData(0x24, 0x00, 0x00)]
    [InlineData(0x00, 0x60, 0x00)]
    [InlineData(0x00, 0x00, 0x1a)]
    [InlineData(0x81, 0x00, 0x00)]
    public void An_invalid_alarm_never_comes(byte hour, byte minute, byte second)
    {
        _rtc.SetAlarm(hour, minute, second);
        _rtc.B = RtcBench.AlarmEnable | RtcBench.Hours24;
        _rtc.Run(2 * 86_400 * RtcBench.Second);

        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
        Assert.Equal(0x10, _rtc.C);
    }

    [Fact]
    public void The_alarm_is_read_in_the_format_of_12_hours_and_binary()
    {
        _rtc.B = RtcBench.Binary | RtcBench.AlarmEnable;
        _rtc.SetAlarm(0x80 | 11, 59, 58);

        Assert.Equal((86_400 - 2) * RtcBench.Second, _rtc.Clock.Alarm);
    }

    [Fact]
    public void Setting_the_time_moves_the_alarm()
    {
        _rtc.SetAlarm(0x12, 0x00, 0x00);
        _rtc.B = RtcBench.AlarmEnable | RtcBench.Hours24;
        _rtc.SetTime(0x20, 0x26, 0x01, 0x01, 0x11, 0x59, 0x50);

        Assert.Equal(10 * RtcBench.Second, _rtc.Clock.Alarm);
        Assert.Equal(_rtc.Clock.Alarm, _rtc.Rtc.NextExpiry);
    }

    [Fact]
    public void Under_SET_there_is_no_alarm_but_the_periodic_interrupt_goes_on()
    {
        _rtc.SetAlarm(0xff, 0xff, 0xff);
        _rtc.A = 0x2f;
        _rtc.B = RtcBench.Set | RtcBench.AlarmEnable | RtcBench.PeriodicEnable;
        _rtc.Run(RtcBench.Second);

        Assert.Equal(0xc0, _rtc.C);
    }

    [Fact]
    public void Reset_disables_interrupts_and_keeps_time_and_alarm()
    {
        _rtc.SetAlarm(0x12, 0x34, 0x56);
        _rtc.B = RtcBench.UpdateEnable | RtcBench.AlarmEnable | RtcBench.PeriodicEnable | RtcBench.Binary;
        _rtc.Run(20 * RtcBench.Second);

        _rtc.Rtc.Reset();

        Assert.False(_rtc.Irq8.IsHigh);
        Assert.Equal(IDeviceClock.Never, _rtc.Clock.Alarm);
        Assert.Equal(0, _rtc.C);
        Assert.Equal(RtcBench.Hours24, _rtc.B);
        Assert.Equal("2026-01-01 00:00:20", _rtc.Shown);
        Assert.Equal([0x12, 0x34, 0x56], new[] { _rtc.Rtc.HoursAlarm, _rtc.Rtc.MinutesAlarm, _rtc.Rtc.SecondsAlarm });
    }
}
