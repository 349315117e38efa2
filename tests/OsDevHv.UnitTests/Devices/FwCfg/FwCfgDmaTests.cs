using System.Buffers.Binary;
using System.Diagnostics;
using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>Transfers (QEMU docs/specs/fw_cfg.rst, "Guest-side DMA Interface").</summary>
public sealed class FwCfgDmaTests
{
    private const ulong RamEnd = 0xc000_0000;
    private const ulong HighRam = 1UL << 32;
    private const ulong HighRamEnd = HighRam + (2UL << 30);

    private readonly FwCfgBench _bench = new();

    [Theory]
    [InlineData(0x1000)]
    [InlineData(RamEnd - 5)]
    [InlineData(HighRam)]
    [InlineData(HighRamEnd - 5)]
    public void A_read_copies_to_memory_and_clears_control(ulong address)
    {
        uint control = _bench.Dma("opt/a", FwCfgBench.ReadBit, 5, address);

        Assert.Equal(0u, control);
        Assert.Equal("abcde", FwCfgBench.Text(_bench.Ram.Read(address, 5)));
        Assert.Empty(_bench.Problems);
    }

    [Fact]
    public void Reads_and_skips_go_on_where_the_last_one_ended_and_so_does_the_data_port()
    {
        _bench.Dma("opt/a", FwCfgBench.ReadBit, 2, 0x1000);
        _bench.Dma(FwCfgBench.SkipBit, 3, 0);
        _bench.Dma(FwCfgBench.ReadBit, 1, 0x1002);

        Assert.Equal("abf", FwCfgBench.Text(_bench.Ram.Read(0x1000, 3)));
        Assert.Equal("gh\0", FwCfgBench.Text(_bench.Next(3)));
    }

    [Fact]
    public void The_selector_register_counts_for_dma_too()
    {
        _bench.Select(0);

        _bench.Dma(FwCfgBench.ReadBit, 4, 0x1000);

        Assert.Equal("QEMU", FwCfgBench.Text(_bench.Ram.Read(0x1000, 4)));
    }

    [Fact]
    public void A_read_gives_zeros_behind_the_end()
    {
        Assert.True(_bench.Ram.TryWrite(0x1000, Enumerable.Repeat((byte)0xcc, 0x30000).ToArray()));

        uint control = _bench.Dma("opt/a", FwCfgBench.ReadBit, 0x2_8000, 0x1001);

        Assert.Equal(0u, control);
        Assert.Equal([0xcc, .. "abcdefgh"u8], _bench.Ram.Read(0x1000, 9));
        Assert.All(_bench.Ram.Read(0x1009, 0x2_7ff8), zero => Assert.Equal(0, zero));
        Assert.Equal(0xcc, _bench.Ram.Read(0x1001 + 0x2_8000, 1)[0]);
    }

    [Fact]
    public void An_item_that_is_not_there_is_read_as_zeros_without_an_error()
    {
        Assert.True(_bench.Ram.TryWrite(0x1000, [1, 2, 3]));

        Assert.Equal(0u, _bench.Dma((0x3fffu << 16) | FwCfgBench.SelectBit | FwCfgBench.ReadBit, 2, 0x1000));

        Assert.Equal([0, 0, 3], _bench.Ram.Read(0x1000, 3));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(uint.MaxValue)]
    public void A_skip_ends_at_the_items_end(uint length)
    {
        _bench.Dma("opt/a", FwCfgBench.SkipBit, 1, 0);

        Assert.Equal(0u, _bench.Dma(FwCfgBench.SkipBit, length, ulong.MaxValue));

        Assert.Equal([0], _bench.Next(1));
    }

    [Fact]
    public void A_write_changes_the_item_and_is_heard_once_when_all_is_there()
    {
        Assert.True(_bench.Ram.TryWrite(0x100, "WXYZ"u8));
        _bench.Dma("opt/w", FwCfgBench.SkipBit, 3, 0);

        Assert.Equal(0u, _bench.Dma(FwCfgBench.WriteBit, 4, 0x100));

        Assert.Equal(["012WXYZ7"], _bench.Heard);
        Assert.Equal("012WXYZ7", FwCfgBench.Text(_bench.Item(_bench.Key("opt/w"), 8)));
    }

