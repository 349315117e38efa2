using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class InterruptPinTests
{
    private readonly RecordingLine _output = new();
    private readonly InterruptPin _pin;

    public InterruptPinTests() => _pin = new InterruptPin(_output);

    [Fact]
    public void A_pin_starts_low() => Assert.False(_pin.IsHigh);

    [Fact]
    public void The_pin_is_high_while_any_line_is()
    {
        IInterruptLine first = _pin.AddLine();
        IInterruptLine second = _pin.AddLine();

        first.Set(true);
        second.Set(true);
        first.Set(false);

        Assert.True(_pin.IsHigh);
        Assert.True(_output.IsHigh);
    }

    [Fact]
    public void The_pin_is_low_when_the_last_line_is()
    {
        IInterruptLine first = _pin.AddLine();
        IInterruptLine second = _pin.AddLine();
        first.Set(true);
        second.Set(true);

        second.Set(false);
        first.Set(false);

        Assert.False(_pin.IsHigh);
        Assert.False(_output.IsHigh);
    }

    [Fact]
    public void The_output_hears_changes_only()
    {
        IInterruptLine first = _pin.AddLine();
        IInterruptLine second = _pin.AddLine();

        first.Set(false);
        first.Set(true);
        first.Set(true);
        second.Set(true);
        second.Set(false);
        first.Set(false);

        Assert.Equal(2, _output.Calls);
    }

    [Fact]
    public void Setting_a_line_twice_counts_once()
    {
        IInterruptLine line = _pin.AddLine();

        line.Set(true);
        line.Set(true);
        line.Set(false);

        Assert.False(_pin.IsHigh);
    }

    [Fact]
    public void A_pin_that_leads_nowhere_still_has_a_level()
    {
        InterruptPin pin = new();

        pin.AddLine().Set(true);

        Assert.True(pin.IsHigh);
    }
}
