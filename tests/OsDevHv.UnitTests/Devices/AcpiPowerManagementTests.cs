using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class AcpiPowerManagementTests
{
    private const ulong StatusOffset = 0;
    private const ulong EnableOffset = 2;
    private const ulong ControlOffset = 4;
    private const ulong PowerButton = 0x0100;

    private readonly TestClock _clock = new();
    private readonly RecordingLine _sci = new();
    private readonly RecordingPower _power = new();
    private readonly GuestErrorRecorder _errors = new();
    private readonly AcpiPowerManagement _registers;
    private readonly AcpiCommandPort _command;

    public AcpiPowerManagementTests()
    {
        _registers = new AcpiPowerManagement(_clock, _sci, _power, _errors);
        _command = new AcpiCommandPort(_registers, _errors);
    }

    [Fact]
    public void At_power_on_it_is_in_legacy_mode_without_events()
    {
        Assert.Equal(0UL, _registers.Read(StatusOffset, 2));
        Assert.Equal(0UL, _registers.Read(EnableOffset, 2));
        Assert.Equal(0UL, _registers.Read(ControlOffset, 2));
        Assert.False(_registers.IsAcpiMode);
    }

    [Fact]
    public void The_command_port_switches_to_ACPI_mode_and_back()
    {
        _command.Write(0, 1, 0xf1);
        Assert.Equal(1UL, _registers.Read(ControlOffset, 2));
        Assert.True(_registers.IsAcpiMode);

        _command.Write(0, 1, 0xf0);

        Assert.Equal(0UL, _registers.Read(ControlOffset, 2));
        Assert.Empty(_errors.Reports);
    }

    [Fact]
    public void The_command_port_and_its_data_port_read_back()
    {
        _command.Write(1, 1, 0x5a);
        _command.Write(0, 1, 0x77);

        Assert.Equal(0x77UL, _command.Read(0, 1));
        Assert.Equal(0x5aUL, _command.Read(1, 1));
        Assert.Equal(["SMI_CMD: command without a handler: 77"], _errors.Reports);
        _command.Reset();
        Assert.Equal(0UL, _command.Read(0, 1) | _command.Read(1, 1));
    }

    [Fact]
    public void The_power_button_raises_the_SCI_until_its_status_is_cleared()
    {
        EnterAcpiMode();
        _registers.Write(EnableOffset, 2, PowerButton);

        _registers.PressPowerButton();
        Assert.True(_sci.IsHigh);
        Assert.Equal(PowerButton, _registers.Read(StatusOffset, 2));
        _registers.Write(StatusOffset, 2, PowerButton);

        Assert.False(_sci.IsHigh);
        Assert.Equal(0UL, _registers.Read(StatusOffset, 2));
    }

    [Fact]
    public void A_status_bit_is_cleared_by_a_1_only()
    {
        _registers.PressPowerButton();

        _registers.Write(StatusOffset, 2, 0xfeff);

        Assert.Equal(PowerButton, _registers.Read(StatusOffset, 2));
    }

    [Fact]
    public void A_write_of_one_byte_leaves_the_status_of_the_other_alone()
    {
        _registers.PressPowerButton();

        _registers.Write(StatusOffset, 1, 0xff);
        Assert.Equal(PowerButton, _registers.Read(StatusOffset, 2));
        _registers.Write(StatusOffset + 1, 1, 0x01);

        Assert.Equal(0UL, _registers.Read(StatusOffset, 2));
    }

    [Fact]
    public void Status_and_enable_can_be_accessed_together()
    {
        _registers.PressPowerButton();

        Assert.Equal(0x00000100UL, _registers.Read(0, 4));
        _registers.Write(0, 4, 0x01200100);

        Assert.Equal(0x01200000UL, _registers.Read(0, 4));
        Assert.Equal(0x01UL, _registers.Read(3, 1));
    }

    [Fact]
    public void Enabling_an_event_that_has_happened_raises_the_SCI()
    {
        EnterAcpiMode();
        _registers.PressPowerButton();
        Assert.False(_sci.IsHigh);

        _registers.Write(EnableOffset, 2, PowerButton);

        Assert.True(_sci.IsHigh);
        Assert.True(_registers.IsSciAsserted);
    }

    [Fact]
    public void In_legacy_mode_there_is_no_SCI()
    {
        _registers.Write(EnableOffset, 2, PowerButton);
        _registers.PressPowerButton();
        Assert.False(_sci.IsHigh);

        EnterAcpiMode();

        Assert.True(_sci.IsHigh);
    }

    [Fact]
    public void Only_events_that_exist_can_be_enabled()
    {
        _registers.Write(EnableOffset, 2, 0xffff);

        Assert.Equal(0x0721UL, _registers.Read(EnableOffset, 2));
        Assert.Equal(0x0721, _registers.Enable);
    }

    [Theory]
    [InlineData(2, 0x2000UL, ControlOffset)]
    [InlineData(2, 0x2001UL, ControlOffset)]
    [InlineData(4, 0x2000UL, ControlOffset)]
    [InlineData(1, 0x20UL, ControlOffset + 1)]
    public void Sleep_enable_with_type_0_turns_the_machine_off(int size, ulong value, ulong offset)
    {
        _registers.Write(offset, size, value);

        Assert.Equal(["off: ACPI PM1a_CNT"], _power.Requests);
    }

    [Theory]
    [InlineData(0x2400UL)]
    [InlineData(0x3c00UL)]
    public void Other_sleep_types_are_reported_and_do_nothing(ulong value)
    {
        _registers.Write(ControlOffset, 2, value);

        Assert.Empty(_power.Requests);
        Assert.Single(_errors.Reports);
    }

    [Fact]
    public void A_sleep_type_without_sleep_enable_does_nothing()
    {
        _registers.Write(ControlOffset, 2, 0x1c01);

        Assert.Empty(_power.Requests);
        Assert.Empty(_errors.Reports);
        Assert.Equal(0x1c01UL, _registers.Read(ControlOffset, 2));
    }

    [Fact]
    public void The_control_register_keeps_what_can_be_read()
    {
        _registers.Write(ControlOffset, 2, 0xdfff);

        Assert.Equal(0x1c03UL, _registers.Read(ControlOffset, 2));
    }

    [Fact]
    public void Reset_returns_to_legacy_mode_and_drops_the_SCI()
    {
        EnterAcpiMode();
        _registers.Write(EnableOffset, 2, PowerButton | 1);
        _registers.PressPowerButton();

        _registers.Reset();

        Assert.False(_sci.IsHigh);
        Assert.Equal(0UL, _registers.Read(0, 4));
        Assert.Equal(0UL, _registers.Read(ControlOffset, 2));
        Assert.Equal(IDeviceClock.Never, _clock.Alarm);
    }

    [Theory]
    [InlineData(12UL)]
    [InlineData(0x20UL)]
    [InlineData(ulong.MaxValue)]
    public void Registers_that_are_not_there_read_0_and_are_reported(ulong offset)
    {
        Assert.Equal(0UL, _registers.Read(offset, 1));
        _registers.Write(offset, 1, 0xff);

        Assert.Equal(2, _errors.Reports.Count);
    }

    [Theory]
    [InlineData(0x06)]
    [InlineData(0x0e)]
    [InlineData(0x0f)]
    [InlineData(0x04)]
    public void Port_CF9h_resets_with_bit_2(byte value)
    {
        ResetControlRegister register = new(_power);

        register.Write(0, 1, 0x02);
        Assert.Empty(_power.Requests);
        register.Write(0, 1, value);

        Assert.Equal(["reset: port CF9h"], _power.Requests);
    }

    [Fact]
    public void Port_CF9h_keeps_the_kind_of_reset()
    {
        ResetControlRegister register = new(_power);

        register.Write(0, 1, 0xfb);

        Assert.Equal(0x0aUL, register.Read(0, 1));
        Assert.Empty(_power.Requests);
        register.Reset();
        Assert.Equal(0x00UL, register.Read(0, 1));
    }

    private void EnterAcpiMode() => _command.Write(0, 1, AcpiCommandPort.AcpiEnable);
}
