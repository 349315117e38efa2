using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicCommandTests
{
    private readonly LocalApicBench _bench = LocalApicBench.Enabled();

    [Theory]
    [InlineData(0x0000_4041, 0x41, DeliveryMode.Fixed, false, DestinationShorthand.None)]
    [InlineData(0x0000_4841, 0x41, DeliveryMode.Fixed, true, DestinationShorthand.None)]
    [InlineData(0x0000_4941, 0x41, DeliveryMode.LowestPriority, true, DestinationShorthand.None)]
    [InlineData(0x0000_4200, 0x00, DeliveryMode.SystemManagement, false, DestinationShorthand.None)]
    [InlineData(0x0000_4400, 0x00, DeliveryMode.NonMaskable, false, DestinationShorthand.None)]
    [InlineData(0x0000_4500, 0x00, DeliveryMode.Init, false, DestinationShorthand.None)]
    [InlineData(0x0000_c500, 0x00, DeliveryMode.Init, false, DestinationShorthand.None)]
    [InlineData(0x0000_4608, 0x08, DeliveryMode.StartUp, false, DestinationShorthand.None)]
    [InlineData(0x0004_4041, 0x41, DeliveryMode.Fixed, false, DestinationShorthand.Self)]
    [InlineData(0x0008_4041, 0x41, DeliveryMode.Fixed, false, DestinationShorthand.AllIncludingSelf)]
    [InlineData(0x000c_4041, 0x41, DeliveryMode.Fixed, false, DestinationShorthand.AllExcludingSelf)]
    [InlineData(0x000c_4500, 0x00, DeliveryMode.Init, false, DestinationShorthand.AllExcludingSelf)]
    public void Writing_the_low_half_of_ICR_sends_what_it_says(
        uint command, byte vector, DeliveryMode mode, bool isLogical, DestinationShorthand shorthand)
    {
        _bench.Write(0x310, 0x0300_0000);
        LocalApicEffect effect = _bench.Write(0x300, command);

        Assert.Equal(LocalApicEffectKind.Message, effect.Kind);
        Assert.Equal(new InterruptMessage(vector, mode, 3, isLogical, IsLevel: false, IsWide: false, shorthand), effect.Message);
        Assert.Equal(LocalApicErrors.None, _bench.Apic.DetectedErrors);
        Assert.Equal(command, _bench.Read(0x300));
        Assert.Equal(0x0300_0000u, _bench.Read(0x310));
    }

    [Fact]
    public void An_IPI_of_lowest_priority_is_no_error_of_the_guest()
    {
        _bench.Write(0x300, 0x0000_4941);

        Assert.Empty(_bench.Errors);
    }

    [Fact]
    public void A_system_management_interrupt_is_told_of()
    {
        _bench.Write(0x300, 0x0000_4200);

        Assert.Single(_bench.Errors);
    }

    [Fact]
    public void Writing_the_high_half_of_ICR_sends_nothing()
    {
        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0x310, 0xff00_0000).Kind);
    }

    [Theory]
    [InlineData(0x8500)]
    [InlineData(0x8_8500)]
    public void INIT_level_deassert_sends_nothing(uint command)
    {
        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0x300, command).Kind);
        Assert.Empty(_bench.Errors);
    }

    [Theory]
    [InlineData(0x4341)]
    [InlineData(0x4741)]
    public void Reserved_delivery_modes_send_nothing_and_are_reported(uint command)
    {
        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0x300, command).Kind);
        Assert.Single(_bench.Errors);
    }

    [Fact]
    public void The_trigger_mode_of_an_IPI_has_no_meaning()
    {
        Assert.False(_bench.Write(0x300, 0xc041).Message.IsLevel);
    }

    [Theory]
    [InlineData(0x400f, true)]
    [InlineData(0x4000, true)]
    [InlineData(0x490f, true)]
    [InlineData(0x4010, false)]
    [InlineData(0x4600, false)]
    [InlineData(0x4400, false)]
    public void A_fixed_or_lowest_priority_IPI_with_a_vector_below_16_is_sent_and_is_an_error(uint command, bool isError)
    {
        LocalApicEffect effect = _bench.Write(0x300, command);

        Assert.Equal(LocalApicEffectKind.Message, effect.Kind);
        _bench.Write(0x280, 0);
        Assert.Equal(isError ? 0x20u : 0, _bench.Read(0x280));
    }

    [Theory]
    [InlineData(0x0004_4400)]
    [InlineData(0x0008_4500)]
    public void Shorthands_that_are_for_fixed_delivery_are_reported_with_others(uint command)
    {
        _bench.Write(0x300, command);

        Assert.Equal([$"local APIC: shorthand in ICR that is for fixed delivery: {command:X}"], _bench.Errors);
    }

    [Fact]
    public void In_x2APIC_mode_ICR_is_one_register_with_a_destination_of_32_bits()
    {
        LocalApicBench bench = LocalApicBench.X2Apic();

        LocalApicEffect effect = bench.WriteMsr(0x830, 0x0001_0003_0000_4841);

        Assert.Equal(
            new InterruptMessage(0x41, DeliveryMode.Fixed, 0x0001_0003, IsLogical: true, IsLevel: false, IsWide: true), effect.Message);
        Assert.Equal(0x0001_0003_0000_4841ul, bench.ReadMsr(0x830));
        Assert.Equal(LocalApicEffectKind.None, bench.WriteMsr(0x830, 0x8500).Kind);
    }

    [Fact]
    public void SELF_IPI_sends_a_fixed_edge_to_the_sender()
    {
        LocalApicBench bench = LocalApicBench.X2Apic();

        InterruptMessage message = bench.WriteMsr(0x83f, 0x41).Message;

        Assert.Equal(DestinationShorthand.Self, message.Shorthand);
        Assert.Equal((0x41, DeliveryMode.Fixed, false), (message.Vector, message.Mode, message.IsLevel));
        Assert.Equal(LocalApicErrors.None, bench.Apic.DetectedErrors);
        bench.WriteMsr(0x83f, 0x0f);
        Assert.Equal(LocalApicErrors.SendIllegalVector, bench.Apic.DetectedErrors);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(4, false)]
    [InlineData(0xff, true)]
    [InlineData(0x105, true)]
    public void A_physical_destination_of_8_bits_is_an_id_or_the_broadcast(uint destination, bool matches)
    {
        Assert.Equal(matches, LocalApicBench.Enabled(id: 5).Apic.Matches(destination, isLogical: false, isWide: false));
    }

    [Theory]
    [InlineData(0x105, true)]
    [InlineData(0x05, false)]
    [InlineData(0xff, false)]
    [InlineData(0xffff_ffff, true)]
    public void A_physical_destination_of_32_bits_is_an_id_or_the_broadcast(uint destination, bool matches)
    {
        Assert.Equal(matches, LocalApicBench.X2Apic(id: 0x105).Apic.Matches(destination, isLogical: false, isWide: true));
    }

    [Theory]
    [InlineData(5, true, false, true)]
    [InlineData(0xff, true, false, true)]
    [InlineData(5, false, false, true)]
    [InlineData(0xff, false, false, true)]
    [InlineData(0x20, true, true, true)]
    [InlineData(0x10, true, true, false)]
    [InlineData(0xff, true, true, true)]
    public void Destinations_of_8_bits_reach_an_x2APIC_and_those_of_32_an_xAPIC(
        uint destination, bool toX2Apic, bool isLogical, bool matches)
    {
        LocalApicBench bench = toX2Apic ? LocalApicBench.X2Apic(id: 5) : LocalApicBench.Enabled(id: 5);
        uint whole = destination == 0xff && !toX2Apic ? uint.MaxValue : destination;

        Assert.Equal(matches, bench.Apic.Matches(whole, isLogical, isWide: !toX2Apic));
    }

    [Theory]
    [InlineData(0x04, true)]
    [InlineData(0xfc, true)]
    [InlineData(0xfb, false)]
    [InlineData(0x00, false)]
    [InlineData(0xff, true)]
    public void In_the_flat_model_one_common_bit_is_enough(uint destination, bool matches)
    {
        _bench.Write(0xd0, 0x0400_0000);
        _bench.Write(0xe0, 0xffff_ffff);

        Assert.Equal(matches, _bench.Apic.Matches(destination, isLogical: true, isWide: false));
    }

    [Theory]
    [InlineData(0x24, true)]
    [InlineData(0x2c, true)]
    [InlineData(0x28, false)]
    [InlineData(0x14, false)]
    [InlineData(0x20, false)]
    [InlineData(0xf4, false)]
    [InlineData(0xff, true)]
    public void In_the_cluster_model_the_cluster_is_the_same_and_a_bit_is_common(uint destination, bool matches)
    {
        _bench.Write(0xd0, 0x2400_0000);
        _bench.Write(0xe0, 0x0fff_ffff);

        Assert.Equal(matches, _bench.Apic.Matches(destination, isLogical: true, isWide: false));
    }

    [Fact]
    public void With_a_reserved_model_in_DFR_no_logical_destination_matches()
    {
        _bench.Write(0xd0, 0xff00_0000);
        _bench.Write(0xe0, 0x7fff_ffff);

        Assert.False(_bench.Apic.Matches(0x7f, isLogical: true, isWide: false));
        Assert.Single(_bench.Errors);
    }

    [Theory]
    [InlineData(0x0002_0008, true)]
    [InlineData(0x0002_ffff, true)]
    [InlineData(0x0002_fff7, false)]
    [InlineData(0x0001_0008, false)]
    [InlineData(0x0000_0008, false)]
    [InlineData(0xffff_ffff, true)]
    public void In_x2APIC_mode_a_logical_destination_is_a_cluster_and_its_members(uint destination, bool matches)
    {
        Assert.Equal(matches, LocalApicBench.X2Apic(id: 0x23).Apic.Matches(destination, isLogical: true, isWide: true));
    }
}
