using System.Text;
using OsDevHv.Devices;
using OsDevHv.Machine.Commands;

namespace OsDevHv.Machine.Platform;

/// <summary>The <c>monitor</c> commands about timers and the clock.</summary>
internal sealed class TimerMonitor(Chipset chipset)
{
    /// <summary>The commands.</summary>
    public IReadOnlyList<MonitorCommand> Commands =>
    [
        new("pit", "", "the 8254", _ => Pit()) { IsInfo = true },
        new("hpet", "", "the HPET", _ => Hpet()) { IsInfo = true },
        new("rtc", "", "the clock", _ => Rtc()) { IsInfo = true },
    ];

    /// <summary>The 8254.</summary>
    public string Pit()
    {
        if (chipset.Timer is not { } timer)
        {
            return "this machine has no 8254\n";
        }
        var text = new StringBuilder();
        lock (timer.Lock)
        {
            for (int i = 0; i < Pit8254.CounterCount; i++)
            {
                PitCounterState counter = timer.Model.Counter(i);
                text.Append($"counter {i}: mode {counter.Mode}{(counter.IsBcd ? ", BCD" : "")}, count {counter.Count:x4}h of {counter.Reload}");
                text.Append($"{(counter.NullCount ? " (a new count waits)" : "")}, gate {Level(counter.Gate)}, OUT {Level(counter.Out)}");
                text.Append(counter.NextRise == IDeviceClock.Never ? ", does not rise\n" : $", rises at {Milliseconds(counter.NextRise)} ms\n");
            }
        }
        return text.ToString();
    }

    /// <summary>The HPET.</summary>
    public string Hpet()
    {
        if (chipset.Hpet is not { } hpet)
        {
            return "this machine has no HPET\n";
        }
        var text = new StringBuilder();
        lock (hpet.Lock)
        {
            Hpet model = hpet.Model;
            text.Append($"HPET: {(model.Enabled ? "counting" : "halted")}, counter {model.Counter:x}h, status {model.InterruptStatus:x}h");
            text.Append(model.LegacyReplacement ? ", in place of the 8254 and the RTC\n" : "\n");
            for (int i = 0; i < model.TimerCount; i++)
            {
                Describe(text, i, model.Timer(i));
            }
        }
        return text.ToString();
    }

    /// <summary>The clock.</summary>
    public string Rtc()
    {
        if (chipset.Clock is not { } clock)
        {
            return "this machine has no RTC\n";
        }
        lock (clock.Lock)
        {
            CmosRtc rtc = clock.Model;
            RtcTime time = rtc.Time;
            return $"RTC: {time.Year:d4}-{time.Month:d2}-{time.Day:d2} {time.Hour:d2}:{time.Minute:d2}:{time.Second:d2}, "
                + $"A {rtc.RegisterA:x2}h, B {rtc.RegisterB:x2}h, C {rtc.RegisterC:x2}h, D {rtc.RegisterD:x2}h\n"
                + $"alarm at {rtc.HoursAlarm:x2}:{rtc.MinutesAlarm:x2}:{rtc.SecondsAlarm:x2} as in the registers; "
                + $"NMIs {(rtc.NmiMasked ? "masked at port 70h" : "not masked at port 70h")}\n";
        }
    }

    private static void Describe(StringBuilder text, int index, in HpetTimerState timer)
    {
        string where = timer.SendsMessages ? $"message {timer.Message:x16}h"
            : timer.IsLegacy ? $"IRQ {(index == 0 ? 0 : 8)}"
            : timer.Route is { } pin ? $"I/O APIC pin {pin}" : "nowhere";
        string kind = $"{(timer.IsPeriodic ? "periodic" : "one-shot")}, {(timer.IsLevelTriggered ? "level" : "edge")}";
        string next = timer.NextMatch == IDeviceClock.Never ? "no match to come" : $"next match at {Milliseconds(timer.NextMatch)} ms";
        text.Append($"timer {index}: {(timer.IsEnabled ? "enabled" : "disabled")}, {kind}, to {where}, comparator {timer.Comparator:x}h, {next}\n");
    }

    private static string Level(bool high) => high ? "high" : "low";

    private static string Milliseconds(long time) => InterruptMonitor.Milliseconds(time);
}
