using CsCheck;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>How executables are loaded and requests found; those that cannot be.</summary>
public sealed class LimineImageTests : IDisposable
{
    private readonly LimineKernel _kernel = new(6, new BootBench(), TestRequest.DirectMap);

    public void Dispose() => _kernel.Dispose();

    private string Refusal(TestElf elf)
    {
        BootException error = Assert.Throws<BootException>(() => _kernel.Load(elf));
        Assert.StartsWith(Path.Combine(_kernel.Bench.Folder, "kernel"), error.Message, StringComparison.Ordinal);
        return error.Message;
    }

    private static TestSegment Dynamic(ulong address, params ulong[] words)
    {
        Bytes bytes = new();
        foreach (ulong word in words)
        {
            bytes.U64(word);
        }

        return new TestSegment(address, 0, bytes.ToArray()) { Type = 2 };
    }

    /// <summary>A position-independent executable at 1000h: data with requests at 2000h, tables at 3000h.</summary>
    private static TestElf Relocatable(byte[] data, byte[] tables, params ulong[] dynamic)
    {
        byte[] words = Dynamic(0, dynamic).Content;
        return new TestElf(true)
        {
            Type = 3,
            Entry = 0x1001,
            Segments =
            [
                new TestSegment(0x1000, 0, [0x90, 0xf4]) { Flags = 5 },
                new TestSegment(0x2000, 0, data) { Flags = 6, MemoryBytes = 0x1000 },
                new TestSegment(0x3000, 0, [.. tables, .. words]) { Flags = 6 },
                new TestSegment(0x3000 + (ulong)tables.Length, 0, words) { Type = 2 },
            ],
        };
    }

    private static byte[] Requests(ulong first) =>
        new Bytes().Raw(TestRequest.DirectMap.Build()).U64(first).U64(0).U64(0).ToArray();

    [Fact]
    public void A_relocatable_executable_slides_up_and_its_words_with_it()
    {
        // R_X86_64_RELATIVE at 2030h: 1001h.
        byte[] tables = new Bytes().U64(0x2030).U64(8).U64(0x1001).ToArray();
        _kernel.Load(Relocatable(Requests(0), tables, 7, 0x3000, 8, 24, 9, 24, 0, 0));

        ulong slide = LimineKernel.Base - 0x1000;
        Assert.Equal(slide, _kernel.Image.SymbolBias);
        Assert.Equal(slide + 0x1001, _kernel.Image.General.Rip);
        Assert.Equal(slide + 0x1001, _kernel.U64(slide + 0x2030));
        Assert.NotEqual(0u, _kernel.U64(slide + 0x2000 + 40));
    }

    [Fact]
    public void Relative_relocations_may_be_packed()
    {
        // RELR: the word at 2030h, then of the 63 behind it the second.
        byte[] tables = new Bytes().U64(0x2030).U64((1 << 2) | 1).ToArray();
        byte[] data = [.. Requests(0x1234), .. new Bytes().U64(1).U64(2).ToArray()];
        _kernel.Load(Relocatable(data, tables, 36, 0x3000, 35, 16, 37, 8, 0, 0));

        ulong slide = LimineKernel.Base - 0x1000;
        Assert.Equal(slide + 0x1234, _kernel.U64(slide + 0x2030));
        Assert.Equal(0u, _kernel.U64(slide + 0x2038));
        Assert.Equal(slide, _kernel.U64(slide + 0x2040));
        Assert.Equal(1u, _kernel.U64(slide + 0x2048));
    }

    [Fact]
    public void Relocations_may_name_symbols_of_the_executable()
    {
        // Symbol 1 is at 1010h; R_X86_64_64 with an addend, GLOB_DAT, JUMP_SLOT.
        Bytes symbols = new Bytes().U64(0).U64(0).U64(0).U32(0).U8(0x10).U8(0).U16(1).U64(0x1010).U64(0);
        byte[] tables = symbols.U64(0x2030).U64((1UL << 32) | 1).U64(5).U64(0x2038).U64((1UL << 32) | 6).U64(0)
            .U64(0x2040).U64((1UL << 32) | 7).U64(0).ToArray();
        _kernel.Load(Relocatable(Requests(0), tables, 6, 0x3000, 7, 0x3030, 8, 72, 9, 24, 0, 0));

        ulong slide = LimineKernel.Base - 0x1000;
        Assert.Equal(slide + 0x1015, _kernel.U64(slide + 0x2030));
        Assert.Equal(slide + 0x1010, _kernel.U64(slide + 0x2038));
        Assert.Equal(slide + 0x1010, _kernel.U64(slide + 0x2040));
    }

