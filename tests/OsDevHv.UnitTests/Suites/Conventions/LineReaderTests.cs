using System.Text;
using CsCheck;
using OsDevHv.Suites.Conventions;

namespace OsDevHv.Tests.Suites.Conventions;

/// <summary>Lines of a console's bytes.</summary>
public sealed class LineReaderTests
{
    private static readonly Gen<byte[]> Output = Gen.OneOf(
            Gen.Byte.Array[0, 40],
            Gen.Int[0, 9].Select(index => "\n\r\u001b[m3;x\u00c3\u00a9"[index]).Select(letter => (byte)letter).Array[0, 40],
            Gen.Select(Gen.Byte, Gen.Int[0, 9000], (value, count) => Enumerable.Repeat(value, count).ToArray()))
        .Array[0, 6].Select(parts => parts.SelectMany(part => part).ToArray());

    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("\n\n", "|")]
    [InlineData("", null)]
    [InlineData("a\rb\n", "a\rb")]
    [InlineData("\u001b[1;32mok\u001b[0m 1\n", "ok 1")]
    [InlineData("\u001b[2J\u001b[Hhello\n", "hello")]
    [InlineData("cut \u001b[3\nnext\n", "cut |next")]
    [InlineData("é\n", "é")]
    public void A_line_ends_with_a_line_feed_and_has_no_escape_sequences(string output, string? lines)
    {
        Assert.Equal(lines?.Split('|') ?? [], Read([Encoding.UTF8.GetBytes(output)]).Select(piece => piece.Text));
    }

    [Fact]
    public void What_is_not_utf8_becomes_a_replacement_character()
    {
        Assert.Equal("a\ufffdb", Read([[0x61, 0xff, 0x62, 0x0a]])[0].Text);
    }

    [Fact]
    public void A_line_that_has_begun_can_be_looked_at()
    {
        var reader = new LineReader(_ => { });

        reader.Write("done\nlogin: "u8);

        Assert.Equal("login: ", reader.Begun);
    }

    [Fact]
    public void How_output_is_cut_into_writes_does_not_matter()
    {
        Gen.Select(Output, Gen.Int[0, 100_000].Array[0, 8]).Sample((output, cuts) =>
        {
            int[] places = [0, .. cuts.Where(cut => cut < output.Length).Order(), output.Length];
            var parts = places.Zip(places.Skip(1), (from, to) => output[from..to]);

            return Read([output]).SequenceEqual(Read(parts));
        });
    }

    [Fact]
    public void Every_piece_is_bounded_and_the_pieces_of_a_line_belong_together()
    {
        Output.Sample(output =>
        {
            bool isStart = true;
            foreach (var piece in Read([output]))
            {
                Assert.InRange(piece.Text.Length, 0, LineReader.LongestPiece);
                Assert.InRange(piece.Overlap, 0, piece.Text.Length);
                Assert.Equal(isStart, piece.IsStart);
                Assert.Equal(piece.IsStart, piece.Overlap == 0);
                isStart = piece.IsEnd;
            }

            Assert.True(isStart, "the last line has an end");
        });
    }

    [Fact]
    public void A_long_line_is_told_in_pieces_that_overlap_and_lacks_nothing()
    {
        Gen.Char['a', 'z'].Array[0, 20_000].Select(letters => new string(letters)).Sample(line =>
        {
            var pieces = Read([Encoding.ASCII.GetBytes(line + "\n")]);

            Assert.Equal(line, string.Concat(pieces.Select(piece => piece.Text[piece.Overlap..])));
        });
    }

    [Fact]
    public void A_carriage_return_at_the_end_of_a_piece_leaves_no_overlap_beyond_the_text()
    {
        var pieces = Read([Encoding.ASCII.GetBytes(new string('x', LineReader.LongestPiece - 1) + "\r\n")]);

        Assert.Equal(pieces[^1].Text.Length, pieces[^1].Overlap);
    }

    [Fact]
    public void Memory_does_not_grow_with_a_line_that_never_ends()
    {
        var reader = new LineReader(_ => { });
        byte[] part = [.. Enumerable.Repeat((byte)'x', 1 << 16)];
        for (int i = 0; i < 100; i++)
        {
            reader.Write(part);
            Assert.InRange(reader.Begun.Length, 0, LineReader.LongestPiece);
        }
    }

    private static List<LinePiece> Read(IEnumerable<byte[]> parts)
    {
        var pieces = new List<LinePiece>();
        var reader = new LineReader(pieces.Add);
        foreach (byte[] part in parts)
        {
            reader.Write(part);
        }

        reader.Finish();
        return pieces;
    }
}