    [Fact]
    public void Writes_go_on_where_the_last_one_ended()
    {
        Assert.True(_bench.Ram.TryWrite(0x100, "ABCDEFGH"u8));

        _bench.Dma("opt/w", FwCfgBench.WriteBit, 4, 0x100);
        Assert.Equal(0u, _bench.Dma(FwCfgBench.WriteBit, 4, 0x104));

        Assert.Equal(["ABCD4567", "ABCDEFGH"], _bench.Heard);
    }

    [Theory]
    [InlineData(FwCfgBench.ReadBit | FwCfgBench.WriteBit | FwCfgBench.SkipBit, "0123", "")]
    [InlineData(FwCfgBench.WriteBit | FwCfgBench.SkipBit, "WXYZ", "WXYZ4567")]
    [InlineData(FwCfgBench.SkipBit, "WXYZ", "")]
    [InlineData(0, "WXYZ", "")]
    public void Read_comes_before_write_and_write_before_skip(uint operation, string memory, string heard)
    {
        Assert.True(_bench.Ram.TryWrite(0x100, "WXYZ"u8));

        Assert.Equal(0u, _bench.Dma("opt/w", operation, 4, 0x100));

        Assert.Equal(memory, FwCfgBench.Text(_bench.Ram.Read(0x100, 4)));
        Assert.Equal(heard, string.Concat(_bench.Heard));
    }

    [Theory]
    [InlineData("opt/a", 0, 1, "DMA write to an item that is not there or only read, of length 1")]
    [InlineData("opt/w", 0, 9, "DMA write past an item's end, of length 9")]
    [InlineData("opt/w", 4, 5, "DMA write past an item's end, of length 5")]
    [InlineData("opt/w", 8, 1, "DMA write past an item's end, of length 1")]
    [InlineData("opt/w", 1, uint.MaxValue, "DMA write past an item's end, of length ffffffff")]
    public void A_write_that_the_item_does_not_take_sets_the_error_bit_and_is_dropped(string file, uint offset, uint length, string problem)
    {
        _bench.Dma(file, FwCfgBench.SkipBit, offset, 0);

        uint control = _bench.Dma(FwCfgBench.WriteBit, length, 0x100);

        Assert.Equal(FwCfgBench.ErrorBit, control);
        Assert.Equal([$"fw_cfg: {problem}"], _bench.Problems);
        Assert.Empty(_bench.Heard);
        Assert.Equal("01234567", FwCfgBench.Text(_bench.Item(_bench.Key("opt/w"), 8)));
    }