    [Theory]
    [InlineData(new ulong[] { 1, 5, 0, 0 }, "shared library")]
    [InlineData(new ulong[] { 7, 0x3000, 8, 24, 9, 16, 0, 0 }, "DT_RELAENT")]
    [InlineData(new ulong[] { 7, 0x9000, 8, 24, 9, 24, 0, 0 }, "outside the image")]
    [InlineData(new ulong[] { 7, 0x3000, 8, ulong.MaxValue, 9, 24, 0, 0 }, "outside the image")]
    [InlineData(new ulong[] { 17, 0x3000, 0, 0 }, "DT_REL")]
    [InlineData(new ulong[] { 36, 0x3000, 35, 8, 37, 16, 0, 0 }, "DT_RELRENT")]
    public void Relocations_that_make_no_sense_are_refused(ulong[] dynamic, string said) =>
        Assert.Contains(said, Refusal(Relocatable(Requests(0), new byte[24], dynamic)), StringComparison.Ordinal);

    [Theory]
    [InlineData(0x2030, 37, "type 37")]
    [InlineData(0x8000, 8, "outside the image")]
    [InlineData(0xffff_ffff_ffff_fff0, 8, "outside the image")]
    [InlineData(0x2030, 0x1_0000_0001, "DT_SYMTAB")]
    public void A_relocation_that_makes_no_sense_is_refused(ulong where, ulong information, string said)
    {
        byte[] tables = new Bytes().U64(where).U64(information).U64(0).ToArray();

        Assert.Contains(
            said, Refusal(Relocatable(Requests(0), tables, 7, 0x3000, 8, 24, 9, 24, 0, 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_executable_in_the_lower_half_that_cannot_move_is_refused() =>
        Assert.Contains(
            "p_vaddr of 0x100000",
            Refusal(_kernel.Elf() with { Segments = [new TestSegment(0x10_0000, 0, TestRequest.DirectMap.Build())] }),
            StringComparison.Ordinal);

    [Fact]
    public void Overlapping_segments_are_refused() =>
        Assert.Contains(
            "overlaps",
            Refusal(_kernel.Elf() with { Segments = [.. _kernel.Elf().Segments, new TestSegment(LimineKernel.RequestsAt, 0, [1])] }),
            StringComparison.Ordinal);

    [Fact]
    public void An_executable_larger_than_memory_is_refused() =>
        Assert.Contains(
            "no room for the executable",
            Refusal(_kernel.Elf() with
            {
                Segments = [.. _kernel.Elf().Segments, new TestSegment(0xffff_ffff_ffff_f000, 0, []) { MemoryBytes = 0x1000 }],
            }),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(0x3000)]
    [InlineData(1UL << 31)]
    [InlineData(1UL << 63)]
    public void An_absurd_alignment_is_refused(ulong alignment) =>
        Assert.Contains(
            "p_align",
            Refusal(_kernel.Elf() with { Segments = [.. _kernel.Elf().Segments.Select(one => one with { Alignment = alignment })] }),
            StringComparison.Ordinal);

    [Fact]
    public void A_32_bit_executable_is_refused_where_the_protocol_is_stated()
    {
        string path = _kernel.Bench.Write("kernel", TestElf.WithCode(false, 0xf4).Build());

        BootException error = Assert.Throws<BootException>(
            () => _kernel.Bench.Load(new BootProfile { Kernel = path, Protocol = BootProtocol.Limine }));

        Assert.Contains("32-bit", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(LimineKernel.Base + 2)]
    [InlineData(LimineKernel.Base - 1)]
    public void A_requested_entry_outside_the_image_is_refused(ulong entry)
    {
        _kernel.Add(TestRequest.EntryPoint with { Members = [entry] });

        Assert.Contains("entry point", Refusal(_kernel.Elf()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_requested_entry_replaces_that_of_the_file()
    {
        _kernel.Add(TestRequest.EntryPoint with { Members = [LimineKernel.Base] }).Load();

        Assert.Equal(LimineKernel.Base, _kernel.Image.General.Rip);
        Assert.NotEqual(0u, _kernel.Response(TestRequest.EntryPoint));
    }

    [Fact]
    public void The_same_request_twice_is_refused()
    {
        _kernel.Add(TestRequest.DirectMap);

        Assert.Contains("twice", Refusal(_kernel.Elf()), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_base_revision_tags_are_refused()
    {
        _kernel.Add(new Bytes().U64(0xf9562b2d5c95a6c8).U64(0x6a7b384944536bdc).U64(6).ToArray());

        Assert.Contains("2 base revision tags", Refusal(_kernel.Elf()), StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_outside_the_delimiters_are_left_alone()
    {
        using LimineKernel kernel = new(null, new BootBench(), TestRequest.Date);
        kernel.Add(LimineKernel.StartMarker).Add(new Bytes().U64(0xf9562b2d5c95a6c8).U64(0x6a7b384944536bdc).U64(2).ToArray());
        kernel.Add(TestRequest.DirectMap).Add(LimineKernel.EndMarker).Add(TestRequest.FirmwareType);
        kernel.Load();

        Assert.NotEqual(0u, kernel.Response(TestRequest.DirectMap));
        Assert.Equal(0u, kernel.Response(TestRequest.FirmwareType));
        Assert.Equal(0u, kernel.Response(TestRequest.Date));
    }

    [Fact]
    public void Delimiters_in_the_wrong_order_are_refused()
    {
        _kernel.Add(LimineKernel.EndMarker).Add(LimineKernel.StartMarker);

        Assert.Contains("comes before", Refusal(_kernel.Elf()), StringComparison.Ordinal);
    }

    [Fact]
    public void Base_revision_0_may_list_its_requests_in_a_section()
    {
        using LimineKernel kernel = new(null, new BootBench(), TestRequest.DirectMap, TestRequest.FirmwareType);
        ulong list = kernel.Next;
        kernel.Add(new Bytes().U64(LimineKernel.RequestsAt).U64(0).U64(1).ToArray());
        kernel.Load(kernel.Elf() with
        {
            Sections =
            [
                new TestSection(0, 0, []),
                new TestSection(1, list, []) { Size = 24, Name = 1 },
                new TestSection(3, 0, [0, .. ".limine_reqs\0"u8]),
            ],
            NamesIndex = 2,
        });

        Assert.NotEqual(0u, kernel.Response(TestRequest.DirectMap));
        Assert.Equal(0u, kernel.Response(TestRequest.FirmwareType));
    }

    [Fact]
    public void Mutated_executables_boot_or_are_refused_and_never_write_outside_ram()
    {
        using LimineKernel kernel = new(
            0,
            new BootBench { Machine = new BootMachine { CpuCount = 3, HasFiveLevelPaging = () => true } },
            TestRequest.DirectMap, TestRequest.StackSize with { Members = [0x1_0000] },
            TestRequest.PagingMode with { Revision = 1, Members = [1, 1, 0] }, TestRequest.Mp with { Members = [1] }, TestRequest.MemoryMap,
            TestRequest.EntryPoint with { Members = [LimineKernel.Base] }, TestRequest.ExecutableFile,
            TestRequest.Module with { Revision = 1, Members = [0, 0] }, TestRequest.Entropy with { Members = [3] });
        byte[] tables = new Bytes().U64(0x2030).U64(8).U64(0x1001).U64(0x2030).U64(3).ToArray();
        byte[][] seeds =
        [
            kernel.Elf().Build(),
            Relocatable(Requests(0), tables, 7, 0x3000, 8, 24, 9, 24, 36, 0x3018, 35, 16, 37, 8, 0, 0).Build(),
        ];
        ulong[] edges =
            [0, 1, 2, 3, 7, 0xfff, 0x1000, 0xffff_ffff, LimineKernel.Base, LimineKernel.RequestsAt, 1UL << 47, 1UL << 63, ulong.MaxValue];
        Gen<(int Offset, int Width, ulong Value)> change = Gen.Select(
            Gen.Int[0, seeds.Max(seed => seed.Length)], Gen.OneOf(Gen.Const(1), Gen.Const(4), Gen.Const(8)),
            Gen.OneOf(Gen.ULong, Gen.Int[0, edges.Length - 1].Select(index => edges[index])));
        int booted = 0, refused = 0;
        Gen.Select(Gen.Int[0, seeds.Length - 1], change.List[1, 3], Gen.Int[0, 100]).Sample(
            (seed, changes, cut) =>
            {
                byte[] image = [.. seeds[seed]];
                foreach ((int offset, int width, ulong value) in changes)
                {
                    int at = offset % image.Length / width * width;
                    BitConverter.GetBytes(value).AsSpan(0, Math.Min(width, image.Length - at)).CopyTo(image.AsSpan(at));
                }

                image = cut > 90 ? image[..(image.Length * (cut - 90) / 10)] : image;
                try
                {
                    _ = kernel.Bench.Load(kernel.Bench.Profile(image) with { Protocol = BootProtocol.Limine });
                    booted++;
                }
                catch (BootException error)
                {
                    Assert.StartsWith(Path.Combine(kernel.Bench.Folder, "kernel"), error.Message, StringComparison.Ordinal);
                    refused++;
                }

                Assert.Equal(0, kernel.Bench.Ram.WritesOutsideRam);
            },
            iter: 1_500,
            threads: 1);
        Assert.InRange(booted, 50, 1_500);
        Assert.InRange(refused, 50, 1_500);
    }
}
