using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class LongModeTests : IDisposable
{
    private const ulong HighBase = 0xffff_ffff_8000_0000;

    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private ulong Translate(BootedImage image, ulong linear)
    {
        Assert.True(PageWalk.TryTranslate(_bench.Ram, image.System, linear, out Translation translation), $"0x{linear:x} is not mapped");
        Assert.True(translation.Writable && translation.Executable && !translation.User);
        return translation.PhysicalAddress;
    }

    [Fact]
    public void Elf64_starts_in_64_bit_mode_on_an_identity_map()
    {
        BootedImage image = _bench.Load(TestElf.WithCode(true, 0xf4).Build());

        Assert.Equal("elf", image.Protocol);
        Assert.Equal(TargetArchitecture.X86_64, image.Architecture);
        Assert.Equal(0x10_0000u, image.General.Rip);
        Assert.Equal(0x8000_0033u, image.System.Cr0);
        Assert.Equal(0x620u, image.System.Cr4);
        Assert.Equal(0x500u, image.System.Efer);
        Assert.Equal(2u, image.General.Rflags);
        Assert.Equal(SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Long | SegmentBits.Granular, image.System.Cs.Flags);
        Assert.Equal(0x00af_9b00_0000_ffffu, _bench.Ram.U64(image.System.Gdt.Base + image.System.Cs.Selector));
        Assert.Equal(0x00cf_9300_0000_ffffu, _bench.Ram.U64(image.System.Gdt.Base + image.System.Ss.Selector));
        foreach (ulong address in (ulong[])[0, 0x10_0000, 0xff_ffff, 0xfee0_0000, 0xffff_ffff])
        {
            Assert.Equal(address, Translate(image, address));
        }

        Assert.False(PageWalk.TryTranslate(_bench.Ram, image.System, 0x1_0000_0000, out _));
    }

    [Fact]
    public void Stack_is_that_of_a_function_called_from_address_zero()
    {
        BootedImage image = _bench.Load(TestElf.WithCode(true, 0xf4).Build());

        Assert.Equal(8u, image.General.Rsp % 16);
        Assert.Equal(0u, _bench.Ram.U64(image.General.Rsp));
        Assert.Equal(0u, image.General.Rbp);
        Assert.Equal(0u, image.General.Rdi);
        Assert.Equal(0u, image.General.Rsi);
        Assert.InRange(image.General.Rsp, 0x1_4000u, 0x9_fc00u);
    }

    [Fact]
    public void All_ram_above_4_gib_is_mapped_too()
    {
        using BootBench large = new(5UL << 30);

        BootedImage image = large.Load(TestElf.WithCode(true, 0xf4).Build());

        Assert.True(PageWalk.TryTranslate(large.Ram, image.System, (6UL << 30) - 1, out Translation last));
        Assert.Equal((6UL << 30) - 1, last.PhysicalAddress);
        Assert.Equal(2UL << 20, last.PageSize);
        Assert.False(PageWalk.TryTranslate(large.Ram, image.System, 6UL << 30, out _));
    }

    [Fact]
    public void Higher_half_segments_are_mapped_at_their_virtual_addresses()
    {
        byte[] text = [.. Enumerable.Repeat((byte)0xf4, 0x1800)];
        byte[] kernel = new TestElf(true)
        {
            Entry = HighBase + 0x10_0010,
            Segments =
            [
                new TestSegment(HighBase + 0x10_0000, 0x10_0000, text),
                new TestSegment(HighBase + 0x10_1800, 0x10_1800, [1, 2]) { MemoryBytes = 0x40_0000 },
            ],
        }.Build();

        BootedImage image = _bench.Load(kernel);

        Assert.Equal(HighBase + 0x10_0010, image.General.Rip);
        Assert.Equal(0x10_0010u, Translate(image, HighBase + 0x10_0010));
        Assert.Equal(0x10_1801u, Translate(image, HighBase + 0x10_1801));
        Assert.Equal(0x50_17ffu, Translate(image, HighBase + 0x50_17ff));
        Assert.Equal(0x10_0010u, Translate(image, 0x10_0010));
        Assert.False(PageWalk.TryTranslate(_bench.Ram, image.System, HighBase + 0x50_2000, out _));
        Assert.False(PageWalk.TryTranslate(_bench.Ram, image.System, HighBase + 0x0f_ffff, out _));
    }

    [Fact]
    public void A_segment_mapped_low_replaces_its_part_of_the_identity_map_only()
    {
        byte[] kernel = new TestElf(true)
        {
            Entry = 0x40_0000,
            Segments = [new TestSegment(0x40_0000, 0x10_0000, [0xf4])],
        }.Build();

        BootedImage image = _bench.Load(kernel);

        Assert.Equal(0x10_0000u, Translate(image, 0x40_0000));
        Assert.Equal(0x40_1000u, Translate(image, 0x40_1000));
        Assert.Equal(0x3f_ffffu, Translate(image, 0x3f_ffff));
    }

    [Fact]
    public void The_last_page_of_the_address_space_can_be_mapped()
    {
        byte[] kernel = new TestElf(true)
        {
            Entry = ulong.MaxValue - 0xfff,
            Segments = [new TestSegment(ulong.MaxValue - 0xfff, 0x10_0000, new byte[0x1000])]
        }.Build();

        Assert.Equal(0x10_0fffu, Translate(_bench.Load(kernel), ulong.MaxValue));
    }

    [Fact]
    public void A_physical_entry_of_a_higher_half_kernel_is_kept()
    {
        byte[] kernel = new TestElf(true) { Entry = 0x10_0000, Segments = [new TestSegment(HighBase, 0x10_0000, [0xf4])] }.Build();

        Assert.Equal(0x10_0000u, _bench.Load(kernel).General.Rip);
    }

    [Fact]
    public void Tables_keep_out_of_a_kernel_in_low_memory()
    {
        byte[] kernel = new TestElf(true)
        {
            Entry = 0x1000,
            Segments = [new TestSegment(0x1000, 0x1000, [0xf4]) { MemoryBytes = 0x9_e000 }]
        }.Build();

        BootedImage image = _bench.Load(kernel);

        Assert.True(image.System.Cr3 >= 0x10_0000);
        Assert.True(image.General.Rsp >= 0x10_0000);
    }

    [Fact]
    public void A_flat_binary_can_start_in_long_mode()
    {
        BootProfile profile = _bench.Profile([0x90, 0xf4])
            with
        { Protocol = BootProtocol.Flat, FlatAddress = 0x20_0000, FlatEntry = 0x20_0001, FlatMode = FlatMode.Long };

        BootedImage image = _bench.Load(profile);

        Assert.Equal("flat", image.Protocol);
        Assert.Equal(TargetArchitecture.X86_64, image.Architecture);
        Assert.Equal(0x20_0001u, image.General.Rip);
        Assert.Equal(0x500u, image.System.Efer);
        Assert.Equal([0x90, 0xf4], _bench.Ram.Read(0x20_0000, 2));
        Assert.Equal(0x20_0000u, Translate(image, 0x20_0000));
    }
}
