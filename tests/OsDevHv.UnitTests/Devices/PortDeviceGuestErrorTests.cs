using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>What the 8254, the RTC and the UART tell of a guest's errors.</summary>
public sealed class PortDeviceGuestErrorTests
{
    private readonly GuestErrorRecorder _errors = new();

    [Theory]
    [InlineData(1, 0x10, "16550: reserved bits of the interrupt enable register: 10")]
    [InlineData(2, 0x21, "16550: reserved bits of the FIFO control register: 21")]
    [InlineData(3, 0x43, "16550: a break, which is not modelled: 43")]
    [InlineData(4, 0x80, "16550: reserved bits of the modem control register: 80")]
    [InlineData(5, 0x00, "16550: write to a status register, which the data sheet reserves for factory tests: 5")]
    [InlineData(6, 0x00, "16550: write to a status register, which the data sheet reserves for factory tests: 6")]
    public void The_UART_names_the_register(int register, int value, string expected)
    {
        var uart = new Uart16550(new NullSink(), new RecordingLine()) { GuestErrors = _errors };

        uart.Write((ulong)register, 1, (ulong)value);

        Assert.Equal([expected], _errors.Reports);
    }

    [Fact]
    public void The_UART_says_nothing_of_a_usual_set_up()
    {
        var uart = new Uart16550(new NullSink(), new RecordingLine()) { GuestErrors = _errors };

        foreach ((ulong register, ulong value) in (ReadOnlySpan<(ulong, ulong)>)[(1, 0), (3, 0x80), (0, 1), (1, 0xff), (3, 3), (2, 0xc7), (4, 0x0b), (1, 0x0f), (0, 0x41), (7, 0xff)])
        {
            uart.Write(register, 1, value);
        }

        Assert.Empty(_errors.Reports);
    }

    [Fact]
    public void The_8254_names_its_control_word_register()
    {
        var timer = new Pit8254(new TestClock(), new RecordingLine()) { GuestErrors = _errors };

        timer.Write(3, 1, 0xc3);
        ulong read = timer.Read(3, 1);
        timer.Write(3, 1, 0xc2);

        Assert.Equal(0UL, read);
        Assert.Equal(
            ["8254: reserved bit of the read-back command: C3", "8254: read of the control word register, which is write-only: 3"],
            _errors.Reports);
    }

    [Theory]
    [InlineData(0x0a, 0x06, "RTC: divider setting of register A that is for another crystal or for tests: 6")]
    [InlineData(0x0a, 0x36, "RTC: divider setting of register A that is for another crystal or for tests: 36")]
    [InlineData(0x0b, 0x03, "RTC: register B asks for daylight saving or a square wave, which are not modelled: 3")]
    [InlineData(0x0c, 0x00, "RTC: write to a read-only register: C")]
    [InlineData(0x0d, 0x80, "RTC: write to a read-only register: D")]
    public void The_RTC_names_the_register(int register, int value, string expected)
    {
        CmosRtc clock = Clock();

        clock.Write(0, 1, (ulong)register);
        clock.Write(1, 1, (ulong)value);

        Assert.Equal([expected], _errors.Reports);
    }

    [Fact]
    public void The_RTC_says_nothing_of_a_usual_set_up()
    {
        CmosRtc clock = Clock();

        foreach ((ulong register, ulong value) in (ReadOnlySpan<(ulong, ulong)>)[(0x0a, 0x26), (0x0a, 0x60), (0x0a, 0x70), (0x0b, 0xf6), (0x0b, 0x02), (0x40, 0xff)])
        {
            clock.Write(0, 1, register);
            clock.Write(1, 1, value);
        }

        Assert.Empty(_errors.Reports);
    }

    private CmosRtc Clock() =>
        new(new TestClock(), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1 << 20, new RecordingLine()) { GuestErrors = _errors };
}
