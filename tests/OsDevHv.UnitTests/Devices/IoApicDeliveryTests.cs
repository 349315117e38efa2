using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class IoApicDeliveryTests
{
    private const ulong Masked = 0x10000;
    private const ulong Level = 0x8000;
    private const ulong ActiveLow = 0x2000;
    private const ulong Logical = 0x800;

    private readonly MessageRecorder _sink = new();
    private readonly GuestErrorRecorder _errors = new();
    private readonly IoApic _ioApic;

    public IoApicDeliveryTests() => _ioApic = new IoApic(_sink, 0, _errors);

    [Fact]
    public void A_rising_edge_sends_the_entrys_message()
    {
        Program(4, 0x0500000000000031);

        _ioApic.SetPin(4, true);

        Assert.Equal([new InterruptMessage(0x31, DeliveryMode.Fixed, 5, IsLogical: false, IsLevel: false)], _sink.Messages);
        Assert.Equal(1, _ioApic.Sent(4));
        Assert.False(_ioApic.RemoteIrr(4));
    }

    [Fact]
    public void A_falling_edge_and_a_level_that_stays_send_nothing()
    {
        Program(4, 0x31);

        _ioApic.SetPin(4, true);
        _ioApic.SetPin(4, true);
        _ioApic.SetPin(4, false);

        Assert.Single(_sink.Messages);
        Assert.False(_ioApic.IsAsserted(4));
    }

    [Fact]
    public void Each_edge_sends_without_an_EOI_between_them()
    {
        Program(4, 0x31);

        Pulse(4);
        Pulse(4);

        Assert.Equal(2, _sink.Messages.Count);
    }

    [Fact]
    public void An_edge_on_a_masked_pin_is_lost()
    {
        Program(4, 0x31 | Masked);

        _ioApic.SetPin(4, true);
        Program(4, 0x31);

        Assert.Empty(_sink.Messages);
        Assert.True(_ioApic.IsAsserted(4));
    }

    [Fact]
    public void A_level_sends_once_and_sets_remote_IRR()
    {
        Program(10, 0x41 | Level | Logical | 0xff00000000000000);

        _ioApic.SetPin(10, true);
        _ioApic.SetPin(10, false);
        _ioApic.SetPin(10, true);

        Assert.Equal([new InterruptMessage(0x41, DeliveryMode.Fixed, 0xff, IsLogical: true, IsLevel: true)], _sink.Messages);
        Assert.True(_ioApic.RemoteIrr(10));
        Assert.Equal(0xff0000000000c841UL, _ioApic.Redirection(10));
    }

    [Fact]
    public void An_EOI_clears_remote_IRR_and_sends_again_while_the_line_is_asserted()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);

        _ioApic.EndOfInterrupt(0x41);

        Assert.Equal(2, _sink.Messages.Count);
        Assert.True(_ioApic.RemoteIrr(10));
    }

    [Fact]
    public void An_EOI_after_the_line_went_away_only_clears_remote_IRR()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);
        _ioApic.SetPin(10, false);

        _ioApic.EndOfInterrupt(0x41);

        Assert.Single(_sink.Messages);
        Assert.False(_ioApic.RemoteIrr(10));
    }

    [Fact]
    public void An_EOI_of_another_vector_changes_nothing()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);

        _ioApic.EndOfInterrupt(0x42);

        Assert.Single(_sink.Messages);
        Assert.True(_ioApic.RemoteIrr(10));
    }

    [Fact]
    public void An_EOI_reaches_every_pin_with_its_vector()
    {
        Program(10, 0x41 | Level);
        Program(11, 0x41 | Level);
        _ioApic.SetPin(10, true);
        _ioApic.SetPin(11, true);
        _ioApic.SetPin(11, false);

        _ioApic.EndOfInterrupt(0x41);

        Assert.True(_ioApic.RemoteIrr(10));
        Assert.False(_ioApic.RemoteIrr(11));
        Assert.Equal(2, _ioApic.Sent(10));
        Assert.Equal(1, _ioApic.Sent(11));
    }

    [Fact]
    public void The_EOI_register_ends_an_interrupt()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);
        _ioApic.SetPin(10, false);

        _ioApic.Write(IoApic.EoiOffset, 4, 0x41);

        Assert.False(_ioApic.RemoteIrr(10));
        Assert.Empty(_errors.Reports);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void The_EOI_register_takes_32_bits_only(int size)
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);

        _ioApic.Write(IoApic.EoiOffset, size, 0x41);

        Assert.True(_ioApic.RemoteIrr(10));
        Assert.Single(_sink.Messages);
        Assert.Single(_errors.Reports);
    }

    [Fact]
    public void Unmasking_an_asserted_level_sends()
    {
        Program(10, 0x41 | Level | Masked);
        _ioApic.SetPin(10, true);
        Assert.Empty(_sink.Messages);

        Program(10, 0x41 | Level);

        Assert.Single(_sink.Messages);
        Assert.True(_ioApic.RemoteIrr(10));
    }

    [Fact]
    public void A_level_that_ends_while_masked_is_forgotten()
    {
        Program(10, 0x41 | Level | Masked);
        _ioApic.SetPin(10, true);
        _ioApic.SetPin(10, false);

        Program(10, 0x41 | Level);

        Assert.Empty(_sink.Messages);
    }

    [Fact]
    public void Masking_keeps_remote_IRR_and_the_EOI_of_a_masked_level_sends_nothing()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);

        Program(10, 0x41 | Level | Masked);
        Assert.True(_ioApic.RemoteIrr(10));
        _ioApic.EndOfInterrupt(0x41);

        Assert.False(_ioApic.RemoteIrr(10));
        Assert.Single(_sink.Messages);
    }

    [Fact]
    public void Making_an_entry_edge_triggered_clears_remote_IRR()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);
        _ioApic.SetPin(10, false);

        Program(10, 0x41 | Masked);
        Program(10, 0x41 | Level | Masked);

        Assert.False(_ioApic.RemoteIrr(10));
    }

    [Fact]
    public void A_line_that_is_asserted_when_its_entry_is_made_level_triggered_sends()
    {
        Program(10, 0x41);
        _ioApic.SetPin(10, true);

        Program(10, 0x41 | Level);

        Assert.Equal(2, _sink.Messages.Count);
        Assert.True(_sink.Messages[1].IsLevel);
    }

    [Fact]
    public void Writing_the_destination_of_a_level_in_service_sends_nothing()
    {
        Program(10, 0x41 | Level);
        _ioApic.SetPin(10, true);

        _ioApic.Write(0, 4, 0x10 + 2 * 10 + 1);
        _ioApic.Write(0x10, 4, 0x07000000);

        Assert.Single(_sink.Messages);
        Assert.True(_ioApic.RemoteIrr(10));
    }

    [Theory]
    [InlineData(Level)]
    [InlineData(0UL)]
    public void Polarity_does_not_change_what_asserts_a_pin(ulong trigger)
    {
        Program(10, 0x41 | trigger | ActiveLow);
        Assert.Empty(_sink.Messages);

        _ioApic.SetPin(10, true);

        Assert.Single(_sink.Messages);
    }

    [Theory]
    [InlineData(DeliveryMode.Fixed)]
    [InlineData(DeliveryMode.LowestPriority)]
    [InlineData(DeliveryMode.SystemManagement)]
    [InlineData(DeliveryMode.NonMaskable)]
    [InlineData(DeliveryMode.Init)]
    [InlineData(DeliveryMode.External)]
    public void Every_delivery_mode_is_passed_on(DeliveryMode mode)
    {
        Program(1, 0x21 | (ulong)mode << 8);

        _ioApic.SetPin(1, true);

        Assert.Equal([new InterruptMessage(0x21, mode, 0, IsLogical: false, IsLevel: false)], _sink.Messages);
    }

    [Theory]
    [InlineData(DeliveryMode.SystemManagement)]
    [InlineData(DeliveryMode.NonMaskable)]
    [InlineData(DeliveryMode.Init)]
    [InlineData(DeliveryMode.External)]
    public void Modes_without_an_EOI_are_edges_even_with_level_trigger(DeliveryMode mode)
    {
        Program(1, Level | (ulong)mode << 8);

        Pulse(1);
        Pulse(1);

        Assert.Equal(2, _sink.Messages.Count);
        Assert.All(_sink.Messages, message => Assert.False(message.IsLevel));
        Assert.False(_ioApic.RemoteIrr(1));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public void Reserved_delivery_modes_send_nothing_and_are_reported(ulong mode)
    {
        Program(1, 0x21 | Level | mode << 8);

        _ioApic.SetPin(1, true);

        Assert.Empty(_sink.Messages);
        Assert.Equal(0, _ioApic.Sent(1));
        Assert.False(_ioApic.RemoteIrr(1));
        Assert.Single(_errors.Reports);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(24)]
    public void A_pin_that_is_not_there_is_refused(int pin)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ioApic.SetPin(pin, true));
    }

    [Fact]
    public void Reset_leaves_the_pins_as_they_are_driven()
    {
        _ioApic.SetPin(10, true);

        _ioApic.Reset();
        Assert.Empty(_sink.Messages);
        Program(10, 0x41 | Level);

        Assert.Single(_sink.Messages);
    }

    private void Pulse(int pin)
    {
        _ioApic.SetPin(pin, true);
        _ioApic.SetPin(pin, false);
    }

    private void Program(int pin, ulong entry)
    {
        _ioApic.Write(0, 4, (ulong)(0x11 + 2 * pin));
        _ioApic.Write(0x10, 4, entry >> 32);
        _ioApic.Write(0, 4, (ulong)(0x10 + 2 * pin));
        _ioApic.Write(0x10, 4, (uint)entry);
    }
}
