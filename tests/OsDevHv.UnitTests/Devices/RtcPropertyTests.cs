using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class RtcPropertyTests
{
    private static readonly RtcFormat[] _formats = [new(false, false), new(false, true), new(true, false), new(true, true)];

    private static readonly Gen<DateTime> _times = Gen.Long[0, new DateTime(9990, 1, 1).Ticks / TimeSpan.TicksPerSecond]
        .Select(seconds => new DateTime(seconds * TimeSpan.TicksPerSecond));

    private static readonly Gen<byte> _alarmParts = Gen.OneOf(Gen.Byte, Gen.Byte[0, 0x12], Gen.Byte[0xc0, 0xff]);

    /// <summary>An index (half of them in the RTC's own registers), a value, whether it is written, and nanoseconds to wait.</summary>
    private static readonly Gen<(int Index, byte Value, bool IsWrite, long Wait)[]> _accesses = Gen.Select(
        Gen.OneOf(Gen.Int[0, 0x0d], Gen.Int[0, 0x0d], Gen.Const(0x32), Gen.Int[0, 0xff]),
        Gen.Byte,
        Gen.Bool,
        Gen.OneOf(Gen.Long[0, 1_000_000], Gen.Long[0, 3_000_000_000], Gen.Long[0, 100_000_000_000_000])).Array[1, 40];

    [Fact]
    public void Seconds_added_lead_to_where_the_calendar_of_the_runtime_leads()
    {
        Gen.Select(_times, Gen.OneOf(Gen.Long[0, 200_000], Gen.Long[0, 300_000_000])).Sample(
            (start, seconds) => Assert.Equal(ToRtc(start.AddSeconds(seconds)), ToRtc(start).AddSeconds(seconds)),
            iter: 20_000);
    }

    [Fact]
    public void Seconds_added_in_two_parts_lead_where_the_sum_leads_even_past_year_9999()
    {
        Gen.Select(_times, Gen.Long[0, 9_000_000_000], Gen.Long[0, 200_000]).Sample(
            (start, first, second) =>
            {
                RtcTime sum = ToRtc(start).AddSeconds(first + second);
                Assert.Equal(sum, ToRtc(start).AddSeconds(first).AddSeconds(second));
                Assert.InRange(sum.Year, 0, 9999);
                Assert.InRange(sum.Day, 1, RtcTime.DaysInMonth(sum.Year, sum.Month));
            },
            iter: 20_000);
    }

    [Fact]
    public void Every_time_survives_the_registers_in_every_format()
    {
        Gen.Select(_times, Gen.Int[0, 3]).Sample(
            (time, format) =>
            {
                byte[] registers = new byte[128];
                RtcRegisters.Encode(registers, _formats[format], ToRtc(time));
                Assert.Equal(ToRtc(time), RtcRegisters.Decode(registers, _formats[format]));
            },
            iter: 20_000);
    }

    [Fact]
    public void The_alarm_comes_when_its_registers_first_equal_those_of_the_time()
    {
        Gen.Select(_times, Gen.Int[0, 3], _alarmParts, _alarmParts, _alarmParts).Sample(
            (time, format, hour, minute, second) =>
            {
                byte[] registers = new byte[128];
                registers[5] = hour;
                registers[3] = minute;
                registers[1] = second;
                RtcTime now = ToRtc(time);

                long expected = long.MaxValue;
                for (int later = 1; later <= 86_400; later++)
                {
                    RtcTime then = now.AddSeconds(later);
                    RtcFormat rtc = _formats[format];
                    if ((hour >= 0xc0 || rtc.EncodeHour(then.Hour) == hour)
                        && (minute >= 0xc0 || rtc.Encode(then.Minute) == minute)
                        && (second >= 0xc0 || rtc.Encode(then.Second) == second))
                    {
                        expected = later;
                        break;
                    }
                }

                Assert.Equal(expected, RtcRegisters.SecondsToAlarm(registers, _formats[format], now));
            },
            iter: 300);
    }

    [Fact]
    public void Looking_often_or_never_shows_the_same_time_and_flags()
    {
        Gen.Select(_accesses, Gen.Int[1, 20]).Sample(
            (accesses, looks) =>
            {
                RtcBench often = new();
                RtcBench never = new();
                foreach ((int index, byte value, bool isWrite, long wait) in accesses)
                {
                    if (isWrite)
                    {
                        often[index] = value;
                        never[index] = value;
                    }
                    else
                    {
                        Assert.Equal(often[index], never[index]);
                    }

                    for (int i = 0; i < looks; i++)
                    {
                        often.Clock.Now += wait / looks;
                        often.Rtc.OnAlarm();
                    }

                    never.Clock.Now = often.Clock.Now;
                    Assert.Equal(often.Rtc.Time, never.Rtc.Time);
                    Assert.Equal(often.Rtc.RegisterC, never.Rtc.RegisterC);
                    Assert.Equal(often.Rtc.RegisterA, never.Rtc.RegisterA);
                }
            },
            iter: 2_000);
    }

    [Fact]
    public void With_alarms_on_time_the_line_is_high_exactly_while_an_enabled_flag_is_set()
    {
        _accesses.Sample(
            accesses =>
            {
                RtcBench rtc = new();
                foreach ((int index, byte value, bool isWrite, long wait) in accesses)
                {
                    if (isWrite)
                    {
                        rtc[index] = value;
                    }
                    else
                    {
                        _ = rtc[index];
                    }

                    rtc.Run(wait);
                    Assert.Equal((rtc.Rtc.RegisterC & 0x80) != 0, rtc.Irq8.IsHigh);
                    Assert.Equal((rtc.Rtc.RegisterC & rtc.Rtc.RegisterB & 0x70) != 0, rtc.Irq8.IsHigh);
                    Assert.Equal(rtc.Clock.Alarm, rtc.Rtc.NextExpiry);
                }
            },
            iter: 2_000);
    }

    [Fact]
    public void No_access_at_any_time_makes_an_RTC_throw_and_no_alarm_stays_in_the_past()
    {
        Gen<(ulong At, byte Value, long Wait, bool IsWrite)> access = Gen.Select(
            Gen.OneOf(Gen.ULong[0, 4], Gen.ULong), Gen.OneOf(Gen.Byte, Gen.Byte[0, 0x0d]), Gen.Long[0, long.MaxValue / 128], Gen.Bool);

        access.Array[1, 120].Sample(
            accesses =>
            {
                RtcBench rtc = new(DateTime.MaxValue);
                foreach ((ulong at, byte value, long wait, bool isWrite) in accesses)
                {
                    if (isWrite)
                    {
                        rtc.Rtc.Write(at, 1, value);
                    }
                    else
                    {
                        rtc.Rtc.Read(at, 1);
                    }

                    rtc.Clock.Now += wait;
                    rtc.Rtc.OnAlarm();
                    Assert.True(rtc.Clock.Alarm > rtc.Clock.Now);
                    Assert.InRange(rtc.Rtc.Time.Year, 0, 9999);
                }
            },
            iter: 1_000);
    }

    private static RtcTime ToRtc(DateTime time) =>
        new(time.Year, time.Month, time.Day, time.Hour, time.Minute, time.Second, (int)time.DayOfWeek + 1);
}