    [Theory]
    [InlineData(RamEnd, 1)]
    [InlineData(RamEnd - 3, 4)]
    [InlineData(HighRam - 1, 2)]
    [InlineData(HighRamEnd, 1)]
    [InlineData(HighRamEnd - 1, 2)]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MaxValue - 2, 8)]
    [InlineData(0xfee0_0000, 4)]
    public void A_transfer_that_leaves_ram_sets_the_error_bit_and_changes_nothing(ulong address, uint length)
    {
        int pages = _bench.Ram.PagesTouched;

        Assert.Equal(FwCfgBench.ErrorBit, _bench.Dma("opt/a", FwCfgBench.ReadBit, length, address));
        Assert.Equal(FwCfgBench.ErrorBit, _bench.Dma("opt/w", FwCfgBench.WriteBit, length, address));

        Assert.Equal(pages + 1, _bench.Ram.PagesTouched);
        Assert.Equal(
            [$"fw_cfg: DMA read to what is not RAM, at address {address:x}",
             $"fw_cfg: DMA write from what is not RAM, at address {address:x}"],
            _bench.Problems);
        Assert.Empty(_bench.Heard);
        Assert.Equal("01234567", FwCfgBench.Text(_bench.Next(8)));
    }

    [Theory]
    [InlineData(uint.MaxValue, 0)]
    [InlineData(1u << 30, HighRam)]
    [InlineData((16u << 20) + 9, HighRam)]
    public void A_length_of_gigabytes_is_refused_at_once_and_touches_nothing(uint length, ulong address)
    {
        long start = Stopwatch.GetTimestamp();

        Assert.Equal(FwCfgBench.ErrorBit, _bench.Dma("opt/a", FwCfgBench.ReadBit, length, address));

        Assert.Equal(1, _bench.Ram.PagesTouched);
        Assert.Single(_bench.Problems);
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 1);
    }

    [Fact]
    public void A_read_may_go_16_mebibytes_past_the_end() =>
        Assert.Equal(0u, _bench.Dma("opt/a", FwCfgBench.ReadBit, (16u << 20) + 8, HighRam));

    [Theory]
    [InlineData(RamEnd)]
    [InlineData(HighRamEnd + 0x1000)]
    [InlineData(ulong.MaxValue - 3)]
    [InlineData(0xfffffffffffffff0)]
    public void A_structure_outside_ram_is_told(ulong structure)
    {
        _bench.Start(structure);

        Assert.Equal([$"fw_cfg: DMA structure that is not in RAM {structure:x}"], _bench.Problems);
        Assert.Equal(0, _bench.Ram.PagesTouched);
    }

    [Fact]
    public void A_structure_that_leaves_ram_gets_the_error_bit_where_its_control_field_is()
    {
        _bench.Start(RamEnd - 8);

        Assert.Equal(FwCfgBench.ErrorBit, _bench.Control(RamEnd - 8));
        Assert.Equal("fw_cfg: DMA structure that is not in RAM bffffff8", Assert.Single(_bench.Problems));
    }

    [Fact]
    public void A_structure_may_be_above_4_gibibytes_and_unaligned()
    {
        Assert.Equal(0u, _bench.Dma(_bench.Selecting("opt/a", FwCfgBench.ReadBit), 4, 0x1000, HighRam + 0x1003));

        Assert.Equal("abcd", FwCfgBench.Text(_bench.Ram.Read(0x1000, 4)));
    }

    [Fact]
    public void The_high_half_is_zero_again_after_an_operation()
    {
        _bench.Dma(_bench.Selecting("opt/a", 0), 0, 0, HighRam + 0x4000);
        Assert.True(_bench.Ram.TryWrite(0x4000, [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x10, 0]));

        _bench.Out(0x518, 4, 0x0040_0000);

        Assert.Equal("ab", FwCfgBench.Text(_bench.Ram.Read(0x1000, 2)));
    }

    [Theory]
    [InlineData(0x514, 1)]
    [InlineData(0x518, 2)]
    [InlineData(0x51a, 2)]
    [InlineData(0x51b, 1)]
    public void Parts_of_the_address_cannot_be_written(ushort port, int size)
    {
        _bench.Out(port, size, uint.MaxValue);

        Assert.Equal([$"fw_cfg: write of 1 or 2 bytes to the DMA address {port - 0x510:x}"], _bench.Problems);
        Assert.Equal(0, _bench.Ram.PagesTouched);
    }

    [Fact]
    public void A_structure_may_lie_in_what_is_read()
    {
        uint control = _bench.Dma(_bench.Selecting("opt/a", FwCfgBench.ReadBit), 8, FwCfgBench.Structure);

        Assert.Equal(0u, control);
        Assert.Equal("\0\0\0\0efgh", FwCfgBench.Text(_bench.Ram.Read(FwCfgBench.Structure, 8)));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        FlatRam ram = new();
        FwCfgItems items = new();
        items.AddWritableFile(Ramfb.ItemName, new byte[Ramfb.ItemSize], new Ramfb(ram));
        FwCfg device = new(items, ram);
        uint[] operations = [FwCfgBench.ReadBit, FwCfgBench.WriteBit, FwCfgBench.SkipBit];

        void Access()
        {
            foreach (uint operation in operations)
            {
                BinaryPrimitives.WriteUInt32BigEndian(ram.Bytes, (0x20u << 16) | FwCfgBench.SelectBit | operation);
                BinaryPrimitives.WriteUInt32BigEndian(ram.Bytes.AsSpan(4), Ramfb.ItemSize);
                BinaryPrimitives.WriteUInt64BigEndian(ram.Bytes.AsSpan(8), 0x100);
                device.Write(FwCfg.DmaOffset + 4, 4, 0);
            }

            device.Write(FwCfg.SelectorOffset, 2, 0x19);
            device.Read(1, 1);
            device.Write(1, 1, 0);
        }

        Access();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Access();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class FlatRam : IGuestMemory
    {
        public byte[] Bytes { get; } = new byte[0x1000];

        public bool TryRead(ulong address, Span<byte> destination)
        {
            Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            return true;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        {
            source.CopyTo(Bytes.AsSpan((int)address));
            return true;
        }

        public bool Contains(ulong address, ulong length) => address < 0x1000 && length <= 0x1000 - address;
    }
}
