using CsCheck;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class MutatedImageTests : IDisposable
{
    private static readonly byte[][] Seeds =
    [
        TestElf.WithCode(true, [.. TestHeaders.Multiboot2(TestHeaders.Tag(1, 0, 4, 6), TestHeaders.Tag(3, 0, 0x10_0000),
            TestHeaders.Tag(10, 0, 0, 0x80_0000, 4096, 1)), 0xf4]).Build(),
        TestHeaders.Multiboot2(TestHeaders.Tag(2, 0, 0x20_0000, 0x20_0000, 0x20_0040, 0x20_1000), TestHeaders.Tag(3, 0, 0x20_0030)),
        TestHeaders.Multiboot1(1 << 16, 0x20_0000, 0x20_0000, 0x20_0020, 0x20_1000, 0x20_0000),
        (TestElf.WithCode(false, [.. TestHeaders.Multiboot1(3), 0xf4]) with
        {
            Sections = [new TestSection(0, 0, []), new TestSection(2, 0, new byte[32]) { Link = 2 }, new TestSection(3, 0, new byte[8])],
            NamesIndex = 2,
        }).Build(),
        new TestElf(true)
        {
            Entry = 0xffff_ffff_8010_0000,
            Segments = [new TestSegment(0xffff_ffff_8010_0000, 0x10_0000, [0xf4]),
                new TestSegment(0xffff_ffff_8010_1000, 0x10_1000, [1, 2]) { MemoryBytes = 0x3000 }],
        }.Build(),
        new TestBzImage { InitBytes = 0x10_0000 }.Build(),
        TestPvh.Kernel(true, [.. TestPvh.Note(1, 1, 2), .. TestPvh.Entry(0x10_0000)]).Build(),
    ];

    // Values at the edges of what fields can hold.
    private static readonly ulong[] Edges =
        [0, 1, 7, 8, 0xfff, 0x1000, 0x7fff, 0x8000, 0xffff, 0x9_fc00, 0xa_0000, 0x10_0000, 0xff_ffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000,
            0xc000_0000,
            0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, ulong.MaxValue];

    private static readonly Gen<(int Offset, int Width, ulong Value)> Change =
        Gen.Select(Gen.Int[0, 640], Gen.OneOf(Gen.Const(1), Gen.Const(2), Gen.Const(4), Gen.Const(8)),
            Gen.OneOf(Gen.ULong, Gen.Int[0, Edges.Length - 1].Select(index => Edges[index])));

    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>Restores the Multiboot checksums, since most mutations would otherwise end there.</summary>
    private static void MendChecksums(byte[] image)
    {
        for (int offset = 0; offset + 16 <= image.Length; offset += 4)
        {
            uint magic = BitConverter.ToUInt32(image, offset);
            if (magic == 0x1bad_b002)
            {
                image.PatchU32(offset + 8, unchecked(0u - magic - BitConverter.ToUInt32(image, offset + 4)));
            }
            else if (magic == 0xe852_50d6)
            {
                image.PatchU32(offset
                    + 12, unchecked(0u - magic - BitConverter.ToUInt32(image, offset + 4) - BitConverter.ToUInt32(image, offset + 8)));
            }
        }
    }

    [Fact]
    public void Mutated_images_boot_or_are_refused_and_never_write_outside_ram()
    {
        int booted = 0, refused = 0;
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Change.List[1, 4], Gen.Int[0, 200], Gen.Enum<BootProtocol>(), Gen.Enum<FlatMode>())
            .Sample(
                (seed, changes, cut, protocol, mode) =>
                {
                    byte[] image = [.. Seeds[seed]];
                    foreach ((int offset, int width, ulong value) in changes)
                    {
                        int at = offset % image.Length;
                        BitConverter.GetBytes(value).AsSpan(0, Math.Min(width, image.Length - at)).CopyTo(image.AsSpan(at));
                    }

                    MendChecksums(image);
                    image = cut > 160 ? image[..(image.Length * (cut - 160) / 40)] : image;
                    BootProfile profile = _bench.Profile(image)
                        with
                    { Protocol = protocol, FlatMode = mode, FlatAddress = changes[0].Value };
                    try
                    {
                        BootedImage result = _bench.Load(profile);
                        Assert.NotEqual(0u, result.General.Rflags);
                        booted++;
                    }
                    catch (BootException error)
                    {
                        Assert.StartsWith(profile.Kernel, error.Message, StringComparison.Ordinal);
                        refused++;
                    }

                    Assert.Equal(0, _bench.Ram.WritesOutsideRam);
                },
                iter: 3_000,
                threads: 1);
        Assert.InRange(booted, 50, 3_000);
        Assert.InRange(refused, 50, 3_000);
    }
}
