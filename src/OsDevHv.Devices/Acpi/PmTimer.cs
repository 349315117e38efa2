namespace OsDevHv.Devices;

/// <summary>The arithmetic of the ACPI power management timer: a count of 3.579545 MHz since power-on (ACPI 6.5, 4.8.3.3).</summary>
internal static class PmTimer
{
    /// <summary>Ticks a second: three times the frequency of the 8254.</summary>
    public const long Frequency = 3_579_545;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The ticks up to a machine time in nanoseconds, from 0.</summary>
    public static long TicksAt(long time) =>
        time / NanosecondsPerSecond * Frequency + time % NanosecondsPerSecond * Frequency / NanosecondsPerSecond;

    /// <summary>The first machine time at which a number of ticks is reached; <see cref="IDeviceClock.Never"/> past the end of
    /// time.</summary>
    public static long TimeOf(long ticks)
    {
        long seconds = ticks / Frequency;
        if (seconds >= IDeviceClock.Never / NanosecondsPerSecond)
        {
            return IDeviceClock.Never;
        }

        long rest = ticks % Frequency * NanosecondsPerSecond;
        return seconds * NanosecondsPerSecond + (rest + Frequency - 1) / Frequency;
    }
}
