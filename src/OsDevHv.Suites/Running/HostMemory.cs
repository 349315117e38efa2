using System.Globalization;

namespace OsDevHv.Suites.Running;

/// <summary>How much of the host's memory machines may take.</summary>
public static class HostMemory
{
    /// <summary>
    /// Three quarters of what is free: MemAvailable of proc(5), or what a control group still lets this container have, whichever is less.
    /// Where neither can be known there is no limit.
    /// </summary>
    public static ulong DefaultBudget() => DefaultBudget("/proc/meminfo", "/sys/fs/cgroup");

    internal static ulong DefaultBudget(string information, string controlGroup)
    {
        ulong available = ReadAvailable(information) ?? ulong.MaxValue;
        if (ReadNumber(Path.Combine(controlGroup, "memory.max")) is { } most)
        {
            ulong used = ReadNumber(Path.Combine(controlGroup, "memory.current")) ?? 0;
            available = Math.Min(available, most > used ? most - used : 0);
        }

        return available == ulong.MaxValue ? available : available / 4 * 3;
    }

    private static ulong? ReadAvailable(string path) =>
        Lines(path)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static words => words is ["MemAvailable:", var kibibytes, "kB"] ? Parse(kibibytes) << 10 : null)
            .FirstOrDefault(static number => number is not null);

    // A group without a limit says "max", which is no number.
    private static ulong? ReadNumber(string path) => Lines(path) is [var line, ..] ? Parse(line) : null;

    private static ulong? Parse(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
