using OsDevHv.Devices;
using OsDevHv.Machine.Display;
using OsDevHv.Tests.Devices;

namespace OsDevHv.Tests.Display;

/// <summary>Text memory as a picture and as characters.</summary>
public sealed class TextScreenTests
{
    private const int Grey = 0xaaaaaa, White = 0xffffff, Blue = 0x0000aa, Black = 0;
    private const byte FullBlock = 0xdb, LeftHalf = 0xdd, HorizontalLine = 0xc4, RightHalf = 0xde;

    private readonly byte[] _memory = new byte[VgaText.MemoryBytes];
    private readonly VgaTextState _state = new VgaText(new TestClock()).Snapshot() with { Cursor = null };

    [Fact]
    public void Mode_3_is_720_by_400_pixels()
    {
        Picture picture = Draw(_state);

        Assert.Equal((720, 400), (picture.Width, picture.Height));
    }

    [Fact]
    public void A_character_has_its_foreground_where_the_glyph_has_dots_and_its_background_elsewhere()
    {
        Put(0, LeftHalf, 0x1f);

        Picture picture = Draw(_state);

        Assert.Equal((White, White, Blue, Blue), (picture[0, 0], picture[3, 15], picture[4, 0], picture[8, 15]));
        Assert.Equal(Black, picture[9, 0]);
    }

    [Theory]
    [InlineData(HorizontalLine, 8, true)]
    [InlineData(FullBlock, 0, true)]
    [InlineData(RightHalf, 0, true)]
    [InlineData((byte)'_', 15, false)]
    public void The_ninth_column_repeats_the_eighth_for_line_graphics_alone(byte character, int line, bool repeats)
    {
        Put(0, character, 0x07);
        Picture picture = Draw(_state);
        int row = Enumerable.Range(0, 16).First(y => picture[7, y] == Grey || y == line);

        Assert.Equal(repeats ? Grey : Black, picture[8, row]);
    }

    [Fact]
    public void Without_line_graphics_the_ninth_column_is_background()
    {
        Put(0, FullBlock, 0x07);

        Assert.Equal(Black, Draw(_state with { ExtendsLines = false })[8, 0]);
    }

    [Fact]
    public void Eight_dots_a_character_give_640_pixels_and_no_ninth_column()
    {
        Put(0, FullBlock, 0x07);
        Put(1, LeftHalf, 0x17);

        Picture picture = Draw(_state with { CharacterWidth = 8 });

        Assert.Equal(640, picture.Width);
        Assert.Equal((Grey, Grey, Blue), (picture[7, 0], picture[8, 0], picture[12, 0]));
    }

    [Theory]
    [InlineData(true, Blue)]
    [InlineData(false, 0x5555ff)]
    public void Bit_7_blinks_or_makes_the_background_bright(bool blinks, int background)
    {
        Put(0, LeftHalf, 0x9f);

        Picture picture = Draw(_state with { Blinks = blinks });

        Assert.Equal((White, background), (picture[0, 0], picture[8, 0]));
    }

    [Fact]
    public void The_cursor_covers_its_lines_in_the_characters_foreground()
    {
        Put(81, (byte)' ', 0x1f);

        Picture picture = Draw(_state with { Cursor = 81, CursorFirstLine = 13, CursorLastLine = 14 });

        Assert.Equal([Blue, White, White, Blue], Enumerable.Range(28, 4).Select(y => picture[9, y]));
        Assert.Equal((White, Black, Black), (picture[17, 30], picture[18, 30], picture[8, 30]));
    }

    [Theory]
    [InlineData(14, 13)]
    [InlineData(16, 31)]
    public void A_cursor_that_ends_before_it_begins_or_lies_below_the_character_is_not_seen(int first, int last)
    {
        VgaTextState state = _state with { Cursor = 0, CursorFirstLine = first, CursorLastLine = last };

        Assert.Null(new TextScreen(state, _memory).FindCursor());
        Assert.All(Draw(state).Rgb, level => Assert.Equal(0, level));
    }

