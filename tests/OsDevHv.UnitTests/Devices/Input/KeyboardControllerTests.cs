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
    private readonly GuestErrorRecorder _errors = new();
    private readonly InputBench _bench;
    private readonly KeyboardController _controller;

    public KeyboardControllerTests()
    {
        _bench = new InputBench(_power, errors: _errors);
        _controller = _bench.Controller;
    }

    private byte Status => _bench.Status;

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
    public void The_output_port_reads_back_what_D1h_wrote_but_for_the_interrupt_pins()
    {
        Command(0xd1);
        Data(0xfd);

        Assert.Equal(0xcd, Answer(0xd0));
        Assert.Empty(_power.Requests);
    }

    [Theory]
    [InlineData(0xd2, 0x10)]
    [InlineData(0xd3, 0x20)]
    public void The_interrupt_pins_of_the_output_port_tell_whose_byte_is_in_the_buffer(byte command, int pin)
    {
        Command(command);
        Data(0x5a);

        Command(0xd0);

        _bench.Read();
        Assert.Equal(pin, _bench.Read() & 0x30);
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
    public void At_power_on_the_keyboard_is_on_translated_with_its_interrupt_and_the_mouse_is_off()
    {
        Assert.Equal(0x65, Answer(0x20));
    }

    [Fact]
    public void The_memory_of_the_controller_keeps_31_bytes_beside_the_command_byte()
    {
        Command(0x61);
        Data(0x12);
        Command(0x7f);
        Data(0x34);

        Assert.Equal(0x12, Answer(0x21));
        Assert.Equal(0x34, Answer(0x3f));
        Assert.Equal(0x65, Answer(0x20));
    }

    [Fact]
    public void There_is_no_password()
    {
        Assert.Equal(0xf1, Answer(0xa4));
    }

    [Fact]
    public void The_test_inputs_are_the_clocks_of_the_interfaces_that_are_on()
    {
        Assert.Equal(0x01, Answer(0xe0));

        Command(0xad);
        Command(0xa8);

        Assert.Equal(0x02, Answer(0xe0));
    }

    [Fact]
    public void A_command_that_is_not_known_does_nothing_and_is_told_as_a_guest_error()
    {
        Command(0xac);

        Assert.Equal(0, Status & OutputFull);
        Assert.Single(_errors.Reports);
    }

    [Fact]
    public void A_byte_to_an_absent_mouse_times_out_as_auxiliary_output()
    {
        InputBench bench = new(hasMouse: false);

        bench.Command(0xd4);
        bench.Data(0xff);

        Assert.Equal(OutputFull | Timeout | AuxiliaryOutput, bench.Status & (OutputFull | Timeout | AuxiliaryOutput));
        Assert.Equal(0xfe, bench.Read());
        Assert.Equal(0, bench.Status & (OutputFull | Timeout | AuxiliaryOutput));
    }

    [Fact]
    public void Bytes_are_presented_one_at_a_time_with_an_edge_of_the_interrupt_each()
    {
        _bench.Configure(0x05);

        Data(0xf2);

        Assert.True(_bench.KeyboardLine.IsHigh);
        Assert.Equal("faab83", _bench.Drain());
        Assert.False(_bench.KeyboardLine.IsHigh);
        Assert.Equal(3, _bench.KeyboardLine.RisingEdges);
        Assert.Equal(0, _bench.MouseLine.RisingEdges);
    }

    [Fact]
    public void The_mouses_bytes_are_auxiliary_output_and_interrupt_12()
    {
        _bench.Configure(0x07);

        Command(0xd4);
        Data(0xf2);

        Assert.Equal(OutputFull | AuxiliaryOutput, Status & (OutputFull | AuxiliaryOutput));
        Assert.Equal("fa00", _bench.Drain());
        Assert.Equal((2, 0), (_bench.MouseLine.RisingEdges, _bench.KeyboardLine.RisingEdges));
    }

    [Fact]
    public void Without_its_enable_bit_no_interrupt_comes_and_with_it_the_waiting_byte_does_interrupt()
    {
        _bench.Configure(0x04);
        Data(0xee);
        Assert.Equal(0, _bench.KeyboardLine.RisingEdges);

        _bench.Configure(0x05);

        Assert.Equal(1, _bench.KeyboardLine.RisingEdges);
        Assert.Equal("ee", _bench.Drain());
    }

    [Fact]
    public void A_disabled_keyboard_keeps_its_codes_until_it_is_enabled()
    {
        _bench.Raw();
        Command(0xad);
        _bench.Press("a");
        Assert.Equal(0, Status & OutputFull);

        Command(0xae);

        Assert.Equal("1c", _bench.Drain());
    }

    [Fact]
    public void A_disabled_mouse_keeps_its_packet_until_it_is_enabled()
    {
        _bench.Raw().AskMouse(0xf4);
        Command(0xa7);
        _bench.Mouse.Move(1, 0, 0);
        Assert.Equal(0, Status & OutputFull);

        Command(0xa8);

        Assert.Equal("080100", _bench.Drain());
    }

    [Theory]
    [InlineData(0x10, false)]
    [InlineData(0x20, true)]
    public void A_byte_to_a_device_enables_its_interface(byte disabled, bool isMouse)
    {
        _bench.Configure(0x30);

        Assert.Equal("fa", isMouse ? _bench.AskMouse(0xe6) : _bench.AskKeyboard(0xf4));

        Assert.Equal(0x30 & ~disabled, Answer(0x20));
    }

    [Fact]
    public void The_controllers_answer_goes_before_the_keyboards_codes_and_those_before_the_mouses()
    {
        _bench.Raw().AskMouse(0xf4);
        Command(0xad);
        Command(0xa7);
        _bench.Press("a");
        _bench.Mouse.Move(1, 0, 0);
        Command(0xd2);
        Data(0x5a);

        Command(0xa8);
        Command(0xae);

        Assert.Equal("5a1c080100", _bench.Drain());
    }

    [Fact]
    public void An_answer_waits_until_the_byte_in_the_buffer_is_read()
    {
        _bench.Raw().Press("a");

        Command(0xaa);

        Assert.Equal("1c55", _bench.Drain());
    }

    [Fact]
    public void An_empty_buffer_still_gives_the_last_byte()
    {
        Command(0xaa);
        _bench.Read();

        Assert.Equal(0x55, _bench.Read());
    }

    [Fact]
    public void Bytes_looped_through_the_controller_are_not_translated()
    {
        Command(0xd2);
        Data(0x1c);

        Assert.Equal("1c", _bench.Drain());
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
        Assert.Equal(0x65, _bench.Controller.Configuration);
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
