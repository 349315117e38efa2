using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class RtcTimeOfDayTests
{
    [Fact]
    public void At_power_on_the_base_time_is_shown_in_BCD_and_24_hours()
    {
        RtcBench rtc = new(new DateTime(2024, 12, 31, 23, 58, 59));

        Assert.Equal("2024-12-31 23:58:59", rtc.Shown);
        Assert.Equal(3, rtc[6]);
        Assert.Equal(0x26, rtc.A);
        Assert.Equal(0x02, rtc.B);
        Assert.Equal(0x80, rtc[0x0d]);
    }

    [Fact]
    public void Seconds_pass_with_machine_time()
    {
        RtcBench rtc = new();

        rtc.Run(RtcBench.Second - 1);
        string before = rtc.Shown;
        rtc.Run(1);

        Assert.Equal("2026-01-01 00:00:00", before);
        Assert.Equal("2026-01-01 00:00:01", rtc.Shown);
    }

    [Fact]
    public void A_fraction_of_the_base_time_shortens_the_first_second()
    {
        RtcBench rtc = new(new DateTime(2026, 1, 1, 0, 0, 0, 750));

        rtc.Run((RtcBench.Second / 4) - 1);
        string before = rtc.Shown;
        rtc.Run(1);

        Assert.Equal("2026-01-01 00:00:00", before);
        Assert.Equal("2026-01-01 00:00:01", rtc.Shown);
    }

    [Theory]
    [InlineData(0x19, 0x99, 0x12, 0x31, "2000-01-01 00:00:00")]
    [InlineData(0x20, 0x00, 0x02, 0x28, "2000-02-29 00:00:00")]
    [InlineData(0x20, 0x00, 0x02, 0x29, "2000-03-01 00:00:00")]
    [InlineData(0x20, 0x24, 0x02, 0x28, "2024-02-29 00:00:00")]
    [InlineData(0x20, 0x25, 0x02, 0x28, "2025-03-01 00:00:00")]
    [InlineData(0x20, 0x99, 0x12, 0x31, "2100-01-01 00:00:00")]
    [InlineData(0x21, 0x00, 0x02, 0x28, "2100-03-01 00:00:00")]
    [InlineData(0x20, 0x26, 0x04, 0x30, "2026-05-01 00:00:00")]
    [InlineData(0x20, 0x26, 0x08, 0x31, "2026-09-01 00:00:00")]
    [InlineData(0x99, 0x99, 0x12, 0x31, "0000-01-01 00:00:00")]
    [InlineData(0x00, 0x00, 0x02, 0x28, "0000-02-29 00:00:00")]
    public void Midnight_rolls_over_months_leap_years_and_centuries(byte century, byte year, byte month, byte day, string expected)
    {
        RtcBench rtc = new();
        rtc.SetTime(century, year, month, day, 0x23, 0x59, 0x59);
        rtc[6] = 7;

        rtc.Run(RtcBench.Second);

        Assert.Equal(expected, rtc.Shown);
        Assert.Equal(1, rtc[6]);
    }

    [Theory]
    [InlineData(0x00, 0x12)]
    [InlineData(0x01, 0x01)]
    [InlineData(0x11, 0x11)]
    [InlineData(0x12, 0x92)]
    [InlineData(0x13, 0x81)]
    [InlineData(0x23, 0x91)]
    public void Hours_convert_to_12_hours_and_back(byte hour24, byte hour12)
    {
        RtcBench rtc = new();
        rtc.SetTime(0x20, 0x26, 1, 1, hour24, 0, 0);

        rtc.B = 0;
        byte shown = rtc[4];
        rtc.B = RtcBench.Hours24;

        Assert.Equal(hour12, shown);
        Assert.Equal(hour24, rtc[4]);
    }

    [Theory]
    [InlineData(0x11, 0x92)]
    [InlineData(0x91, 0x12)]
    [InlineData(0x12, 0x01)]
    [InlineData(0x92, 0x81)]
    public void Hours_count_through_noon_and_midnight_in_12_hours(byte hour, byte next)
    {
        RtcBench rtc = new();
        rtc.B = 0;
        rtc.SetTime(0x20, 0x26, 1, 1, hour, 0x59, 0x59);

        rtc.Run(RtcBench.Second);

        Assert.Equal(next, rtc[4]);
    }

    [Fact]
    public void Binary_mode_shows_numbers_but_for_the_century()
    {
        RtcBench rtc = new(new DateTime(2031, 10, 30, 21, 45, 59));

        rtc.B = RtcBench.Binary | RtcBench.Hours24;

        Assert.Equal([59, 45, 21, 30, 10, 31, 0x20], new[] { rtc[0], rtc[2], rtc[4], rtc[7], rtc[8], rtc[9], rtc[0x32] });
        rtc.Run(RtcBench.Second);
        Assert.Equal([0, 46], new[] { rtc[0], rtc[2] });
    }

    [Fact]
    public void Under_SET_registers_stand_and_take_what_is_written_in_the_new_format()
    {
        RtcBench rtc = new();

        rtc.B = RtcBench.Set | RtcBench.Hours24;
        rtc.Run(10 * RtcBench.Second);
        string frozen = rtc.Shown;
        rtc[0] = 45;
        rtc.B = RtcBench.Binary | RtcBench.Hours24;
        rtc.Run(RtcBench.Second);

        Assert.Equal("2026-01-01 00:00:00", frozen);
        Assert.Equal(46, rtc[0]);
    }

    [Fact]
    public void A_time_written_without_SET_is_counted_on()
    {
        RtcBench rtc = new();
        rtc.Run(RtcBench.Second / 2);

        rtc[4] = 0x17;
        rtc.Run(RtcBench.Second / 2);

        Assert.Equal("2026-01-01 17:00:01", rtc.Shown);
    }

    [Fact]
    public void Invalid_values_read_back_until_the_next_update_takes_the_nearest()
    {
        RtcBench rtc = new();
        byte[] written = [0xff, 0x00, 0xab, 0x7f, 0x00, 0xee, 0x9f];
        int[] indices = [0, 8, 7, 2, 6, 9, 0x32];
        for (int i = 0; i < indices.Length; i++)
        {
            rtc[indices[i]] = written[i];
        }

        byte[] readBack = [.. indices.Select(i => rtc[i])];
        rtc.Run(RtcBench.Second);

        Assert.Equal(written, readBack);
        Assert.Equal("9999-01-31 01:00:00", rtc.Shown);
        Assert.Equal(1, rtc[6]);
    }

    [Fact]
    public void UIP_is_set_for_the_update_cycle_and_244_microseconds_ahead_of_it()
    {
        RtcBench rtc = new();
        const long start = RtcBench.Second - 2_227_783;

        rtc.Run(start - 1);
        int before = rtc.A & 0x80;
        rtc.Run(1);
        int begun = rtc.A & 0x80;
        rtc.Run(RtcBench.Second - start - 1);
        int last = rtc.A & 0x80;
        string shown = rtc.Shown;
        rtc.Run(1);

        Assert.Equal(0, before);
        Assert.Equal(0x80, begun);
        Assert.Equal(0x80, last);
        Assert.Equal("2026-01-01 00:00:00", shown);
        Assert.Equal(0, rtc.A & 0x80);
        Assert.Equal("2026-01-01 00:00:01", rtc.Shown);
    }

    [Fact]
    public void SET_clears_UIP()
    {
        RtcBench rtc = new();
        rtc.Run(RtcBench.Second - 1_000_000);

        int before = rtc.A & 0x80;
        rtc.B = RtcBench.Set;

        Assert.Equal(0x80, before);
        Assert.Equal(0, rtc.A & 0x80);
    }

    [Fact]
    public void UIP_cannot_be_written()
    {
        RtcBench rtc = new();

        rtc.A = 0xa6;

        Assert.Equal(0x26, rtc.A);
    }

    [Theory]
    [InlineData(0x60)]
    [InlineData(0x70)]
    public void A_divider_in_reset_holds_and_the_first_update_is_half_a_second_after_its_release(byte reset)
    {
        RtcBench rtc = new();
        rtc.Run(RtcBench.Second / 4);

        rtc.A = (byte)(reset | 6);
        rtc.Run(10 * RtcBench.Second);
        string held = rtc.Shown;
        rtc.A = 0x26;
        rtc.Run((RtcBench.Second / 2) - 1);
        string before = rtc.Shown;
        rtc.Run(1);
        string first = rtc.Shown;
        rtc.Run(RtcBench.Second);

        Assert.Equal("2026-01-01 00:00:00", held);
        Assert.Equal("2026-01-01 00:00:00", before);
        Assert.Equal("2026-01-01 00:00:01", first);
        Assert.Equal("2026-01-01 00:00:02", rtc.Shown);
    }

    [Fact]
    public void The_time_view_has_no_side_effect()
    {
        RtcBench rtc = new(new DateTime(2026, 12, 31, 23, 59, 59));
        rtc[5] = 0x12;
        rtc.Clock.Now = 2 * RtcBench.Second;
        int calls = rtc.Irq8.Calls;

        RtcTime time = rtc.Rtc.Time;
        byte flags = rtc.Rtc.RegisterC;

        Assert.Equal(new RtcTime(2027, 1, 1, 0, 0, 1, 6), time);
        Assert.Equal(0x50, flags);
        Assert.Equal(0x50, rtc.Rtc.RegisterC);
        Assert.Equal(calls, rtc.Irq8.Calls);
    }

    [Fact]
    public void The_last_base_time_there_is_goes_on_to_year_0()
    {
        RtcBench rtc = new(DateTime.MaxValue);

        rtc.Run(RtcBench.Second);

        Assert.Equal("0000-01-01 00:00:00", rtc.Shown);
    }

    [Fact]
    public void Made_late_in_machine_time_it_shows_the_time_that_passed()
    {
        TestClock clock = new() { Now = 90 * RtcBench.Second };
        CmosRtc rtc = new(clock, new DateTime(2026, 1, 1), 0, new RecordingLine());

        Assert.Equal(new RtcTime(2026, 1, 1, 0, 1, 30, 5), rtc.Time);
    }
}
