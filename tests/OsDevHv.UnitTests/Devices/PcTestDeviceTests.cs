using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>QEMU's pc-testdev (hw/misc/pc-testdev.c) as kvm-unit-tests use it.</summary>
public sealed class PcTestDeviceTests
{
    private const ulong Register = PcTestDevice.RegisterOffset;
    private const ulong Bytes = PcTestDevice.RegisterOffset + 8;

    private readonly Line[] _lines = [.. Enumerable.Range(0, 16).Select(static _ => new Line())];
    private readonly PcTestDevice _device;

    public PcTestDeviceTests() => _device = new PcTestDevice([.. _lines.Select(static (line, number) => number == 2 ? null : line)]);

    [Theory]
    [InlineData(Register, 4, 0x1122_3344)]
    [InlineData(Register, 2, 0x3344)]
    [InlineData(Register + 2, 2, 0x1122)]
    [InlineData(Register, 1, 0x44)]
    [InlineData(Register + 3, 1, 0x11)]
    [InlineData(Bytes, 1, 0x44)]
    [InlineData(Bytes + 1, 1, 0x33)]
    public void The_register_is_read_in_any_size(ulong offset, int size, ulong value)
    {
        _device.Write(Register, 4, 0x1122_3344);

        Assert.Equal(value, _device.Read(offset, size));
    }

    [Theory]
    [InlineData(Register, 1, 0xffu, 0x1122_33ffu)]
    [InlineData(Register + 1, 1, 0xffu, 0x1122_ff44u)]
    [InlineData(Register + 2, 2, 0xaaaau, 0xaaaa_3344u)]
    [InlineData(Bytes + 3, 1, 0xffu, 0xff22_3344u)]
    public void A_narrow_write_leaves_the_rest_of_the_register(ulong offset, int size, uint value, uint register)
    {
        _device.Write(Register, 4, 0x1122_3344);

        _device.Write(offset, size, value);

        Assert.Equal(register, _device.Read(Register, 4));
    }

    [Fact]
    public void A_byte_drives_an_interrupt_line_until_it_is_zero()
    {
        _device.Write(PcTestDevice.LineOffset + 14, 1, 1);
        Assert.True(_lines[14].IsHigh);
        _device.Write(PcTestDevice.LineOffset + 14, 1, 0x80);
        Assert.True(_lines[14].IsHigh);

        _device.Write(PcTestDevice.LineOffset + 14, 1, 0);

        Assert.All(_lines, static line => Assert.False(line.IsHigh));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(16, 1)]
    [InlineData(23, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    public void Lines_that_are_not_driven_and_wider_writes_change_nothing(int line, int size)
    {
        _device.Write(PcTestDevice.LineOffset + (ulong)line, size, 1);

        Assert.All(_lines, static one => Assert.False(one.IsHigh));
    }

    [Theory]
    [InlineData(0, 8, 0x1122_3344_5566_7788)]
    [InlineData(0xfff8, 8, 0x1122_3344_5566_7788)]
    [InlineData(0xffff, 1, 0x88)]
    [InlineData(0x100, 4, 0x5566_7788)]
    public void The_memory_keeps_what_is_written(ulong offset, int size, ulong value)
    {
        _device.Write(offset, size, value);

        Assert.Equal(value, _device.Read(offset, size));
        Assert.Equal(0ul, _device.Read(offset ^ 0x8000, size));
    }

    [Theory]
    [InlineData(Register + 4, 4, 0xffff_ffffu)]
    [InlineData(Register + 6, 1, 0xffu)]
    [InlineData(PcTestDevice.LineOffset, 1, 0xffu)]
    public void What_cannot_be_read_is_all_ones_and_a_write_there_is_harmless(ulong offset, int size, ulong value)
    {
        _device.Write(Register, 4, 5);
        _device.Write(Register + 4, 4, 0x1000);

        Assert.Equal(value, _device.Read(offset, size));
        Assert.Equal(5ul, _device.Read(Register, 4));
    }

    [Fact]
    public void A_reset_clears_all_of_it()
    {
        _device.Write(Register, 4, 5);
        _device.Write(8, 4, 5);
        _device.Write(PcTestDevice.LineOffset + 4, 1, 1);

        _device.Reset();

        Assert.Equal((0ul, 0ul, false), (_device.Read(Register, 4), _device.Read(8, 4), _lines[4].IsHigh));
    }

    [Fact]
    public void Its_state_goes_to_another_one()
    {
        _device.Write(Register, 4, 5);
        _device.Write(8, 4, 6);
        var saved = new StateWriter();
        _device.ExchangeState(saved);
        var other = new PcTestDevice([]);

        other.ExchangeState(new StateReader(saved.ToArray()));

        Assert.Equal((5ul, 6ul), (other.Read(Register, 4), other.Read(8, 4)));
    }

    private sealed class Line : IInterruptLine
    {
        public bool IsHigh { get; private set; }

        public void Set(bool high) => IsHigh = high;
    }
}
