using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class FlatTests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private BootProfile Flat(byte[] content, ulong address, FlatMode mode, ulong? entry = null) =>
        _bench.Profile(content) with { Protocol = BootProtocol.Flat, FlatAddress = address, FlatMode = mode, FlatEntry = entry };

    [Fact]
    public void A_boot_sector_starts_as_a_bios_starts_it()
    {
        byte[] sector = [0xeb, 0xfe, .. new byte[508], 0x55, 0xaa];

        BootedImage image = _bench.Load(Flat(sector, 0x7c00, FlatMode.Real));

        Assert.Equal("flat", image.Protocol);
        Assert.Equal(TargetArchitecture.X86_64, image.Architecture);
        Assert.Equal(new GeneralRegisters { Rdx = 0x80, Rip = 0x7c00, Rsp = 0x7c00, Rflags = 2 }, image.General);
        Assert.Equal(new Segment(0, 0xffff, 0, 0xb, 0, SegmentBits.Present | SegmentBits.CodeOrData), image.System.Cs);
        Assert.Equal(new Segment(0, 0xffff, 0, 0x3, 0, SegmentBits.Present | SegmentBits.CodeOrData), image.System.Ss);
        Assert.Equal(image.System.Ss, image.System.Ds);
        Assert.Equal(new DescriptorTable(0, 0x3ff), image.System.Idt);
        Assert.Equal(0x10u, image.System.Cr0);
        Assert.Equal(sector, _bench.Ram.Read(0x7c00, 512));
    }

    [Theory]
    [InlineData(0xffffu, 0, 0xffffu)]
    [InlineData(0x1_0000u, 0x1000, 0u)]
    [InlineData(0x1_2345u, 0x1234, 5u)]
    public void Real_mode_entry_is_normalised(uint entry, int selector, uint offset)
    {
        BootedImage image = _bench.Load(Flat([0xf4], entry, FlatMode.Real));

        Assert.Equal(selector, image.System.Cs.Selector);
        Assert.Equal((ulong)selector << 4, image.System.Cs.Base);
        Assert.Equal(offset, image.General.Rip);
    }

    [Fact]
    public void Real_mode_stack_keeps_out_of_the_binary()
    {
        BootedImage image = _bench.Load(Flat(new byte[0x4000], 0x6000, FlatMode.Real));

        ulong top = image.System.Ss.Base + image.General.Rsp;
        Assert.True(top <= 0x6000 || top - 0x1000 >= 0xa000);
        Assert.Equal((ulong)image.System.Ss.Selector << 4, image.System.Ss.Base);
    }

    [Fact]
    public void Protected_mode_is_flat_with_paging_off()
    {
        BootedImage image = _bench.Load(Flat([0x90, 0xf4], 0x10_0000, FlatMode.Protected, 0x10_0001));

        Assert.Equal(TargetArchitecture.X86_64, image.Architecture);
        Assert.Equal(0x10_0001u, image.General.Rip);
        Assert.Equal(0x11u, image.System.Cr0);
        Assert.Equal(uint.MaxValue, image.System.Cs.Limit);
        Assert.Equal(12u, image.General.Rsp % 16);
        Assert.Equal(0u, _bench.Ram.U32(image.General.Rsp));
    }

    [Fact]
    public void A_binary_may_fill_its_ram_range_exactly()
    {
        BootedImage image = _bench.Load(Flat([.. Enumerable.Repeat((byte)0xf4, 0xf0_0000)], 0x10_0000, FlatMode.Protected));

        Assert.Equal(0x10_0000u, image.General.Rip);
        Assert.Equal(0xf4, _bench.Ram.Read(0xff_ffff, 1)[0]);
    }
}
