using System.Globalization;
using System.Text.RegularExpressions;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>What the clocks of a machine do while a debugger has stopped it for a while.</summary>
public sealed partial class FrozenClockTests
{
    private const string Kernel = "frozen64.elf";

    /// <summary>How long the debugger waits, in microseconds; the RTC shows two seconds of it at least.</summary>
    private const long Stop = 2_200_000;

    /// <summary>More than a round of the loop takes on a slow and busy host, and far less than the stop.</summary>
    private const long Far = 700_000;

    /// <summary>What a clock that went on shows at least; the kernel knows the rate of the local APIC's timer but roughly.</summary>
    private const long Near = 1_200_000;

    [Fact]
    public async Task No_clock_goes_on_while_the_machine_is_stopped()
    {
        Gaps gaps = await MeasureAsync();

        Assert.All([gaps.Hpet, gaps.PmTimer, gaps.ApicTimer], static gap => Assert.InRange(gap, 0, Far));
        Assert.InRange(gaps.RtcSeconds, 0, 1);
    }

    [Fact]
    public async Task The_TSC_does_not_go_on_either()
    {
        Host.NeedsTscOffset();

        Gaps gaps = await MeasureAsync();

        Assert.InRange(gaps.Tsc, 0, Far);
    }

    [Fact]
    public async Task All_go_on_where_the_profile_says_so()
    {
        Gaps gaps = await MeasureAsync("--set", "clock.stops-with-debugger=false");

        Assert.All([gaps.Tsc, gaps.Hpet, gaps.PmTimer, gaps.ApicTimer], static gap => Assert.InRange(gap, Near, 60_000_000));
        Assert.InRange(gaps.RtcSeconds, 2, 60);
    }

    private static async Task<Gaps> MeasureAsync(params string[] options)
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, ["--wait", .. options]);

        Transcript session = await DebuggerSession.RunAsync(machine, Kernel, $"""
            # start
            tbreak next_round
            continue
            set var gaps.tsc = 0
            set var gaps.hpet = 0
            set var gaps.pm_timer = 0
            set var gaps.apic_timer = 0
            set var gaps.rtc_seconds = 0
            # stop
            shell sleep {(Stop / 1e6).ToString(CultureInfo.InvariantCulture)}
            # gaps
            break next_round
            continue
            continue
            continue
            delete
            printf "tsc %ld hpet %ld pm %ld apic %ld rtc %ld\n", gaps.tsc, gaps.hpet, gaps.pm_timer, gaps.apic_timer, gaps.rtc_seconds
            # end
            set var frozen_stop = 1
            continue
            """);

        session.Says("end", "exited with code 041");
        Assert.Equal(KernelRun.Passed, await machine.ExitAsync());
        Match match = Numbers().Match(session.Section("gaps"));
        Assert.True(match.Success, session.Section("gaps"));
        long Number(string name) => long.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);
        return new Gaps(Number("tsc"), Number("hpet"), Number("pm"), Number("apic"), Number("rtc"));
    }

    [GeneratedRegex(@"tsc (?<tsc>\d+) hpet (?<hpet>\d+) pm (?<pm>\d+) apic (?<apic>\d+) rtc (?<rtc>\d+)")]
    private static partial Regex Numbers();

    /// <summary>The longest time that each clock saw between two rounds of the loop: microseconds, and seconds of the RTC.</summary>
    private sealed record Gaps(long Tsc, long Hpet, long PmTimer, long ApicTimer, long RtcSeconds);
}
