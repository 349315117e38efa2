namespace OsDevHv.Devices;

/// <summary>A crystal that ticks from machine time 0: tick n is at exactly ceil(n * 10^9 / frequency) nanoseconds, so nothing drifts
/// however often times are converted.</summary>
/// <remarks>Whole seconds are split off, so that the products fit in 64 bits whatever the time.</remarks>
internal readonly struct ClockRate
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly ulong _frequency;

    /// <param name="frequency">In hertz, 1 to 10^9.</param>
    public ClockRate(ulong frequency)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frequency);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frequency, NanosecondsPerSecond);
        _frequency = frequency;
    }

    /// <summary>The number of the last tick at or before <paramref name="time"/>, in nanoseconds; 0 for a negative one.</summary>
    public long TickAt(long time)
    {
        (ulong seconds, ulong rest) = Math.DivRem((ulong)Math.Max(time, 0), NanosecondsPerSecond);
        return (long)((seconds * _frequency) + (rest * _frequency / NanosecondsPerSecond));
    }

    /// <summary>When tick <paramref name="tick"/> is, in nanoseconds; <see cref="IDeviceClock.Never"/> where that is beyond all
    /// time.</summary>
    public long TimeOf(ulong tick)
    {
        (ulong seconds, ulong rest) = Math.DivRem(tick, _frequency);
        if (seconds > (long.MaxValue / NanosecondsPerSecond) - 1)
        {
            return IDeviceClock.Never;
        }

        return (long)((seconds * NanosecondsPerSecond) + (((rest * NanosecondsPerSecond) + _frequency - 1) / _frequency));
    }
}
