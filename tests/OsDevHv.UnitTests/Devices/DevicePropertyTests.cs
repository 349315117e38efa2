using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class DevicePropertyTests
{
    private const int HostReceives = 16;
    private const int ModemChanges = 17;

    /// <summary>0-7 write a register, 8-15 read one, 16 is a character from the host, 17 a change of the modem's lines.</summary>
    private static readonly Gen<(int What, byte Value)[]> _accesses = Gen.Select(
        Gen.Frequency((6, Gen.Int[0, ModemChanges]), (2, Gen.Const(0)), (2, Gen.Const(8)), (4, Gen.Const(HostReceives))),
        Gen.Byte,
        // The divisor latch hides half of the registers, so most writes to LCR leave it closed.
        (what, value) => (what, what == 3 && (value & 0x60) != 0 ? (byte)(value & 0x7f) : value)).Array[0, 120];

    [Fact]
    public void A_UART_under_any_sequence_of_accesses_does_what_the_data_sheet_says()
    {
        _accesses.Sample(
            accesses =>
            {
                UartBench bench = new();
                UartModel model = new();
                foreach ((int what, byte value) in accesses)
                {
                    Apply(bench, model, what, value);
                    Assert.Equal(model.InterruptIsHigh, bench.Line.IsHigh);
                }

                Assert.Equal(model.Sent, bench.Wire.Bytes);
            },
            iter: 20_000);
    }

    [Fact]
    public void After_reset_a_UART_is_as_new_whatever_was_done_to_it()
    {
        Gen.Select(_accesses, _accesses).Sample(
            (before, after) =>
            {
                UartBench bench = new();
                UartModel scrap = new();
                foreach ((int what, byte value) in before)
                {
                    if (what != ModemChanges)
                    {
                        Apply(bench, scrap, what, value);
                    }
                }

                bench.Uart.Reset();

                UartModel fresh = new();
                Assert.False(bench.Line.IsHigh);
                foreach ((int what, byte value) in after)
                {
                    Apply(bench, fresh, what, value);
                    Assert.Equal(fresh.InterruptIsHigh, bench.Line.IsHigh);
                }
            },
            iter: 5_000);
    }

    [Fact]
    public void No_access_of_any_shape_makes_a_device_throw()
    {
        RecordingPower power = new();
        IBusDevice[] devices =
        [
            new Uart16550(new NullSink(), new RecordingLine()),
            new DebugConsole(new NullSink()),
            new DebugExit(power, 4),
            new PostCodePort(),
            new SystemControlPortA(power),
            new AcpiSleepControl(power),
            new BochsPowerOffPort(power),
            new InputBench(power).Controller,
        ];
        Gen<ulong> offset = Gen.OneOf(Gen.ULong[0, 16], Gen.ULong);

        Gen.Select(Gen.Int[0, devices.Length - 1], offset, Gen.Int[0, 3], Gen.ULong, Gen.Bool).Sample(
            (which, at, width, value, isWrite) =>
            {
                lock (devices)
                {
                    if (isWrite)
                    {
                        devices[which].Write(at, 1 << width, value);
                    }
                    else
                    {
                        devices[which].Read(at, 1 << width);
                    }
                }
            },
            iter: 100_000);
    }

    private static void Apply(UartBench bench, UartModel model, int what, byte value)
    {
        switch (what)
        {
            case < 8:
                model.Write(what, value);
                bench.Write(what, value);
                break;
            case < 16:
                Assert.Equal(model.Read(what - 8), bench.Read(what - 8));
                break;
            case HostReceives:
                LineErrors errors = (value & 0xe0) == 0 ? (LineErrors)(value & 0x1c) : LineErrors.None;
                bool couldReceive = bench.Uart.CanReceive;
                Assert.Equal(model.Receive(value, errors), bench.Uart.Receive(value, errors));
                Assert.True(couldReceive || !bench.Uart.CanReceive);
                break;
            default:
                model.SetModem((ModemInputs)(value & 0xf0));
                bench.Uart.SetModemInputs((ModemInputs)(value & 0xf0));
                break;
        }
    }
}
