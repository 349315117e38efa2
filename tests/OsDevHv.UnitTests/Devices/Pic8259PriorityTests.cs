using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class Pic8259PriorityTests
{
    private const byte Eoi = 0x20;
    private const byte SpecificEoi = 0x60;
    private const byte RotateOnEoi = 0xa0;
    private const byte RotateOnSpecificEoi = 0xe0;
    private const byte SetPriority = 0xc0;
    private const byte RotateInAutoEoi = 0x80;
    private const byte NoRotateInAutoEoi = 0x00;
    private const byte ReadIrr = 0x0a;
    private const byte ReadIsr = 0x0b;
    private const byte Poll = 0x0c;
    private const byte SpecialMaskOn = 0x68;
    private const byte SpecialMaskOff = 0x48;

    private readonly Pic8259Bench _bench = Pic8259Bench.AsKernelsDo();

    [Fact]
    public void The_lowest_number_is_served_first()
    {
        _bench.Raise(6, 1, 4);

        Assert.Equal(0x21, _bench.Acknowledge());
    }

    [Fact]
    public void An_acknowledge_moves_the_request_into_service()
    {
        _bench.Raise(4);
        Assert.Equal((0x10, 0x00), (_bench.Master.Irr, _bench.Master.Isr));

        _bench.Acknowledge();

        Assert.Equal((0x00, 0x10), (_bench.Master.Irr, _bench.Master.Isr));
        Assert.Equal(1, _bench.Master.AcknowledgedCount(4));
        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void Lower_and_equal_priorities_wait_for_the_EOI()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Lower(3);

        _bench.Raise(3, 5);
        Assert.False(_bench.Line.IsHigh);
        _bench.Out(0x20, Eoi);

        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x23, _bench.Acknowledge());
    }

    [Fact]
    public void Higher_priorities_interrupt()
    {
        _bench.Raise(3);
        _bench.Acknowledge();

        _bench.Raise(1);

        Assert.Equal(0x21, _bench.Acknowledge());
        Assert.Equal(0x0a, _bench.Master.Isr);
    }

    [Fact]
    public void A_non_specific_EOI_ends_the_highest()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Raise(1);
        _bench.Acknowledge();

        _bench.Out(0x20, Eoi);
        Assert.Equal(0x08, _bench.Master.Isr);
        _bench.Out(0x20, Eoi);

        Assert.Equal(0x00, _bench.Master.Isr);
    }

    [Fact]
    public void A_specific_EOI_ends_the_one_it_names()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Raise(1);
        _bench.Acknowledge();

        _bench.Out(0x20, SpecificEoi | 3);

        Assert.Equal(0x02, _bench.Master.Isr);
    }

    [Fact]
    public void A_masked_request_waits_in_IRR()
    {
        _bench.Out(0x21, 0x10);

        _bench.Raise(4);
        Assert.False(_bench.Line.IsHigh);
        Assert.Equal(0x10, _bench.Master.Irr);
        _bench.Out(0x21, 0x00);

        Assert.True(_bench.Line.IsHigh);
    }

    [Fact]
    public void Setting_the_priority_makes_the_next_input_the_highest()
    {
        _bench.Out(0x20, SetPriority | 4);

        _bench.Raise(0, 4, 5, 7);

        Assert.Equal(4, _bench.Master.LowestPriority);
        Assert.Equal(0x25, _bench.Acknowledge());
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x27, _bench.Acknowledge());
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x20, _bench.Acknowledge());
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x24, _bench.Acknowledge());
    }

    [Fact]
    public void Rotation_on_a_non_specific_EOI_makes_what_it_ended_the_lowest()
    {
        // The data sheet's example: inputs 4 and 6 in service, then the rotation of 4.
        _bench.Raise(6);
        _bench.Acknowledge();
        _bench.Raise(4);
        _bench.Acknowledge();

        _bench.Out(0x20, RotateOnEoi);

        Assert.Equal(0x40, _bench.Master.Isr);
        Assert.Equal(4, _bench.Master.LowestPriority);
    }

    [Fact]
    public void Rotation_on_a_non_specific_EOI_of_nothing_changes_nothing()
    {
        _bench.Out(0x20, SetPriority | 2);

        _bench.Out(0x20, RotateOnEoi);

        Assert.Equal(2, _bench.Master.LowestPriority);
    }

    [Fact]
    public void Rotation_on_a_specific_EOI_does_both_to_what_it_names()
    {
        _bench.Raise(6);
        _bench.Acknowledge();
        _bench.Raise(4);
        _bench.Acknowledge();

        _bench.Out(0x20, RotateOnSpecificEoi | 6);

        Assert.Equal(0x10, _bench.Master.Isr);
        Assert.Equal(6, _bench.Master.LowestPriority);
    }

    [Fact]
    public void A_non_specific_EOI_goes_by_the_rotated_priorities()
    {
        _bench.Raise(1);
        _bench.Acknowledge();
        _bench.Out(0x20, SetPriority | 4);
        _bench.Raise(6);
        _bench.Acknowledge();
        Assert.Equal(0x42, _bench.Master.Isr);

        _bench.Out(0x20, Eoi);

        Assert.Equal(0x02, _bench.Master.Isr);
    }

    [Fact]
    public void OCW2_of_40h_is_no_operation()
    {
        _bench.Raise(3);
        _bench.Acknowledge();

        _bench.Out(0x20, 0x43);

        Assert.Equal(0x08, _bench.Master.Isr);
        Assert.Equal(7, _bench.Master.LowestPriority);
    }

    [Fact]
    public void Automatic_EOI_puts_nothing_in_service()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x03);
        bench.Raise(3, 5);

        Assert.Equal(0x23, bench.Acknowledge());

        Assert.Equal(0x00, bench.Master.Isr);
        Assert.True(bench.Line.IsHigh);
        Assert.Equal(0x25, bench.Acknowledge());
        Assert.Equal(7, bench.Master.LowestPriority);
    }

    [Fact]
    public void Rotation_in_automatic_EOI_makes_what_was_served_the_lowest()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x03);
        bench.Out(0x20, RotateInAutoEoi);
        bench.Raise(3);

        bench.Acknowledge();

        Assert.Equal(3, bench.Master.LowestPriority);
        bench.Out(0x20, NoRotateInAutoEoi);
        bench.Raise(5);
        bench.Acknowledge();
        Assert.Equal(3, bench.Master.LowestPriority);
    }

    [Fact]
    public void Special_mask_mode_lets_lower_priorities_interrupt_a_masked_one_in_service()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Out(0x21, 0x08);
        _bench.Raise(6);
        Assert.False(_bench.Line.IsHigh);

        _bench.Out(0x20, SpecialMaskOn);

        Assert.True(_bench.Line.IsHigh);
        Assert.Equal(0x26, _bench.Acknowledge());
        Assert.Equal(0x48, _bench.Master.Isr);
    }

    [Fact]
    public void In_special_mask_mode_an_unmasked_one_in_service_still_holds_up_lower_ones()
    {
        _bench.Out(0x20, SpecialMaskOn);
        _bench.Raise(3);
        _bench.Acknowledge();

        _bench.Raise(6);

        Assert.False(_bench.Line.IsHigh);
    }

    [Fact]
    public void In_special_mask_mode_a_non_specific_EOI_passes_over_masked_ones()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Out(0x21, 0x08);
        _bench.Out(0x20, SpecialMaskOn);
        _bench.Raise(6);
        _bench.Acknowledge();

        _bench.Out(0x20, Eoi);

        Assert.Equal(0x08, _bench.Master.Isr);
        _bench.Out(0x20, Eoi);
        Assert.Equal(0x08, _bench.Master.Isr);
        _bench.Out(0x20, SpecificEoi | 3);
        Assert.Equal(0x00, _bench.Master.Isr);
    }

    [Fact]
    public void Special_mask_mode_changes_only_with_its_enable_bit()
    {
        _bench.Out(0x20, SpecialMaskOn);
        _bench.Out(0x20, 0x08);
        Assert.True(_bench.Master.SpecialMask);
        _bench.Out(0x20, SpecialMaskOff);
        Assert.False(_bench.Master.SpecialMask);
        _bench.Out(0x20, 0x28);
        Assert.False(_bench.Master.SpecialMask);
    }

    [Fact]
    public void The_even_port_reads_IRR_or_ISR_as_chosen_last()
    {
        _bench.Raise(3);
        _bench.Acknowledge();
        _bench.Raise(6);

        Assert.Equal(0x40, _bench.In(0x20));
        _bench.Out(0x20, ReadIsr);
        Assert.Equal(0x08, _bench.In(0x20));
        Assert.Equal(0x08, _bench.In(0x20));
        _bench.Out(0x20, 0x08);
        Assert.Equal(0x08, _bench.In(0x20));
        _bench.Out(0x20, ReadIrr);
        Assert.Equal(0x40, _bench.In(0x20));
    }

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x21)]
    public void A_poll_acknowledges_at_the_next_read(int port)
    {
        _bench.Raise(5, 6);

        _bench.Out(0x20, Poll);

        Assert.True(_bench.Master.IsPolling);
        Assert.Equal(0x85, _bench.In(port));
        Assert.Equal(0x20, _bench.Master.Isr);
        Assert.False(_bench.Line.IsHigh);
        Assert.Equal(0x00, _bench.In(0x21));
    }

    [Fact]
    public void A_poll_without_a_request_says_so_and_serves_nothing()
    {
        _bench.Out(0x20, Poll);

        Assert.Equal(0x00, _bench.In(0x20));
        Assert.Equal(0x00, _bench.Master.Isr);
        Assert.False(_bench.Master.IsPolling);
    }

    [Fact]
    public void Special_full_nesting_lets_the_slave_interrupt_itself()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x11);
        bench.Raise(12);
        Assert.Equal(0x2c, bench.Acknowledge());

        bench.Raise(9);

        Assert.True(bench.Line.IsHigh);
        Assert.Equal(0x29, bench.Acknowledge());
        Assert.Equal((0x04, 0x12), (bench.Master.Isr, bench.Slave.Isr));
    }

    [Fact]
    public void Special_full_nesting_holds_up_what_is_below_the_slave()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x11);
        bench.Raise(12);
        bench.Acknowledge();

        bench.Raise(3);

        Assert.False(bench.Line.IsHigh);
    }

    [Fact]
    public void Without_special_full_nesting_the_slave_waits()
    {
        _bench.Raise(12);
        _bench.Acknowledge();

        _bench.Raise(9);
        Assert.False(_bench.Line.IsHigh);
        _bench.Out(0x20, Eoi);

        Assert.True(_bench.Line.IsHigh);
    }
}
