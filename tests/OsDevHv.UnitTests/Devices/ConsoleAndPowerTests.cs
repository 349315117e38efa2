using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class ConsoleAndPowerTests
{
    private readonly RecordingPower _power = new();

    [Fact]
    public void The_debug_console_outputs_what_is_written()
    {
        RecordingSink sink = new();
        DebugConsole console = new(sink);

        console.Write(0, 1, 'H');
        console.Write(0, 1, 'i');

        Assert.Equal("Hi"u8.ToArray(), sink.Bytes);
    }

    [Fact]
    public void The_debug_console_reads_E9h_unless_told_otherwise()
    {
        Assert.Equal(0xe9UL, new DebugConsole(new RecordingSink()).Read(0, 1));
        Assert.Equal(0x42UL, new DebugConsole(new RecordingSink(), 0x42).Read(0, 1));
    }

    [Fact]
    public void Debug_exit_passes_on_the_value_as_wide_as_it_was_written()
    {
        PortBus bus = Bus(0xf4, 4, new DebugExit(_power, 4));

        bus.Write(0xf4, 1, 0x10);
        bus.Write(0xf4, 2, 0x1234);
        bus.Write(0xf4, 4, 0x89abcdef);

        Assert.Equal(["exit: 10", "exit: 1234", "exit: 89ABCDEF"], _power.Requests);
    }

    [Fact]
    public void Debug_exit_of_one_port_sees_the_low_byte_of_a_wide_write()
    {
        PortBus bus = Bus(0xf4, 1, new DebugExit(_power, 1));

        bus.Write(0xf4, 4, 0x12345678);

        Assert.Equal(["exit: 78"], _power.Requests);
    }

    [Fact]
    public void Debug_exit_takes_a_word_at_QEMUs_default_port_501h()
    {
        PortBus bus = Bus(0x501, 2, new DebugExit(_power, 2));

        bus.Write(0x501, 2, 0x2211);

        Assert.Equal(["exit: 2211"], _power.Requests);
    }

    [Fact]
    public void Debug_exit_reads_as_0_and_a_read_ends_nothing()
    {
        Assert.Equal(0UL, new DebugExit(_power, 4).Read(0, 4));
        Assert.Empty(_power.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    public void Debug_exit_of_another_size_is_refused(int portCount)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DebugExit(_power, portCount));
    }

    [Fact]
    public void The_POST_port_keeps_the_last_code()
    {
        PostCodePort port = new();
        Assert.Null(port.LastCode);

        port.Write(0, 1, 0x12);
        port.Write(0, 1, 0x34);

        Assert.Equal((byte)0x34, port.LastCode);
        Assert.Equal(0x34UL, port.Read(0, 1));
    }

    [Fact]
    public void The_POST_port_forgets_at_reset()
    {
        PostCodePort port = new();
        port.Write(0, 1, 0xff);

        port.Reset();

        Assert.Null(port.LastCode);
    }

    [Fact]
    public void Port_92h_resets_when_bit_0_goes_from_0_to_1()
    {
        SystemControlPortA port = new(_power);

        port.Write(0, 1, 0x00);
        Assert.Empty(_power.Requests);
        port.Write(0, 1, 0x01);
        Assert.Equal(["reset: port 92h"], _power.Requests);
    }

    [Fact]
    public void Port_92h_does_not_reset_again_while_bit_0_stays_1()
    {
        SystemControlPortA port = new(_power);

        port.Write(0, 1, 0x01);
        port.Write(0, 1, 0x03);

        Assert.Single(_power.Requests);
    }

    [Fact]
    public void The_A20_gate_of_port_92h_is_on_at_power_on_and_reads_back()
    {
        SystemControlPortA port = new(_power);
        Assert.Equal(0x02UL, port.Read(0, 1));

        port.Write(0, 1, 0xfc);
        Assert.Equal(0x00UL, port.Read(0, 1));
        port.Write(0, 1, 0x02);
        Assert.Equal(0x02UL, port.Read(0, 1));
        Assert.Empty(_power.Requests);
    }

    [Fact]
    public void Port_92h_can_reset_again_after_a_machine_reset()
    {
        SystemControlPortA port = new(_power);
        port.Write(0, 1, 0x01);

        port.Reset();
        port.Write(0, 1, 0x01);

        Assert.Equal(2, _power.Requests.Count);
    }

    [Theory]
    [InlineData((ushort)0x604)]
    [InlineData((ushort)0xb004)]
    public void Writing_2000h_to_PM1a_CNT_turns_the_machine_off(ushort port)
    {
        PortBus bus = Bus(port, AcpiSleepControl.PortCount, new AcpiSleepControl(_power));

        bus.Write(port, 2, 0x2000);

        Assert.Equal(["off: ACPI PM1a_CNT"], _power.Requests);
    }

    [Fact]
    public void Sleep_enable_with_SCI_enable_turns_the_machine_off()
    {
        new AcpiSleepControl(_power).Write(0, 2, 0x2001);

        Assert.Single(_power.Requests);
    }

    [Fact]
    public void A_byte_write_of_sleep_enable_turns_the_machine_off()
    {
        new AcpiSleepControl(_power).Write(1, 1, 0x20);

        Assert.Single(_power.Requests);
    }

    [Theory]
    [InlineData(0x2400)]
    [InlineData(0x2800)]
    [InlineData(0x3400)]
    [InlineData(0x3c00)]
    [InlineData(0x1c00)]
    [InlineData(0x0000)]
    public void Other_sleep_types_and_no_sleep_enable_do_nothing(ulong value)
    {
        new AcpiSleepControl(_power).Write(0, 2, value);

        Assert.Empty(_power.Requests);
    }

    [Fact]
    public void PM1a_CNT_reads_back_what_is_kept_and_not_sleep_enable()
    {
        AcpiSleepControl register = new(_power);

        register.Write(0, 2, 0xffff);

        Assert.Equal(0x1c03UL, register.Read(0, 2));
        Assert.Equal(0x1cUL, register.Read(1, 1));
    }

    [Fact]
    public void A_byte_write_to_PM1a_CNT_keeps_the_other_byte()
    {
        AcpiSleepControl register = new(_power);
        register.Write(0, 2, 0x1401);

        register.Write(0, 1, 0x00);
        Assert.Equal(0x1400UL, register.Read(0, 2));
        register.Write(1, 1, 0x00);
        Assert.Equal(0x0000UL, register.Read(0, 2));
    }

    [Theory]
    [InlineData("Shutdown", 1)]
    [InlineData("xxShutdown", 1)]
    [InlineData("SShutdown", 1)]
    [InlineData("ShutShutdown", 1)]
    [InlineData("ShutdownShutdown", 2)]
    [InlineData("Shutdowx", 0)]
    [InlineData("shutdown", 0)]
    [InlineData("Shut down", 0)]
    [InlineData("hutdownS", 0)]
    public void Port_8900h_turns_the_machine_off_at_each_Shutdown(string written, int times)
    {
        BochsPowerOffPort port = new(_power);

        foreach (char character in written)
        {
            port.Write(0, 1, character);
        }

        Assert.Equal(Enumerable.Repeat("off: port 8900h", times), _power.Requests);
    }

    [Fact]
    public void Port_8900h_forgets_half_a_word_at_reset()
    {
        BochsPowerOffPort port = new(_power);
        foreach (char character in "Shut")
        {
            port.Write(0, 1, character);
        }

        port.Reset();
        foreach (char character in "down")
        {
            port.Write(0, 1, character);
        }

        Assert.Empty(_power.Requests);
    }

    private static PortBus Bus(ushort port, int count, IBusDevice device)
    {
        PortBus bus = new();
        Assert.True(bus.TryMap(new DeviceSlot("device", device), port, count, 0, out _));
        return bus;
    }
}
