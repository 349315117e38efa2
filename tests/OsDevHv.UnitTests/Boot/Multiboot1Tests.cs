using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class Multiboot1Tests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private static byte[] Kernel(bool is64 = false) => TestElf.WithCode(is64, [.. TestHeaders.Multiboot1(), 0xf4]).Build();

    [Fact]
    public void Machine_state_is_section_3_2()
    {
        BootedImage image = _bench.Load(Kernel());

        Assert.Equal("multiboot1", image.Protocol);
        Assert.Equal(0x2bad_b002u, image.General.Rax);
        Assert.Equal(0x10_0000u, image.General.Rip);
        Assert.Equal(2u, image.General.Rflags);
        Assert.Equal(0x11u, image.System.Cr0);
        Assert.Equal(0u, image.System.Cr4);
        Assert.Equal(0u, image.System.Efer);
        AssertFlat(image.System.Cs, 0xb, _bench.Ram, image.System.Gdt);
        Segment[] data = [image.System.Ds, image.System.Es, image.System.Fs, image.System.Gs, image.System.Ss];
        Assert.All(data, segment => AssertFlat(segment, 0x3, _bench.Ram, image.System.Gdt));
    }

    private static void AssertFlat(Segment segment, byte type, SparseRam ram, DescriptorTable gdt)
    {
        Assert.Equal(0u, segment.Base);
        Assert.Equal(uint.MaxValue, segment.Limit);
        Assert.Equal(type, segment.Type);
        Assert.Equal(0, segment.Dpl);
        Assert.Equal(SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Default32 | SegmentBits.Granular, segment.Flags);

        // The descriptor in memory says what the hidden part says: base 0, limit FFFFFh pages, P, S, DPL 0, D, G.
        Assert.InRange(segment.Selector + 7, 8 + 7, gdt.Limit);
        ulong descriptor = ram.U64(gdt.Base + segment.Selector);
        Assert.Equal(0x00cf_9000_0000_ffffu | ((ulong)type << 40), descriptor);
    }

    [Theory]
    [InlineData(false, TargetArchitecture.I386)]
    [InlineData(true, TargetArchitecture.X86_64)]
    public void Both_elf_classes_are_entered_in_32_bit_mode(bool is64, TargetArchitecture architecture)
    {
        BootedImage image = _bench.Load(Kernel(is64));

        Assert.Equal(architecture, image.Architecture);
        Assert.Equal(0x11u, image.System.Cr0);
        Assert.Equal(0x1bad_b002u, _bench.Ram.U32(0x10_0000));
    }

    [Fact]
    public void Information_structure_has_memory_command_line_modules_and_loader_name()
    {
        byte[] module = [1, 2, 3, 4, 5];
        BootProfile profile = _bench.Profile(Kernel()) with
        {
            CommandLine = "log=debug ü",
            Modules = [new BootModule(_bench.Write("m1", module), "root"), new BootModule(_bench.Write("m2", new byte[5000]), "")],
        };

        BootedImage image = _bench.Load(profile);

        ulong info = image.General.Rbx;
        SparseRam ram = _bench.Ram;
        Assert.Equal(0u, info % 4);
        Assert.Equal(0b10_0100_1101u, ram.U32(info));
        Assert.Equal(639u, ram.U32(info + 4));
        Assert.Equal(15u * 1024, ram.U32(info + 8));
        Assert.Equal(0u, ram.U32(info + 12));
        Assert.Equal("log=debug ü", ram.String(ram.U32(info + 16)));
        Assert.Equal(2u, ram.U32(info + 20));
        ulong modules = ram.U32(info + 24);
        uint start = ram.U32(modules);
        Assert.Equal(0u, start % 4096);
        Assert.True(start >= 0x10_0000 + 17);
        Assert.Equal(start + 5, ram.U32(modules + 4));
        Assert.Equal(module, ram.Read(start, 5));
        Assert.Equal("root", ram.String(ram.U32(modules + 8)));
        Assert.Equal(0u, ram.U32(modules + 12));
        Assert.Equal(0u, ram.U32(modules + 16) % 4096);
        Assert.Equal(5000u, ram.U32(modules + 20) - ram.U32(modules + 16));
        Assert.Equal("", ram.String(ram.U32(modules + 24)));
        Assert.Equal("OsDevHv", ram.String(ram.U32(info + 64)));
    }

    [Fact]
    public void Memory_map_is_byte_for_byte_that_of_the_machine()
    {
        BootedImage image = _bench.Load(Kernel());

        byte[] expected = new Bytes()
            .U32(20).U64(0).U64(0x9_fc00).U32(1)
            .U32(20).U64(0x9_fc00).U64(0x6_0400).U32(2)
            .U32(20).U64(0x10_0000).U64(0xf0_0000).U32(1)
            .ToArray();
        ulong info = image.General.Rbx;
        Assert.Equal((uint)expected.Length, _bench.Ram.U32(info + 44));
        Assert.Equal(expected, _bench.Ram.Read(_bench.Ram.U32(info + 48), expected.Length));
    }

    [Fact]
    public void Section_headers_are_handed_over_and_symbols_loaded()
    {
        byte[] symbols = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];
        byte[] kernel = (TestElf.WithCode(false, [.. TestHeaders.Multiboot1(), 0xf4]) with
        {
            Sections = [new TestSection(0, 0, []), new TestSection(1, 0x10_0000, []) { Size = 17 },
                new TestSection(2, 0, symbols) { Link = 3, Alignment = 4 }, new TestSection(3, 0, [0, 65, 0])],
            NamesIndex = 3,
        }).Build();

        BootedImage image = _bench.Load(kernel);

        SparseRam ram = _bench.Ram;
        ulong info = image.General.Rbx;
        Assert.Equal(1u << 5, ram.U32(info) & (1 << 5));
        Assert.Equal(4u, ram.U32(info + 28));
        Assert.Equal(40u, ram.U32(info + 32));
        Assert.Equal(3u, ram.U32(info + 40));
        ulong headers = ram.U32(info + 36);
        Assert.Equal(0x10_0000u, ram.U32(headers + 40 + 12));
        uint symbolAddress = ram.U32(headers + 80 + 12);
        Assert.Equal(0u, symbolAddress % 4);
        Assert.Equal(symbols, ram.Read(symbolAddress, 32));
        Assert.Equal([0, 65, 0], ram.Read(ram.U32(headers + 120 + 12), 3));
    }

    [Fact]
    public void Bss_is_zeroed_even_when_memory_was_used_before()
    {
        _bench.Ram.TryWrite(0x10_0000, [.. Enumerable.Repeat((byte)0xcc, 0x3000)]);
        byte[] kernel = new TestElf(false)
        {
            Segments = [new TestSegment(0x10_0000, 0x10_0000,
            TestHeaders.Multiboot1()) { MemoryBytes = 0x2000 }]
        }.Build();

        _bench.Load(kernel);

        Assert.Equal(new byte[0x2000 - 16], _bench.Ram.Read(0x10_0010, 0x2000 - 16));
        Assert.Equal(0xcc, _bench.Ram.Read(0x10_2000, 1)[0]);
    }

    [Fact]
    public void A_large_bss_in_fresh_memory_is_not_touched()
    {
        byte[] kernel = new TestElf(false)
        {
            Segments = [new TestSegment(0x10_0000, 0x10_0000,
            TestHeaders.Multiboot1()) { MemoryBytes = 8 << 20 }]
        }.Build();

        _bench.Load(kernel);

        Assert.InRange(_bench.Ram.PagesTouched, 1, 4);
    }

    [Fact]
    public void Higher_half_kernel_is_loaded_and_entered_at_its_physical_address()
    {
        byte[] kernel = new TestElf(false)
        {
            Entry = 0xc010_0010,
            Segments = [new TestSegment(0xc010_0000, 0x10_0000, [.. TestHeaders.Multiboot1(), 0xf4])]
        }.Build();

        Assert.Equal(0x10_0010u, _bench.Load(kernel).General.Rip);
    }

    [Fact]
    public void Higher_half_kernel_with_a_physical_entry_is_entered_there()
    {
        byte[] kernel = new TestElf(false)
        {
            Entry = 0x10_0010,
            Segments = [new TestSegment(0xc010_0000, 0x10_0000, [.. TestHeaders.Multiboot1(), 0xf4])]
        }.Build();

        Assert.Equal(0x10_0010u, _bench.Load(kernel).General.Rip);
    }

    [Fact]
    public void Address_fields_place_a_raw_image()
    {
        byte[] image = [1, 2, 3, 4, .. TestHeaders.Multiboot1(1 << 16, 0x20_0004, 0x20_0000, 0x20_0028, 0x20_1000, 0x20_0024), 0xf4, 0xf4,
            0xf4, 0xf4, 9, 9];
        _bench.Ram.TryWrite(0x20_0028, [7]);

        BootedImage booted = _bench.Load(image);

        Assert.Equal(0x20_0024u, booted.General.Rip);
        Assert.Equal(TargetArchitecture.I386, booted.Architecture);
        Assert.Equal(image[..0x28], _bench.Ram.Read(0x20_0000, 0x28));
        Assert.Equal([0, 0], _bench.Ram.Read(0x20_0028, 2));
        Assert.Equal(0u, _bench.Ram.U32(booted.General.Rbx) & (1 << 5));
    }

    [Fact]
    public void Address_fields_of_zero_load_the_whole_file()
    {
        byte[] image = [.. TestHeaders.Multiboot1(1 << 16, 0x20_0000, 0x20_0000, 0, 0, 0x20_0020), 0xf4, 0xf4];

        _bench.Load(image);

        Assert.Equal(image, _bench.Ram.Read(0x20_0000, image.Length));
    }

    [Fact]
    public void Address_fields_win_over_elf_headers()
    {
        byte[] header = TestHeaders.Multiboot1(1 << 16, 0x30_0080, 0x30_0000, 0, 0, 0x30_0090);
        byte[] kernel = TestElf.WithCode(false, header).Build();
        int offset = kernel.AsSpan().IndexOf(header);
        kernel.PatchU32(offset + 12, 0x30_0000 + (uint)offset);

        BootedImage booted = _bench.Load(kernel);

        Assert.Equal(0x30_0090u, booted.General.Rip);
        Assert.Equal(kernel, _bench.Ram.Read(0x30_0000, kernel.Length));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(3u)]
    [InlineData(0x8000_0000u)]
    public void Flags_that_can_be_met_and_optional_ones_boot(uint flags)
    {
        Assert.Equal("multiboot1", _bench.Load(TestElf.WithCode(false, TestHeaders.Multiboot1(flags)).Build()).Protocol);
    }

    [Fact]
    public void The_last_place_for_a_header_is_the_end_of_the_first_8192_bytes()
    {
        byte[] content = new byte[8192 - 128 - 12 + 16];
        TestHeaders.Multiboot1().AsSpan(0, 12).CopyTo(content.AsSpan(8192 - 128 - 12));

        Assert.Equal("multiboot1", _bench.Load(TestElf.WithCode(false, content).Build()).Protocol);
    }

    [Fact]
    public void Structures_kernel_and_modules_do_not_overlap()
    {
        // The kernel takes all of low memory but 64 KiB, so that the structures have to go around it.
        byte[] kernel = new TestElf(false)
        {
            Entry = 0x2_0000,
            Segments = [new TestSegment(0x2_0000, 0x2_0000, [.. TestHeaders.Multiboot1(), 0xf4]) { MemoryBytes = 0x7_fc00 },
                new TestSegment(0x10_0000, 0x10_0000, [5])],
        }.Build();
        BootProfile profile = _bench.Profile(kernel) with { Modules = [new BootModule(_bench.Write("m", [6]), "x")] };

        BootedImage image = _bench.Load(profile);

        Assert.InRange(image.General.Rbx, 0x1_0000u, 0x1_ff00u);
        Assert.InRange(image.System.Gdt.Base, 0x1_0000u, 0x1_ff00u);
        Assert.Equal(5, _bench.Ram.Read(0x10_0000, 1)[0]);
        Assert.Equal(0x10_1000u, _bench.Ram.U32(_bench.Ram.U32(image.General.Rbx + 24)));
    }
}
