using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>A CMOS RTC, by default in the state of firmware at 2026-01-01 00:00:00 with 64 MiB.</summary>
internal sealed class RtcBench
{
    public const long Second = 1_000_000_000;
    public const byte Set = 0x80;
    public const byte PeriodicEnable = 0x40;
    public const byte AlarmEnable = 0x20;
    public const byte UpdateEnable = 0x10;
    public const byte Binary = 0x04;
    public const byte Hours24 = 0x02;

    public RtcBench(DateTime? baseTime = null, ulong memory = 64 << 20, CmosRtcOptions? options = null) =>
        Rtc = new CmosRtc(Clock, baseTime ?? new DateTime(2026, 1, 1), memory, Irq8, options);

    public TestClock Clock { get; } = new();

    public RecordingLine Irq8 { get; } = new();

    public CmosRtc Rtc { get; }

    public byte A
    {
        get => this[0x0a];
        set => this[0x0a] = value;
    }

    public byte B
    {
        get => this[0x0b];
        set => this[0x0b] = value;
    }

    public byte C => this[0x0c];

    /// <summary>Year with century to seconds as the registers show them, in hexadecimal digits: BCD reads as it is.</summary>
    public string Shown =>
        $"{this[0x32]:X2}{this[9]:X2}-{this[8]:X2}-{this[7]:X2} {this[4]:X2}:{this[2]:X2}:{this[0]:X2}";

    public byte this[int index]
    {
        get
        {
            Rtc.Write(0, 1, (ulong)index);
            return (byte)Rtc.Read(1, 1);
        }

        set
        {
            Rtc.Write(0, 1, (ulong)index);
            Rtc.Write(1, 1, value);
        }
    }

    /// <summary>Sets the registers as a kernel does, under SET, and stays in the present format.</summary>
    public void SetTime(byte century, byte year, byte month, byte day, byte hour, byte minute, byte second)
    {
        byte b = B;
        B = (byte)(b | Set);
        this[0x32] = century;
        this[9] = year;
        this[8] = month;
        this[7] = day;
        this[4] = hour;
        this[2] = minute;
        this[0] = second;
        B = b;
    }

    public void SetAlarm(byte hour, byte minute, byte second)
    {
        this[5] = hour;
        this[3] = minute;
        this[1] = second;
    }

    /// <summary>Lets time pass; the alarm comes on time.</summary>
    public void Run(long nanoseconds)
    {
        long time = Clock.Now + nanoseconds;
        while (Clock.Alarm <= time)
        {
            Clock.Now = Math.Max(Clock.Now, Clock.Alarm);
            Rtc.OnAlarm();
            Assert.True(Clock.Alarm > Clock.Now);
        }

        Clock.Now = time;
    }
}
