using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class Multiboot2Tests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private static byte[] Kernel(bool is64, params byte[][] tags) =>
        TestElf.WithCode(is64, [.. TestHeaders.Multiboot2(tags), 0xf4]).Build();

    [Theory]
    [InlineData(false, TargetArchitecture.I386)]
    [InlineData(true, TargetArchitecture.X86_64)]
    public void Machine_state_is_that_of_i386(bool is64, TargetArchitecture architecture)
    {
        BootedImage image = _bench.Load(Kernel(is64));

        Assert.Equal("multiboot2", image.Protocol);
        Assert.Equal(architecture, image.Architecture);
        Assert.Equal(0x36d7_6289u, image.General.Rax);
        Assert.Equal(0u, image.General.Rbx % 8);
        Assert.Equal(0x10_0000u, image.General.Rip);
        Assert.Equal(0x11u, image.System.Cr0);
        Assert.Equal(0u, image.System.Efer);
        Assert.Equal(0u, image.SymbolBias);
    }

    [Fact]
    public void Information_is_byte_for_byte_what_section_3_6_says()
    {
        BootProfile profile = _bench.Profile(Kernel(false)) with
        {
            CommandLine = "a=1",
            Modules = [new BootModule(_bench.Write("m", [1, 2, 3]), "root")],
        };

        BootedImage image = _bench.Load(profile);

        Bytes tags = new Bytes()
            .U32(1).U32(8 + 4).Text("a=1").AlignTo(8)
            .U32(2).U32(8 + 8).Text("OsDevHv").AlignTo(8)
            .U32(3).U32(16 + 5).U32(0x10_1000).U32(0x10_1003).Text("root").AlignTo(8)
            .U32(4).U32(16).U32(639).U32(15 * 1024)
            .U32(6).U32(16 + (3 * 24)).U32(24).U32(0)
            .U64(0).U64(0x9_fc00).U32(1).U32(0)
            .U64(0x9_fc00).U64(0x6_0400).U32(2).U32(0)
            .U64(0x10_0000).U64(0xf0_0000).U32(1).U32(0)
            .U32(0).U32(8);
        byte[] expected = new Bytes().U32((uint)(8 + tags.Length)).U32(0).Raw(tags.ToArray()).ToArray();
        Assert.Equal(expected, _bench.Ram.Read(image.General.Rbx, expected.Length));
        Assert.Equal([1, 2, 3], _bench.Ram.Read(0x10_1000, 3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Section_headers_follow_with_unallocated_contents_loaded(bool is64)
    {
        byte[] kernel = (TestElf.WithCode(is64, [.. TestHeaders.Multiboot2(), 0xf4]) with
        {
            Sections = [new TestSection(0, 0, []), new TestSection(1, 0x10_0000, []) { Size = 4 }, new TestSection(3, 0, [0, 65, 66, 0]),
                new TestSection(8, 0, []) { Size = 4096 }],
            NamesIndex = 2,
        }).Build();

        BootedImage image = _bench.Load(kernel);

        SparseRam ram = _bench.Ram;
        int size = is64 ? 64 : 40;
        ulong tag = FindTag(image, 9);
        Assert.Equal((uint)(20 + (4 * size)), ram.U32(tag + 4));
        Assert.Equal(4u, ram.U32(tag + 8));
        Assert.Equal((uint)size, ram.U32(tag + 12));
        Assert.Equal(2u, ram.U32(tag + 16));
        ulong addressField = is64 ? 16u : 12u;
        Assert.Equal(0x10_0000u, ram.U32(tag + 20 + (ulong)size + addressField));
        Assert.Equal([0, 65, 66, 0], ram.Read(ram.U32(tag + 20 + (2 * (ulong)size) + addressField), 4));
        Assert.Equal(0u, ram.U32(tag + 20 + (3 * (ulong)size) + addressField));
    }

    /// <summary>The address of the first tag of a type, or 0.</summary>
    private ulong FindTag(BootedImage image, uint type)
    {
        ulong at = image.General.Rbx + 8;
        while (_bench.Ram.U32(at) != 0)
        {
            if (_bench.Ram.U32(at) == type)
            {
                return at;
            }

            at += (_bench.Ram.U32(at + 4) + 7) & ~7u;
        }

        return 0;
    }

    [Fact]
    public void Address_and_entry_tags_place_a_raw_image()
    {
        byte[] image = [.. TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 0x20_0000, 0x20_0000, 0x20_0042, 0x20_0100),
            TestHeaders.Tag(3, 0, 0x20_0040)), 0xf4, 0xf4, 1, 2];

        BootedImage booted = _bench.Load(image);

        Assert.Equal(0x20_0040u, booted.General.Rip);
        Assert.Equal([.. image[..0x42], 0, 0], _bench.Ram.Read(0x20_0000, 0x44));
    }

    [Fact]
    public void A_load_address_of_minus_one_loads_from_the_files_beginning()
    {
        byte[] image = [8, 7, 6, 5, 4, 3, 2, 1,
            .. TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 0x20_0008, uint.MaxValue, 0, 0), TestHeaders.Tag(3, 0, 0x20_0048))];
        image = [.. image, 0xf4];

        _bench.Load(image);

        Assert.Equal(image, _bench.Ram.Read(0x20_0000, image.Length));
    }

    [Fact]
    public void Entry_tag_wins_over_the_elf_entry()
    {
        Assert.Equal(0x10_0008u, _bench.Load(Kernel(true, TestHeaders.Tag(3, 0, 0x10_0008))).General.Rip);
    }

    [Theory]
    [InlineData(1u, 1u)]
    [InlineData(1u, 8u)]
    [InlineData(0u, 21u)]
    public void Known_information_requests_boot(uint first, uint second)
    {
        Assert.Equal("multiboot2", _bench.Load(Kernel(false, TestHeaders.Tag(1, 0, first, second))).Protocol);
    }

    [Theory]
    [InlineData(1, 99u)]
    [InlineData(4, 3u)]
    [InlineData(5, 1024u)]
    [InlineData(77, 0u)]
    public void What_cannot_be_met_is_passed_over_when_optional(int type, uint field)
    {
        Assert.Equal("multiboot2", _bench.Load(Kernel(false, TestHeaders.Tag(type, 1, field))).Protocol);
    }

    [Fact]
    public void Efi_and_alignment_tags_are_passed_over()
    {
        byte[] kernel = Kernel(false, TestHeaders.Tag(6, 0), TestHeaders.Tag(7, 0), TestHeaders.Tag(8, 0, 1), TestHeaders.Tag(9, 0, 1),
            TestHeaders.Tag(4, 0, 2));

        Assert.Equal(0x10_0000u, _bench.Load(kernel).General.Rip);
    }

    [Theory]
    [InlineData(0x20_0000u, 0x80_0000u, 0x1000u, 0u, 0x20_0000u)]
    [InlineData(0x00_0000u, 0x80_0000u, 0x1000u, 0u, 0x10_0000u)]
    [InlineData(0x20_0001u, 0x80_0000u, 0x1_0000u, 1u, 0x21_0000u)]
    [InlineData(0x20_0000u, 0x80_0000u, 0x1000u, 2u, 0x7f_f000u)]
    [InlineData(0x20_0000u, 0xffff_ffffu, 0x20_0000u, 2u, 0xe0_0000u)]
    [InlineData(0x00_0000u, 0xffff_ffffu, 0x1000u, 1u, 0x1000u)]
    public void Relocatable_images_go_where_the_tag_allows(uint minimum, uint maximum, uint alignment, uint preference, uint expected)
    {
        BootedImage image = _bench.Load(Kernel(true, TestHeaders.Tag(10, 0, minimum, maximum, alignment, preference)));

        Assert.Equal(expected, image.General.Rip);
        Assert.Equal(0xe852_50d6u, _bench.Ram.U32(expected));
        Assert.Equal(unchecked((ulong)expected - 0x10_0000), image.SymbolBias);
        ulong tag = FindTag(image, 21);
        Assert.Equal(12u, _bench.Ram.U32(tag + 4));
        Assert.Equal(expected, _bench.Ram.U32(tag + 8));
    }

    [Fact]
    public void A_position_independent_executable_is_relocated_with_its_section_addresses()
    {
        byte[] kernel = new TestElf(true)
        {
            Type = 3,
            Entry = 0x48,
            Segments = [new TestSegment(0, 0,
                [.. TestHeaders.Multiboot2(TestHeaders.Tag(10, 0, 0x30_0000, 0x40_0000, 0x1000, 1)), .. new byte[64]])],
            Sections = [new TestSection(0, 0, []), new TestSection(1, 0x10, []) { Size = 4 }],
        }.Build();

        BootedImage image = _bench.Load(kernel);

        Assert.Equal(0x30_0048u, image.General.Rip);
        Assert.Equal(0x30_0000u, image.SymbolBias);
        Assert.Equal(0x30_0010u, _bench.Ram.U64(FindTag(image, 9) + 20 + 64 + 16));
    }

    [Fact]
    public void Multiboot2_is_preferred_when_a_file_has_both_headers()
    {
        byte[] kernel = TestElf.WithCode(true, [.. TestHeaders.Multiboot1(), .. TestHeaders.Multiboot2()]).Build();

        Assert.Equal("multiboot2", _bench.Load(kernel).Protocol);
        Assert.Equal("multiboot1", _bench.Load(_bench.Profile(kernel) with { Protocol = BootProtocol.Multiboot1 }).Protocol);
    }

    [Fact]
    public void A_header_for_another_architecture_is_not_one()
    {
        byte[] header = TestHeaders.Multiboot2();
        header.PatchU32(4, 4);
        header.PatchU32(12, unchecked(0u - 0xe852_50d6u - 4 - 24));

        Assert.Equal("elf", _bench.Load(TestElf.WithCode(true, header).Build()).Protocol);
    }
}
