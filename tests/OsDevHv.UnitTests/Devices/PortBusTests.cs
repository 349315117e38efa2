using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class PortBusTests
{
    private readonly PortBus _bus = new();

    [Fact]
    public void A_device_sees_offsets_into_its_range()
    {
        RecordingDevice device = Map("com1", 0x3f8, 8, accessSize: 1, answer: 0x5a);

        uint value = _bus.Read(0x3fd, 1);

        Assert.Equal(0x5au, value);
        Assert.Equal(["r1@5"], device.Calls);
    }

    [Fact]
    public void A_second_range_of_a_device_begins_at_the_offset_that_was_asked_for()
    {
        RecordingDevice device = new(1);
        DeviceSlot slot = new("kbd", device);
        Assert.True(_bus.TryMap(slot, 0x60, 1, 0, out _));
        Assert.True(_bus.TryMap(slot, 0x64, 1, 4, out _));

        _bus.Write(0x64, 1, 0xaa);
        _bus.Write(0x60, 1, 0xbb);

        Assert.Equal(["w1@4=AA", "w1@0=BB"], device.Calls);
    }

    [Fact]
    public void A_16_bit_write_to_8_bit_ports_is_two_accesses_low_byte_first()
    {
        RecordingDevice device = Map("com1", 0x3f8, 8, accessSize: 1);

        _bus.Write(0x3f8, 2, 0x1234);

        Assert.Equal(["w1@0=34", "w1@1=12"], device.Calls);
    }

    [Fact]
    public void A_32_bit_read_of_8_bit_ports_is_four_accesses_put_together()
    {
        RecordingDevice device = Map("com1", 0x3f8, 8, accessSize: 1, answer: 0xffff_ff21);

        uint value = _bus.Read(0x3f8, 4);

        Assert.Equal(0x21212121u, value);
        Assert.Equal(["r1@0", "r1@1", "r1@2", "r1@3"], device.Calls);
    }

    [Fact]
    public void A_device_that_takes_an_access_whole_gets_it_whole()
    {
        RecordingDevice device = Map("exit", 0xf4, 4, accessSize: 4);

        _bus.Write(0xf4, 4, 0x12345678);

        Assert.Equal(["w4@0=12345678"], device.Calls);
    }

    [Fact]
    public void A_narrow_access_to_a_wide_device_stays_narrow()
    {
        RecordingDevice device = Map("exit", 0xf4, 4, accessSize: 4);

        _bus.Write(0xf5, 1, 0xffffff12);

        Assert.Equal(["w1@1=12"], device.Calls);
    }

    [Fact]
    public void An_unaligned_access_is_split_into_aligned_ones()
    {
        RecordingDevice device = Map("wide", 0x100, 8, accessSize: 4);

        _bus.Write(0x101, 4, 0x44332211);

        Assert.Equal(["w1@1=11", "w2@2=3322", "w1@4=44"], device.Calls);
    }

    [Fact]
    public void An_access_over_the_end_of_a_device_goes_on_to_the_next()
    {
        RecordingDevice first = Map("first", 0x100, 2, accessSize: 4, answer: 0xbbaa);
        RecordingDevice second = Map("second", 0x102, 2, accessSize: 2, answer: 0xddcc);

        uint value = _bus.Read(0x100, 4);

        Assert.Equal(0xddccbbaau, value);
        Assert.Equal(["r2@0"], first.Calls);
        Assert.Equal(["r2@0"], second.Calls);
    }

    [Fact]
    public void The_part_of_an_access_that_nobody_answers_reads_as_ones_and_is_counted_alone()
    {
        Map("one", 0x100, 1, accessSize: 1, answer: 0x12);

        uint value = _bus.Read(0x0ff, 4);

        Assert.Equal(0xffff12ffu, value);
        Assert.Equal([new UnclaimedAccess(0xff, 1, false, 1), new UnclaimedAccess(0x101, 2, false, 1)], _bus.Unclaimed.Snapshot());
    }

    [Theory]
    [InlineData(1, 0xffu)]
    [InlineData(2, 0xffffu)]
    [InlineData(4, 0xffffffffu)]
    public void An_unclaimed_read_gives_ones_of_its_size(int size, uint expected)
    {
        Assert.Equal(expected, _bus.Read(0x1234, size));
    }

    [Fact]
    public void An_access_past_port_FFFFh_goes_on_at_port_0()
    {
        RecordingDevice last = Map("last", 0xffff, 1, accessSize: 1);
        RecordingDevice first = Map("first", 0, 2, accessSize: 2);

        _bus.Write(0xffff, 4, 0x44332211);

        Assert.Equal(["w1@0=11"], last.Calls);
        Assert.Equal(["w2@0=3322"], first.Calls);
        Assert.Equal([new UnclaimedAccess(2, 1, true, 1)], _bus.Unclaimed.Snapshot());
    }

    [Fact]
    public void An_unclaimed_access_past_port_FFFFh_reads_as_ones()
    {
        Assert.Equal(0xffffffffu, _bus.Read(0xfffe, 4));
    }

    [Fact]
    public void The_range_before_after_and_between_devices_is_unclaimed()
    {
        RecordingDevice low = Map("low", 0x10, 4, accessSize: 1);
        RecordingDevice high = Map("high", 0x20, 4, accessSize: 1);

        _bus.Read(0x0f, 1);
        _bus.Read(0x14, 1);
        _bus.Read(0x1f, 1);
        _bus.Read(0x24, 1);

        Assert.Empty(low.Calls);
        Assert.Empty(high.Calls);
        Assert.Equal(4, _bus.Unclaimed.Total);
    }

    [Fact]
    public void Overlapping_devices_are_refused_by_name_and_range()
    {
        Map("com1", 0x3f8, 8, accessSize: 1);

        bool mapped = _bus.TryMap(new DeviceSlot("exit", new RecordingDevice(4)), 0x3fe, 4, 0, out string? error);

        Assert.False(mapped);
        Assert.Equal("exit and com1 both claim ports 3FEh-3FFh.", error);
    }

    [Fact]
    public void A_device_that_encloses_another_is_refused()
    {
        Map("inner", 0x102, 1, accessSize: 1);

        Assert.False(_bus.TryMap(new DeviceSlot("outer", new RecordingDevice(1)), 0x100, 8, 0, out _));
    }

    [Fact]
    public void A_refused_device_is_not_called()
    {
        Map("com1", 0x3f8, 8, accessSize: 1);
        RecordingDevice refused = new(1);
        _bus.TryMap(new DeviceSlot("refused", refused), 0x3f0, 16, 0, out _);

        _bus.Read(0x3f0, 1);

        Assert.Empty(refused.Calls);
    }

    [Fact]
    public void Neighbours_do_not_overlap()
    {
        Map("low", 0x100, 8, accessSize: 1);
        Map("high", 0x108, 8, accessSize: 1);
        Map("between", 0xf8, 8, accessSize: 1);
    }

    [Fact]
    public void A_range_may_end_at_port_FFFFh_but_not_beyond()
    {
        Assert.True(_bus.TryMap(new DeviceSlot("fits", new RecordingDevice(1)), 0xfff8, 8, 0, out _));

        Assert.False(new PortBus().TryMap(new DeviceSlot("com9", new RecordingDevice(1)), 0xfff9, 8, 0, out string? error));
        Assert.Equal("com9 claims 8 ports from FFF9h on, beyond the last, FFFFh.", error);
    }

    [Fact]
    public void A_range_of_no_ports_is_refused()
    {
        Assert.False(_bus.TryMap(new DeviceSlot("none", new RecordingDevice(1)), 0x10, 0, 0, out string? error));
        Assert.Contains("none claims nothing at 10h", error);
    }

    [Fact]
    public void A_device_with_an_impossible_access_size_gets_no_slot()
    {
        Assert.Throws<ArgumentException>(() => new DeviceSlot("odd", new RecordingDevice(3)));
    }

    [Fact]
    public void Resetting_a_slot_resets_its_device()
    {
        RecordingDevice device = new(1);

        new DeviceSlot("d", device).Reset();

        Assert.Equal(["reset"], device.Calls);
    }

    private RecordingDevice Map(string name, ushort port, int count, int accessSize, ulong answer = 0)
    {
        RecordingDevice device = new(accessSize, answer);
        Assert.True(_bus.TryMap(new DeviceSlot(name, device), port, count, 0, out string? error), error);
        return device;
    }
}
