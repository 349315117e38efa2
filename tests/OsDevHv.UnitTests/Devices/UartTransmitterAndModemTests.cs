using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class UartTransmitterAndModemTests
{
    private readonly UartBench _uart = new();

    [Fact]
    public void Written_characters_are_on_the_wire_at_once_with_all_8_bits()
    {
        _uart.Data = 0x41;
        _uart.Data = 0xff;

        Assert.Equal([0x41, 0xff], _uart.Wire.Bytes);
        Assert.Equal(UartBench.TransmitterIdle, _uart.Lsr);
    }

    [Fact]
    public void In_loopback_mode_a_written_character_is_received_and_not_on_the_wire()
    {
        _uart.Mcr = UartBench.Loopback;

        _uart.Data = 0xae;

        Assert.Empty(_uart.Wire.Bytes);
        Assert.Equal(UartBench.TransmitterIdle | UartBench.DataReady, _uart.Lsr);
        Assert.Equal(0xae, _uart.Data);
    }

    [Fact]
    public void An_overrun_without_FIFOs_destroys_the_old_character()
    {
        _uart.Mcr = UartBench.Loopback;

        _uart.Data = 1;
        _uart.Data = 2;

        Assert.Equal(UartBench.Overrun, _uart.Lsr & UartBench.Overrun);
        Assert.Equal(0, _uart.Lsr & UartBench.Overrun);
        Assert.Equal(2, _uart.Data);
        Assert.Equal(0, _uart.Lsr & UartBench.DataReady);
    }

    [Fact]
    public void An_overrun_with_FIFOs_loses_the_new_character()
    {
        _uart.Mcr = UartBench.Loopback;
        _uart.Fcr = 0x01;
        for (int i = 1; i <= 17; i++)
        {
            _uart.Data = (byte)i;
        }

        Assert.Equal(UartBench.Overrun, _uart.Lsr & UartBench.Overrun);
        for (int i = 1; i <= 16; i++)
        {
            Assert.Equal(i, _uart.Data);
        }

        Assert.Equal(UartBench.TransmitterIdle, _uart.Lsr);
    }

    [Fact]
    public void An_overrun_is_a_line_status_interrupt_and_not_an_error_in_the_FIFO()
    {
        _uart.Mcr = UartBench.Loopback | UartBench.Out2;
        _uart.Fcr = 0x01;
        _uart.Ier = 0x04;
        for (int i = 1; i <= 17; i++)
        {
            _uart.Data = (byte)i;
        }

        Assert.True(_uart.Line.IsHigh);
        Assert.Equal(UartBench.LineStatusInterrupt, _uart.Cause);
        Assert.Equal(0, _uart.Lsr & UartBench.FifoError);
    }

    [Fact]
    public void An_overrun_stays_when_the_FIFO_is_reset()
    {
        _uart.Mcr = UartBench.Loopback;
        _uart.Fcr = 0x01;
        for (int i = 1; i <= 17; i++)
        {
            _uart.Data = (byte)i;
        }

        _uart.Fcr = 0x03;

        Assert.Equal(UartBench.TransmitterIdle | UartBench.Overrun, _uart.Lsr);
    }

    [Fact]
    public void Receiver_interrupts_work_in_loopback_mode()
    {
        _uart.Mcr = UartBench.Loopback | UartBench.Out2;
        _uart.Ier = 0x01;

        _uart.Data = 0x41;

        Assert.True(_uart.Line.IsHigh);
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);
    }

    [Theory]
    [InlineData(0x01, 0x20)]
    [InlineData(0x02, 0x10)]
    [InlineData(0x04, 0x40)]
    [InlineData(0x08, 0x80)]
    [InlineData(0x0a, 0x90)]
    [InlineData(0x0f, 0xf0)]
    [InlineData(0x00, 0x00)]
    public void In_loopback_mode_the_outputs_are_wired_to_the_inputs(byte outputs, byte inputs)
    {
        _uart.Mcr = (byte)(UartBench.Loopback | outputs);

        Assert.Equal(inputs, _uart.Msr & 0xf0);
    }

    [Fact]
    public void A_peer_is_connected_from_the_start()
    {
        Assert.Equal(0xb0, _uart.Msr);
    }

    [Theory]
    [InlineData(ModemInputs.ClearToSend, 0x01)]
    [InlineData(ModemInputs.DataSetReady, 0x02)]
    [InlineData(ModemInputs.CarrierDetect, 0x08)]
    public void A_change_of_an_input_either_way_sets_its_delta_until_MSR_is_read(ModemInputs input, byte delta)
    {
        _uart.Uart.SetModemInputs(ModemInputs.Connected & ~input);
        Assert.Equal(delta, _uart.Msr & 0x0f);
        Assert.Equal(0, _uart.Msr & 0x0f);

        _uart.Uart.SetModemInputs(ModemInputs.Connected);
        Assert.Equal(delta, _uart.Msr & 0x0f);
    }

    [Fact]
    public void The_ring_indicators_trailing_edge_alone_is_noted()
    {
        _uart.Uart.SetModemInputs(ModemInputs.Connected | ModemInputs.RingIndicator);
        Assert.Equal(0xf0, _uart.Msr);

        _uart.Uart.SetModemInputs(ModemInputs.Connected);
        Assert.Equal(0xb4, _uart.Msr);
    }

    [Fact]
    public void A_delta_stays_when_the_input_goes_back()
    {
        _uart.Uart.SetModemInputs(ModemInputs.None);
        _uart.Uart.SetModemInputs(ModemInputs.Connected);

        Assert.Equal(0xbb, _uart.Msr);
    }

    [Fact]
    public void In_loopback_mode_the_outputs_make_deltas_and_modem_interrupts()
    {
        _uart.Mcr = UartBench.Loopback | UartBench.Out2;
        _ = _uart.Msr;
        _uart.Ier = 0x08;
        Assert.False(_uart.Line.IsHigh);

        _uart.Mcr = UartBench.Loopback | UartBench.Out2 | 0x02;

        Assert.True(_uart.Line.IsHigh);
        Assert.Equal(UartBench.ModemStatusInterrupt, _uart.Cause);
        Assert.Equal(0x91, _uart.Msr);
    }

    [Fact]
    public void In_loopback_mode_the_modem_is_disconnected()
    {
        _uart.Mcr = UartBench.Loopback;
        _ = _uart.Msr;

        _uart.Uart.SetModemInputs(ModemInputs.None);

        Assert.Equal(0x00, _uart.Msr);
    }

    [Fact]
    public void Other_bits_than_the_modems_lines_never_reach_the_status()
    {
        _uart.Uart.SetModemInputs((ModemInputs)0x0f);

        Assert.Equal(0x0b, _uart.Msr);
    }
}
