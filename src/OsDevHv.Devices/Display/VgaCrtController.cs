namespace OsDevHv.Devices;

/// <summary>The CRT controller of a VGA: an index and 25 registers, of which those count that say what text is shown where.</summary>
/// <remarks>
/// Specification: IBM VGA (Video Subsystem, PS/2 Hardware Interface Technical Reference), CRT controller; FreeVGA, CRT Controller
/// Registers. Not modelled: timing, panning, preset row scan, line compare (a split screen), cursor skew; those registers read back what
/// was written.
/// </remarks>
internal sealed class VgaCrtController
{
    private const byte Overflow = 0x07;
    private const byte LineCompareInOverflow = 0x10;
    private const byte VerticalRetraceEnd = 0x11;
    private const byte Protect = 0x80;

    // Mode 3, 80 by 25 characters of 9 by 16 dots, as the VGA's BIOS sets it.
    private static ReadOnlySpan<byte> Mode3 =>
    [
        0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00,
        0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
    ];

    private readonly byte[] _registers = new byte[Mode3.Length];
    private byte _index;

    /// <summary>The index register.</summary>
    public byte Index => _index;

    /// <summary>Characters of a row, 1 to 256.</summary>
    public int Columns => _registers[0x01] + 1;

    /// <summary>Scan lines of a row, 1 to 32.</summary>
    public int CharacterHeight => (_registers[0x09] & 0x1f) + 1;

    /// <summary>Scan lines of the screen, 1 to 1024.</summary>
    public int Lines => (_registers[0x12] | ((_registers[Overflow] & 0x02) << 7) | ((_registers[Overflow] & 0x40) << 3)) + 1;

    /// <summary>Characters from the start of a row to that of the next, 0 to 510.</summary>
    public int Pitch => 2 * _registers[0x13];

    /// <summary>The first character shown, counted from the start of memory.</summary>
    public int Start => (_registers[0x0c] << 8) | _registers[0x0d];

    /// <summary>The character with the cursor.</summary>
    public int Cursor => (_registers[0x0e] << 8) | _registers[0x0f];

    /// <summary>The cursor's first scan line.</summary>
    public int CursorFirstLine => _registers[0x0a] & 0x1f;

    /// <summary>The cursor's last scan line.</summary>
    public int CursorLastLine => _registers[0x0b] & 0x1f;

    /// <summary>Whether there is a cursor.</summary>
    public bool CursorIsOn => (_registers[0x0a] & 0x20) == 0;

    /// <summary>The scan line of underlines, 0 to 31.</summary>
    public int UnderlineLine => _registers[0x14] & 0x1f;

    /// <summary>Selects a register.</summary>
    public void Select(byte index) => _index = index;

    /// <summary>Reads the selected register; 0 where there is none.</summary>
    public byte Read() => _index < _registers.Length ? _registers[_index] : (byte)0;

    /// <summary>Writes the selected register; false where there is none.</summary>
    public bool Write(byte value)
    {
        if (_index >= _registers.Length)
        {
            return false;
        }

        if (_index <= Overflow && (_registers[VerticalRetraceEnd] & Protect) != 0)
        {
            // Protected, but for the one bit that has nothing to do with timing.
            if (_index == Overflow)
            {
                _registers[Overflow] = (byte)((_registers[Overflow] & ~LineCompareInOverflow) | (value & LineCompareInOverflow));
            }

            return true;
        }

        _registers[_index] = value;
        return true;
    }

    /// <summary>Mode 3, cursor at the top left.</summary>
    public void Reset()
    {
        Mode3.CopyTo(_registers);
        _index = 0;
    }

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        state.Bytes(_registers);
        _index = state.Of(_index);
    }
}
