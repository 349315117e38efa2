using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class AllocationTests
{
    [Fact]
    public void Port_accesses_allocate_nothing()
    {
        NullPower power = new();
        InterruptPin pin = new(new RecordingLine());
        Uart16550 uart = new(new NullSink(), pin.AddLine(), () => { });
        PortBus bus = new();
        Map(bus, "com1", 0x3f8, Uart16550.PortCount, uart);
        Map(bus, "console", 0xe9, 1, new DebugConsole(new NullSink()));
        Map(bus, "exit", 0xf4, 4, new DebugExit(power, 4));
        Map(bus, "post", 0x80, 1, new PostCodePort());
        Map(bus, "port92", 0x92, 1, new SystemControlPortA(power));
        Map(bus, "acpi", 0x604, AcpiSleepControl.PortCount, new AcpiSleepControl(power));
        Map(bus, "bochs", 0x8900, 1, new BochsPowerOffPort(power));
        InputBench input = new(power);
        Map(bus, "kbd", 0x60, 5, input.Controller);
        Map(bus, "vga", VgaText.FirstPort, 0x30, new VgaText(new TestClock()));
        ushort[] ports =
        [
            0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff, 0xe9, 0xf4, 0x80, 0x92, 0x604, 0x8900, 0x60, 0x64, 0xcf8, 0xffff,
            0x3b4, 0x3b5, 0x3ba, 0x3c0, 0x3c1, 0x3c2, 0x3c4, 0x3c5, 0x3c8, 0x3c9, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3da,
        ];

        long allocated = AllocatedBySecondRun(() =>
        {
            foreach (ushort port in ports)
            {
                for (int size = 1; size <= 4; size <<= 1)
                {
                    bus.Write(port, size, 0x0b0b0b0b);
                    bus.Read(port, size);
                }
            }

            uart.Receive(0x41);
            input.Exercise();
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Memory_accesses_allocate_nothing()
    {
        MmioBus bus = new();
        Assert.True(bus.TryMap(new DeviceSlot("d", new PostCodePort()), 0xfed00000, 8, 0, out _));

        long allocated = AllocatedBySecondRun(() =>
        {
            for (int size = 1; size <= 8; size++)
            {
                bus.Write(0xfed00004, size, ulong.MaxValue);
                bus.Read(0xfed00004, size);
            }
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Changes_of_an_interrupt_pin_allocate_nothing()
    {
        InterruptPin pin = new(new RecordingLine());
        IInterruptLine line = pin.AddLine();

        long allocated = AllocatedBySecondRun(() =>
        {
            line.Set(true);
            line.Set(false);
        });

        Assert.Equal(0, allocated);
    }

    /// <summary>The first run makes what is made once: table entries for unclaimed accesses, and the code itself.</summary>
    private static long AllocatedBySecondRun(Action accesses)
    {
        accesses();
        accesses();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            accesses();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Map(PortBus bus, string name, ushort port, int count, IBusDevice device) =>
        Assert.True(bus.TryMap(new DeviceSlot(name, device), port, count, 0, out string? error), error);

    private sealed class NullPower : IPowerControl
    {
        public void PowerOff(string source)
        {
        }

        public void Reset(string source)
        {
        }

        public void DebugExit(uint value)
        {
        }
    }
}
