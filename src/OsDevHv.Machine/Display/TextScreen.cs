using System.Text;
using OsDevHv.Devices;

namespace OsDevHv.Machine.Display;

/// <summary>Text memory as a VGA shows it: as a picture, and as characters.</summary>
/// <remarks>
/// The picture is of one moment of the blinking: the cursor and blinking characters are seen. A font of another height than the built-in
/// one's is that one with rows repeated or left out.
/// </remarks>
/// <param name="state">How it is shown.</param>
/// <param name="memory">Text memory, 2 bytes a character.</param>
internal sealed class TextScreen(VgaTextState state, byte[] memory)
{
    private const int DotsOfGlyph = 8;
    private const int UnderlineMask = 0x77;
    private const int Underline = 0x01;
    private const int Blink = 0x80;

    /// <summary>What the screen shows.</summary>
    public Picture Draw()
    {
        var picture = Picture.Black(state.Columns * state.CharacterWidth, state.Lines);
        if (state.IsBlank || state.IsGraphics)
        {
            return picture;
        }

        for (int y = 0; y < state.Lines; y++)
        {
            DrawLine(picture.Row(y), y / state.CharacterHeight, y % state.CharacterHeight);
        }

        return picture;
    }

    /// <summary>The characters, a line a row, without spaces at the ends of rows and empty rows at the end.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        int end = 0;
        for (int row = 0; row < state.Rows; row++)
        {
            string characters = TextOf(row);
            text.Append(characters).Append('\n');
            end = characters.Length == 0 ? end : text.Length;
        }

        return text.ToString(0, end);
    }

    /// <summary>The row and column of the cursor, from 0; null where it is not on the screen.</summary>
    public (int Row, int Column)? FindCursor()
    {
        if (state.Cursor is not { } cursor || state.CursorFirstLine > state.CursorLastLine
            || state.CursorFirstLine >= state.CharacterHeight)
        {
            return null;
        }

        int into = (cursor - state.Start) & (state.MemoryCharacters - 1);
        int row = state.Pitch == 0 ? 0 : into / state.Pitch;
        int column = into - (row * state.Pitch);
        return row < state.Rows && column < state.Columns ? (row, column) : null;
    }

    private string TextOf(int row)
    {
        Span<char> characters = stackalloc char[state.Columns];
        for (int column = 0; column < characters.Length; column++)
        {
            characters[column] = CodePage437.ToUnicode(memory[2 * state.CharacterAt(row, column)]);
        }

        return characters.TrimEnd(' ').ToString();
    }

    private void DrawLine(Span<byte> rgb, int row, int line)
    {
        int glyphRow = line * CodePage437Font.Height / state.CharacterHeight;
        int cursorColumn = FindCursor() is var (cursorRow, column) && cursorRow == row && line >= state.CursorFirstLine
            && line <= state.CursorLastLine ? column : -1;
        for (int x = 0; x < state.Columns; x++)
        {
            int at = 2 * state.CharacterAt(row, x);
            byte code = memory[at];
            int attribute = memory[at + 1];
            int dots = CodePage437Font.Row(code, glyphRow) << 1;
            if (state.ExtendsLines && code is >= 0xc0 and <= 0xdf)
            {
                dots |= (dots >> 1) & 1;
            }

            if (x == cursorColumn || (line == state.UnderlineLine && (attribute & UnderlineMask) == Underline))
            {
                dots = ~0;
            }

            int background = (state.Blinks ? attribute & ~Blink : attribute) >> 4;
            DrawCharacter(
                rgb.Slice(x * state.CharacterWidth * 3, state.CharacterWidth * 3),
                dots,
                state.Colors[attribute & 0x0f],
                state.Colors[background & 0x0f]);
        }
    }

    private static void DrawCharacter(Span<byte> rgb, int dots, int foreground, int background)
    {
        for (int x = 0, at = 0; at < rgb.Length; x++, at += 3)
        {
            int color = ((dots >> (DotsOfGlyph - x)) & 1) != 0 ? foreground : background;
            rgb[at] = (byte)(color >> 16);
            rgb[at + 1] = (byte)(color >> 8);
            rgb[at + 2] = (byte)color;
        }
    }
}
