namespace OsDevHv.Devices;

/// <summary>What a VGA shows of text memory, at one moment.</summary>
public sealed record VgaTextState
{
    /// <summary>Text memory: guest-physical address of its first character.</summary>
    public required ulong MemoryAddress { get; init; }

    /// <summary>Characters in text memory, a power of two, after which it begins again; each has its code and its attribute, a byte
    /// each.</summary>
    public required int MemoryCharacters { get; init; }

    /// <summary>Whether it is in a graphics mode, of which nothing else here is true.</summary>
    public required bool IsGraphics { get; init; }

    /// <summary>Whether the screen is dark.</summary>
    public required bool IsBlank { get; init; }

    /// <summary>Characters of a row, 1 to 256.</summary>
    public required int Columns { get; init; }

    /// <summary>Rows, 1 to 1024; the last may be cut off.</summary>
    public required int Rows { get; init; }

    /// <summary>Scan lines of the screen, 1 to 1024.</summary>
    public required int Lines { get; init; }

    /// <summary>Dots of a character across: 8 or 9.</summary>
    public required int CharacterWidth { get; init; }

    /// <summary>Scan lines of a character, 1 to 32.</summary>
    public required int CharacterHeight { get; init; }

    /// <summary>The first character shown, 0 to FFFFh.</summary>
    public required int Start { get; init; }

    /// <summary>Characters from a row's start to the next one's, 0 to 510.</summary>
    public required int Pitch { get; init; }

    /// <summary>The character that has the cursor, 0 to FFFFh, counted as <see cref="Start"/>; null when the cursor is off.</summary>
    public required int? Cursor { get; init; }

    /// <summary>The cursor's first scan line, 0 to 31.</summary>
    public required int CursorFirstLine { get; init; }

    /// <summary>The cursor's last scan line; below the first one is no cursor.</summary>
    public required int CursorLastLine { get; init; }

    /// <summary>The scan line of underlines, 0 to 31.</summary>
    public required int UnderlineLine { get; init; }

    /// <summary>Whether an attribute's bit 7 makes a character blink, rather than its background bright.</summary>
    public required bool Blinks { get; init; }

    /// <summary>Whether the ninth column of characters C0h to DFh repeats the eighth.</summary>
    public required bool ExtendsLines { get; init; }

    /// <summary>The 16 colours of attributes, RRGGBBh each.</summary>
    public required IReadOnlyList<int> Colors { get; init; }

    /// <summary>Where in text memory a character of the screen is: its number, from 0.</summary>
    public int CharacterAt(int row, int column) => (Start + (row * Pitch) + column) & (MemoryCharacters - 1);
}
