using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class Pic8259InitializationTests
{
    [Fact]
    public void At_power_on_they_are_as_SeaBIOS_leaves_them()
    {
        Pic8259Bench bench = new();

        Assert.Equal((0x08, 0x70), (bench.Master.VectorBase, bench.Slave.VectorBase));
        Assert.Equal((0xfb, 0xff), (bench.In(0x21), bench.In(0xa1)));
        Assert.Equal((0, 0), (bench.In(0x4d0), bench.In(0x4d1)));
        Assert.True(bench.Master.IsInitialized && bench.Slave.IsInitialized);
        Assert.False(bench.Line.IsHigh);
    }

    [Fact]
    public void A_PCs_sequence_sets_the_vectors_and_clears_the_masks()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo();

        Assert.Equal((0x20, 0x28), (bench.Master.VectorBase, bench.Slave.VectorBase));
        Assert.Equal((0x00, 0x00), (bench.Master.Imr, bench.Slave.Imr));
        Assert.True(bench.Master.IsInitialized && bench.Slave.IsInitialized);
        Assert.Empty(bench.Errors.Reports);
    }

    [Fact]
    public void Each_word_of_the_sequence_is_awaited()
    {
        Pic8259Bench bench = new();

        bench.Out(0x20, 0x11);
        Assert.False(bench.Master.IsInitialized);
        bench.Out(0x21, 0x20);
        Assert.False(bench.Master.IsInitialized);
        bench.Out(0x21, 0x04);
        Assert.False(bench.Master.IsInitialized);
        bench.Out(0x21, 0x01);
        Assert.True(bench.Master.IsInitialized);
        bench.Out(0x21, 0x5a);

        Assert.Equal(0x5a, bench.Master.Imr);
    }

    [Fact]
    public void A_single_one_awaits_no_ICW3()
    {
        Pic8259Bench bench = new();

        bench.Initialize(0x20, 0x13, 0x20, 0x01);

        Assert.True(bench.Master.IsInitialized);
        Assert.True(bench.Master.IsSingle);
    }

    [Fact]
    public void Input_2_of_a_single_one_has_a_vector_of_its_own()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo();
        bench.Initialize(0x20, 0x13, 0x20, 0x01);

        bench.Raise(8);

        Assert.Equal(0x22, bench.Acknowledge());
        Assert.Equal(0x00, bench.Slave.Isr);
    }

    [Fact]
    public void Without_ICW4_its_functions_are_off()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x13);

        bench.Initialize(0x20, 0x10, 0x20, 0x04);

        Assert.True(bench.Master.IsInitialized);
        Assert.False(bench.Master.AutoEoi);
        Assert.False(bench.Master.SpecialFullyNested);
    }

    [Fact]
    public void ICW4_chooses_automatic_EOI_and_special_full_nesting()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x03, slaveIcw4: 0x11);

        Assert.True(bench.Master.AutoEoi);
        Assert.False(bench.Master.SpecialFullyNested);
        Assert.False(bench.Slave.AutoEoi);
        Assert.True(bench.Slave.SpecialFullyNested);
    }

    [Fact]
    public void ICW1_forgets_masks_service_modes_and_priorities()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x01);
        bench.Raise(3);
        bench.Acknowledge();
        bench.Out(0x20, 0x80);
        bench.Out(0x20, 0xc4);
        bench.Out(0x20, 0x6b);
        bench.Out(0x21, 0xff);

        bench.Out(0x20, 0x11);

        Assert.Equal(0x00, bench.Master.Isr);
        Assert.Equal(0x00, bench.Master.Imr);
        Assert.Equal(7, bench.Master.LowestPriority);
        Assert.False(bench.Master.SpecialMask);
        Assert.False(bench.Master.RotatesInAutoEoi);
    }

    [Fact]
    public void After_ICW1_the_even_port_reads_IRR()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo();
        bench.Out(0x20, 0x0b);

        bench.Initialize(0x20, 0x11, 0x20, 0x04, 0x01);
        bench.Raise(5);

        Assert.Equal(0x20, bench.In(0x20));
    }

    [Fact]
    public void ICW1_drops_edges_and_a_line_that_is_high_must_fall_first()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo();
        bench.Raise(3);

        bench.Initialize(0x20, 0x11, 0x20, 0x04, 0x01);
        Assert.Equal(0x00, bench.Master.Irr);
        bench.Raise(3);
        Assert.False(bench.Line.IsHigh);
        bench.Lower(3);
        bench.Raise(3);

        Assert.True(bench.Line.IsHigh);
    }

    [Fact]
    public void Nothing_is_requested_during_the_sequence_and_an_edge_meanwhile_is_kept()
    {
        Pic8259Bench bench = new();
        bench.Out(0x20, 0x11);
        bench.Out(0x21, 0x20);

        bench.Raise(4);
        Assert.False(bench.Line.IsHigh);
        bench.Out(0x21, 0x04);
        bench.Out(0x21, 0x01);

        Assert.True(bench.Line.IsHigh);
        Assert.Equal(0x24, bench.Acknowledge());
    }

    [Fact]
    public void LTIM_makes_every_input_level_triggered()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo();
        bench.Initialize(0x20, 0x19, 0x20, 0x04, 0x01);

        bench.Raise(0);
        Assert.Equal(0x20, bench.Acknowledge());

        Assert.True(bench.Master.IsLevelTriggered);
        Assert.Equal(0x01, bench.Master.Irr);
        bench.Lower(0);
        Assert.Equal(0x00, bench.Master.Irr);
    }

    [Theory]
    [InlineData(0x20, new byte[] { 0x10, 0x20, 0x04 })]
    [InlineData(0x20, new byte[] { 0x11, 0x20, 0x04, 0x00 })]
    [InlineData(0x20, new byte[] { 0x11, 0x21, 0x04, 0x01 })]
    [InlineData(0x20, new byte[] { 0x11, 0x20, 0x02, 0x01 })]
    [InlineData(0xa0, new byte[] { 0x11, 0x28, 0x04, 0x01 })]
    [InlineData(0x20, new byte[] { 0x13, 0x20, 0x01 })]
    [InlineData(0x20, new byte[] { 0x19, 0x20, 0x04, 0x01 })]
    [InlineData(0x4d0, new byte[] { 0x01 })]
    [InlineData(0x4d1, new byte[] { 0x20 })]
    public void What_a_PC_has_no_use_for_is_reported(int port, byte[] words)
    {
        Pic8259Bench bench = new();

        bench.Initialize(port, words);

        Assert.Single(bench.Errors.Reports);
    }

    [Fact]
    public void Reset_returns_to_the_power_on_state()
    {
        Pic8259Bench bench = Pic8259Bench.AsKernelsDo(masterIcw4: 0x13);
        bench.Out(0x4d1, 0x0c);
        bench.Raise(10);
        bench.Acknowledge();
        bench.Raise(1);

        bench.Pair.Reset();

        Assert.False(bench.Line.IsHigh);
        Assert.Equal((0xfb, 0xff), (bench.Master.Imr, bench.Slave.Imr));
        Assert.Equal((0x08, 0x70), (bench.Master.VectorBase, bench.Slave.VectorBase));
        Assert.Equal((0x00, 0x00), (bench.Master.Isr, bench.Slave.Isr));
        Assert.Equal((0x00, 0x00), (bench.Master.Irr, bench.Slave.Irr));
        Assert.Equal((0x00, 0x00), (bench.Master.Elcr, bench.Slave.Elcr));
        Assert.False(bench.Master.AutoEoi);
    }

    [Fact]
    public void ELCR_keeps_the_interrupts_that_are_always_edges()
    {
        Pic8259Bench bench = new();

        bench.Out(0x4d0, 0xff);
        bench.Out(0x4d1, 0xff);

        Assert.Equal((0xf8, 0xde), (bench.In(0x4d0), bench.In(0x4d1)));
        Assert.Equal((0xf8, 0xde), (bench.Master.Elcr, bench.Slave.Elcr));
    }

    [Fact]
    public void ICW1_leaves_ELCR_alone()
    {
        Pic8259Bench bench = new();
        bench.Out(0x4d0, 0x20);

        bench.Initialize(0x20, 0x11, 0x20, 0x04, 0x01);

        Assert.Equal(0x20, bench.In(0x4d0));
    }
}
