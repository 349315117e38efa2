using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class IoApicRegisterTests
{
    private readonly MessageRecorder _sink = new();
    private readonly GuestErrorRecorder _errors = new();
    private readonly IoApic _ioApic;

    public IoApicRegisterTests() => _ioApic = new IoApic(_sink, 3, _errors);

    [Fact]
    public void The_version_register_says_20h_and_that_the_last_entry_is_23()
    {
        Assert.Equal(0x00170020u, Register(1));
    }

    [Fact]
    public void The_id_is_in_bits_24_to_27_and_can_be_written()
    {
        Assert.Equal(0x03000000u, Register(0));

        Register(0, 0x0c000000);

        Assert.Equal(0x0c000000u, Register(0));
        Assert.Equal(0x0c000000u, Register(2));
        Assert.Equal(12, _ioApic.Id);
        Assert.Empty(_errors.Reports);
    }

    [Fact]
    public void The_reserved_bits_of_the_id_are_reported_and_stay_0()
    {
        Register(0, 0xf5ffffff);

        Assert.Equal(0x05000000u, Register(0));
        Assert.Equal(["I/O APIC: reserved bits of the id register: F5FFFFFF"], _errors.Reports);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_only_registers_do_not_change(byte index)
    {
        uint before = Register(index);

        Register(index, ~before);

        Assert.Equal(before, Register(index));
        Assert.Single(_errors.Reports);
    }

    [Fact]
    public void At_power_on_every_pin_is_masked()
    {
        Assert.All(Enumerable.Range(0, IoApic.PinCount), pin => Assert.Equal(0x10000UL, _ioApic.Redirection(pin)));
        Assert.Equal(0x10000u, Register(0x3e));
        Assert.Equal(0u, Register(0x3f));
    }

    [Fact]
    public void The_select_register_reads_back_its_8_bits()
    {
        _ioApic.Write(0, 4, 0xffffff3f);

        Assert.Equal(0x3fUL, _ioApic.Read(0, 4));
        Assert.Equal(0x3f, _ioApic.SelectedRegister);
    }

    [Fact]
    public void The_select_register_takes_narrow_accesses()
    {
        _ioApic.Write(0, 1, 0x01);

        Assert.Equal(0x01UL, _ioApic.Read(0, 1));
        Assert.Equal(0x00170020UL, _ioApic.Read(0x10, 4));
        Assert.Empty(_errors.Reports);
    }

    [Fact]
    public void The_two_halves_of_an_entry_are_written_apart()
    {
        Register(0x15, 0xab000000);
        Register(0x14, 0x0001a9fe);

        Assert.Equal(0xab0000000001a9feUL, _ioApic.Redirection(2));
        Assert.Equal(0xab000000u, Register(0x15));
        Assert.Equal(0x0001a9feu, Register(0x14));
    }

    [Fact]
    public void Delivery_status_and_remote_IRR_cannot_be_written_and_are_no_error()
    {
        Register(0x10, 0x0001d030);

        Assert.Equal(0x00018030u, Register(0x10));
        Assert.Empty(_errors.Reports);
    }

    [Theory]
    [InlineData(0x10, 0xfffe0000u)]
    [InlineData(0x11, 0x00ffffffu)]
    public void Reserved_bits_of_an_entry_are_reported_and_stay_0(byte index, uint value)
    {
        Register(index, value);

        Assert.Equal(0u, Register(index) & value);
        Assert.Single(_errors.Reports);
    }

    [Fact]
    public void An_entry_is_taken_apart_as_the_data_sheet_says()
    {
        RedirectionEntry entry = new(0x5a0000000001e9c3);

        Assert.Equal(0xc3, entry.Vector);
        Assert.Equal(DeliveryMode.LowestPriority, entry.Mode);
        Assert.True(entry.IsLogical);
        Assert.True(entry.IsActiveLow);
        Assert.True(entry.RemoteIrr);
        Assert.True(entry.IsLevel);
        Assert.True(entry.IsMasked);
        Assert.Equal(0x5a, entry.Destination);
        Assert.True(entry.ActsOnLevel);
        Assert.False(new RedirectionEntry(0x5a00000000002100).RemoteIrr);
        Assert.False(new RedirectionEntry(0x5a00000000002100).IsLogical);
        Assert.False(new RedirectionEntry(0x5a00000000002100).IsLevel);
        Assert.False(new RedirectionEntry(0x5a00000000002100).ActsOnLevel);
        Assert.False(new RedirectionEntry(0x5a00000000002100).IsMasked);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x0f)]
    [InlineData(0x40)]
    [InlineData(0xff)]
    public void Registers_that_are_not_there_read_0_and_are_reported(byte index)
    {
        Register(index, 0xffffffff);
        Assert.Equal(0u, Register(index));

        Assert.Equal(2, _errors.Reports.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void The_window_takes_32_bits_only(int size)
    {
        _ioApic.Write(0, 4, 0x10);

        _ioApic.Write(0x10, size, 0x31);

        Assert.Equal(0UL, _ioApic.Read(0x10, size));
        Assert.Equal(0x10000UL, _ioApic.Redirection(0));
        Assert.Equal(2, _errors.Reports.Count);
    }

    [Fact]
    public void Reset_masks_every_pin_and_gives_back_the_id_of_firmware()
    {
        Register(0, 0x0e000000);
        Register(0x10, 0x31);

        _ioApic.Reset();

        Assert.Equal(3, _ioApic.Id);
        Assert.Equal(0x10000UL, _ioApic.Redirection(0));
        Assert.Equal(0, _ioApic.SelectedRegister);
    }

    [Fact]
    public void An_id_of_more_than_4_bits_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoApic(_sink, 16));
    }

    private uint Register(byte index)
    {
        _ioApic.Write(IoApic.SelectOffset, 4, index);
        return (uint)_ioApic.Read(IoApic.WindowOffset, 4);
    }

    private void Register(byte index, uint value)
    {
        _ioApic.Write(IoApic.SelectOffset, 4, index);
        _ioApic.Write(IoApic.WindowOffset, 4, value);
    }
}
