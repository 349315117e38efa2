using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class TimerAllocationTests
{
    [Fact]
    public void Accesses_and_alarms_of_timers_allocate_nothing()
    {
        TestClock clock = new();
        NullOutputs outputs = new();
        Pit8254 pit = new(clock, new RecordingLine());
        SystemControlPortB portB = new(pit);
        Hpet hpet = new(clock, outputs, outputs);
        CmosRtc rtc = new(clock, new DateTime(2026, 1, 1), 1 << 30, new RecordingLine());

        Exercise();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exercise();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        void Exercise()
        {
            for (ulong i = 0; i < 256; i++)
            {
                clock.Now += 12_345_678;
                pit.Write(i, 1, i * 37);
                pit.Read(i + 1, 1);
                portB.Write(0, 1, i);
                portB.Read(0, 1);
                hpet.Write((i * 8) & 0x3ff, 8, i * 0x123);
                hpet.Read((i * 8) & 0x3ff, 8);
                rtc.Write(0, 1, i);
                rtc.Write(1, 1, i * 3);
                rtc.Read(1, 1);
                pit.OnAlarm();
                hpet.OnAlarm();
                rtc.OnAlarm();
            }
        }
    }

    private sealed class NullOutputs : IHpetOutputs, IMessageSignal
    {
        public void SetLine(int ioApicPin, bool high)
        {
        }

        public void SetLegacy(int timer, bool high)
        {
        }

        public void LegacyReplacementChanged(bool on)
        {
        }

        public void Signal(ulong address, uint data)
        {
        }
    }
}