    [Fact]
    public void The_cursor_is_counted_from_the_start_of_memory()
    {
        Assert.Equal((1, 5), new TextScreen(_state with { Start = 160, Cursor = 245 }, _memory).FindCursor());
        Assert.Null(new TextScreen(_state with { Start = 160, Cursor = 100 }, _memory).FindCursor());
    }

    [Fact]
    public void The_attribute_of_black_background_and_foreground_1_underlines_at_the_underline_line()
    {
        Put(0, (byte)' ', 0x01);
        Put(1, (byte)' ', 0x11);

        Picture picture = Draw(_state with { UnderlineLine = 12 });

        Assert.Equal((Black, Blue, Black), (picture[0, 11], picture[0, 12], picture[0, 13]));
        Assert.Equal(picture[9, 11], picture[9, 12]);
    }

    [Fact]
    public void A_font_of_half_the_height_leaves_out_every_second_row()
    {
        Put(0, FullBlock, 0x07);
        Put(80, LeftHalf, 0x07);

        Picture picture = Draw(_state with { CharacterHeight = 8, Rows = 50 });

        Assert.Equal((Grey, Grey, Black), (picture[7, 7], picture[0, 8], picture[7, 8]));
    }

    [Fact]
    public void A_dark_screen_is_black()
    {
        Put(0, FullBlock, 0x0f);

        Assert.All(Draw(_state with { IsBlank = true }).Rgb, level => Assert.Equal(0, level));
    }

    [Fact]
    public void The_text_has_a_line_a_row_without_what_is_empty_at_the_ends()
    {
        Write(0, "first  ");
        Write(162, "third \u0001 \u00c9\u00cd\u00bb");

        Assert.Equal("first\n\n  third ☺ ╔═╗\n", Text(_state));
    }

    [Fact]
    public void An_empty_screen_is_no_text() => Assert.Equal("", Text(_state));

    [Fact]
    public void The_start_address_scrolls()
    {
        Write(80, "second");

        Assert.Equal("second\n", Text(_state with { Start = 80 }));
    }

    [Fact]
    public void Text_memory_begins_again_after_its_end()
    {
        Write(0x4000 - 3, "endagain");

        Assert.Equal("endagain\n", Text(_state with { Start = 0xfffd }));
    }

    [Fact]
    public void The_font_has_256_glyphs_of_which_only_the_spaces_are_empty()
    {
        IEnumerable<int> empty = Enumerable.Range(0, 256)
            .Where(code => Enumerable.Range(0, 16).All(row => CodePage437Font.Row((byte)code, row) == 0));

        Assert.Equal([0x00, 0x20, 0xff], empty);
    }

    [Fact]
    public void Every_code_but_the_spaces_is_a_character_of_its_own()
    {
        char[] characters = [.. Enumerable.Range(0, 256).Select(code => CodePage437.ToUnicode((byte)code))];

        Assert.Equal(3, characters.Count(character => character == ' '));
        Assert.Equal(254, characters.Distinct().Count());
        Assert.Equal(('A', '~', 'é', '░', '█', 'α', '■'), At(0x41, 0x7e, 0x82, 0xb0, 0xdb, 0xe0, 0xfe));

        (char, char, char, char, char, char, char) At(int a, int b, int c, int d, int e, int f, int g) =>
            (characters[a], characters[b], characters[c], characters[d], characters[e], characters[f], characters[g]);
    }

    private Picture Draw(VgaTextState state) => new TextScreen(state, _memory).Draw();

    private string Text(VgaTextState state) => new TextScreen(state, _memory).ToText();

    private void Put(int at, byte character, byte attribute)
    {
        _memory[(2 * at) & 0x7fff] = character;
        _memory[((2 * at) & 0x7fff) + 1] = attribute;
    }

    private void Write(int at, string codes)
    {
        foreach (char code in codes)
        {
            Put(at++, (byte)code, 0x07);
        }
    }
}
