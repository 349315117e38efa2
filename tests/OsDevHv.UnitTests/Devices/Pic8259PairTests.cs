using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class Pic8259PairTests
{
    private const byte Eoi = 0x20;
    private const byte Poll = 0x0c;

    private readonly Pic8259Bench _bench = Pic8259Bench.AsKernelsDo();

    [Fact]
    public void The_ports_are_where_a_PC_has_them()
    {
        PortBus bus = new();
        Pic8259Pair pair = new(new RecordingLine());
        DeviceSlot slot = new("pic", pair);
        Assert.True(bus.TryMap(slot, 0x20, Pic8259Pair.PortCount, Pic8259Pair.MasterOffset, out _));
        Assert.True(bus.TryMap(slot, 0xa0, Pic8259Pair.PortCount, Pic8259Pair.SlaveOffset, out _));
        Assert.True(bus.TryMap(slot, 0x4d0, Pic8259Pair.PortCount, Pic8259Pair.ElcrOffset, out _));

        bus.Write(0x21, 1, 0x12);
        bus.Write(0xa1, 1, 0x34);
        bus.Write(0x4d0, 2, 0x0c20);

        Assert.Equal((0x12, 0x34), (pair.Master.Imr, pair.Slave.Imr));
        Assert.Equal((0x20, 0x0c), (pair.Master.Elcr, pair.Slave.Elcr));
        Assert.Equal(0x34UL, bus.Read(0xa1, 1));
        Assert.Equal(0x0c20UL, bus.Read(0x4d0, 2));
    }

    [Fact]
    public void An_interrupt_of_the_slave_goes_through_input_2_of_the_master()
    {
        _bench.Raise(12);
        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x04, _bench.Master.Irr);

        Assert.Equal(0x2c, _bench.Acknowledge());

        Assert.Equal((0x04, 0x10), (_bench.Master.Isr, _bench.Slave.Isr));
        Assert.Equal((0x00, 0x00), (_bench.Master.Irr, _bench.Slave.Irr));
    }

    [Fact]
    public void The_slaves_interrupts_come_after_1_and_before_3()
    {
        _bench.Raise(3, 15, 1);

        Assert.Equal(0x21, _bench.Acknowledge());
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x2f, _bench.Acknowledge());
        _bench.Out(0xa0, Eoi);
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x23, _bench.Acknowledge());
    }

    [Fact]
    public void Masking_input_2_holds_up_the_slave()
    {
        _bench.Out(0x21, 0x04);

        _bench.Raise(12);

        Assert.False(_bench.Line.IsHigh);
        Assert.Equal(0x10, _bench.Slave.Irr);
    }

    [Fact]
    public void The_slaves_next_interrupt_comes_after_both_EOIs()
    {
        _bench.Raise(9, 10);
        _bench.Acknowledge();

        _bench.Out(0xa0, Eoi);
        Assert.False(_bench.Line.IsHigh);
        _bench.Out(0x20, Eoi);

        Assert.Equal(0x2a, _bench.Acknowledge());
    }

    [Fact]
    public void The_slaves_next_interrupt_is_not_lost_with_the_EOIs_in_the_other_order()
    {
        _bench.Raise(9, 10);
        _bench.Acknowledge();

        _bench.Out(0x20, Eoi);
        _bench.Out(0xa0, Eoi);

        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x2a, _bench.Acknowledge());
    }

    [Fact]
    public void A_slave_with_automatic_EOI_loses_nothing_at_the_masters_edge()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(slaveIcw4: 0x03);
        bench.Raise(9, 10);

        Assert.Equal(0x29, bench.Acknowledge());
        bench.Out(0x20, Eoi);

        Assert.Equal(0x2a, bench.Acknowledge());
    }

    [Fact]
    public void An_edge_requests_once()
    {
        _bench.Raise(4);
        _bench.Acknowledge();
        _bench.Out(0x20, Eoi);

        Assert.False(_bench.Line.IsHigh);
        Assert.Equal(0x00, _bench.Master.Irr);
    }

    [Fact]
    public void An_edge_whose_line_fell_is_still_requested()
    {
        _bench.Raise(4);
        _bench.Lower(4);

        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x24, _bench.Acknowledge());
    }

    [Fact]
    public void A_level_requests_as_long_as_it_is_high()
    {
        _bench.Out(0x4d1, 0x08);
        _bench.Raise(11);
        _bench.Acknowledge();

        _bench.Out(0xa0, Eoi);
        _bench.Out(0x20, Eoi);
        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x2b, _bench.Acknowledge());
        _bench.Lower(11);
        _bench.Out(0xa0, Eoi);
        _bench.Out(0x20, Eoi);

        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void A_level_that_falls_before_the_acknowledge_is_the_spurious_interrupt_7()
    {
        _bench.Out(0x4d0, 0x20);

        _bench.Raise(5);
        _bench.Lower(5);

        Assert.Equal(0x00, _bench.Master.Irr);
        Assert.Equal(0x27, _bench.Acknowledge());
        Assert.Equal((0x00, 1L), (_bench.Master.Isr, _bench.Master.SpuriousCount));
        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void A_slaves_level_that_falls_before_the_acknowledge_is_the_spurious_interrupt_15()
    {
        _bench.Out(0x4d1, 0x08);

        _bench.Raise(11);
        _bench.Lower(11);

        Assert.Equal(0x2f, _bench.Acknowledge());
        Assert.Equal((0x04, 0x00), (_bench.Master.Isr, _bench.Slave.Isr));
    }

    [Fact]
    public void A_level_that_fell_is_not_acknowledged_once_it_is_masked()
    {
        _bench.Out(0x4d0, 0x20);
        _bench.Raise(5);
        _bench.Lower(5);

        _bench.Out(0x21, 0xff);

        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void A_line_that_is_high_when_ELCR_makes_it_a_level_is_requested()
    {
        _bench.Raise(5);
        _bench.Acknowledge();
        _bench.Out(0x20, Eoi);

        _bench.Out(0x4d0, 0x20);

        Assert.Equal(0x25, _bench.Acknowledge());
    }

    [Fact]
    public void A_level_that_was_served_is_no_edge_when_ELCR_makes_it_one()
    {
        _bench.Out(0x4d0, 0x20);
        _bench.Raise(5);
        _bench.Acknowledge();
        _bench.Out(0x20, Eoi);

        _bench.Out(0x4d0, 0x00);

        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void An_acknowledge_of_nothing_is_the_spurious_interrupt_7()
    {
        Assert.Equal(0x27, _bench.Acknowledge());

        Assert.Equal(0x00, _bench.Master.Isr);
        Assert.Equal(1, _bench.Master.SpuriousCount);
    }

    [Fact]
    public void A_level_that_falls_before_its_acknowledge_is_the_spurious_interrupt_7()
    {
        _bench.Out(0x4d0, 0x20);
        _bench.Raise(5);
        Assert.True(_bench.Line.IsHigh);
        _bench.Lower(5);

        Assert.Equal(0x27, _bench.Acknowledge());
        Assert.Equal(0x00, _bench.Master.Isr);
    }

    [Fact]
    public void A_slaves_request_that_is_masked_late_is_the_spurious_interrupt_15()
    {
        _bench.Raise(12);

        _bench.Out(0xa1, 0xff);

        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x2f, _bench.Acknowledge());
        Assert.Equal((0x04, 0x00), (_bench.Master.Isr, _bench.Slave.Isr));
        Assert.Equal((0L, 1L), (_bench.Master.SpuriousCount, _bench.Slave.SpuriousCount));
    }

    [Fact]
    public void A_real_interrupt_7_is_in_service()
    {
        _bench.Raise(7);

        Assert.Equal(0x27, _bench.Acknowledge());
        Assert.Equal(0x80, _bench.Master.Isr);
        Assert.Equal(0, _bench.Master.SpuriousCount);
    }

    [Fact]
    public void Polling_both_serves_the_slaves_interrupt()
    {
        _bench.Raise(9, 10);

        _bench.Out(0x20, Poll);
        Assert.Equal(0x82, _bench.In(0x20));
        _bench.Out(0xa0, Poll);
        Assert.Equal(0x81, _bench.In(0xa0));
        _bench.Out(0xa0, Eoi);
        _bench.Out(0x20, Eoi);

        Assert.Equal(0x2a, _bench.Acknowledge());
    }

    [Fact]
    public void INTR_falls_at_an_acknowledge_and_rises_again_for_the_next()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x03);
        bench.Raise(3, 4);
        Assert.Equal(1, bench.Line.RisingEdges);

        bench.Acknowledge();

        Assert.True(bench.Line.IsHigh);
        Assert.Equal(2, bench.Line.RisingEdges);
    }

    [Fact]
    public void INTR_is_told_when_it_changes_only()
    {
        Pic8259Bench bench = new();

        bench.Raise(3, 4, 9);
        bench.Lower(3, 4, 9);
        bench.Out(0x20, Eoi);
        Assert.Equal(0, bench.Line.Calls);
        bench.Out(0x21, 0xe3);

        Assert.Equal(1, bench.Line.Calls);
        Assert.True(bench.Pair.IsInterruptRequested);
    }

    [Fact]
    public void Interrupt_2_has_no_line()
    {
        _bench.Raise(2);

        Assert.Equal(0x00, _bench.Master.Inputs);
        Assert.False(_bench.Line.IsHigh);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(16)]
    public void An_interrupt_that_is_not_there_is_refused(int irq)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _bench.Pair.SetInput(irq, true));
    }

    [Fact]
    public void The_levels_of_the_lines_can_be_seen()
    {
        _bench.Raise(5, 8, 15);

        Assert.Equal((0x20 | 0x04, 0x81), (_bench.Master.Inputs, _bench.Slave.Inputs));
    }
}
