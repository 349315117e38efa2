namespace OsDevHv.Devices;

/// <summary>The time, date and alarm among an RTC's registers, which the guest may have filled with anything.</summary>
/// <remarks>Specification: MC146818A data sheet, time, calendar and alarm locations. Registers are given as the first 128 bytes.</remarks>
internal static class RtcRegisters
{
    public const int Seconds = 0x00;
    public const int SecondsAlarm = 0x01;
    public const int Minutes = 0x02;
    public const int MinutesAlarm = 0x03;
    public const int Hours = 0x04;
    public const int HoursAlarm = 0x05;
    public const int DayOfWeek = 0x06;
    public const int DayOfMonth = 0x07;
    public const int Month = 0x08;
    public const int Year = 0x09;
    public const int Century = 0x32;

    /// <summary>The time shown; of what is invalid, the nearest that is valid.</summary>
    public static RtcTime Decode(ReadOnlySpan<byte> registers, RtcFormat format)
    {
        int century = Math.Min(RtcFormat.DecodeBcd(registers[Century]), 99);
        int year = (century * 100) + Math.Min(format.Decode(registers[Year]), 99);
        int month = Math.Clamp(format.Decode(registers[Month]), 1, 12);
        return new RtcTime(
            year,
            month,
            Math.Clamp(format.Decode(registers[DayOfMonth]), 1, RtcTime.DaysInMonth(year, month)),
            format.DecodeHour(registers[Hours]),
            Math.Min(format.Decode(registers[Minutes]), 59),
            Math.Min(format.Decode(registers[Seconds]), 59),
            Math.Clamp(format.Decode(registers[DayOfWeek]), 1, 7));
    }

    /// <summary>Shows a time.</summary>
    public static void Encode(Span<byte> registers, RtcFormat format, in RtcTime time)
    {
        registers[Seconds] = format.Encode(time.Second);
        registers[Minutes] = format.Encode(time.Minute);
        registers[Hours] = format.EncodeHour(time.Hour);
        registers[DayOfWeek] = format.Encode(time.DayOfWeek);
        registers[DayOfMonth] = format.Encode(time.Day);
        registers[Month] = format.Encode(time.Month);
        registers[Year] = format.Encode(time.Year % 100);
        registers[Century] = RtcFormat.EncodeBcd(time.Year / 100);
    }

    /// <summary>Seconds from <paramref name="now"/> to the alarm, 1 to 86,400; <see cref="long.MaxValue"/> if it never comes.</summary>
    public static long SecondsToAlarm(ReadOnlySpan<byte> registers, RtcFormat format, in RtcTime now)
    {
        if (format.DecodeHourAlarm(registers[HoursAlarm]) is not { } hour
            || format.DecodeAlarm(registers[MinutesAlarm]) is not { } minute
            || format.DecodeAlarm(registers[SecondsAlarm]) is not { } second)
        {
            return long.MaxValue;
        }

        int start = (now.SecondOfDay + 1) % RtcTime.SecondsPerDay;
        int today = FirstFrom(start, hour, minute, second);
        int at = today >= 0 ? today : RtcTime.SecondsPerDay + FirstFrom(0, hour, minute, second);
        return at - start + 1;
    }

    /// <summary>The first second of the day from <paramref name="start"/> on with these parts, of which -1 is any; -1 if none is
    /// left.</summary>
    private static int FirstFrom(int start, int hour, int minute, int second)
    {
        int h = start / 3600;
        int m = start / 60 % 60;
        int s = start % 60;
        if (hour < 0 || hour == h)
        {
            if ((minute < 0 || minute == m) && (second < 0 || second >= s))
            {
                return SecondOfDay(h, m, second < 0 ? s : second);
            }

            int nextMinute = minute < 0 ? m + 1 : minute;
            if (nextMinute > m && nextMinute < 60)
            {
                return SecondOfDay(h, nextMinute, Math.Max(second, 0));
            }
        }

        int nextHour = hour < 0 ? h + 1 : hour;
        return nextHour > h && nextHour < 24 ? SecondOfDay(nextHour, Math.Max(minute, 0), Math.Max(second, 0)) : -1;
    }

    private static int SecondOfDay(int hour, int minute, int second) => (((hour * 60) + minute) * 60) + second;
}
