using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class UartReceiverTests
{
    private readonly UartBench _uart = new();

    [Fact]
    public void A_received_character_sets_data_ready_until_it_is_read()
    {
        _uart.ReceiveAll(0x41);

        Assert.Equal(UartBench.DataReady, _uart.Lsr & UartBench.DataReady);
        Assert.Equal(0x41, _uart.Data);
        Assert.Equal(0, _uart.Lsr & UartBench.DataReady);
    }

    [Fact]
    public void Without_FIFOs_there_is_room_for_one_character()
    {
        Assert.True(_uart.Uart.Receive(0x41));
        Assert.False(_uart.Uart.CanReceive);

        Assert.False(_uart.Uart.Receive(0x42));

        Assert.Equal(0, _uart.Lsr & UartBench.Overrun);
        Assert.Equal(0x41, _uart.Data);
        Assert.True(_uart.Uart.CanReceive);
    }

    [Fact]
    public void With_FIFOs_there_is_room_for_16_characters_read_in_order()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(16);

        Assert.False(_uart.Uart.Receive(0xff));

        for (int i = 1; i <= 16; i++)
        {
            Assert.Equal(UartBench.DataReady, _uart.Lsr & UartBench.DataReady);
            Assert.Equal(i, _uart.Data);
        }

        Assert.Equal(UartBench.TransmitterIdle, _uart.Lsr);
    }

    [Fact]
    public void The_FIFO_keeps_order_when_it_wraps()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(12);
        for (int i = 1; i <= 12; i++)
        {
            Assert.Equal(i, _uart.Data);
        }

        _uart.ReceiveCount(16);

        for (int i = 1; i <= 16; i++)
        {
            Assert.Equal(i, _uart.Data);
        }
    }

    [Theory]
    [InlineData(0x03)]
    [InlineData(0x00)]
    public void Resetting_the_FIFO_or_turning_FIFOs_off_drops_what_was_received(byte fifoControl)
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(3);

        _uart.Fcr = fifoControl;

        Assert.Equal(UartBench.TransmitterIdle, _uart.Lsr);
        Assert.True(_uart.Uart.CanReceive);
    }

    [Fact]
    public void Turning_FIFOs_on_drops_what_was_received()
    {
        _uart.ReceiveAll(0x41);

        _uart.Fcr = 0x01;

        Assert.Equal(0, _uart.Lsr & UartBench.DataReady);
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x05)]
    [InlineData(0x81)]
    public void Other_FIFO_control_writes_keep_what_was_received(byte fifoControl)
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(2);

        _uart.Fcr = fifoControl;

        Assert.Equal(1, _uart.Data);
        Assert.Equal(2, _uart.Data);
    }

    [Fact]
    public void The_reset_bit_counts_only_together_with_the_enable_bit()
    {
        _uart.ReceiveAll(0x41);

        _uart.Fcr = 0x02;

        Assert.Equal(0x41, _uart.Data);
    }

    [Theory]
    [InlineData(LineErrors.Parity, UartBench.ParityError)]
    [InlineData(LineErrors.Framing, UartBench.FramingError)]
    [InlineData(LineErrors.Break, UartBench.BreakInterrupt)]
    public void An_error_is_in_the_line_status_until_that_is_read(LineErrors error, byte bit)
    {
        _uart.Uart.Receive(0, error);

        Assert.Equal(UartBench.TransmitterIdle | UartBench.DataReady | bit, _uart.Lsr);
        Assert.Equal(UartBench.TransmitterIdle | UartBench.DataReady, _uart.Lsr);
    }

    [Fact]
    public void In_FIFO_mode_an_error_shows_when_its_character_is_at_the_top()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveAll(1);
        _uart.Uart.Receive(2, LineErrors.Parity);

        Assert.Equal(0, _uart.Lsr & UartBench.ParityError);
        _ = _uart.Data;
        Assert.Equal(UartBench.ParityError, _uart.Lsr & UartBench.ParityError);
    }

    [Fact]
    public void In_FIFO_mode_LSR7_says_that_there_is_an_error_somewhere_in_the_FIFO()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveAll(1);
        _uart.Uart.Receive(2, LineErrors.Framing);

        Assert.Equal(UartBench.FifoError, _uart.Lsr & UartBench.FifoError);
        Assert.Equal(UartBench.FifoError, _uart.Lsr & UartBench.FifoError);
        _ = _uart.Data;
        Assert.Equal(UartBench.FifoError, _uart.Lsr & UartBench.FifoError);
        Assert.Equal(0, _uart.Lsr & UartBench.FifoError);
    }

    [Fact]
    public void LSR7_stays_while_subsequent_characters_have_errors()
    {
        _uart.Fcr = 0x01;
        _uart.Uart.Receive(1, LineErrors.Parity);
        _uart.Uart.Receive(2, LineErrors.Parity);

        _ = _uart.Lsr;
        Assert.Equal(UartBench.FifoError, _uart.Lsr & (UartBench.FifoError | UartBench.ParityError));
        _ = _uart.Data;
        Assert.Equal(UartBench.FifoError | UartBench.ParityError, _uart.Lsr & (UartBench.FifoError | UartBench.ParityError));
        Assert.Equal(0, _uart.Lsr & (UartBench.FifoError | UartBench.ParityError));
    }

    [Fact]
    public void LSR7_is_0_without_FIFOs()
    {
        _uart.Uart.Receive(1, LineErrors.Parity);

        Assert.Equal(0, _uart.Lsr & UartBench.FifoError);
    }

    [Fact]
    public void Resetting_the_FIFO_drops_the_errors_of_its_characters()
    {
        _uart.Fcr = 0x01;
        _uart.Uart.Receive(1, LineErrors.Parity);
        _uart.Uart.Receive(2, LineErrors.Framing);

        _uart.Fcr = 0x03;

        Assert.Equal(UartBench.TransmitterIdle, _uart.Lsr);
    }

    [Fact]
    public void The_host_is_told_when_room_appears()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(16);
        Assert.Equal(0, _uart.RoomCalls);

        _ = _uart.Data;
        _ = _uart.Data;

        Assert.Equal(1, _uart.RoomCalls);
    }

    [Fact]
    public void A_FIFO_reset_makes_room_too()
    {
        _uart.Fcr = 0x01;
        _uart.ReceiveCount(16);

        _uart.Fcr = 0x03;

        Assert.Equal(1, _uart.RoomCalls);
    }

    [Fact]
    public void Leaving_loopback_mode_makes_room()
    {
        _uart.Mcr = UartBench.Loopback;
        Assert.False(_uart.Uart.CanReceive);
        Assert.False(_uart.Uart.Receive(0x41));

        _uart.Mcr = 0;

        Assert.Equal(1, _uart.RoomCalls);
        Assert.True(_uart.Uart.Receive(0x41));
    }

    [Fact]
    public void The_host_may_refill_from_the_call_that_tells_of_room()
    {
        Queue<byte> waiting = new([0x42, 0x43]);
        Uart16550? uart = null;
        uart = new Uart16550(new RecordingSink(), new RecordingLine(), () => Assert.True(uart!.Receive(waiting.Dequeue())));
        Assert.True(uart.Receive(0x41));

        Assert.Equal(0x41UL, uart.Read(0, 1));
        Assert.Equal(0x42UL, uart.Read(0, 1));

        Assert.Empty(waiting);
        Assert.False(uart.CanReceive);
    }
}
