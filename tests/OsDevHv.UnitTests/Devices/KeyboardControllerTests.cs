using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class KeyboardControllerTests
{
    private const byte OutputFull = 0x01;
    private const byte InputFull = 0x02;
    private const byte SystemFlag = 0x04;
    private const byte AuxiliaryOutput = 0x20;
    private const byte Timeout = 0x40;

    private readonly RecordingPower _power = new();
    private readonly KeyboardController _controller;

    public KeyboardControllerTests() => _controller = new KeyboardController(_power);

    private byte Status => (byte)_controller.Read(KeyboardController.CommandOffset, 1);

    [Fact]
    public void At_power_on_the_buffers_are_empty_and_the_self_test_has_passed()
    {
        Assert.Equal(0, Status & (OutputFull | InputFull));
        Assert.NotEqual(0, Status & SystemFlag);
    }

    [Fact]
    public void Command_FEh_resets_the_machine()
    {
        Command(0xfe);

        Assert.Equal(["reset: 8042 command"], _power.Requests);
    }

    [Theory]
    [InlineData(0xf0)]
    [InlineData(0xfc)]
    public void Commands_that_pulse_bit_0_low_reset_the_machine(byte command)
    {
        Command(command);

        Assert.Single(_power.Requests);
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xf1)]
    public void Commands_that_pulse_other_bits_do_not(byte command)
    {
        Command(command);

        Assert.Empty(_power.Requests);
    }

    [Fact]
    public void An_output_port_write_with_bit_0_clear_resets_the_machine()
    {
        Command(0xd1);
        Data(0xfe);

        Assert.Equal(["reset: 8042 output port"], _power.Requests);
    }

    [Fact]
    public void The_A20_gate_is_on_at_power_on_and_DDh_and_DFh_switch_it()
    {
        Assert.Equal(0x02, Answer(0xd0) & 0x02);

        Command(0xdd);
        Assert.Equal(0x00, Answer(0xd0) & 0x02);
        Command(0xdf);
        Assert.Equal(0x02, Answer(0xd0) & 0x02);
    }

    [Fact]
    public void The_output_port_reads_back_what_D1h_wrote()
    {
        Command(0xd1);
        Data(0xdd);

        Assert.Equal(0xdd, Answer(0xd0));
        Assert.Empty(_power.Requests);
    }

    [Fact]
    public void The_self_test_answers_55h()
    {
        Command(0xaa);

        Assert.Equal(OutputFull, Status & OutputFull);
        Assert.Equal(0x55UL, _controller.Read(KeyboardController.DataOffset, 1));
        Assert.Equal(0, Status & OutputFull);
    }

    [Theory]
    [InlineData(0xab)]
    [InlineData(0xa9)]
    public void The_interface_tests_find_no_stuck_line(byte command)
    {
        Assert.Equal(0x00, Answer(command));
    }

    [Fact]
    public void The_configuration_reads_back()
    {
        Command(0x60);
        Data(0x47);

        Assert.Equal(0x47, Answer(0x20));
    }

    [Fact]
    public void The_system_flag_of_the_status_is_that_of_the_configuration()
    {
        Command(0x60);
        Data(0x00);

        Assert.Equal(0, Status & SystemFlag);
    }

    [Theory]
    [InlineData(0xad, 0x10, 0x10)]
    [InlineData(0xae, 0x10, 0x00)]
    [InlineData(0xa7, 0x20, 0x20)]
    [InlineData(0xa8, 0x20, 0x00)]
    public void The_interfaces_are_switched_in_the_configuration(byte command, int bit, int expected)
    {
        Command(0x60);
        Data((byte)(0x04 | (bit ^ expected)));

        Command(command);

        Assert.Equal(expected, Answer(0x20) & bit);
    }

    [Fact]
    public void A_byte_to_the_absent_keyboard_times_out_with_FEh()
    {
        Data(0xff);

        Assert.Equal(OutputFull | Timeout, Status & (OutputFull | Timeout | AuxiliaryOutput));
        Assert.Equal(0xfeUL, _controller.Read(KeyboardController.DataOffset, 1));
        Assert.Equal(0, Status & (OutputFull | Timeout));
    }

    [Fact]
    public void A_byte_to_the_absent_mouse_times_out_as_auxiliary_output()
    {
        Command(0xd4);
        Data(0xff);

        Assert.Equal(OutputFull | Timeout | AuxiliaryOutput, Status & (OutputFull | Timeout | AuxiliaryOutput));
    }

    [Theory]
    [InlineData(0xd2, OutputFull)]
    [InlineData(0xd3, OutputFull | AuxiliaryOutput)]
    public void The_output_buffer_can_be_written_as_if_by_a_device(byte command, int status)
    {
        Command(command);
        Data(0x5a);

        Assert.Equal(status, Status & (OutputFull | AuxiliaryOutput));
        Assert.Equal(0x5aUL, _controller.Read(KeyboardController.DataOffset, 1));
    }

    [Fact]
    public void The_status_tells_a_command_from_data()
    {
        Command(0xae);
        Assert.Equal(0x08, Status & 0x08);
        Data(0x00);
        Assert.Equal(0x00, Status & 0x08);
    }

    [Fact]
    public void Reset_empties_the_output_buffer_and_forgets_a_command_that_awaits_data()
    {
        Command(0xaa);
        Command(0xd1);

        _controller.Reset();
        Assert.Equal(0, Status & OutputFull);
        Data(0x00);

        Assert.Empty(_power.Requests);
    }

    private void Command(byte command) => _controller.Write(KeyboardController.CommandOffset, 1, command);

    private void Data(byte value) => _controller.Write(KeyboardController.DataOffset, 1, value);

    private byte Answer(byte command)
    {
        Command(command);
        Assert.Equal(OutputFull, Status & OutputFull);
        return (byte)_controller.Read(KeyboardController.DataOffset, 1);
    }
}
