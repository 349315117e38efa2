using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicPinTests
{
    private const uint Lint0 = 0x350;
    private const uint Lint1 = 0x360;
    private const uint Level = 0x8000;
    private const uint RemoteIrr = 0x4000;
    private const uint ActiveLow = 0x2000;

    private readonly LocalApicBench _bench = LocalApicBench.Enabled();

    private LocalApic Apic => _bench.Apic;

    [Fact]
    public void LINT0_with_ExtINT_passes_the_8259A_on_while_it_is_asserted()
    {
        _bench.Write(Lint0, 0x700);

        Apic.SetLint(0, high: true);
        Assert.True(Apic.IsExternalWanted);
        Assert.False(Apic.HasInterrupt);
        Apic.AcknowledgeExternal();
        Assert.True(Apic.IsExternalWanted);

        Apic.SetLint(0, high: false);
        Assert.False(Apic.IsExternalWanted);
    }

    [Fact]
    public void LINT0_with_ExtINT_is_a_level_and_comes_through_when_it_is_unmasked()
    {
        _bench.Write(Lint0, 0x1_0700);
        Apic.SetLint(0, high: true);
        Assert.False(Apic.IsExternalWanted);

        _bench.Write(Lint0, 0x700);
        Assert.True(Apic.IsExternalWanted);
        _bench.Write(0xf0, 0xff);
        Assert.False(Apic.IsExternalWanted);
    }

    [Fact]
    public void With_the_local_APIC_disabled_the_pins_are_INTR_and_NMI()
    {
        _bench.WriteMsr(0x1b, 0xfee0_0000);

        Apic.SetLint(0, high: true);
        Apic.SetLint(1, high: true);

        Assert.True(Apic.IsExternalWanted);
        Assert.True(Apic.TakeNmi());
        Apic.SetLint(0, high: false);
        Apic.SetLint(1, high: false);
        Assert.False(Apic.IsExternalWanted);
        Assert.False(Apic.NmiPending);
    }

    [Fact]
    public void A_pin_keeps_its_level_over_reset()
    {
        Apic.SetLint(0, high: true);

        Apic.Reset();

        Assert.True(Apic.IsPinHigh(0));
        Assert.False(Apic.IsPinHigh(1));
        Apic.EnterVirtualWireMode();
        Assert.True(Apic.IsExternalWanted);
    }

    [Theory]
    [InlineData(0, Lint0)]
    [InlineData(1, Lint1)]
    public void A_fixed_edge_interrupts_as_it_rises_and_not_again(int pin, uint register)
    {
        _bench.Write(register, 0x52);

        Apic.SetLint(pin, high: true);
        Assert.Equal(0x52, _bench.Acknowledge());
        Apic.SetLint(pin, high: true);
        Apic.SetLint(pin, high: false);
        Assert.False(Apic.IsRequested(0x52));
        Apic.SetLint(pin, high: true);

        Assert.True(Apic.IsRequested(0x52));
        Assert.False(Apic.IsLevel(0x52));
        Assert.Equal(0x52u, _bench.Read(register));
    }

    [Fact]
    public void An_edge_that_was_masked_is_lost()
    {
        _bench.Write(Lint0, 0x52 | LocalApicBench.Masked);
        Apic.SetLint(0, high: true);

        _bench.Write(Lint0, 0x52);

        Assert.False(Apic.IsRequested(0x52));
    }

    [Fact]
    public void An_active_low_edge_is_the_falling_one()
    {
        Apic.SetLint(0, high: true);
        _bench.Write(Lint0, 0x52 | ActiveLow);
        Assert.False(Apic.IsRequested(0x52));

        Apic.SetLint(0, high: false);

        Assert.True(Apic.IsRequested(0x52));
    }

    [Fact]
    public void A_level_interrupts_again_after_EOI_while_it_is_asserted()
    {
        _bench.Write(Lint0, 0x52 | Level);

        Apic.SetLint(0, high: true);
        Assert.Equal(0x52 | Level | RemoteIrr, _bench.Read(Lint0));
        Assert.True(Apic.IsLevel(0x52));
        _bench.Acknowledge();
        Assert.False(Apic.IsRequested(0x52));
        Assert.Equal(LocalApicEffectKind.EndOfInterrupt, _bench.Write(0xb0, 0).Kind);
        Assert.Equal(0x52, _bench.Acknowledge());

        Apic.SetLint(0, high: false);
        _bench.Write(0xb0, 0);
        Assert.Equal(0x52 | Level, _bench.Read(Lint0));
        Assert.False(Apic.HasInterrupt);
    }

    [Fact]
    public void A_level_that_is_unmasked_interrupts()
    {
        _bench.Write(Lint0, 0x52 | Level | LocalApicBench.Masked);
        Apic.SetLint(0, high: true);
        Assert.False(Apic.IsRequested(0x52));

        _bench.Write(Lint0, 0x52 | Level);

        Assert.True(Apic.IsRequested(0x52));
    }

    [Fact]
    public void Remote_IRR_cannot_be_written_and_ends_with_the_EOI_of_the_vector_that_set_it()
    {
        _bench.Write(Lint0, 0x52 | Level | RemoteIrr);
        Assert.Equal(0x52 | Level, _bench.Read(Lint0));
        Apic.SetLint(0, high: true);
        _bench.Acknowledge();

        _bench.Write(Lint0, 0x62 | Level);
        Assert.Equal(0x62 | Level | RemoteIrr, _bench.Read(Lint0));
        Assert.False(Apic.HasInterrupt);
        _bench.Write(0xb0, 0);

        Assert.Equal(0x62, _bench.Acknowledge());
    }

    [Fact]
    public void EOI_of_another_vector_is_not_the_pins()
    {
        _bench.Write(Lint0, 0x52 | Level);
        Apic.SetLint(0, high: true);
        _bench.Acknowledge();
        Apic.Accept(0x72, level: false);
        _bench.Acknowledge();

        _bench.Write(0xb0, 0);

        Assert.True(Apic.Entry(LocalVector.Lint0).RemoteIrr);
        Assert.False(Apic.IsRequested(0x52));
    }

    [Fact]
    public void An_NMI_is_an_edge_whatever_the_trigger_mode()
    {
        _bench.Write(Lint1, 0x8400);

        Apic.SetLint(1, high: true);

        Assert.True(Apic.TakeNmi());
        Assert.False(Apic.TakeNmi());
        _bench.Write(Lint1, 0x8400);
        Assert.False(Apic.NmiPending);
    }

    [Fact]
    public void A_pin_can_make_an_INIT()
    {
        _bench.Write(Lint1, 0x500);

        Apic.SetLint(1, high: true);

        Assert.True(Apic.TakeInit());
    }

    [Theory]
    [InlineData(Lint0, 0x152)]
    [InlineData(Lint0, 0x200)]
    [InlineData(Lint0, 0x652)]
    [InlineData(Lint1, 0x8052)]
    [InlineData(0x330, 0x500)]
    [InlineData(0x340, 0x700)]
    [InlineData(0x320, 0x6_0052)]
    public void What_a_local_vector_cannot_do_is_reported(uint register, uint value)
    {
        _bench.Write(register, value);

        Assert.Single(_bench.Errors);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void There_are_two_pins(int pin)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Apic.SetLint(pin, high: true));
    }

    [Fact]
    public void The_thermal_sensor_interrupts_as_its_entry_says()
    {
        Assert.False(Apic.RaiseThermal());
        _bench.Write(0x330, 0x44);
        Assert.True(Apic.RaiseThermal());
        Assert.Equal(0x44, _bench.Acknowledge());

        _bench.Write(0x330, 0x400);
        Assert.True(Apic.RaiseThermal());
        Assert.True(Apic.TakeNmi());
        Assert.Equal(0x400u, _bench.Read(0x330));

        _bench.Write(0x330, 0x500);
        Assert.False(Apic.RaiseThermal());
        Assert.False(Apic.InitPending);
    }

    [Theory]
    [InlineData(0x44)]
    [InlineData(0x400)]
    public void A_performance_counter_interrupt_masks_its_entry(uint entry)
    {
        _bench.Write(0x340, entry);

        Assert.True(Apic.RaisePerformanceCounter());
        Assert.Equal(entry | LocalApicBench.Masked, _bench.Read(0x340));
        Assert.Equal(entry == 0x44, Apic.IsRequested(0x44));
        Assert.Equal(entry == 0x400, Apic.NmiPending);
        Assert.False(Apic.RaisePerformanceCounter());
    }

    [Fact]
    public void A_local_vector_below_16_is_an_error_when_it_is_raised()
    {
        _bench.Write(0x330, 0x0f);
        Assert.Equal(LocalApicErrors.None, Apic.DetectedErrors);

        Assert.False(Apic.RaiseThermal());

        Assert.Equal(LocalApicErrors.ReceiveIllegalVector, Apic.DetectedErrors);
    }
}
