using CsCheck;
using OsDevHv.Machine.Boot;
using Xunit;

namespace OsDevHv.Tests.Boot;

public sealed class ElfSymbolsTests : IDisposable
{
    private readonly BootBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private static Bytes Symbol64(Bytes table, uint name, int info, int section, ulong address, ulong size) =>
        table.U32(name).U8(info).U8(0).U16(section).U64(address).U64(size);

    /// <summary>
    /// main [1000, 1040), a label "loop" in it at 1010, data [2000, 2008), asm label "entry" at 3000, an absolute number at 1020.
    /// </summary>
    private static byte[] Kernel64()
    {
        byte[] names = [0, .. "main"u8, 0, .. "loop"u8, 0, .. "data"u8, 0, .. "entry"u8, 0, .. "number"u8, 0];
        Bytes symbols = new Bytes().Raw(new byte[24]);
        Symbol64(symbols, 1, 0x12, 1, 0x1000, 0x40);
        Symbol64(symbols, 6, 0x00, 1, 0x1010, 0);
        Symbol64(symbols, 11, 0x11, 1, 0x2000, 8);
        Symbol64(symbols, 16, 0x10, 1, 0x3000, 0);
        Symbol64(symbols, 22, 0x10, 0xfff1, 0x1020, 0);
        Symbol64(symbols, 1, 0x10, 0, 0x5000, 0);
        Symbol64(symbols, 9999, 0x12, 1, 0x6000, 8);
        return (TestElf.WithCode(true, 0xf4) with
        {
            Sections = [new TestSection(0, 0, []), new TestSection(2, 0, symbols.ToArray()) { Link = 2, EntrySize = 24 },
                new TestSection(3, 0, names)],
        }).Build();
    }

    [Theory]
    [InlineData(0x1000u, "main", 0u)]
    [InlineData(0x100fu, "main", 0xfu)]
    [InlineData(0x1010u, "loop", 0u)]
    [InlineData(0x2007u, "data", 7u)]
    [InlineData(0x3000u, "entry", 0u)]
    [InlineData(0x3123u, "entry", 0x123u)]
    public void Addresses_have_the_name_of_the_nearest_symbol(ulong address, string expected, ulong expectedOffset)
    {
        ElfSymbols symbols = new(_bench.Write("kernel", Kernel64()));

        Assert.True(symbols.TryFind(address, out string name, out ulong offset));
        Assert.Equal((expected, expectedOffset), (name, offset));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xfffu)]
    [InlineData(0x2008u)]
    [InlineData(0x1_3000u)]
    [InlineData(ulong.MaxValue)]
    public void Addresses_that_nothing_holds_have_no_name(ulong address)
    {
        Assert.False(new ElfSymbols(_bench.Write("kernel", Kernel64())).TryFind(address, out _, out _));
    }

    [Fact]
    public void A_bias_moves_every_symbol()
    {
        ElfSymbols symbols = new(_bench.Write("kernel", Kernel64()), unchecked(0UL - 0x1000));

        Assert.True(symbols.TryFind(8, out string name, out ulong offset));
        Assert.Equal(("main", 8u), (name, offset));
    }

    [Fact]
    public void Thirty_two_bit_symbols_are_read()
    {
        byte[] table = new Bytes().Raw(new byte[16]).U32(1).U32(0xc010_0000).U32(16).U8(0x12).U8(0).U16(1).ToArray();
        byte[] kernel = (TestElf.WithCode(false, 0xf4) with
        {
            Sections = [new TestSection(0, 0, []), new TestSection(2, 0, table) { Link = 2, EntrySize = 16 },
                new TestSection(3, 0, [0, .. "kmain"u8, 0])],
        }).Build();

        Assert.True(new ElfSymbols(_bench.Write("kernel", kernel)).TryFind(0xc010_000f, out string name, out ulong offset));
        Assert.Equal(("kmain", 15u), (name, offset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(200)]
    public void A_truncated_file_has_no_names(int length)
    {
        Assert.False(new ElfSymbols(_bench.Write("kernel", Kernel64()[..length])).TryFind(0x1000, out _, out _));
    }

    [Fact]
    public void A_missing_file_has_no_names()
    {
        Assert.False(new ElfSymbols(Path.Combine(_bench.Folder, "none")).TryFind(0x1000, out _, out _));
    }

    [Fact]
    public void Damaged_files_never_throw()
    {
        byte[] kernel = Kernel64();
        Gen.Select(Gen.Int[0, kernel.Length - 1], Gen.Byte, Gen.ULong).List[1, 5].Sample(
            changes =>
            {
                byte[] damaged = [.. kernel];
                foreach ((int at, byte value, _) in changes)
                {
                    damaged[at] = value;
                }

                ElfSymbols symbols = new(_bench.Write("damaged", damaged));
                foreach ((_, _, ulong address) in changes)
                {
                    bool found = symbols.TryFind(address, out string name, out ulong _) | symbols.TryFind(address % 0x8000, out _, out _);
                    Assert.True(found || name.Length == 0);
                }
            },
            iter: 2_000,
            threads: 1);
    }
}
