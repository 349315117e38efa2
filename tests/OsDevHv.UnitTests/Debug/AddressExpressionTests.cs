using OsDevHv.Devices;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Addresses as users write them, in each mode.</summary>
public sealed class AddressExpressionTests
{
    [Theory]
    [InlineData("b8000", 0xb8000ul)]
    [InlineData("0xB8000", 0xb8000ul)]
    [InlineData("b8000h", 0xb8000ul)]
    [InlineData(" 10 + 20 - 8 ", 0x28ul)]
    [InlineData("ffffffff80100000", 0xffff_ffff_8010_0000ul)]
    [InlineData("$rsp-8", 0x8ff8ul)]
    [InlineData("$r9d", 0x5566_7788ul)]
    [InlineData("kmain+10", 0xffff_ffff_8000_1010ul)]
    [InlineData("add", 0x4444ul)]
    [InlineData("0add", 0xaddul)]
    [InlineData("dead", 0xdeadul)]
    [InlineData("$gs:28", 0xffff_8000_0000_0028ul)]
    public void Numbers_registers_and_symbols_are_linear_in_long_mode(string text, ulong expected)
    {
        Assert.True(AddressExpression.TryEvaluate(text, Long(), out ulong linear, out string? error), error);
        Assert.Equal(expected, linear);
    }

    [Theory]
    [InlineData("7c0:10", 0x7c10ul)]
    [InlineData("$cs:$ip", 0x12345ul)]
    [InlineData("$pc", 0x12345ul)]
    [InlineData("$sp", 0x2fffeul)]
    [InlineData("ffff:10", 0x10_0000ul)]
    [InlineData("$es:0", 0x9_0000ul)] // Unreal mode: what counts is the cached base.
    [InlineData("$es", 0x1234ul)]
    public void A_segment_is_a_paragraph_in_real_mode(string text, ulong expected)
    {
        Assert.True(AddressExpression.TryEvaluate(text, Real(), out ulong linear, out string? error), error);
        Assert.Equal(expected, linear);
    }

    [Fact]
    public void A_selector_is_looked_up_in_the_descriptor_table_in_protected_mode()
    {
        Assert.True(AddressExpression.TryEvaluate("8:20", Protected(), out ulong linear, out string? error), error);
        Assert.Equal(0x0012_3476ul, linear);
    }

    [Theory]
    [InlineData("", "an address is missing")]
    [InlineData("8:", "an address is missing")]
    [InlineData("$foo", "there is no register '$foo'")]
    [InlineData("$", "there is no register '$'")]
    [InlineData("12g", "'12g' is not a hexadecimal number of up to 64 bits")]
    [InlineData("0x", "'0x' is not a hexadecimal number of up to 64 bits")]
    [InlineData("11112222333344445", "'11112222333344445' is not a hexadecimal number of up to 64 bits")]
    [InlineData("nowhere", "'nowhere' is not a hexadecimal number, and there are no symbols")]
    [InlineData("10+x", "'x' in '10+x' is neither a hexadecimal number nor a register")]
    [InlineData("12345:0", "a segment has 16 bits, 12345h does not fit")]
    [InlineData("0:0", "a null selector has no segment")]
    [InlineData("80:0", "selector 80h is beyond the limit fh of the GDT")]
    public void What_is_no_address_is_refused_in_words(string text, string expected)
    {
        Assert.False(AddressExpression.TryEvaluate(text, Protected(), out _, out string? error));
        Assert.Equal(expected, error);
    }

    private static AddressContext Long() => new(
        new Ram(),
        new GeneralRegisters { Rsp = 0x9000, R9 = 0x1122_3344_5566_7788 },
        new SystemRegisters
        {
            Cr0 = ControlBits.Cr0Pe | ControlBits.Cr0Pg,
            Efer = ControlBits.EferLma,
            Cs = new Segment(0, 0, 8, 0xb, 0, SegmentBits.Present | SegmentBits.Long),
            Gs = new Segment(0xffff_8000_0000_0000, 0, 0, 0, 0, SegmentBits.Unusable),
        },
        static name => name switch
        {
            "kmain" => 0xffff_ffff_8000_1000,
            "add" => 0x4444,
            _ => null,
        });

    private static AddressContext Real() => new(
        new Ram(),
        new GeneralRegisters { Rip = 0x345, Rsp = 0xabcd_fffe },
        new SystemRegisters
        {
            Cs = new Segment(0x12000, 0xffff, 0x1200, 0xb, 0, SegmentBits.Present),
            Ss = new Segment(0x20000, 0xffff, 0x2000, 3, 0, SegmentBits.Present),
            Es = new Segment(0x90000, uint.MaxValue, 0x1234, 3, 0, SegmentBits.Present),
        });

    private static AddressContext Protected() => new(
        new Ram(),
        default,
        new SystemRegisters { Cr0 = ControlBits.Cr0Pe, Gdt = new DescriptorTable(0x100, 15) });

    /// <summary>A page with a descriptor of base 123456h at 108h.</summary>
    private sealed class Ram : IGuestMemory
    {
        private readonly byte[] _page = new byte[0x1000];

        public Ram() => new byte[] { 0xff, 0xff, 0x56, 0x34, 0x12, 0x93, 0xcf, 0 }.CopyTo(_page, 0x108);

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool there = address < 0x1000 && (ulong)destination.Length <= 0x1000 - address;
            if (there)
            {
                _page.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return there;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) => address < 0x1000 && length <= 0x1000 - address;
    }
}
