using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicDeliveryTests
{
    private readonly LocalApicBench _bench = LocalApicBench.Enabled();

    private LocalApic Apic => _bench.Apic;

    [Fact]
    public void An_interrupt_goes_from_IRR_to_ISR_and_leaves_with_EOI()
    {
        Apic.Accept(0x47, level: false);
        Assert.True(Apic.HasInterrupt);
        Assert.Equal(0x80u, _bench.Read(0x220));

        Assert.Equal(0x47, _bench.Acknowledge());
        Assert.False(Apic.HasInterrupt);
        Assert.Equal(0u, _bench.Read(0x220));
        Assert.Equal(0x80u, _bench.Read(0x120));
        Assert.Equal(0x40u, _bench.Read(0xa0));

        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0xb0, 0).Kind);
        Assert.Equal(0u, _bench.Read(0x120));
        Assert.Equal(0u, _bench.Read(0xa0));
    }

    [Theory]
    [InlineData(0x10, 0x200, 0x1_0000)]
    [InlineData(0x3f, 0x210, 0x8000_0000)]
    [InlineData(0x40, 0x220, 1)]
    [InlineData(0x80, 0x240, 1)]
    [InlineData(0xff, 0x270, 0x8000_0000)]
    public void Vectors_are_bits_of_eight_registers(byte vector, uint offset, uint bit)
    {
        Apic.Accept(vector, level: false);

        Assert.Equal(bit, _bench.Read(offset));
        Assert.True(Apic.IsRequested(vector));
    }

    [Fact]
    public void The_highest_vector_comes_first()
    {
        Apic.Accept(0x31, level: false);
        Apic.Accept(0xa0, level: false);
        Apic.Accept(0x9f, level: false);

        Assert.Equal(0xa0, _bench.Acknowledge());
        Assert.False(Apic.TryAcknowledge(out _));
        _bench.Write(0xb0, 0);
        Assert.Equal(0x9f, _bench.Acknowledge());
        _bench.Write(0xb0, 0);
        Assert.Equal(0x31, _bench.Acknowledge());
    }

    [Fact]
    public void Only_a_higher_class_interrupts_what_is_in_service()
    {
        Apic.Accept(0x51, level: false);
        _bench.Acknowledge();

        Apic.Accept(0x5f, level: false);
        Assert.False(Apic.HasInterrupt);
        Apic.Accept(0x60, level: false);
        Assert.Equal(0x60, _bench.Acknowledge());

        _bench.Write(0xb0, 0);
        Assert.True(Apic.IsInService(0x51));
        Assert.False(Apic.HasInterrupt);
        _bench.Write(0xb0, 0);
        Assert.Equal(0x5f, _bench.Acknowledge());
    }

    [Theory]
    [InlineData(0x40, false)]
    [InlineData(0x4f, false)]
    [InlineData(0x3f, true)]
    [InlineData(0xf0, false)]
    public void TPR_holds_back_its_class_and_those_below(uint taskPriority, bool delivered)
    {
        _bench.Write(0x80, taskPriority);

        Apic.Accept(0x41, level: false);

        Assert.Equal(delivered, Apic.HasInterrupt);
        Assert.Equal(delivered, Apic.TryAcknowledge(out _));
    }

    [Fact]
    public void Lowering_CR8_lets_through_what_it_held_back()
    {
        Apic.Cr8 = 4;
        Apic.Accept(0x41, level: false);

        Apic.Cr8 = 3;

        Assert.Equal(0x41, _bench.Acknowledge());
    }

    [Fact]
    public void An_interrupt_that_TPR_withdraws_is_kept_and_no_spurious_vector_is_given()
    {
        Apic.Accept(0x41, level: false);
        Apic.Cr8 = 15;

        Assert.False(Apic.TryAcknowledge(out byte vector));
        Assert.Equal(0, vector);
        Assert.True(Apic.IsRequested(0x41));
    }

    [Theory]
    [InlineData(0x00, 0x00, 0x00)]
    [InlineData(0x35, 0x00, 0x35)]
    [InlineData(0x35, 0x41, 0x40)]
    [InlineData(0x45, 0x41, 0x45)]
    [InlineData(0x55, 0x41, 0x55)]
    public void PPR_is_the_higher_of_TPR_and_what_is_in_service(uint taskPriority, byte inService, uint expected)
    {
        if (inService != 0)
        {
            Apic.Accept(inService, level: false);
            _bench.Acknowledge();
        }

        _bench.Write(0x80, taskPriority);

        Assert.Equal(expected, _bench.Read(0xa0));
    }

    [Theory]
    [InlineData(0x35, 0, 0, 0x35)]
    [InlineData(0x35, 0, 0x37, 0x35)]
    [InlineData(0x35, 0, 0x71, 0x70)]
    [InlineData(0x35, 0x61, 0, 0x60)]
    [InlineData(0x65, 0x61, 0, 0x60)]
    [InlineData(0x00, 0x61, 0x91, 0x90)]
    public void APR_is_the_highest_of_TPR_and_what_is_requested_and_in_service(
        uint taskPriority, byte inService, byte requested, uint expected)
    {
        if (inService != 0)
        {
            Apic.Accept(inService, level: false);
            _bench.Acknowledge();
        }

        if (requested != 0)
        {
            Apic.Accept(requested, level: false);
        }

        _bench.Write(0x80, taskPriority);

        Assert.Equal(expected, _bench.Read(0x90));
        Assert.Equal(expected, Apic.ArbitrationPriority);
    }

    [Fact]
    public void The_same_vector_arriving_twice_is_delivered_once_and_once_more_while_in_service()
    {
        Apic.Accept(0x41, level: false);
        Apic.Accept(0x41, level: false);
        _bench.Acknowledge();
        Assert.False(Apic.IsRequested(0x41));

        Apic.Accept(0x41, level: false);
        Apic.Accept(0x41, level: false);
        _bench.Write(0xb0, 0);

        Assert.Equal(0x41, _bench.Acknowledge());
        _bench.Write(0xb0, 0);
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void EOI_of_a_level_triggered_vector_is_broadcast()
    {
        Apic.Accept(0x41, level: true);
        Assert.Equal(2u, _bench.Read(0x1a0));
        _bench.Acknowledge();

        LocalApicEffect effect = _bench.Write(0xb0, 0);

        Assert.Equal(LocalApicEffectKind.EndOfInterrupt, effect.Kind);
        Assert.Equal(0x41, effect.Vector);
    }

    [Fact]
    public void EOI_is_broadcast_for_the_highest_in_service_and_by_its_own_trigger_mode()
    {
        Apic.Accept(0x41, level: true);
        _bench.Acknowledge();
        Apic.Accept(0x81, level: false);
        _bench.Acknowledge();

        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0xb0, 0).Kind);
        Assert.Equal(0x41, _bench.Write(0xb0, 0).Vector);
    }

    [Fact]
    public void SVR_suppresses_the_broadcast()
    {
        _bench.Write(0xf0, 0x11ff);
        Apic.Accept(0x41, level: true);
        _bench.Acknowledge();

        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0xb0, 0).Kind);
        Assert.False(Apic.IsInService(0x41));
    }

    [Fact]
    public void A_vector_that_arrives_as_an_edge_is_level_triggered_no_more()
    {
        Apic.Accept(0x41, level: true);
        Apic.Accept(0x41, level: false);

        Assert.False(Apic.IsLevel(0x41));
        _bench.Acknowledge();
        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0xb0, 0).Kind);
    }

    [Fact]
    public void EOI_with_nothing_in_service_does_nothing_and_is_reported()
    {
        Apic.Accept(0x41, level: true);

        Assert.Equal(LocalApicEffectKind.None, _bench.Write(0xb0, 0).Kind);

        Assert.True(Apic.IsRequested(0x41));
        Assert.Equal(["local APIC: EOI with no interrupt in service: 0"], _bench.Errors);
    }

    [Fact]
    public void One_that_SVR_disables_accepts_nothing_holds_what_it_has_and_takes_NMI_INIT_and_SIPI()
    {
        Apic.Accept(0x41, level: false);
        _bench.Write(0xf0, 0xff);

        Apic.Accept(0x51, level: false);
        Apic.Accept(0x01, level: false);
        Apic.AcceptNmi();
        Apic.AcceptInit();
        Apic.AcceptStartUp(9);

        Assert.False(Apic.AcceptsInterrupts);
        Assert.False(Apic.HasInterrupt);
        Assert.False(Apic.TryAcknowledge(out _));
        Assert.False(Apic.IsRequested(0x51));
        Assert.Equal(LocalApicErrors.None, Apic.DetectedErrors);
        Assert.True(Apic.TakeNmi() && Apic.TakeInit() && Apic.TryTakeStartUp(out _));
        _bench.Write(0xf0, 0x1ff);
        Assert.Equal(0x41, _bench.Acknowledge());
    }

    [Fact]
    public void An_ExtINT_message_wants_the_8259A_until_it_is_acknowledged()
    {
        Apic.AcceptExternal();
        Assert.True(Apic.IsExternalWanted);

        Apic.AcknowledgeExternal();

        Assert.False(Apic.IsExternalWanted);
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x0f)]
    public void A_vector_below_16_is_an_error_and_not_an_interrupt(byte vector)
    {
        Apic.Accept(vector, level: false);

        Assert.Equal(0u, _bench.Read(0x200));
        Assert.Equal(0u, _bench.Read(0x280));
        _bench.Write(0x280, 0);
        Assert.Equal(0x40u, _bench.Read(0x280));
    }

    [Fact]
    public void ESR_shows_what_happened_before_the_last_write_and_two_writes_clear_it()
    {
        Apic.Accept(1, level: false);
        _bench.Write(0x280, 0xffff_ffff);
        _bench.Read(0x3f0);
        Assert.Equal(0x40u, _bench.Read(0x280));

        _bench.Write(0x280, 0);
        Assert.Equal(0x80u, _bench.Read(0x280));
        _bench.Write(0x280, 0);
        Assert.Equal(0u, _bench.Read(0x280));
    }

    [Fact]
    public void An_error_interrupts_once_until_ESR_is_written()
    {
        _bench.Write(0x370, 0xe1);
        Apic.Accept(1, level: false);
        Assert.Equal(0xe1, _bench.Acknowledge());

        _bench.Read(0x3f0);
        Assert.False(Apic.IsRequested(0xe1));
        _bench.Write(0x280, 0);
        _bench.Read(0x3f0);
        Assert.True(Apic.IsRequested(0xe1));
    }

    [Fact]
    public void A_masked_error_does_not_interrupt_and_is_noted()
    {
        _bench.Write(0x370, 0xe1 | LocalApicBench.Masked);
        Apic.Accept(1, level: false);
        Assert.False(Apic.IsRequested(0xe1));
        Assert.Equal(LocalApicErrors.ReceiveIllegalVector, Apic.DetectedErrors);

        _bench.Write(0x370, 0xe1);
        Apic.Accept(1, level: false);

        Assert.True(Apic.IsRequested(0xe1));
    }

    [Fact]
    public void An_error_entry_with_an_illegal_vector_is_one_more_error()
    {
        _bench.Write(0x370, 0x05);

        _bench.Read(0x3f0);

        Assert.Equal(LocalApicErrors.IllegalRegisterAddress | LocalApicErrors.ReceiveIllegalVector, Apic.DetectedErrors);
        Assert.False(Apic.HasInterrupt);
    }
}
