using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class UartInterruptTests
{
    private const byte EnableReceivedData = 0x01;
    private const byte EnableTransmitter = 0x02;
    private const byte EnableLineStatus = 0x04;
    private const byte EnableModemStatus = 0x08;

    private readonly UartBench _uart = new() { Mcr = UartBench.Out2 };

    [Fact]
    public void Causes_are_identified_by_priority()
    {
        _uart.Fcr = 0x41;
        _uart.Uart.SetModemInputs(ModemInputs.None);
        _uart.Ier = 0x0f;
        _uart.Uart.Receive(0, LineErrors.Parity);
        _uart.ReceiveCount(3);

        Assert.Equal(UartBench.LineStatusInterrupt, _uart.Cause);
        _ = _uart.Lsr;
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);
        _ = _uart.Data;
        Assert.Equal(UartBench.TimeoutInterrupt, _uart.Cause);
        _ = _uart.Data;
        _ = _uart.Data;
        _ = _uart.Data;
        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
        Assert.Equal(UartBench.ModemStatusInterrupt, _uart.Cause);
        Assert.True(_uart.Line.IsHigh);
        _ = _uart.Msr;
        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void A_line_status_interrupt_is_cleared_by_reading_LSR()
    {
        _uart.Ier = EnableLineStatus;
        _uart.Uart.Receive(0, LineErrors.Break);
        Assert.Equal(UartBench.LineStatusInterrupt, _uart.Cause);
        Assert.Equal(UartBench.LineStatusInterrupt, _uart.Cause);
        Assert.True(_uart.Line.IsHigh);

        _ = _uart.Lsr;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void A_received_data_interrupt_is_cleared_by_reading_RBR_and_by_nothing_else()
    {
        _uart.Ier = EnableReceivedData;
        _uart.ReceiveAll(0x41);
        _ = _uart.Iir;
        _ = _uart.Lsr;
        _ = _uart.Msr;
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);

        _ = _uart.Data;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xc1, 14)]
    public void Received_data_is_identified_at_the_trigger_level_and_a_timeout_below_it(byte fifoControl, int level)
    {
        _uart.Fcr = fifoControl;
        _uart.Ier = EnableReceivedData;
        _uart.ReceiveCount(level - 1);
        Assert.Equal(level == 1 ? UartBench.NoInterrupt : UartBench.TimeoutInterrupt, _uart.Cause);

        _uart.ReceiveAll(0x41);
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);

        _ = _uart.Data;
        Assert.Equal(level == 1 ? UartBench.NoInterrupt : UartBench.TimeoutInterrupt, _uart.Cause);
    }

    [Fact]
    public void A_timeout_needs_the_received_data_interrupt_enabled()
    {
        _uart.Fcr = 0xc1;
        _uart.Ier = EnableLineStatus;
        _uart.ReceiveAll(0x41);

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void Each_read_of_a_timed_out_character_makes_a_new_edge_until_the_FIFO_is_empty()
    {
        _uart.Fcr = 0xc1;
        _uart.Ier = EnableReceivedData;
        _uart.ReceiveCount(3);
        Assert.Equal(1, _uart.Line.RisingEdges);

        _ = _uart.Data;
        Assert.Equal(2, _uart.Line.RisingEdges);
        _ = _uart.Data;
        Assert.Equal(3, _uart.Line.RisingEdges);
        _ = _uart.Data;

        Assert.False(_uart.Line.IsHigh);
        Assert.Equal(3, _uart.Line.RisingEdges);
    }

    [Fact]
    public void Raising_the_trigger_level_turns_received_data_into_a_timeout()
    {
        _uart.Fcr = 0x01;
        _uart.Ier = EnableReceivedData;
        _uart.ReceiveAll(0x41);
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);

        _uart.Fcr = 0x41;

        Assert.Equal(UartBench.TimeoutInterrupt, _uart.Cause);
    }

    [Fact]
    public void Resetting_the_FIFO_takes_its_interrupt_away()
    {
        _uart.Fcr = 0x01;
        _uart.Ier = EnableReceivedData | EnableLineStatus;
        _uart.Uart.Receive(1, LineErrors.Parity);

        _uart.Fcr = 0x03;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void Enabling_the_transmitter_interrupt_raises_it_since_the_transmitter_is_empty()
    {
        _uart.Ier = EnableTransmitter;

        Assert.True(_uart.Line.IsHigh);
        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
    }

    [Fact]
    public void Reading_IIR_clears_the_transmitter_interrupt()
    {
        _uart.Ier = EnableTransmitter;
        _ = _uart.Iir;

        Assert.False(_uart.Line.IsHigh);
        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
    }

    [Fact]
    public void Reading_IIR_clears_the_transmitter_interrupt_only_when_it_is_the_one_identified()
    {
        _uart.Ier = EnableTransmitter | EnableReceivedData;
        _uart.ReceiveAll(0x41);
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);

        _ = _uart.Data;

        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
    }

    [Fact]
    public void A_write_raises_the_transmitter_interrupt_again()
    {
        _uart.Ier = EnableTransmitter;
        _ = _uart.Iir;

        _uart.Data = 0x41;

        Assert.True(_uart.Line.IsHigh);
        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
    }

    [Fact]
    public void A_write_while_the_transmitter_interrupt_is_pending_makes_a_new_edge()
    {
        _uart.Ier = EnableTransmitter;

        _uart.Data = 0x41;

        Assert.Equal(2, _uart.Line.RisingEdges);
        Assert.True(_uart.Line.IsHigh);
    }

    [Fact]
    public void Writing_IER_with_the_transmitter_interrupt_already_enabled_does_not_raise_it_again()
    {
        _uart.Ier = EnableTransmitter;
        _ = _uart.Iir;

        _uart.Ier = EnableTransmitter | EnableReceivedData;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
    }

    [Fact]
    public void Disabling_and_enabling_the_transmitter_interrupt_raises_it_again()
    {
        _uart.Ier = EnableTransmitter;
        _ = _uart.Iir;

        _uart.Ier = 0;
        _uart.Ier = EnableTransmitter;

        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
    }

    [Fact]
    public void The_transmitter_interrupt_is_immediate_after_FCR0_changes()
    {
        _uart.Ier = EnableTransmitter;
        _ = _uart.Iir;

        _uart.Fcr = 0x01;

        Assert.Equal(UartBench.TransmitterInterrupt, _uart.Cause);
    }

    [Fact]
    public void A_modem_status_interrupt_is_cleared_by_reading_MSR()
    {
        _uart.Ier = EnableModemStatus;
        _uart.Uart.SetModemInputs(ModemInputs.Connected & ~ModemInputs.CarrierDetect);
        Assert.Equal(UartBench.ModemStatusInterrupt, _uart.Cause);
        Assert.True(_uart.Line.IsHigh);

        _ = _uart.Msr;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.False(_uart.Line.IsHigh);
    }

    [Fact]
    public void Nothing_is_identified_that_is_not_enabled()
    {
        _uart.Uart.SetModemInputs(ModemInputs.None);
        _uart.Uart.Receive(0, LineErrors.Parity);
        _uart.Data = 0x41;

        Assert.Equal(UartBench.NoInterrupt, _uart.Cause);
        Assert.Equal(0, _uart.Line.RisingEdges);
    }

    [Fact]
    public void Enabling_an_interrupt_whose_condition_exists_raises_it()
    {
        _uart.ReceiveAll(0x41);

        _uart.Ier = EnableReceivedData;

        Assert.True(_uart.Line.IsHigh);
    }

    [Fact]
    public void Without_OUT2_an_interrupt_is_identified_but_not_signalled()
    {
        _uart.Mcr = 0;
        _uart.Ier = EnableReceivedData;
        _uart.ReceiveAll(0x41);

        Assert.False(_uart.Line.IsHigh);
        Assert.Equal(UartBench.ReceivedDataInterrupt, _uart.Cause);
        _uart.Mcr = UartBench.Out2;
        Assert.True(_uart.Line.IsHigh);
        _uart.Mcr = 0;
        Assert.False(_uart.Line.IsHigh);
    }
}
