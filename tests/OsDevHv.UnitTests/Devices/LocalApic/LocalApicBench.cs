using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>A local APIC with a clock, a TSC of 2 GHz that started with it, and a record of guest errors.</summary>
internal sealed class LocalApicBench : ITscClock, IGuestErrorLog
{
    public const uint Masked = 0x1_0000;
    public const uint Periodic = 0x2_0000;
    public const uint TscDeadline = 0x4_0000;

    public LocalApicBench(uint id = 0, bool isBootProcessor = true) => Apic = new LocalApic(id, isBootProcessor, Clock, this, this);

    public TestClock Clock { get; } = new();

    public LocalApic Apic { get; }

    public List<string> Errors { get; } = [];

    /// <summary>What the guest has added to its TSC.</summary>
    public ulong TscOffset { get; set; }

    public static LocalApicBench Enabled(uint id = 0)
    {
        LocalApicBench bench = new(id);
        bench.Write(0xf0, 0x1ff);
        return bench;
    }

    public static LocalApicBench X2Apic(uint id = 0)
    {
        LocalApicBench bench = new(id);
        bench.WriteMsr(0x1b, 0xfee0_0d00);
        bench.WriteMsr(0x80f, 0x1ff);
        return bench;
    }

    public long TimeOf(ulong deadline) => deadline <= TscOffset ? 0 : (long)((deadline - TscOffset) / 2);

    public void Report(string device, string problem, ulong value) => Errors.Add($"{device}: {problem}: {value:X}");

    public uint Read(uint offset) => Apic.ReadRegister(offset);

    public LocalApicEffect Write(uint offset, uint value) => Apic.WriteRegister(offset, value);

    public ulong ReadMsr(uint index)
    {
        Xunit.Assert.True(Apic.TryReadMsr(index, out ulong value));
        return value;
    }

    public LocalApicEffect WriteMsr(uint index, ulong value)
    {
        Xunit.Assert.True(Apic.TryWriteMsr(index, value, out LocalApicEffect effect));
        return effect;
    }

    public bool WriteFaults(uint index, ulong value) => !Apic.TryWriteMsr(index, value, out _);

    public bool ReadFaults(uint index) => !Apic.TryReadMsr(index, out _);

    public byte Acknowledge()
    {
        Xunit.Assert.True(Apic.TryAcknowledge(out byte vector));
        return vector;
    }

    /// <summary>Time passes, and the alarm comes as often as it is due.</summary>
    public void RunTo(long time)
    {
        while (Clock.Alarm <= time)
        {
            Clock.Now = Math.Max(Clock.Now, Clock.Alarm);
            Apic.OnAlarm();
        }

        Clock.Now = time;
    }
}
