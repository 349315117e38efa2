using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Suites.Expectations;
using OsDevHv.Tests.Boot;

namespace OsDevHv.Tests.Suites.Expectations;

/// <summary>What the memory of a guest holds at the end, by symbol and by address.</summary>
/// <remarks>
/// The kernel has counter (4 bytes, at 1000h), tiny (1), half (2), wide (8), label (no size), table (12 bytes), across (8, over the page's
/// end at 1fffh), high (8, which only the second processor maps) and lost (4, mapped by none).
/// </remarks>
public sealed class MemoryCheckTests : IDisposable
{
    private const ulong TablesAt = 0x10_0000;

    private readonly BootBench _bench = new();
    private readonly Ram _ram = new();
    private readonly List<SystemRegisters> _processors = [new SystemRegisters()];
    private readonly List<(string Name, ulong Address, ulong Size)> _symbols =
    [
        ("counter", 0x1000, 4), ("tiny", 0x1010, 1), ("half", 0x1012, 2), ("wide", 0x1018, 8), ("label", 0x1020, 0), ("table", 0x1030, 12),
        ("across", 0x1ffc, 8), ("high", 0x40_0000, 8), ("lost", 0x7fff_0000, 4),
    ];

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("tiny == 0x88", 0x1010ul, 0xffff_ffff_ffff_ff88ul)]
    [InlineData("half == 0x7788", 0x1012ul, 0xffff_ffff_ffff_7788ul)]
    [InlineData("counter == 0x55667788", 0x1000ul, 0xffff_ffff_5566_7788ul)]
    [InlineData("wide == 0x1122334455667788", 0x1018ul, 0x1122_3344_5566_7788ul)]
    [InlineData("label:u8 == 0x88", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("label:u16 == 0x7788", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("label:u32 == 0x55667788", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("label:u64 == 0x1122334455667788", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("table+4:u32 == 0x55667788", 0x1034ul, 0x1122_3344_5566_7788ul)]
    [InlineData("counter+2:u8 == 0x66", 0x1000ul, 0x1122_3344_5566_7788ul)]
    [InlineData("0x1020:u32 == 0x55667788", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("physical 0x1020:u16 == 0x7788", 0x1020ul, 0x1122_3344_5566_7788ul)]
    [InlineData("across == 0x1122334455667788", 0x1ffcul, 0x1122_3344_5566_7788ul)]
    public void A_value_has_the_size_that_is_written_or_the_symbols_own(string text, ulong address, ulong content)
    {
        Write(address, content);

        Assert.Null(Failure(text));
    }

    [Theory]
    [InlineData("==", 4, false)]
    [InlineData("==", 5, true)]
    [InlineData("==", 6, false)]
    [InlineData("!=", 4, true)]
    [InlineData("!=", 5, false)]
    [InlineData("!=", 6, true)]
    [InlineData("<", 4, true)]
    [InlineData("<", 5, false)]
    [InlineData("<", 6, false)]
    [InlineData("<=", 4, true)]
    [InlineData("<=", 5, true)]
    [InlineData("<=", 6, false)]
    [InlineData(">", 4, false)]
    [InlineData(">", 5, false)]
    [InlineData(">", 6, true)]
    [InlineData(">=", 4, false)]
    [InlineData(">=", 5, true)]
    [InlineData(">=", 6, true)]
    public void Each_operator_compares_what_is_there_with_what_is_written(string how, ulong there, bool holds)
    {
        Write(0x1000, there);

        Assert.Equal(holds ? null : $"memory: expected counter {how} 5; it is {there} (0x{there:x})", Failure($"counter {how} 5"));
    }

    [Theory]
    [InlineData("label:i8 == -1")]
    [InlineData("label:i16 == -1")]
    [InlineData("label:i32 == -1")]
    [InlineData("label:i64 == -1")]
    [InlineData("label:i32 < 0")]
    [InlineData("counter == -1")]
    [InlineData("counter > -2")]
    [InlineData("label:u8 == 255")]
    [InlineData("label:u16 == 0xffff")]
    [InlineData("label:u32 > 0x7fffffff")]
    [InlineData("label:u64 == 0xffffffffffffffff")]
    [InlineData("wide == 18446744073709551615")]
    public void A_value_is_signed_where_its_type_or_the_number_says_so(string text)
    {
        Write(0x1000, ulong.MaxValue);
        Write(0x1018, ulong.MaxValue);
        Write(0x1020, ulong.MaxValue);

        Assert.Null(Failure(text));
    }

    [Theory]
    [InlineData("label:i8 == 0", "it is -128 (0x80)")]
    [InlineData("label:u8 == 0", "it is 128 (0x80)")]
    [InlineData("label:i64 == 0", "it is 128 (0x80)")]
    public void What_is_there_is_told_as_its_type_has_it(string text, string words)
    {
        Write(0x1020, 0x80);

        Assert.Equal($"memory: expected {text}; {words}", Failure(text));
    }

    [Fact]
    public void A_symbol_that_is_not_there_is_said_to_be_so() =>
        Assert.Equal("memory: expected test_failures == 0; the kernel's file has no symbol 'test_failures'", Failure("test_failures == 0"));

    [Theory]
    [InlineData("table == 0", "memory: expected table == 0; 'table' has 12 bytes: write its type, as in table:u32")]
    [InlineData("label == 0", "memory: expected label == 0; 'label' has 0 bytes: write its type, as in label:u32")]
    public void A_symbol_of_no_plain_size_needs_a_type(string text, string failure) => Assert.Equal(failure, Failure(text));

    [Theory]
    [InlineData("lost == 0", "0x7fff0000")]
    [InlineData("physical 0x7fff0000:u32 == 0", "0x7fff0000")]
    [InlineData("0xffffffffffffffff:u16 == 0", "0xffffffffffffffff")]
    [InlineData("physical 0xffffffffffffffff:u64 == 0", "0xffffffffffffffff")]
    public void What_is_not_there_is_a_failure_in_words(string text, string address) =>
        Assert.Equal($"memory: expected {text}; {address} is not mapped at the end, or is not RAM", Failure(text));

    [Fact]
    public void A_symbol_is_read_where_the_page_tables_say()
    {
        Map(0x1000, 0x5000);
        Write(0x5000, 7);
        Write(0x1000, 1);

        Assert.Null(Failure("counter == 7"));
        Assert.Null(Failure("physical 0x1000:u32 == 1"));
    }

    [Fact]
    public void A_value_may_lie_over_two_pages_that_are_apart()
    {
        Map(0x1000, 0x5000);
        Map(0x2000, 0x3000);
        Write(0x5ffc, 0x5566_7788);
        Write(0x3000, 0x1122_3344);

        Assert.Null(Failure("across == 0x1122334455667788"));
    }

    [Fact]
    public void A_value_of_which_half_is_mapped_is_not_there()
    {
        Map(0x1000, 0x5000);

        Assert.Contains("0x1ffc is not mapped at the end", Failure("across == 0"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_first_processor_does_not_map_is_looked_for_with_the_others()
    {
        Map(0x1000, 0x5000);
        _processors.Add(new SystemRegisters());
        Write(0x40_0000, 9);

        Assert.Null(Failure("high == 9"));
    }

    [Fact]
    public void A_kernel_without_symbols_still_has_addresses()
    {
        _symbols.Clear();
        Write(0x1000, 3);

        Assert.Null(Failure("0x1000:u32 == 3"));
        Assert.Contains("has no symbol 'counter'", Failure("counter == 3"), StringComparison.Ordinal);
    }

    private string? Failure(string text)
    {
        Assert.True(MemoryComparison.TryParse(text, out MemoryComparison? expected), text);
        return new MemoryCheck(_ram, new ElfSymbols(_bench.Write("kernel", Kernel())), _processors).Failure(expected);
    }

    private void Write(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Assert.True(_ram.TryWrite(address, bytes));
    }

    /// <summary>Maps a page for the first processor, in 32-bit paging: the low 4 MiB have one table, all else is not mapped.</summary>
    private void Map(ulong linear, ulong physical)
    {
        const uint presentAndWritable = 3;
        const ulong protectedAndPaging = 0x8000_0001;
        _processors[0] = new SystemRegisters { Cr0 = protectedAndPaging, Cr3 = TablesAt };
        Span<byte> entry = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)(TablesAt + 0x1000) | presentAndWritable);
        Assert.True(_ram.TryWrite(TablesAt, entry));
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)physical | presentAndWritable);
        Assert.True(_ram.TryWrite(TablesAt + 0x1000 + ((linear >> 12) * sizeof(uint)), entry));
    }

    private byte[] Kernel()
    {
        var names = new List<byte> { 0 };
        Bytes table = new Bytes().Raw(new byte[24]);
        foreach ((string name, ulong address, ulong size) in _symbols)
        {
            table.U32((uint)names.Count).U8(0x11).U8(0).U16(1).U64(address).U64(size);
            names.AddRange([.. System.Text.Encoding.ASCII.GetBytes(name), 0]);
        }

        return (TestElf.WithCode(true, 0xf4) with
        {
            Sections =
            [
                new TestSection(0, 0, []), new TestSection(2, 0, table.ToArray()) { Link = 2, EntrySize = 24 }, new TestSection(3, 0, [.. names]),
            ],
        }).Build();
    }

    private sealed class Ram : IGuestMemory
    {
        private readonly byte[] _bytes = new byte[8 << 20];

        public bool Contains(ulong address, ulong length) => address <= (ulong)_bytes.Length && length <= (ulong)_bytes.Length - address;

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool isIn = Contains(address, (ulong)destination.Length);
            if (isIn)
            {
                _bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return isIn;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        {
            bool isIn = Contains(address, (ulong)source.Length);
            if (isIn)
            {
                source.CopyTo(_bytes.AsSpan((int)address));
            }

            return isIn;
        }
    }
}
