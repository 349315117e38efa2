using System.Text;
using CsCheck;
using OsDevHv.Gdb;

namespace OsDevHv.Tests.Gdb;

public sealed class HexDigitsTests
{
    [Fact]
    public void Bytes_of_any_number_are_written_as_pairs_of_lower_case_digits() => Gen.Byte.Array[0, 100].Sample(bytes =>
    {
        byte[] digits = new byte[2 * bytes.Length];

        HexDigits.Write(bytes, digits);

        Assert.Equal(string.Concat(bytes.Select(b => b.ToString("x2"))), Encoding.ASCII.GetString(digits));
    });

    [Fact]
    public void Nothing_is_written_behind_the_digits()
    {
        byte[] digits = "......"u8.ToArray();

        HexDigits.Write([0x0f, 0xa9], digits);

        Assert.Equal("0fa9..", Encoding.ASCII.GetString(digits));
    }
}
