namespace OsDevHv.Devices;

/// <summary>A time and date as an RTC counts them: Gregorian, years 0 to 9999 after which 0 follows, day of week on its own.</summary>
/// <param name="Year">0 to 9999.</param>
/// <param name="Month">1 to 12.</param>
/// <param name="Day">1 to the days of the month.</param>
/// <param name="Hour">0 to 23.</param>
/// <param name="Minute">0 to 59.</param>
/// <param name="Second">0 to 59.</param>
/// <param name="DayOfWeek">1 (Sunday) to 7. What was set, counted on: it need not fit the date.</param>
public readonly record struct RtcTime(int Year, int Month, int Day, int Hour, int Minute, int Second, int DayOfWeek)
{
    internal const int SecondsPerDay = 86_400;

    private const int DaysPer400Years = 146_097;
    private const int DaysPer10000Years = 25 * DaysPer400Years;

    /// <summary>Seconds since midnight.</summary>
    internal int SecondOfDay => (((Hour * 60) + Minute) * 60) + Second;

    internal static int DaysInMonth(int year, int month) => month switch
    {
        2 => (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    /// <summary>The time <paramref name="seconds"/> later, from 0.</summary>
    internal RtcTime AddSeconds(long seconds)
    {
        (long days, long secondOfDay) = Math.DivRem(SecondOfDay + seconds, SecondsPerDay);
        RtcTime time = this with
        {
            Hour = (int)(secondOfDay / 3600),
            Minute = (int)(secondOfDay / 60 % 60),
            Second = (int)(secondOfDay % 60),
        };
        return days == 0 ? time : time.AddDays(days);
    }

    private RtcTime AddDays(long days)
    {
        // Years that begin on March 1 have their leap day at the end.
        int marchYear = Month > 2 ? Year : Year - 1;
        int monthFromMarch = (Month + 9) % 12;
        int cycleYear = (marchYear + 400) % 400;
        long cycle = (marchYear + 400) / 400;
        long dayOfCycle = (cycleYear * 365) + (cycleYear / 4) - (cycleYear / 100) + DayOfMarchYear(monthFromMarch) + Day - 1;
        long day = ((cycle * DaysPer400Years) + dayOfCycle + days) % DaysPer10000Years;

        cycle = day / DaysPer400Years;
        int rest = (int)(day % DaysPer400Years);
        cycleYear = (rest - (rest / 1460) + (rest / 36_524) - (rest / 146_096)) / 365;
        int dayOfYear = rest - ((cycleYear * 365) + (cycleYear / 4) - (cycleYear / 100));
        monthFromMarch = ((5 * dayOfYear) + 2) / 153;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        long year = (cycle * 400) + cycleYear + (month <= 2 ? 1 : 0) - 400;
        return this with
        {
            Year = (int)((year + 10_000) % 10_000),
            Month = month,
            Day = dayOfYear - DayOfMarchYear(monthFromMarch) + 1,
            DayOfWeek = (int)((DayOfWeek - 1 + days) % 7) + 1,
        };
    }

    /// <summary>Days from March 1 to the first of a month, counted from March.</summary>
    private static int DayOfMarchYear(int monthFromMarch) => ((153 * monthFromMarch) + 2) / 5;
}
