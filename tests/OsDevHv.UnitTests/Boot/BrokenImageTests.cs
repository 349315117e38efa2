using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

/// <summary>Images that must be refused: each with the words that tell its author what is wrong.</summary>
public sealed class BrokenImageTests : IDisposable
{
    private const ulong HighBase = 0xffff_ffff_8000_0000;

    private static readonly Dictionary<string, (Func<byte[]> Image, string Expected)> Images = new()
    {
        ["empty file"] = (() => [], "the file is empty"),
        ["one byte"] = (() => [0x7f], "not an ELF file"),
        ["text file"] = (() => "#!/bin/sh\necho hello\n"u8.ToArray(), "state `protocol: flat`"),
        ["efi program"] = (() => [(byte)'M', (byte)'Z', .. new byte[100]], "an EFI or DOS program"),
        ["linux zImage"] = (() => (new TestBzImage() with { LoadFlags = 0 }).Build(), "a zImage"),
        ["linux protocol 2.05"] = (() => (new TestBzImage() with { Version = 0x205 }).Build(), "the boot protocol is 2.05"),
        ["linux header too short"] = (() => (new TestBzImage() with { HeaderEnd = 0x61 }).Build(), "the setup header ends at 0x263"),
        ["linux header ends beyond the file"] = (() => new TestBzImage().Build()[..0x260], "the setup header ends at 0x26c"),
        ["linux magic alone"] = (() => new TestBzImage().Build()[..0x206], "the boot protocol is 0.00"),
        ["linux without code"] = (() => new TestBzImage().Build()[..0x400], "the file ends at 0x400"),
        ["linux truncated"] = (() => new TestBzImage().Build()[..0x7f0], "(syssize) from offset 0x400 on, and the file ends at 0x7f0"),
        ["linux setup beyond the file"] = (() => (new TestBzImage() with { SetupSectors = 1 }).Build().With(0x1f1, 64), "from offset 0x8200"),
        ["linux size absurd"] = (() => (new TestBzImage() with { Paragraphs = uint.MaxValue }).Build(), "0xffffffff0 bytes (syssize)"),
        ["linux alignment"] = (() => (new TestBzImage() with { Alignment = 0x30_0000 }).Build(), "an alignment of 0x300000"),
        ["linux alignment 0"] = (() => (new TestBzImage() with { Alignment = 0 }).Build(), "an alignment of 0x0"),
        ["linux needs more memory"] = (() => (new TestBzImage() with { InitBytes = 0xf0_0000 }).Build(), "unpacks itself from 0x200000"),
        ["linux address absurd"] =
            (() => (new TestBzImage() with { PreferredAddress = ulong.MaxValue }).Build(), "unpacks itself from 0xffffffffffffffff"),
        ["linux address wraps"] =
            (() => (new TestBzImage() with { IsRelocatable = false, PreferredAddress = ulong.MaxValue }).Build(), "cannot run at 0xffff"),
        ["linux address too low"] =
            (() => (new TestBzImage() with { IsRelocatable = false, PreferredAddress = 0x1000 }).Build(), "cannot run at 0x1000"),
        ["linux outside RAM"] =
            (() => (new TestBzImage() with { IsRelocatable = false, PreferredAddress = 0x100_0000 }).Build(), "the kernel needs guest-physical"),

        ["pvh entry outside"] = (() => TestPvh.Kernel(true, TestPvh.Entry(0x20_0000)).Build(), "the entry of Xen's note 0x200000 is outside"),
        ["pvh position-independent"] =
            (() => (TestPvh.Kernel(true, TestPvh.Entry(0x10_0000)) with { Type = 3 }).Build(), "which PVH cannot relocate"),
        ["gzip"] = (() => [0x1f, 0x8b, 8, 0, .. new byte[100]], "compressed by gzip"),

        ["elf identification truncated"] = (() => "\u007fELF"u8.ToArray(), "ends within the ELF identification"),
        ["elf header truncated 64"] = (() => Elf64().Build()[..40], "ends within the ELF header"),
        ["elf header truncated 32"] = (() => (Elf32() with { Class = 1 }).Build()[..51], "ends within the ELF header"),
        ["elf class 0"] = (() => (Elf64() with { Class = 0 }).Build(), "ELF class (byte 4) is 0"),
        ["elf class 3"] = (() => (Elf64() with { Class = 3 }).Build(), "ELF class (byte 4) is 3"),
        ["elf big-endian"] = (() => (Elf64() with { Data = 2 }).Build(), "data encoding (byte 5) is 2"),
        ["elf no encoding"] = (() => (Elf64() with { Data = 0 }).Build(), "data encoding (byte 5) is 0"),
        ["elf identification version"] = (() => (Elf64() with { IdentVersion = 0 }).Build(), "only version 1 exists"),
        ["elf version"] = (() => (Elf64() with { Version = 7 }).Build(), "the ELF version is 7"),
        ["elf for arm64"] = (() => (Elf64() with { Machine = 183 }).Build(), "e_machine) is 183"),
        ["elf64 for i386"] = (() => (Elf64() with { Machine = 3 }).Build(), "must be for x86-64 (62)"),
        ["elf32 for x86-64"] = (() => (Multiboot1Elf(false) with { Machine = 62 }).Build(), "must be for i386 (3)"),
        ["elf relocatable object"] = (() => (Elf64() with { Type = 1 }).Build(), "relocatable object file (ET_REL)"),
        ["elf core"] = (() => (Elf64() with { Type = 4 }).Build(), "core dump"),
        ["elf type 0"] = (() => (Elf64() with { Type = 0 }).Build(), "e_type) is 0"),
        ["elf type 65279"] = (() => (Elf64() with { Type = 65279 }).Build(), "e_type) is 65279"),
        ["elf position-independent"] = (() => (Elf64() with { Type = 3 }).Build(), "link it with -no-pie"),
        ["elf32 without a header"] = (() => Elf32().Build(), "a 32-bit ELF file can be booted in no other way"),

        ["no program headers"] = (() => (Elf64() with { ProgramCount = 0 }).Build(), "no program headers"),
        ["65535 program headers"] = (() => (Elf64() with { ProgramCount = 0xffff }).Build(), "65,535 program headers or more"),
        ["65534 program headers"] = (() => (Elf64() with { ProgramCount = 0xfffe }).Build(), "program header table"),
        ["one program header too many"] = (() => (Elf64() with { ProgramCount = 3 }).Build(), "program header table"),
        ["program header size of the other class"] =
            (() => (Elf64() with { ProgramEntryBytes = 32 }).Build(), "e_phentsize) is 32 bytes; it must be 56"),
        ["program header size 0"] =
            (() => (Multiboot1Elf(false) with { ProgramEntryBytes = 0 }).Build(), "e_phentsize) is 0 bytes; it must be 32"),
        ["program headers beyond the end"] =
            (() => (Elf64() with { ProgramOffset = 0x1000 }).Build(), "program header table (e_phoff 0x1000"),
        ["program header offset wraps"] = (() => (Elf64() with { ProgramOffset = ulong.MaxValue - 8 }).Build(), "program header table"),
        ["nothing loadable"] = (() => WithSegment(new TestSegment(0x10_0000, 0x10_0000, [1]) { Type = 2 }), "no segment is loadable"),
        ["only empty segments"] = (() => WithSegment(new TestSegment(0x10_0000, 0x10_0000, [])), "no segment is loadable"),

        ["file size above memory size"] = (() => WithSegment(Code with { MemoryBytes = 0 }), "than in memory (p_memsz 0x0)"),
        ["segment beyond the end"] = (() => WithSegment(Code with { Offset = 0x10_0000 }), "reaches beyond the end of the file"),
        ["segment one byte beyond the end"] =
            (() => WithSegment(Code with { FileBytes = 0x1000, MemoryBytes = 0x1000 }), "reaches beyond the end of the file"),
        ["segment offset wraps"] = (() => WithSegment(Code with { Offset = ulong.MaxValue }), "reaches beyond the end of the file"),
        ["file size absurd"] =
            (() => WithSegment(Code with { FileBytes = ulong.MaxValue, MemoryBytes = ulong.MaxValue }),
             "reaches beyond the end of the file"),
        ["virtual address wraps"] = (() => WithSegment(new TestSegment(ulong.MaxValue - 0xf, 0x10_0000, new byte[32])), "wraps around"),
        ["physical address wraps"] = (() => WithSegment(new TestSegment(0x10_0000, ulong.MaxValue - 1, [1, 2, 3, 4])), "not all RAM"),
        ["memory size absurd"] = (() => WithSegment(Code with { MemoryBytes = 1UL << 62 }), "not all RAM"),
        ["segment above ram"] = (() => WithSegment(new TestSegment(0x4000_0000, 0x4000_0000, [1])), "give the machine more memory"),
        ["segment over the end of ram"] =
            (() => WithSegment(new TestSegment(0xff_f000, 0xff_f000, [1]) { MemoryBytes = 0x1001 }), "0xfff000 to 0x1000000"),
        ["segment in the hole"] = (() => WithSegment(new TestSegment(0xfee0_0000, 0xfee0_0000, [1])), "not all RAM"),
        ["segment in video memory"] = (() => WithSegment(new TestSegment(0xb_8000, 0xb_8000, [1])), "not all RAM that a kernel may use"),
        ["segment into the bios data area"] =
            (() => WithSegment(new TestSegment(0x9_f000, 0x9_f000, [1]) { MemoryBytes = 0xc01 }), "not all RAM"),
        ["segment across 640 KiB"] =
            (() => WithSegment(new TestSegment(0x8_0000, 0x8_0000, [1]) { MemoryBytes = 0x10_0000 }), "not all RAM"),
        ["linked high without a load address"] =
            (() => WithSegment(new TestSegment(HighBase, HighBase, [1]), HighBase), "change its load address"),
        ["segments overlap"] =
            (() => Two(Code with { MemoryBytes = 0x1001 }, new TestSegment(0x10_1000, 0x10_1000, [1])),
             "segment 1 (guest-physical 0x101000 to 0x101000) overlaps segment 0"),
        ["segments the same"] = (() => Two(Code, Code), "overlaps segment 0"),
        ["segments overlap backwards"] =
            (() => Two(new TestSegment(0x10_0001, 0x10_0001, [1]), Code with { MemoryBytes = 2 }),
             "segment 1 (guest-physical 0x100000 to 0x100001) overlaps segment 0"),
        ["segments overlap virtually"] =
            (() => Two(Code with { MemoryBytes = 2 }, new TestSegment(0x10_0001, 0x20_0001, [1])),
             "segment 1 (p_vaddr 0x100001) overlaps segment 0"),
        ["segments share a page but not its memory"] = (() => Two(Code, new TestSegment(0x10_0800, 0x20_0800, [1])), "share the page"),
        ["virtual address not canonical"] =
            (() => WithSegment(new TestSegment(0x8000_0000_0000, 0x10_0000, [1]), 0x8000_0000_0000), "not canonical"),
        ["segment reaches into non-canonical addresses"] =
            (() => WithSegment(new TestSegment(0x7fff_ffff_f000, 0x10_0000, [1]) { MemoryBytes = 0x2000 }, 0x7fff_ffff_f000),
             "not canonical"),
        ["addresses not congruent"] =
            (() => WithSegment(new TestSegment(HighBase, 0x10_0010, [1]), HighBase), "at different places in a page"),
        ["entry 0"] = (() => (Elf64() with { Entry = 0 }).Build(), "the entry point 0x0 is outside"),
        ["entry one past the end"] = (() => (Elf64() with { Entry = 0x10_0001 }).Build(), "the entry point 0x100001 is outside"),
        ["entry in bss"] = (() => WithSegment(Code with { MemoryBytes = 0x1000 }, 0x10_0800), "the entry point 0x100800 is outside"),
        ["entry at the top"] = (() => (Elf64() with { Entry = ulong.MaxValue }).Build(), "is outside everything"),

        ["multiboot1 requires video"] =
            (() => TestElf.WithCode(false, TestHeaders.Multiboot1(4)).Build(), "requires a video mode (flags bit 2)"),
        ["multiboot1 unknown requirement"] = (() => TestElf.WithCode(false, TestHeaders.Multiboot1(0x8003)).Build(), "(flags 0x8000)"),
        ["multiboot1 raw without addresses"] =
            (() => [.. TestHeaders.Multiboot1(), .. new byte[64]], "nothing says where it is to be loaded"),
        ["multiboot1 address fields truncated"] =
            (() => [.. TestHeaders.Multiboot1(1 << 16).AsSpan(0, 12), .. new byte[19]], "within the Multiboot header's address fields"),
        ["multiboot1 load address above header"] =
            (() => Addressed(0x20_0000, 0x20_0004, 0, 0, 0x20_0000), "addresses do not fit the file"),
        ["multiboot1 begins before the file"] = (() => Addressed(0x20_0010, 0x20_0000, 0, 0, 0x20_0000), "addresses do not fit the file"),
        ["multiboot1 end below start"] =
            (() => Addressed(0x20_0000, 0x20_0000, 0x1f_ffff, 0, 0x20_0000), "load_end_addr 0x1fffff is below"),
        ["multiboot1 end beyond the file"] = (() => Addressed(0x20_0000, 0x20_0000, 0x20_1000, 0, 0x20_0000), "asks for 0x1000 bytes"),
        ["multiboot1 bss end below data end"] =
            (() => Addressed(0x20_0000, 0x20_0000, 0x20_0020, 0x20_0010, 0x20_0000), "bss_end_addr 0x200010 is below"),
        ["multiboot1 bss beyond ram"] = (() => Addressed(0x20_0000, 0x20_0000, 0, 0xffff_ffff, 0x20_0000), "not all RAM"),
        ["multiboot1 entry outside"] = (() => Addressed(0x20_0000, 0x20_0000, 0, 0, 0x20_0030), "entry_addr 0x200030 is outside"),
        ["multiboot1 into video memory"] = (() => Addressed(0xa_0000, 0xa_0000, 0, 0, 0xa_0000), "not all RAM"),
        ["multiboot1 position-independent"] = (() => (Multiboot1Elf(true) with { Type = 3 }).Build(), "Multiboot 1 cannot relocate"),
        ["multiboot1 above 4 GiB"] =
            (() => new TestElf(true)
            {
                Entry = 1UL << 32,
                Segments = [new TestSegment(1UL << 32, 1UL << 32, TestHeaders.Multiboot1())]
            }.Build(),
             "not below 4 GiB"),
        ["multiboot1 linked high without a load address"] =
            (() => new TestElf(true)
            {
                Entry = HighBase,
                Segments = [new TestSegment(HighBase, HighBase, TestHeaders.Multiboot1())]
            }.Build(),
             "give the linker script a low load address (AT)"),
        ["multiboot1 section table beyond the end"] =
            (() => (WithSections() with { SectionOffset = 0x8000 }).Build(), "section header table (e_shoff 0x8000"),
        ["multiboot1 too many sections"] = (() => (WithSections() with { SectionCount = 0xff00 }).Build(), "section header table"),
        ["multiboot1 section header size"] =
            (() => (WithSections() with { SectionEntryBytes = 41 }).Build(), "e_shentsize) is 41 bytes; it must be 40"),
        ["multiboot1 section contents beyond the end"] =
            (() => WithSections(new TestSection(2, 0, [1]) { Size = 0x7fff_ffff }).Build(), "section 1 (sh_offset"),
        ["multiboot1 section alignment absurd"] =
            (() => WithSections(new TestSection(2, 0, [1]) { Alignment = 0x4000_0000 }).Build(), "sh_addralign"),
        ["multiboot1 large section count in section 0"] =
            (() => (WithSections(new TestSection(0, 0, []))
                with
            { SectionCount = 0, Sections = [new TestSection(0, 0, []) { Size = 0xffff_ffff }] }).Build(),
             "section header table"),
        ["late multiboot1 header"] =
            (() => TestElf.WithCode(false, [.. new byte[8192], .. TestHeaders.Multiboot1()]).Build(),
             "there is a header at offset 0x2080, which is too late"),
        ["late multiboot2 header"] =
            (() => [.. new byte[32768 + 64], .. TestHeaders.Multiboot2()], "there is a header at offset 0x8040, which is too late"),
        ["multiboot1 checksum"] =
            (() => Changed(TestElf.WithCode(false, TestHeaders.Multiboot1()).Build(), TestHeaders.Multiboot1(), 8, 0),
             "no Multiboot header in its first 8192"),

        ["multiboot2 length 0"] = (() => Multiboot2WithLength(0), "says that it has 0 bytes"),
        ["multiboot2 length beyond the file"] = (() => Multiboot2WithLength(0x1000), "says that it has 4096 bytes"),
        ["multiboot2 length absurd"] = (() => Multiboot2WithLength(uint.MaxValue), "says that it has 4294967295 bytes"),
        ["multiboot2 no end tag"] = (() => Multiboot2Elf(TestHeaders.Multiboot2WithoutEnd(TestHeaders.Tag(6, 0))), "have no end tag"),
        ["multiboot2 tag size 0"] =
            (() => Multiboot2Elf(Changed(TestHeaders.Multiboot2(TestHeaders.Tag(6, 0)), [], 20, 0)), "has a size of 0"),
        ["multiboot2 tag size 7"] =
            (() => Multiboot2Elf(Changed(TestHeaders.Multiboot2(TestHeaders.Tag(6, 0)), [], 20, 7)), "has a size of 7"),
        ["multiboot2 tag size absurd"] =
            (() => Multiboot2Elf(Changed(TestHeaders.Multiboot2(TestHeaders.Tag(6, 0)), [], 20, uint.MaxValue)),
             "has a size of 4294967295"),
        ["multiboot2 unknown tag"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(11, 0, 0))),
             "tag of type 11, which Multiboot2 2.0 does not define"),
        ["multiboot2 unknown information"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(1, 0, 6, 22))), "boot information of type 22"),
        ["multiboot2 console required"] = (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(4, 0, 3))), "requires a console"),
        ["multiboot2 framebuffer required"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(5, 0, 1024, 768, 32))), "requires a framebuffer"),
        ["multiboot2 console tag short"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(4, 0))), "type 4 has a size of 8; it must be 12"),
        ["multiboot2 address tag short"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 0, 0, 0))), "type 2 has a size of 20; it must be 24"),
        ["multiboot2 entry tag short"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(3, 0))), "type 3 has a size of 8; it must be 12"),
        ["multiboot2 relocatable tag short"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(10, 0, 0, 0, 0))), "type 10 has a size of 20; it must be 24"),
        ["multiboot2 addresses without entry"] =
            (() => TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 0x20_0000, 0x20_0000, 0, 0)), "no entry address tag (3)"),
        ["multiboot2 raw without addresses"] = (() => TestHeaders.Multiboot2(), "nothing says where it is to be loaded"),
        ["multiboot2 entry tag outside"] =
            (() => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(3, 0, 0x20_0000))), "entry address 0x200000 is outside"),
        ["multiboot2 from start but header address too low"] =
            (() => [.. new byte[64], .. TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 8, uint.MaxValue, 0, 0), TestHeaders.Tag(3, 0, 8))],
             "addresses do not fit the file"),
        ["multiboot2 relocation alignment"] = (() => Relocatable(0, 0x80_0000, 0x3000, 0), "not a power of two"),
        ["multiboot2 relocation range reversed"] =
            (() => Relocatable(0x20_0000, 0x10_0000, 0x1000, 0), "min_addr 0x200000 above max_addr 0x100000"),
        ["multiboot2 relocation preference"] = (() => Relocatable(0, 0x80_0000, 0x1000, 3), "preference 3"),
        ["multiboot2 relocation range too small"] = (() => Relocatable(0x20_0000, 0x20_0008, 8, 1), "fits nowhere in RAM"),
        ["multiboot2 relocation range in the hole"] = (() => Relocatable(0xc000_0000, 0xffff_ffff, 8, 2), "fits nowhere in RAM"),
        ["multiboot2 relocation alignment too coarse"] = (() => Relocatable(0x1000, 0xffff_ffff, 0x8000_0000, 0), "fits nowhere in RAM"),
        ["multiboot2 position-independent without tag"] =
            (() => (TestElf.WithCode(true, TestHeaders.Multiboot2()) with { Type = 3 }).Build(), "without a relocatable tag (10)"),
        ["multiboot2 above 4 GiB"] =
            (() => new TestElf(true)
            {
                Entry = 0xffff_f000,
                Segments = [new TestSegment(0xffff_f000, 0xffff_f000, TestHeaders.Multiboot2()) { MemoryBytes = 0x1001 }]
            }.Build(),
             "not below 4 GiB"),
        ["multiboot2 elf truncated"] = (() => Multiboot2Elf([.. TestHeaders.Multiboot2(), .. new byte[64]])[..^16], "truncated or damaged"),
    };

    private readonly BootBench _bench = new();

    private static TestSegment Code => new(0x10_0000, 0x10_0000, [0xf4]);

    public static IEnumerable<TheoryDataRow<string>> Names => Images.Keys.Select(name => new TheoryDataRow<string>(name));

    public void Dispose() => _bench.Dispose();

    private static TestElf Elf64() => TestElf.WithCode(true, 0xf4);

    private static TestElf Elf32() => TestElf.WithCode(false, 0xf4);

    private static TestElf Multiboot1Elf(bool is64) => TestElf.WithCode(is64, TestHeaders.Multiboot1());

    private static byte[] WithSegment(TestSegment segment, ulong? entry = null) =>
        new TestElf(true) { Entry = entry ?? segment.VirtualAddress, Segments = [segment] }.Build();

    private static byte[] Two(TestSegment first, TestSegment second) => new TestElf(true) { Segments = [first, second] }.Build();

    private static TestElf WithSections(params TestSection[] sections) =>
        Multiboot1Elf(false) with { Sections = [new TestSection(0, 0, []), .. sections] };

    private static byte[] Addressed(params uint[] fields) => TestHeaders.Multiboot1(1 << 16, fields);

    private static byte[] Multiboot2Elf(byte[] header) => TestElf.WithCode(true, header).Build();

    private static byte[] Relocatable(params uint[] fields) => Multiboot2Elf(TestHeaders.Multiboot2(TestHeaders.Tag(10, 0, fields)));

    private static byte[] Multiboot2WithLength(uint length)
    {
        byte[] header = TestHeaders.Multiboot2();
        header.PatchU32(8, length);
        header.PatchU32(12, unchecked(0u - 0xe852_50d6u - length));
        return Multiboot2Elf(header);
    }

    private static byte[] Changed(byte[] image, byte[] at, int offset, uint value)
    {
        image.PatchU32(image.AsSpan().IndexOf(at) + offset, value);
        return image;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Broken_image_is_refused_in_words(string name)
    {
        BootProfile profile = _bench.Profile(Images[name].Image());

        BootException error = Assert.Throws<BootException>(() => _bench.Load(profile));

        Assert.StartsWith(profile.Kernel, error.Message, StringComparison.Ordinal);
        Assert.Contains(Images[name].Expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(0, _bench.Ram.WritesOutsideRam);
    }

    private void AssertRefused(BootProfile profile, string expected)
    {
        BootException error = Assert.Throws<BootException>(() => _bench.Load(profile));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Ram.WritesOutsideRam);
    }

    [Fact]
    public void A_missing_kernel_is_named() =>
        AssertRefused(new BootProfile { Kernel = Path.Combine(_bench.Folder, "none.elf") }, "none.elf: there is no such file");

    [Fact]
    public void A_missing_folder_is_named() =>
        AssertRefused(new BootProfile { Kernel = Path.Combine(_bench.Folder, "nowhere", "none.elf") }, "there is no such file");

    [Fact]
    public void A_directory_is_not_a_kernel() => AssertRefused(new BootProfile { Kernel = _bench.Folder }, "this is a directory");

    [Fact]
    public void A_device_is_not_a_kernel() => AssertRefused(new BootProfile { Kernel = "/dev/null" }, "/dev/null: ");

    [Fact]
    public void A_file_used_as_a_folder_is_an_error_of_the_path() =>
        AssertRefused(new BootProfile { Kernel = Path.Combine(_bench.Write("file", [1]), "kernel") }, "kernel: ");

    [Theory]
    [InlineData(BootProtocol.Multiboot1, "no valid Multiboot header (magic 0x1badb002")]
    [InlineData(BootProtocol.Multiboot2, "no valid Multiboot2 header (magic 0xe85250d6")]
    public void A_stated_protocol_needs_its_header(BootProtocol protocol, string expected) =>
        AssertRefused(_bench.Profile(Elf64().Build()) with { Protocol = protocol }, expected);

    [Fact]
    public void A_stated_elf_must_be_one() =>
        AssertRefused(_bench.Profile(new byte[100]) with { Protocol = BootProtocol.Elf }, "not an ELF file");

    [Fact]
    public void A_stated_elf_must_be_64_bit() =>
        AssertRefused(_bench.Profile(Elf32().Build()) with { Protocol = BootProtocol.Elf }, "but this is a 32-bit ELF file");

    [Fact]
    public void Plain_elf_takes_no_command_line() =>
        AssertRefused(_bench.Profile(Elf64().Build()) with { CommandLine = "x" }, "take `cmdline` out");

    [Fact]
    public void Plain_elf_takes_no_modules() =>
        AssertRefused(_bench.Profile(Elf64().Build()) with { Modules = [new BootModule("/m", "")] }, "take `modules` out");

    [Theory]
    [InlineData(BootProtocol.Multiboot1, "`multiboot1` has no initial RAM disk")]
    [InlineData(BootProtocol.Elf, "`elf` has no initial RAM disk")]
    [InlineData(BootProtocol.Flat, "`flat` has no initial RAM disk")]
    public void Protocols_without_an_initial_RAM_disk_refuse_one(BootProtocol protocol, string expected) =>
        AssertRefused(_bench.Profile(Multiboot1Elf(true).Build()) with { Protocol = protocol, InitialRamDisk = ["/i"] }, expected);

    [Fact]
    public void Linux_takes_no_modules() =>
        AssertRefused(_bench.Profile(new TestBzImage().Build()) with { Modules = [new BootModule("/m", "")] }, "is stated as `initrd`");

    [Fact]
    public void Linux_takes_a_command_line_as_long_as_its_header_says()
    {
        BootProfile profile = _bench.Profile(new TestBzImage { CommandLineBytes = 10 }.Build());

        _bench.Load(profile with { CommandLine = new string('x', 10) });

        AssertRefused(profile with { CommandLine = new string('x', 11) }, "has 11 bytes; 10 is the most");
    }

    [Fact]
    public void A_missing_RAM_disk_is_named() =>
        AssertRefused(_bench.Profile(new TestBzImage().Build()) with { InitialRamDisk = ["/nowhere/i"] }, "/nowhere/i: there is no such");

    [Fact]
    public void A_RAM_disk_that_the_kernel_cannot_reach_is_refused() =>
        AssertRefused(
            _bench.Profile(new TestBzImage { RamDiskMaximum = 0x1f_ffff, ExtendedFlags = 0 }.Build()) with
            {
                InitialRamDisk = [_bench.Write("i", new byte[0x10_0001])],
            },
            "the initial RAM disk below 0x200000");

    [Fact]
    public void The_64_bit_entry_must_be_there() =>
        AssertRefused(
            _bench.Profile(new TestBzImage { ExtendedFlags = 0 }.Build()) with { Protocol = BootProtocol.Linux64 }, "use `protocol: linux32`");

    [Fact]
    public void A_vmlinux_has_one_mode() =>
        AssertRefused(_bench.Profile(Elf64().Build()) with { Protocol = BootProtocol.Linux32 }, "a vmlinux of 64 bits");

    [Fact]
    public void A_stated_Linux_kernel_must_be_one() =>
        AssertRefused(_bench.Profile(new byte[1000]) with { Protocol = BootProtocol.Linux }, "this is no Linux bzImage");

    [Fact]
    public void A_stated_PVH_kernel_needs_the_note() =>
        AssertRefused(_bench.Profile(Elf64().Build()) with { Protocol = BootProtocol.Pvh }, "no ELF note of owner Xen and type 18");

    [Fact]
    public void A_command_line_of_65535_bytes_boots_and_one_more_does_not()
    {
        BootProfile profile = _bench.Profile(Multiboot1Elf(false).Build());

        BootedImage image = _bench.Load(profile with { CommandLine = new string('x', 65_535) });

        Assert.Equal(65_535, _bench.Ram.String(_bench.Ram.U32(image.General.Rbx + 16)).Length);
        AssertRefused(profile with { CommandLine = new string('x', 65_536) }, "has 65536 bytes; 65535 is the most");
        AssertRefused(profile with { CommandLine = new string('ü', 32_768) }, "has 65536 bytes; 65535 is the most");
    }

    [Fact]
    public void A_command_line_with_a_zero_is_refused() =>
        AssertRefused(_bench.Profile(Multiboot1Elf(false).Build()) with { CommandLine = "a\0b" }, "has a zero character");

    [Fact]
    public void A_module_command_line_is_checked_too() => AssertRefused(
        _bench.Profile(Multiboot1Elf(false).Build()) with { Modules = [new BootModule("/m", "a\0")] },
            "/m: its command line has a zero character");

    [Fact]
    public void A_missing_module_is_named() => AssertRefused(
        _bench.Profile(Multiboot1Elf(false).Build()) with { Modules = [new BootModule(Path.Combine(_bench.Folder, "initrd"), "")] },
        "initrd: there is no such file");

    [Fact]
    public void A_module_larger_than_ram_is_refused()
    {
        BootProfile profile = _bench.Profile(Multiboot1Elf(false).Build())
            with
        { Modules = [new BootModule(_bench.Write("large", new byte[16 << 20]), "")] };

        AssertRefused(profile, "there is no room for module");
    }

    [Fact]
    public void An_empty_module_boots()
    {
        BootProfile profile = _bench.Profile(Multiboot1Elf(false).Build())
            with
        { Modules = [new BootModule(_bench.Write("empty", []), "x")] };

        ulong modules = _bench.Ram.U32(_bench.Load(profile).General.Rbx + 24);

        Assert.Equal(_bench.Ram.U32(modules), _bench.Ram.U32(modules + 4));
    }

    [Theory]
    [InlineData(FlatMode.Real, 0x10_0000u, null, "cannot be reached in real mode")]
    [InlineData(FlatMode.Real, 0x7c00u, 0x7bffUL, "the stated entry 0x7bff is outside")]
    [InlineData(FlatMode.Real, 0x7c00u, 0x7c10UL, "the stated entry 0x7c10 is outside")]
    [InlineData(FlatMode.Real, 0xf_0000u, null, "not all RAM that a kernel may use")]
    [InlineData(FlatMode.Protected, 0x1_0000_0000u, null, "cannot be reached in protected mode")]
    [InlineData(FlatMode.Protected, 0xff_fff1u, null, "not all RAM that a kernel may use")]
    [InlineData(FlatMode.Protected, 0xfec0_0000u, null, "not all RAM that a kernel may use")]
    [InlineData(FlatMode.Long, ulong.MaxValue - 3, null, "not all RAM that a kernel may use")]
    [InlineData(FlatMode.Long, 0x9_fbf1u, null, "not all RAM that a kernel may use")]
    public void Flat_addresses_are_checked(FlatMode mode, ulong address, ulong? entry, string expected) => AssertRefused(
        _bench.Profile(new byte[16]) with { Protocol = BootProtocol.Flat, FlatMode = mode, FlatAddress = address, FlatEntry = entry },
        expected);

    [Fact]
    public void A_flat_binary_larger_than_ram_is_refused() => AssertRefused(
        _bench.Profile(new byte[17 << 20]) with { Protocol = BootProtocol.Flat, FlatMode = FlatMode.Protected, FlatAddress = 0x10_0000 },
        "give the machine more memory");

    [Fact]
    public void A_real_mode_binary_that_leaves_no_stack_is_refused() => AssertRefused(
        _bench.Profile(new byte[0x9_f600]) with { Protocol = BootProtocol.Flat, FlatAddress = 0x600 }, "no room for a stack");

    [Fact]
    public void A_kernel_that_fills_all_ram_leaves_no_room_for_what_it_needs()
    {
        byte[] kernel = new TestElf(false)
        {
            Segments =
            [
                new TestSegment(0, 0, [1]) { MemoryBytes = 0x9_fc00 },
                new TestSegment(0x10_0000, 0x10_0000, TestHeaders.Multiboot1()) { MemoryBytes = 0xf0_0000 },
            ],
        }.Build();

        AssertRefused(_bench.Profile(kernel), "there is no room for the descriptor table");
    }

    [Fact]
    public void At_least_a_hundred_images_are_tried() => Assert.InRange(Images.Count, 100, 1000);
}
