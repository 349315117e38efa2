using System.Buffers.Binary;
using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>Selector, data port and directory (QEMU docs/specs/fw_cfg.rst, "Guest-side Hardware Interface").</summary>
public sealed class FwCfgPortTests
{
    private readonly FwCfgBench _bench = new();

    [Fact]
    public void The_device_shows_itself_by_its_signature_and_offers_dma()
    {
        Assert.Equal("QEMU", FwCfgBench.Text(_bench.Item(0x0000, 4)));
        Assert.Equal([3, 0, 0, 0], _bench.Item(0x0001, 4));
    }

    [Fact]
    public void The_signature_is_selected_at_power_on() => Assert.Equal("QEMU", FwCfgBench.Text(_bench.Next(4)));

    [Fact]
    public void Reading_the_dma_address_gives_the_letters_QEMU_CFG_in_any_size()
    {
        byte[] bytes = [.. Enumerable.Range(0x514, 8).Select(port => (byte)_bench.In((ushort)port, 1))];

        Assert.Equal("QEMU CFG", FwCfgBench.Text(bytes));
        Assert.Equal(0x554d4551u, _bench.In(0x514, 4));
        Assert.Equal(0x47464320u, _bench.In(0x518, 4));
        Assert.Equal(0x554du, _bench.In(0x516, 2));
    }

    [Fact]
    public void Reads_go_on_from_byte_to_byte_and_give_zeros_behind_the_end()
    {
        byte[] item = _bench.Item(_bench.Key("opt/a"), 11);

        Assert.Equal("abcdefgh\0\0\0", FwCfgBench.Text(item));
    }

    [Fact]
    public void Selecting_begins_anew()
    {
        _bench.Item(_bench.Key("opt/a"), 5);

        Assert.Equal("ab", FwCfgBench.Text(_bench.Item(_bench.Key("opt/a"), 2)));
    }

    [Fact]
    public void The_bit_of_the_old_write_channel_selects_the_same_item()
    {
        Assert.Equal("abc", FwCfgBench.Text(_bench.Item((ushort)(_bench.Key("opt/a") | 0x4000), 3)));
    }

    [Theory]
    [InlineData(0x8000)]
    [InlineData(0x8020)]
    [InlineData(0x1fff)]
    [InlineData(0xffff)]
    public void An_item_that_is_not_there_reads_as_zeros(ushort key) => Assert.Equal(new byte[6], _bench.Item(key, 6));

    [Fact]
    public void Only_the_byte_of_the_data_port_is_the_devices_in_a_wider_read()
    {
        _bench.Select(_bench.Key("opt/a"));

        Assert.Equal(0xff61u, _bench.In(0x511, 2));
        Assert.Equal("bc", FwCfgBench.Text(_bench.Next(2)));
    }

    [Fact]
    public void A_byte_of_the_selectors_port_is_one_of_the_data_port_and_a_word_is_zero_as_on_qemu()
    {
        _bench.Select(_bench.Key("opt/a"));

        Assert.Equal(0x61u, _bench.In(0x510, 1));
        Assert.Equal(0u, _bench.In(0x510, 2));
        Assert.Equal("bc", FwCfgBench.Text(_bench.Next(2)));
        Assert.Equal(["fw_cfg: read of the selector, which is only written 0"], _bench.Problems);
    }

    [Theory]
    [InlineData(0x510)]
    [InlineData(0x511)]
    public void Bytes_that_are_written_have_no_effect_and_are_told(ushort port)
    {
        _bench.Select(_bench.Key("opt/w"));

        _bench.Out(port, 1, 'x');

        Assert.Equal("01234567", FwCfgBench.Text(_bench.Next(8)));
        Assert.Equal([$"fw_cfg: write to the data port {port - 0x510:x}"], _bench.Problems);
    }

    [Fact]
    public void The_directory_lists_the_files_by_name()
    {
        string longest = "opt/" + new string('z', 51);
        FwCfgBench bench = new((items, _) =>
        {
            items.AddFile(longest, new byte[0x12345]);
            items.AddFile("opt/b", [1]);
            items.AddFile("opt/B", []);
            items.AddFile("etc/e820", [1, 2]);
        });

        byte[] directory = bench.Item(0x19, 4 + (64 * 5));

        Assert.Equal(4, BinaryPrimitives.ReadInt32BigEndian(directory));
        Assert.Equal([(2u, 0x20, "etc/e820"), (0u, 0x21, "opt/B"), (1u, 0x22, "opt/b"), (0x12345u, 0x23, longest)],
            Enumerable.Range(0, 4).Select(index => Entry(directory.AsSpan(4 + (64 * index), 64))));
        Assert.All(directory[(4 + (64 * 4))..], behind => Assert.Equal(0, behind));
        Assert.Equal([1], bench.Item(0x22, 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("\u00e9")]
    [InlineData("12345678901234567890123456789012345678901234567890123456")]
    public void A_name_that_a_guest_could_not_read_is_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => new FwCfgItems().AddFile(name, []));
    }

    [Fact]
    public void No_two_files_have_one_name()
    {
        FwCfgItems items = new();
        items.AddFile("opt/a", []);

        Assert.Throws<ArgumentException>(() => items.AddWritableFile("opt/a", [1]));
    }

    [Fact]
    public void Reset_brings_back_what_the_guest_wrote_over_and_the_signature()
    {
        Assert.True(_bench.Ram.TryWrite(0x100, "WXYZ"u8));
        Assert.Equal(0u, _bench.Dma("opt/w", FwCfgBench.WriteBit, 4, 0x100));

        _bench.Device.Reset();

        Assert.Equal("QEMU", FwCfgBench.Text(_bench.Next(4)));
        Assert.Equal("01234567", FwCfgBench.Text(_bench.Item(_bench.Key("opt/w"), 8)));
        Assert.Equal(["WXYZ4567", "reset"], _bench.Heard);
    }

    private static (uint Size, int Key, string Name) Entry(ReadOnlySpan<byte> entry) => (
        BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]) >> 16,
        FwCfgBench.Text(entry[8..]).TrimEnd('\0'));
}
