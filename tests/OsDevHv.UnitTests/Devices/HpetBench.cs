using System.Globalization;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>An HPET with recorded outputs. Time is in ticks of 10 ns.</summary>
internal sealed class HpetBench : IHpetOutputs, IMessageSignal, IGuestErrorLog
{
    public const ulong Level = 0x02;
    public const ulong Enable = 0x04;
    public const ulong Periodic = 0x08;
    public const ulong ValueSet = 0x40;
    public const ulong Narrow = 0x100;
    public const ulong Message = 0x4000;

    public HpetBench(int timers = 3) => Hpet = new Hpet(Clock, this, this, timers, this);

    public TestClock Clock { get; } = new();

    public Hpet Hpet { get; }

    /// <summary>What the outputs were told, in order: "+16" raises pin 16, "-L0" lowers timer 0's legacy line.</summary>
    public List<string> Events { get; } = [];

    public List<string> Problems { get; } = [];

    public long Tick => Clock.Now / 10;

    public ulong Configuration
    {
        get => Hpet.Read(0x10, 8);
        set => Hpet.Write(0x10, 8, value);
    }

    public ulong Status
    {
        get => Hpet.Read(0x20, 8);
        set => Hpet.Write(0x20, 8, value);
    }

    public ulong Counter
    {
        get => Hpet.Read(0xf0, 8);
        set => Hpet.Write(0xf0, 8, value);
    }

    public static ulong Route(int pin) => (ulong)pin << 9;

    public ulong Config(int timer) => Hpet.Read(At(timer), 8);

    public void SetConfig(int timer, ulong value) => Hpet.Write(At(timer), 8, value);

    public ulong Comparator(int timer) => Hpet.Read(At(timer) + 8, 8);

    public void SetComparator(int timer, ulong value) => Hpet.Write(At(timer) + 8, 8, value);

    public void SetMessage(int timer, ulong value) => Hpet.Write(At(timer) + 0x10, 8, value);

    /// <summary>Lets ticks pass; the alarm comes on time.</summary>
    public void Run(long ticks)
    {
        long time = Clock.Now + (ticks * 10);
        while (Clock.Alarm <= time)
        {
            Clock.Now = Math.Max(Clock.Now, Clock.Alarm);
            Hpet.OnAlarm();
            Assert.True(Clock.Alarm > Clock.Now);
        }

        Clock.Now = time;
    }

    public string TakeEvents()
    {
        string events = string.Join(' ', Events);
        Events.Clear();
        return events;
    }

    void IHpetOutputs.SetLine(int ioApicPin, bool high) =>
        Events.Add(string.Create(CultureInfo.InvariantCulture, $"{(high ? '+' : '-')}{ioApicPin}"));

    void IHpetOutputs.SetLegacy(int timer, bool high) =>
        Events.Add(string.Create(CultureInfo.InvariantCulture, $"{(high ? '+' : '-')}L{timer}"));

    void IHpetOutputs.LegacyReplacementChanged(bool on) => Events.Add(on ? "legacy" : "native");

    void IMessageSignal.Signal(ulong address, uint data) =>
        Events.Add(string.Create(CultureInfo.InvariantCulture, $"{address:X}={data:X}"));

    void IGuestErrorLog.Report(string device, string problem, ulong value) => Problems.Add(problem);

    private static ulong At(int timer) => 0x100 + (0x20 * (ulong)timer);
}
