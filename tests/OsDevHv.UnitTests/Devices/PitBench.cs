using System.Globalization;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>An 8254 with port 61h, and a clock that stands at one of its ticks.</summary>
internal sealed class PitBench
{
    public PitBench()
    {
        Pit = new Pit8254(Clock, Irq0);
        PortB = new SystemControlPortB(Pit);
    }

    public TestClock Clock { get; } = new();

    public RecordingLine Irq0 { get; } = new();

    public Pit8254 Pit { get; }

    public SystemControlPortB PortB { get; }

    public int Alarms { get; private set; }

    public long Tick { get; private set; }

    public byte Control
    {
        set => Pit.Write(3, 1, value);
    }

    public bool Gate2
    {
        set => PortB.Write(0, 1, value ? 1u : 0u);
    }

    public static long TimeOf(long tick) => (long)((((UInt128)(ulong)tick * 1_000_000_000) + 1_193_181) / 1_193_182);

    public byte Read(int counter) => (byte)Pit.Read((ulong)counter, 1);

    public int ReadWord(int counter) => Read(counter) | (Read(counter) << 8);

    public void Write(int counter, params byte[] bytes)
    {
        foreach (byte value in bytes)
        {
            Pit.Write((ulong)counter, 1, value);
        }
    }

    /// <summary>Lets ticks pass; the alarm comes on time.</summary>
    public void Run(long ticks, long nanosecondsMore = 0)
    {
        Tick += ticks;
        long time = Math.Max(Clock.Now, TimeOf(Tick) + nanosecondsMore);
        while (Clock.Alarm <= time)
        {
            Clock.Now = Math.Max(Clock.Now, Clock.Alarm);
            Pit.OnAlarm();
            Alarms++;
            Assert.True(Clock.Alarm > Clock.Now);
        }

        Clock.Now = time;
    }

    /// <summary>Lets ticks pass without any alarm.</summary>
    public void Oversleep(long ticks)
    {
        Tick += ticks;
        Clock.Now = TimeOf(Tick);
    }

    public void Trigger2()
    {
        Gate2 = false;
        Gate2 = true;
    }

    /// <summary>Counter 2 in a mode that the gate is ready for.</summary>
    public void Program2(int mode, byte lowByte, bool gate = true)
    {
        Gate2 = gate;
        Control = (byte)(0x90 | (mode << 1));
        Write(2, lowByte);
    }

    /// <summary>Counter 2 at each of the next ticks as the data sheet's figures show it: the count, and OUT's level after a
    /// slash.</summary>
    public string Trace2(int ticks)
    {
        List<string> trace = [];
        for (int i = 0; i < ticks; i++)
        {
            Run(1);
            PitCounterState state = Pit.Counter(2);
            trace.Add(string.Create(CultureInfo.InvariantCulture, $"{state.Count:X}/{(state.Out ? 'H' : 'L')}"));
        }

        return string.Join(' ', trace);
    }
}
