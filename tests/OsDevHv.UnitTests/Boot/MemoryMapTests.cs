using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class MemoryMapTests
{
    private const ulong GiB = 1UL << 30;

    [Fact]
    public void Small_machine_has_low_and_high_memory_around_the_bios_area()
    {
        MemoryMap map = new(64 << 20);

        Assert.Equal(
            [
                new MemoryMapEntry(0, 0x9_fc00, MemoryKind.Usable),
                new MemoryMapEntry(0x9_fc00, 0x6_0400, MemoryKind.Reserved),
                new MemoryMapEntry(0x10_0000, 0x3f0_0000, MemoryKind.Usable),
            ],
            map.Ranges);
        Assert.Equal([new MemoryMapping(0, 0, 64 << 20, false)], map.Backing.ToArray());
    }

    [Fact]
    public void One_mebibyte_has_no_high_memory()
    {
        Assert.Equal(2, new MemoryMap(1 << 20).Ranges.Count);
    }

    [Fact]
    public void Memory_beyond_3_gib_continues_at_4_gib()
    {
        MemoryMap map = new(5 * GiB);

        Assert.Equal(new MemoryMapEntry(4 * GiB, 2 * GiB, MemoryKind.Usable), map.Ranges[^1]);
        Assert.Equal(new MemoryMapEntry(0x10_0000, (3 * GiB) - 0x10_0000, MemoryKind.Usable), map.Ranges[^2]);
        Assert.Equal([new MemoryMapping(0, 0, 3 * GiB, false), new MemoryMapping(4 * GiB, 3 * GiB, 2 * GiB, false)], map.Backing.ToArray());
        Assert.Equal(6 * GiB, map.RamEnd);
        Assert.Equal(3 * GiB, map.RamEndBelowHole);
    }

    [Fact]
    public void Exactly_3_gib_has_nothing_above_4()
    {
        Assert.Equal(3 * GiB, new MemoryMap(3 * GiB).RamEnd);
    }

    [Theory]
    [InlineData(0u, 1u, true, 0u)]
    [InlineData(0xbfff_ffffu, 1u, true, 0xbfff_ffffu)]
    [InlineData(0xbfff_ffffu, 2u, false, 0u)]
    [InlineData(0xc000_0000u, 1u, false, 0u)]
    [InlineData(0xffff_ffffu, 2u, false, 0u)]
    [InlineData(0x1_0000_0000u, 0x4000_0000u, true, 0xc000_0000u)]
    [InlineData(0x1_3fff_ffffu, 2u, false, 0u)]
    [InlineData(0x1_4000_0000u, 0u, false, 0u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, false, 0u)]
    [InlineData(1u, ulong.MaxValue, false, 0u)]
    public void Ram_offsets_are_checked(ulong address, ulong length, bool isRam, ulong expected)
    {
        Assert.Equal(isRam, new MemoryMap(4 * GiB).TryGetRamOffset(address, length, out ulong offset));
        Assert.Equal(expected, offset);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xf_f000u)]
    [InlineData(0x10_0001u)]
    [InlineData((1UL << 40) + 4096)]
    public void Impossible_sizes_are_refused(ulong ramBytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryMap(ramBytes));
    }

    [Fact]
    public void A_framebuffer_is_reserved_in_the_map_and_backed_behind_ram()
    {
        MemoryMap map = new(5 * GiB, new VideoMemory(0xfd00_0000, 0x30_0000));

        Assert.Equal(new MemoryMapEntry(0xfd00_0000, 0x30_0000, MemoryKind.Reserved), map.Ranges[^2]);
        Assert.Equal(
            [
                new MemoryMapping(0, 0, 3 * GiB, false),
                new MemoryMapping(0xfd00_0000, 5 * GiB, 0x30_0000, false),
                new MemoryMapping(4 * GiB, 3 * GiB, 2 * GiB, false),
            ],
            map.Backing.ToArray());
        Assert.Equal((5 * GiB, (5 * GiB) + 0x30_0000, 6 * GiB), (map.RamBytes, map.BackingBytes, map.RamEnd));
        Assert.True(map.TryGetRamOffset(0xfd00_1000, 0x1000, out ulong offset));
        Assert.Equal((5 * GiB) + 0x1000, offset);
        Assert.False(map.TryGetRamOffset(0xfd2f_ffff, 2, out _));
        Assert.False(map.IsUsable(0xfd00_0000, 1));
    }

    [Fact]
    public void A_framebuffer_does_not_move_the_end_of_ram()
    {
        Assert.Equal(64ul << 20, new MemoryMap(64 << 20, new VideoMemory(0xfd00_0000, 0x1000)).RamEnd);
    }

    [Theory]
    [InlineData(0x8000_0000, 0x1000)]
    [InlineData(0xfd00_0800, 0x1000)]
    [InlineData(0xfd00_0000, 0x800)]
    [InlineData(0xfd00_0000, 0)]
    [InlineData(0xffff_f000, 0x2000)]
    [InlineData(0xffff_f000, ulong.MaxValue - 0xfff)]
    public void A_framebuffer_outside_the_hole_is_refused(ulong address, ulong length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryMap(64 << 20, new VideoMemory(address, length)));
    }
}
