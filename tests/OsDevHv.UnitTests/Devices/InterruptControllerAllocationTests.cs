using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class InterruptControllerAllocationTests
{
    private readonly Nowhere _sink = new();

    [Fact]
    public void Accesses_and_line_changes_allocate_nothing()
    {
        IoApic ioApic = new(_sink, 0, _sink);
        Pic8259Pair pair = new(_sink, _sink);
        AcpiPowerManagement acpi = new(new TestClock(), _sink, new RecordingPower(), _sink);
        void Run()
        {
            for (ulong index = 0; index < 0x42; index++)
            {
                ioApic.Write(0, 4, index);
                ioApic.Write(0x10, 4, 0xff008031);
                ioApic.Read(0x10, 4);
                ioApic.Read(0x10, 1);
            }

            ioApic.SetPin(5, true);
            ioApic.EndOfInterrupt(0x31);
            ioApic.SetPin(5, false);
            for (int value = 0; value < 256; value++)
            {
                pair.Write(0, 1, (ulong)value);
                pair.Write(1, 1, (ulong)value);
                pair.Read(0, 1);
                pair.SetInput(value & 15, (value & 16) == 0);
                pair.Acknowledge();
            }

            for (ulong offset = 0; offset < 16; offset++)
            {
                acpi.Write(offset, 1, 0x01);
                acpi.Read(offset, 4);
            }

            acpi.OnAlarm();
        }

        Run();
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Nowhere : IInterruptMessageSink, IInterruptLine, IGuestErrorLog
    {
        public void Send(in InterruptMessage message)
        {
        }

        public void Set(bool high)
        {
        }

        public void Report(string device, string problem, ulong value)
        {
        }
    }
}
