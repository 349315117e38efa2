using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>The probes by which operating systems tell a 16550A from its relatives, in the order of Linux (8250_port.c).</summary>
public sealed class UartDetectionTests
{
    private readonly UartBench _uart = new();

    [Fact]
    public void The_interrupt_enable_register_is_there()
    {
        _uart.Ier = 0x00;
        Assert.Equal(0x00, _uart.Ier & 0x0f);
        _uart.Ier = 0x0f;
        Assert.Equal(0x0f, _uart.Ier & 0x0f);
    }

    [Fact]
    public void The_loopback_test_finds_carrier_detect_and_clear_to_send()
    {
        _uart.Mcr = 0x1a;

        Assert.Equal(0x90, _uart.Msr & 0xf0);
    }

    [Fact]
    public void FIFOs_are_found_and_work()
    {
        _uart.Lcr = 0xbf;
        _uart.Write(2, 0x00);
        _uart.Lcr = 0x00;
        _uart.Fcr = 0x01;

        Assert.Equal(3, _uart.Iir >> 6);
    }

    [Theory]
    [InlineData(0x80)]
    [InlineData(0xbf)]
    public void There_is_no_enhanced_feature_register(byte lineControl)
    {
        _uart.Fcr = 0x01;
        _uart.Lcr = lineControl;

        Assert.NotEqual(0, _uart.Read(2));
    }

    [Fact]
    public void There_is_no_second_register_bank_of_a_Super_IO_chip()
    {
        _uart.Fcr = 0x01;
        byte modemControl = _uart.Mcr;
        _uart.Lcr = 0xe0;
        int before = (_uart.Read(2) ^ modemControl) & 0x10;
        _uart.Lcr = 0x00;
        _uart.Mcr = (byte)(modemControl ^ 0x10);
        _uart.Lcr = 0xe0;
        int after = (_uart.Read(2) ^ modemControl) & 0x10;

        Assert.Equal(0, before);
        Assert.Equal(0, after);
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x80)]
    public void There_are_no_64_byte_FIFOs_to_turn_on(byte lineControl)
    {
        _uart.Lcr = lineControl;
        _uart.Fcr = 0x21;

        Assert.Equal(6, _uart.Iir >> 5);
    }

    [Fact]
    public void There_is_no_unit_enable_bit()
    {
        _uart.Ier = 0x40;

        Assert.Equal(0, _uart.Ier);
    }

    [Fact]
    public void The_FIFO_is_16_deep_when_256_characters_are_looped_back()
    {
        _uart.Fcr = 0x07;
        _uart.Mcr = 0x10;
        for (int i = 0; i < 256; i++)
        {
            _uart.Data = (byte)i;
        }

        int count = 0;
        while ((_uart.Lsr & 0x01) != 0 && count < 256)
        {
            Assert.Equal(count, _uart.Data);
            count++;
        }

        Assert.Equal(16, count);
    }

    [Fact]
    public void The_transmitter_interrupt_is_reasserted_when_enabled_anew()
    {
        _uart.Ier = 0x02;
        byte first = _uart.Cause;
        _uart.Ier = 0x00;
        _uart.Ier = 0x02;
        byte second = _uart.Cause;

        Assert.Equal(0x02, first);
        Assert.Equal(0x02, second);
    }

    [Fact]
    public void The_interrupt_probe_gets_an_edge()
    {
        _uart.Mcr = 0x0b;
        _uart.Ier = 0x0f;
        _ = _uart.Lsr;
        _ = _uart.Data;
        _ = _uart.Iir;
        _ = _uart.Msr;
        int before = _uart.Line.RisingEdges;

        _uart.Data = 0xff;

        Assert.Equal(before + 1, _uart.Line.RisingEdges);
    }

    [Fact]
    public void The_self_test_that_tutorials_make_passes()
    {
        _uart.Lcr = 0x80;
        _uart.Write(0, 0x03);
        _uart.Write(1, 0x00);
        _uart.Lcr = 0x03;
        _uart.Fcr = 0xc7;
        _uart.Mcr = 0x1e;
        _uart.Data = 0xae;

        Assert.Equal(0xae, _uart.Data);
    }
}
