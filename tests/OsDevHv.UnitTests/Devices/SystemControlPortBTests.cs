using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class SystemControlPortBTests
{
    private const byte RefreshToggle = 0x10;
    private const byte Out2 = 0x20;

    private readonly PitBench _pit = new();

    private byte Port
    {
        get => (byte)_pit.PortB.Read(0, 1);
        set => _pit.PortB.Write(0, 1, value);
    }

    [Fact]
    public void The_low_four_bits_read_back_and_the_high_two_are_0()
    {
        Port = 0xff;

        Assert.Equal(0x0f, Port & ~(RefreshToggle | Out2));
        Assert.True(_pit.PortB.SpeakerIsOn);
        Port = 0x00;
        Assert.Equal(0x00, Port & ~(RefreshToggle | Out2));
        Assert.False(_pit.PortB.SpeakerIsOn);
    }

    [Fact]
    public void The_refresh_bit_toggles_every_15_microseconds()
    {
        int before = Port & RefreshToggle;
        _pit.Clock.Now = 14_999;
        int still = Port & RefreshToggle;
        _pit.Clock.Now = 15_000;
        int toggled = Port & RefreshToggle;
        _pit.Clock.Now = 30_000;

        Assert.Equal(before, still);
        Assert.NotEqual(before, toggled);
        Assert.Equal(before, Port & RefreshToggle);
    }

    [Fact]
    public void Calibration_in_mode_0_sees_the_output_rise_after_the_count()
    {
        Port = 0x01;
        _pit.Control = 0xb0;
        _pit.Write(2, 0x9c, 0x2e);

        _pit.Run(11_932);
        int before = Port & Out2;
        _pit.Run(1);

        Assert.Equal(0, before);
        Assert.Equal(Out2, Port & Out2);
    }

    [Fact]
    public void Calibration_in_mode_3_sees_a_square_wave()
    {
        Port = 0x01;
        _pit.Control = 0xb6;
        _pit.Write(2, 100, 0);

        _pit.Run(1 + 49);
        int high = Port & Out2;
        _pit.Run(1);
        int low = Port & Out2;
        _pit.Run(50);

        Assert.Equal(Out2, high);
        Assert.Equal(0, low);
        Assert.Equal(Out2, Port & Out2);
    }

    [Fact]
    public void The_gate_is_closed_at_power_on_and_after_reset()
    {
        bool atPowerOn = _pit.Pit.Counter(2).Gate;
        Port = 0x01;
        bool opened = _pit.Pit.Counter(2).Gate;
        _pit.PortB.Reset();

        Assert.False(atPowerOn);
        Assert.True(opened);
        Assert.False(_pit.Pit.Counter(2).Gate);
    }
}
