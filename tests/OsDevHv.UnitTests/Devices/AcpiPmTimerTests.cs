using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class AcpiPmTimerTests
{
    private const ulong TimerOffset = 8;
    private const long Second = 1_000_000_000;
    private const long HalfRangeOf24Bits = 1 << 23;

    private readonly TestClock _clock = new();
    private readonly RecordingLine _sci = new();
    private readonly AcpiPowerManagement _registers;

    public AcpiPmTimerTests() => _registers = new AcpiPowerManagement(_clock, _sci, new RecordingPower());

    [Theory]
    [InlineData(0, 0)]
    [InlineData(279, 0)]
    [InlineData(280, 1)]
    [InlineData(Second / 1000, 3579)]
    [InlineData(Second, 3_579_545)]
    [InlineData(4 * Second, 14_318_180)]
    [InlineData(5 * Second, 17_897_725 - (1 << 24))]
    public void The_timer_counts_at_3579545_Hz_in_24_bits(long time, long count)
    {
        _clock.Now = time;

        Assert.Equal((ulong)count, _registers.Read(TimerOffset, 4));
        Assert.Equal((uint)count, _registers.TimerValue);
    }

    [Fact]
    public void The_wide_timer_counts_in_32_bits()
    {
        AcpiPowerManagement registers = new(_clock, _sci, new RecordingPower(), has32BitTimer: true);

        _clock.Now = 1000 * Second;
        Assert.Equal(3_579_545_000UL, registers.Read(TimerOffset, 4));
        _clock.Now = 1200 * Second;

        Assert.Equal(4_295_454_000UL - (1UL << 32), registers.Read(TimerOffset, 4));
    }

    [Fact]
    public void The_timer_cannot_be_written()
    {
        _clock.Now = Second;

        _registers.Write(TimerOffset, 4, 0);

        Assert.Equal(3_579_545UL, _registers.Read(TimerOffset, 4));
    }

    [Fact]
    public void The_status_bit_is_set_when_bit_23_changes()
    {
        _clock.Now = TimeOf(HalfRangeOf24Bits) - 1;
        Assert.Equal(0UL, _registers.Read(0, 2));

        _clock.Now = TimeOf(HalfRangeOf24Bits);

        Assert.Equal(1UL, _registers.Read(0, 2));
        Assert.Equal(HalfRangeOf24Bits, (long)_registers.Read(TimerOffset, 4));
    }

    [Fact]
    public void The_status_bit_is_set_again_when_bit_23_falls()
    {
        _clock.Now = TimeOf(HalfRangeOf24Bits);
        _registers.Write(0, 2, 1);
        _clock.Now = TimeOf(2 * HalfRangeOf24Bits) - 1;
        Assert.Equal(0UL, _registers.Read(0, 2));

        _clock.Now = TimeOf(2 * HalfRangeOf24Bits);

        Assert.Equal(1UL, _registers.Read(0, 2));
    }

    [Fact]
    public void The_wide_timers_status_bit_is_set_when_bit_31_changes()
    {
        AcpiPowerManagement registers = new(_clock, _sci, new RecordingPower(), has32BitTimer: true);

        _clock.Now = TimeOf(1L << 31) - 1;
        Assert.Equal(0UL, registers.Read(0, 2));
        _clock.Now = TimeOf(1L << 31);

        Assert.Equal(1UL, registers.Read(0, 2));
    }

    [Fact]
    public void An_alarm_is_asked_for_only_while_it_would_interrupt()
    {
        Assert.Equal(IDeviceClock.Never, _clock.Alarm);
        _registers.Write(4, 2, 1);
        Assert.Equal(IDeviceClock.Never, _clock.Alarm);

        _registers.Write(2, 2, 1);
        Assert.Equal(TimeOf(HalfRangeOf24Bits), _clock.Alarm);
        Assert.Equal(TimeOf(HalfRangeOf24Bits), _registers.NextAlarm);
        _registers.Write(2, 2, 0);

        Assert.Equal(IDeviceClock.Never, _clock.Alarm);
    }

    [Fact]
    public void The_alarm_raises_the_SCI_and_clearing_the_status_asks_for_the_next()
    {
        EnableTimer();

        RingAt(TimeOf(HalfRangeOf24Bits));
        Assert.True(_sci.IsHigh);
        _registers.Write(0, 2, 1);

        Assert.False(_sci.IsHigh);
        Assert.Equal(TimeOf(2 * HalfRangeOf24Bits), _clock.Alarm);
    }

    [Fact]
    public void A_late_alarm_counts_once_and_the_next_is_in_the_future()
    {
        EnableTimer();

        RingAt(1_000_000 * Second);
        _registers.Write(0, 2, 1);

        Assert.False(_sci.IsHigh);
        Assert.InRange(_clock.Alarm, _clock.Now + 1, _clock.Now + TimeOf(HalfRangeOf24Bits) + 1);
    }

    [Fact]
    public void An_alarm_that_comes_early_asks_again()
    {
        EnableTimer();
        _clock.SetAlarm(IDeviceClock.Never);

        _registers.OnAlarm();

        Assert.False(_sci.IsHigh);
        Assert.Equal(TimeOf(HalfRangeOf24Bits), _clock.Alarm);
    }

    [Fact]
    public void At_the_end_of_time_it_still_answers()
    {
        EnableTimer();

        RingAt(long.MaxValue - 1);
        _registers.Write(0, 2, 1);

        Assert.Equal((ulong)(TicksAt(long.MaxValue - 1) & 0xffffff), _registers.Read(TimerOffset, 4));
        Assert.Equal(IDeviceClock.Never, _clock.Alarm);
    }

    [Fact]
    public void A_reset_does_not_stop_the_count()
    {
        _clock.Now = Second;

        _registers.Reset();

        Assert.Equal(3_579_545UL, _registers.Read(TimerOffset, 4));
    }

    [Fact]
    public void Under_any_sequence_status_and_SCI_follow_from_the_count()
    {
        Gen.Select(Gen.Int[0, 6], Gen.Long[0, 3 * Second], Gen.UShort).Array[0, 60].Sample(
            steps =>
            {
                TestClock clock = new();
                RecordingLine sci = new();
                AcpiPowerManagement registers = new(clock, sci, new RecordingPower());
                long changesCleared = 0;
                bool button = false;
                foreach ((int what, long time, ushort value) in steps)
                {
                    switch (what)
                    {
                        case 0 or 1:
                            Advance(clock, registers, time);
                            break;
                        case 2:
                            registers.Write(0, 2, value);
                            button &= (value & 0x100) == 0;
                            changesCleared = (value & 1) != 0 ? TicksAt(clock.Now) / HalfRangeOf24Bits : changesCleared;
                            break;
                        case 3:
                            registers.Write(2, 2, value);
                            break;
                        case 4:
                            registers.Write(4, 2, value & 0xdfffUL);
                            break;
                        case 5:
                            registers.PressPowerButton();
                            button = true;
                            break;
                        default:
                            registers.Read((ulong)value % 16, 1 << value % 4);
                            break;
                    }

                    long changes = TicksAt(clock.Now) / HalfRangeOf24Bits;
                    bool timer = changes != changesCleared;
                    bool willInterrupt = (registers.Control & registers.Enable & 1) != 0 && !timer;
                    int status = (timer ? 1 : 0) | (button ? 0x100 : 0);
                    Assert.Equal(status, registers.Status);
                    Assert.Equal((registers.Control & 1) != 0 && (status & registers.Enable) != 0, sci.IsHigh);
                    Assert.Equal(willInterrupt ? TimeOf((changes + 1) * HalfRangeOf24Bits) : IDeviceClock.Never, clock.Alarm);
                }
            },
            iter: 10_000);
    }

    private static void Advance(TestClock clock, AcpiPowerManagement registers, long time)
    {
        long end = clock.Now + time;
        if (clock.Alarm <= end)
        {
            clock.Now = clock.Alarm;
            clock.SetAlarm(IDeviceClock.Never);
            registers.OnAlarm();
        }

        clock.Now = end;
    }

    private static long TicksAt(long time) => (long)((UInt128)time * 3_579_545 / 1_000_000_000);

    private static long TimeOf(long ticks) => (long)(((UInt128)ticks * 1_000_000_000 + 3_579_544) / 3_579_545);

    private void EnableTimer()
    {
        _registers.Write(4, 2, 1);
        _registers.Write(2, 2, 1);
    }

    private void RingAt(long time)
    {
        _clock.Now = time;
        _clock.SetAlarm(IDeviceClock.Never);
        _registers.OnAlarm();
    }
}
