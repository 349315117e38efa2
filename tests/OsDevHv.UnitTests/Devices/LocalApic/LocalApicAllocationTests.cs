using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicAllocationTests
{
    [Fact]
    public void Interrupts_registers_and_the_timer_allocate_nothing()
    {
        TestClock clock = new();
        LocalApic apic = new(0, true, clock, new NullTsc(), new NullLog());
        Use(apic, clock);
        Use(apic, clock);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Use(apic, clock);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Use(LocalApic apic, TestClock clock)
    {
        apic.Reset();
        for (uint offset = 0; offset < 0x410; offset += 8)
        {
            apic.WriteRegister(offset, 0x0002_01f3);
            apic.ReadRegister(offset);
        }

        clock.Now += 1_000_000;
        apic.OnAlarm();
        apic.Accept(0x40, level: true);
        apic.SetLint(0, !apic.IsPinHigh(0));
        apic.TryAcknowledge(out _);
        apic.TryWriteMsr(0x1b, 0xfee0_0c00, out _);
        for (uint msr = 0x800; msr <= 0x840; msr++)
        {
            apic.TryWriteMsr(msr, 0x41, out _);
            apic.TryReadMsr(msr, out _);
        }
    }

    private sealed class NullTsc : ITscClock
    {
        public long TimeOf(ulong deadline) => 0;
    }

    private sealed class NullLog : IGuestErrorLog
    {
        public void Report(string device, string problem, ulong value)
        {
        }
    }
}
