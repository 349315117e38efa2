using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class MsiTests
{
    [Fact]
    public void An_edge_to_an_APIC_id()
    {
        Assert.True(Msi.TryDecode(0xfee05000, 0x0031, out InterruptMessage message));

        Assert.Equal(new InterruptMessage(0x31, DeliveryMode.Fixed, 5, IsLogical: false, IsLevel: false), message);
    }

    [Fact]
    public void The_destination_is_8_bits_from_bit_12_on()
    {
        Assert.True(Msi.TryDecode(0xfeeff000, 0x0031, out InterruptMessage message));

        Assert.Equal(0xffu, message.Destination);
    }

    [Fact]
    public void The_mode_bit_makes_the_destination_logical_without_the_hint_too()
    {
        Assert.True(Msi.TryDecode(0xfee05004, 0x0031, out InterruptMessage message));

        Assert.Equal(new InterruptMessage(0x31, DeliveryMode.Fixed, 5, IsLogical: true, IsLevel: false), message);
    }

    [Fact]
    public void The_hint_with_a_logical_destination_chooses_one_processor()
    {
        Assert.True(Msi.TryDecode(0xfee0500c, 0x0031, out InterruptMessage message));

        Assert.Equal(new InterruptMessage(0x31, DeliveryMode.LowestPriority, 5, IsLogical: true, IsLevel: false), message);
    }

    [Fact]
    public void The_hint_with_a_physical_destination_changes_nothing()
    {
        Assert.True(Msi.TryDecode(0xfee05008, 0x0031, out InterruptMessage message));

        Assert.Equal(new InterruptMessage(0x31, DeliveryMode.Fixed, 5, IsLogical: false, IsLevel: false), message);
    }

    [Theory]
    [InlineData(0x000u, DeliveryMode.Fixed)]
    [InlineData(0x100u, DeliveryMode.LowestPriority)]
    [InlineData(0x200u, DeliveryMode.SystemManagement)]
    [InlineData(0x400u, DeliveryMode.NonMaskable)]
    [InlineData(0x500u, DeliveryMode.Init)]
    [InlineData(0x700u, DeliveryMode.External)]
    public void The_delivery_mode_is_in_bits_8_to_10(uint data, DeliveryMode mode)
    {
        Assert.True(Msi.TryDecode(0xfee00000, data, out InterruptMessage message));

        Assert.Equal(mode, message.Mode);
    }

    [Theory]
    [InlineData(0x300u)]
    [InlineData(0x600u)]
    public void Reserved_delivery_modes_are_no_interrupt(uint data)
    {
        Assert.False(Msi.TryDecode(0xfee00000, data, out _));
    }

    [Fact]
    public void A_level_is_asserted_with_bits_14_and_15()
    {
        Assert.True(Msi.TryDecode(0xfee00000, 0xc041, out InterruptMessage message));

        Assert.True(message.IsLevel);
    }

    [Fact]
    public void The_deassertion_of_a_level_is_no_interrupt()
    {
        Assert.False(Msi.TryDecode(0xfee00000, 0x8041, out _));
    }

    [Fact]
    public void The_level_bit_means_nothing_for_an_edge()
    {
        Assert.True(Msi.TryDecode(0xfee00000, 0x4041, out InterruptMessage message));

        Assert.False(message.IsLevel);
    }

    [Fact]
    public void An_NMI_is_an_edge_whatever_the_trigger_mode()
    {
        Assert.True(Msi.TryDecode(0xfee00000, 0x8400, out InterruptMessage message));

        Assert.Equal(new InterruptMessage(0, DeliveryMode.NonMaskable, 0, IsLogical: false, IsLevel: false), message);
    }

    [Theory]
    [InlineData(0xfed00000UL)]
    [InlineData(0xfef00000UL)]
    [InlineData(0x1_fee00000UL)]
    [InlineData(0xffffffff_fee00000UL)]
    [InlineData(0UL)]
    public void Other_addresses_are_no_interrupt(ulong address)
    {
        Assert.False(Msi.TryDecode(address, 0x31, out _));
    }
}
