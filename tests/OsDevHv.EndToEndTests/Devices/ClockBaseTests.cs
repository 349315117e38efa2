using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>The date that the profile gives the RTC to start with. Days of the week are 1 (Sunday) to 7.</summary>
public sealed class ClockBaseTests
{
    [Theory]
    [InlineData("2024-02-28T23:59:56Z", "2024-02-28 23:59:5", "2024-02-29 00:00:0", 5)]
    [InlineData("2023-02-28T23:59:56Z", "2023-02-28 23:59:5", "2023-03-01 00:00:0", 4)]
    [InlineData("2000-02-28T23:59:56Z", "2000-02-28 23:59:5", "2000-02-29 00:00:0", 3)]
    [InlineData("2100-02-28T23:59:56Z", "2100-02-28 23:59:5", "2100-03-01 00:00:0", 2)]
    [InlineData("2099-12-31T23:59:56Z", "2099-12-31 23:59:5", "2100-01-01 00:00:0", 6)]
    [InlineData("2026-01-01T00:59:56+01:00", "2025-12-31 23:59:5", "2026-01-01 00:00:0", 5)]
    public async Task The_date_rolls_over_as_the_calendar_says(string start, string first, string next, int dayOfWeek)
    {
        using ProgramRun run = await KernelRun.ToEndAsync("rtc-date64.elf", 1, "", "--set", $"devices.rtc.base={start}");

        run.Exits(KernelRun.Passed);
        string[] lines = run.Output.Split('\n');
        Assert.StartsWith($"first {first}", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"next {next}", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($" day {dayOfWeek}", lines[1], StringComparison.Ordinal);
    }
}
