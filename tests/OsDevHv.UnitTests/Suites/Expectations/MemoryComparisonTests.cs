using CsCheck;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Tests.Suites.Expectations;

/// <summary>How values in memory are written and compared.</summary>
public sealed class MemoryComparisonTests
{
    [Theory]
    [InlineData("test_failures == 0", "test_failures", 0ul, 0, false, ComparisonOperator.Equal, 0)]
    [InlineData("state+8:u16 != 0xffff", "state", 8ul, 2, false, ComparisonOperator.NotEqual, 0xffff)]
    [InlineData("a::b+0x10 : i64<=-5", "a::b", 16ul, 8, true, ComparisonOperator.LessOrEqual, -5)]
    [InlineData("0x7dfe:u16 == 0xaa55", null, 0x7dfeul, 2, false, ComparisonOperator.Equal, 0xaa55)]
    [InlineData("100:u8>3", null, 100ul, 1, false, ComparisonOperator.Greater, 3)]
    [InlineData("x < -1", "x", 0ul, 0, true, ComparisonOperator.Less, -1)]
    [InlineData("x:u32 >= 1", "x", 0ul, 4, false, ComparisonOperator.GreaterOrEqual, 1)]
    public void A_comparison_is_a_place_an_operator_and_a_number(
        string text, string? symbol, ulong number, int bytes, bool isSigned, ComparisonOperator how, int value)
    {
        Assert.True(MemoryComparison.TryParse(text, out var read));
        Assert.Equal(new MemoryComparison(text, new MemoryPlace(symbol, number, IsPhysical: false), bytes, isSigned, how, value), read);
    }

    [Fact]
    public void An_address_may_be_physical()
    {
        Assert.True(MemoryComparison.TryParse("physical 0x1000:i32 < 0", out var read));
        Assert.Equal((new MemoryPlace(null, 0x1000, IsPhysical: true), 4, true), (read.Place, read.Bytes, read.IsSigned));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x = 5")]
    [InlineData("x == ")]
    [InlineData("== 5")]
    [InlineData("x == y")]
    [InlineData("x == 0x")]
    [InlineData("x == 0x10000000000000000")]
    [InlineData("x == 5 6")]
    [InlineData("x:u24 == 5")]
    [InlineData("x:f32 == 5")]
    [InlineData("0x1000 == 5")]
    [InlineData("-1:u8 == 5")]
    [InlineData("x+y == 5")]
    [InlineData("x+-1 == 5")]
    [InlineData("x+0x80000000 == 5")]
    [InlineData("two words == 5")]
    [InlineData("physical x:u8 == 5")]
    [InlineData("x => 5")]
    public void Anything_else_is_none(string text) => Assert.False(MemoryComparison.TryParse(text, out _));

    [Theory]
    [InlineData("x == 5", 5, 4)]
    [InlineData("x != 5", 4, 5)]
    [InlineData("x < 5", 4, 5)]
    [InlineData("x <= 5", 5, 6)]
    [InlineData("x > 5", 6, 5)]
    [InlineData("x >= 5", 5, 4)]
    public void A_comparison_holds_or_not(string text, int good, int bad)
    {
        Assert.True(MemoryComparison.TryParse(text, out var read));
        Assert.True(read.Holds(good));
        Assert.False(read.Holds(bad));
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        Gen.Int[0, 19].Select(index => "x1:+-=<>!ui 6408_.pé"[index]).Array[0, 20].Select(letters => new string(letters))
            .Sample(text => MemoryComparison.TryParse(text, out var read) == (read is not null));
    }
}
