using System.Globalization;
using OsDevHv.Profiles.Keys;

namespace OsDevHv.Profiles;

/// <summary>Durations as people write them, in profiles, suites and on the command line: a whole number with a unit.</summary>
public static class DurationText
{
    /// <summary>Examples, for messages.</summary>
    public const string Examples = "500ms, 30s, 2m or 1h";

    /// <summary>The longest duration that has a meaning anywhere.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromHours(500);

    private static readonly (string Name, ulong Milliseconds)[] s_units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Parses a duration from <paramref name="min"/> to <paramref name="max"/>, both inclusive.</summary>
    public static bool TryParse(string text, TimeSpan min, TimeSpan max, out TimeSpan duration)
    {
        bool isOne = TryParse(text, out UInt128 milliseconds)
            && milliseconds >= (UInt128)min.TotalMilliseconds && milliseconds <= (UInt128)max.TotalMilliseconds;
        duration = isOne ? TimeSpan.FromMilliseconds((long)milliseconds) : default;
        return isOne;
    }

    /// <summary>The text of a whole number of milliseconds, in the largest unit that it is a multiple of.</summary>
    public static string Format(TimeSpan duration)
    {
        var milliseconds = (ulong)duration.TotalMilliseconds;
        (string name, ulong size) = s_units.Last(unit => milliseconds % unit.Milliseconds == 0);
        return (milliseconds / size).ToString(CultureInfo.InvariantCulture) + name;
    }

    /// <summary>Parses any duration, however long.</summary>
    internal static bool TryParse(string text, out UInt128 milliseconds)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach ((string name, ulong size) in s_units)
        {
            if (text.EndsWith(name, StringComparison.Ordinal) && IntegerText.TryParse(text.AsSpan(0, text.Length - name.Length), out ulong count))
            {
                milliseconds = (UInt128)count * size;
                return true;
            }
        }

        milliseconds = 0;
        return false;
    }
}
