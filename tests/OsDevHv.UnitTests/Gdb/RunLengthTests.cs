using System.Text;
using CsCheck;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Run-length encoding (GDB manual, appendix E.1).</summary>
public sealed class RunLengthTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("000", "000")]
    [InlineData("0000", "0* ")]
    [InlineData("00000000", "0*\"00")] // Seven repetitions would be '$', six '#': five, and the two that are left.
    [InlineData("000000000", "0*%")]
    [InlineData("10000000000000f", "10*)f")]
    [InlineData("}0000", "}0000")]
    public void A_payload_is_encoded(string plain, string encoded)
    {
        byte[] payload = Encoding.Latin1.GetBytes(plain);

        int length = RunLength.Encode(payload);

        Assert.Equal(encoded, Encoding.Latin1.GetString(payload, 0, length));
    }

    [Fact]
    public void Decoding_undoes_encoding_and_no_count_is_a_frames_own_character()
    {
        // Few different bytes, so that there are runs of every length.
        Gen<byte[]> payloads = Gen.Select(Gen.Byte[0, 2], Gen.Int[1, 300])
            .Select(static (value, count) => Enumerable.Repeat((byte)('a' + value), count).ToArray())
            .Array[0, 20].Select(static runs => runs.SelectMany(static run => run).ToArray());
        payloads.Sample(static plain =>
        {
            byte[] payload = [.. plain];
            int length = RunLength.Encode(payload);
            byte[] decoded = new byte[plain.Length];
            return !payload.AsSpan(0, length).ContainsAny("#$+-"u8)
                && RunLength.TryDecode(payload.AsSpan(0, length), decoded, out int back)
                && back == plain.Length
                && decoded.AsSpan().SequenceEqual(plain);
        });
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.False(RunLength.TryDecode("0*~"u8, new byte[97], out _));
        Assert.True(RunLength.TryDecode("0*~"u8, new byte[98], out int length));
        Assert.Equal(98, length);
    }
}
