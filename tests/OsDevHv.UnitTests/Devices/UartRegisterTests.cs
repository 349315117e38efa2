using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class UartRegisterTests
{
    private readonly UartBench _uart = new();

    [Fact]
    public void Registers_at_power_on_are_those_of_the_data_sheet()
    {
        Assert.Equal(0x00, _uart.Ier);
        Assert.Equal(0x01, _uart.Iir);
        Assert.Equal(0x00, _uart.Lcr);
        Assert.Equal(0x00, _uart.Mcr);
        Assert.Equal(0x60, _uart.Lsr);
        Assert.Equal(0x00, _uart.Msr & 0x0f);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void Reset_returns_every_register_to_power_on()
    {
        _uart.ReceiveAll(1);
        _uart.Uart.Receive(2, LineErrors.Parity);
        _uart.Ier = 0x0f;
        _uart.Fcr = 0xc1;
        _uart.ReceiveAll(1);
        _uart.Mcr = UartBench.Out2;
        _uart.Scr = 0x5a;
        _uart.Lcr = 0x83;
        _uart.Data = 0x01;
        Assert.True(_uart.Line.IsHigh);

        _uart.Uart.Reset();

        Registers_at_power_on_are_those_of_the_data_sheet();
        Assert.Equal(0x00, _uart.Scr);
        _uart.Lcr = 0x80;
        Assert.Equal(12, _uart.Data);
    }

    [Fact]
    public void The_scratch_register_holds_what_is_written()
    {
        _uart.Scr = 0xa5;
        Assert.Equal(0xa5, _uart.Scr);
        _uart.Scr = 0x5a;
        Assert.Equal(0x5a, _uart.Scr);
    }

    [Fact]
    public void The_line_control_register_reads_back_all_bits()
    {
        _uart.Lcr = 0xff;
        Assert.Equal(0xff, _uart.Lcr);
    }

    [Fact]
    public void The_upper_bits_of_IER_and_MCR_are_always_0()
    {
        _uart.Ier = 0xff;
        _uart.Mcr = 0xff;

        Assert.Equal(0x0f, _uart.Ier);
        Assert.Equal(0x1f, _uart.Mcr);
    }

    [Fact]
    public void The_divisor_latch_is_reached_with_DLAB_only()
    {
        _uart.Ier = 0x05;
        _uart.Lcr = 0x80;
        _uart.Write(0, 0x34);
        _uart.Write(1, 0x12);
        Assert.Equal(0x34, _uart.Read(0));
        Assert.Equal(0x12, _uart.Read(1));

        _uart.Lcr = 0x03;

        Assert.Equal(0x05, _uart.Ier);
        Assert.Empty(_uart.Wire.Bytes);
    }

    [Fact]
    public void With_DLAB_a_read_of_offset_0_takes_no_character()
    {
        _uart.ReceiveAll(0x41);
        _uart.Lcr = 0x80;
        _uart.Read(0);
        _uart.Lcr = 0x00;

        Assert.Equal(0x41, _uart.Data);
    }

    [Fact]
    public void Writes_to_the_status_registers_change_nothing()
    {
        _uart.Write(5, 0xff);
        _uart.Write(6, 0xff);

        Assert.Equal(0x60, _uart.Lsr);
        Assert.Equal(0, _uart.Msr & 0x0f);
    }

    [Fact]
    public void IIR_shows_FIFOs_in_its_top_bits()
    {
        _uart.Fcr = 0x01;
        Assert.Equal(0xc1, _uart.Iir);
        _uart.Fcr = 0x00;
        Assert.Equal(0x01, _uart.Iir);
    }
}
