using System.Buffers.Binary;
using CsCheck;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Regions of linear addresses against tables made by hand (Intel SDM vol. 3A, 4.5 and figure 4-11).</summary>
public sealed class LinearRegionsTests
{
    private const ulong P = 1, W = 2, Ps = 1 << 7, Nx = 1UL << 63;
    private const MemoryAccess ReadExecute = MemoryAccess.Read | MemoryAccess.Execute;
    private const MemoryAccess ReadWrite = MemoryAccess.Read | MemoryAccess.Write;
    private const ulong High = 0xFFFF_8000_0000_0000;

    private readonly Ram _ram = new();

    [Fact]
    public void Without_paging_all_below_4_GiB_is_one_region()
    {
        MemoryRegion low = LinearRegions.Find(_ram, default, 0x1234);
        MemoryRegion above = LinearRegions.Find(_ram, default, 1UL << 32);

        Assert.Equal(new MemoryRegion(0, uint.MaxValue, ReadWrite | MemoryAccess.Execute), low);
        Assert.Equal(new MemoryRegion(1UL << 32, ulong.MaxValue, MemoryAccess.None), above);
    }

    [Fact]
    public void Pages_that_are_mapped_alike_are_one_region_and_their_neighbours_are_not_in_it()
    {
        MapTables();
        _ram.Set(0x4000 + (8 * 5), 0x5000 | P).Set(0x4000 + (8 * 6), 0x9000 | P).Set(0x4000 + (8 * 7), 0xA000 | P | W | Nx);

        Assert.Equal(new MemoryRegion(0x5000, 0x6FFF, ReadExecute), Find(0x6123));
        Assert.Equal(new MemoryRegion(0x7000, 0x7FFF, ReadWrite), Find(0x7000));
        Assert.Equal(new MemoryRegion(0, 0x4FFF, MemoryAccess.None), Find(0));
    }

    [Fact]
    public void A_gap_reaches_over_the_addresses_that_are_not_canonical()
    {
        MapTables();
        _ram.Set(0x4000, 0x5000 | P | W | Nx).Set(0x1000 + (8 * 256), 0x2000 | P | W);

        Assert.Equal(new MemoryRegion(0x1000, High - 1, MemoryAccess.None), Find(0x1234_5678_9000));
        Assert.Equal(new MemoryRegion(0x1000, High - 1, MemoryAccess.None), Find(1UL << 63));
        Assert.Equal(new MemoryRegion(High, High + 0xFFF, ReadWrite), Find(High));
        Assert.Equal(new MemoryRegion(High + 0x1000, ulong.MaxValue, MemoryAccess.None), Find(ulong.MaxValue));
    }

    [Fact]
    public void Large_pages_join_small_ones()
    {
        MapTables();
        for (int page = 0; page < 512; page++)
        {
            _ram.Set(0x4000 + (8 * page), (ulong)page << 12 | P | W | Nx);
        }

        _ram.Set(0x3008, 0x20_0000 | P | W | Ps | Nx);

        Assert.Equal(new MemoryRegion(0, 0x3F_FFFF, ReadWrite), Find(0x12_3456));
        Assert.Equal(0x40_0000ul, Find(0x40_0000).Start);
    }

    [Fact]
    public void Regions_follow_one_another_over_the_whole_address_space_and_hold_what_was_asked_for()
    {
        Gen.Select(Gen.Int[0, 511].Array[0, 8], Gen.Bool, Gen.ULong).Sample((pages, writable, address) =>
        {
            MapTables();
            Array.Clear(_ram.Bytes, 0x4000, 0x1000);
            foreach (int page in pages)
            {
                _ram.Set(0x4000 + (8 * page), 0x5000 | P | (writable && page % 2 == 0 ? W : 0));
            }

            MemoryRegion own = Find(address);
            ulong next = 0;
            int count = 0;
            do
            {
                MemoryRegion region = Find(next);
                Assert.Equal(next, region.Start);
                Assert.True(region.Last >= region.Start);
                next = unchecked(region.Last + 1);
                Assert.True(++count < 100);
            }
            while (next != 0);
            Assert.InRange(address, own.Start, own.Last);
        }, iter: 100, threads: 1);
    }

    private static SystemRegisters Registers => new() { Cr0 = 0x8000_0001, Cr3 = 0x1000, Cr4 = 1 << 5, Efer = 1 << 10 | 1 << 11 };

    private MemoryRegion Find(ulong address) => LinearRegions.Find(_ram, Registers, address);

    private void MapTables() => _ram.Set(0x1000, 0x2000 | P | W).Set(0x2000, 0x3000 | P | W).Set(0x3000, 0x4000 | P | W);

    private sealed class Ram : IGuestMemory
    {
        public byte[] Bytes { get; } = new byte[0x1_0000];

        public Ram Set(int address, ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(address), value);
            return this;
        }

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool contains = Contains(address, (ulong)destination.Length);
            if (contains)
            {
                Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return contains;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) => address <= (ulong)Bytes.Length && length <= (ulong)Bytes.Length - address;
    }
}
