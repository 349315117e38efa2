namespace OsDevHv.Devices;

/// <summary>The attribute controller of a VGA: 16 palette registers and 5 others behind one port with a flip-flop.</summary>
/// <remarks>Specification: FreeVGA, Attribute Controller Registers. Not modelled: overscan and panning, which read back.</remarks>
internal sealed class VgaAttributeController
{
    private const int Mode = 0x10;
    private const int Overscan = 0x11;
    private const int PlaneEnable = 0x12;
    private const int ColorSelect = 0x14;
    private const byte IndexMask = 0x1f;
    private const byte PaletteAddressSource = 0x20;

    // Mode 3: the colours of the EGA's default palette, blinking, line graphics.
    private static ReadOnlySpan<byte> Mode3 =>
    [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00,
    ];

    private readonly byte[] _registers = new byte[Mode3.Length];
    private byte _index;
    private bool _dataIsNext;

    /// <summary>Whether the palette drives the screen, which is dark while the processor has the palette.</summary>
    public bool IsOn => (_index & PaletteAddressSource) != 0;

    /// <summary>Whether bit 7 of an attribute makes it blink, rather than its background bright.</summary>
    public bool Blinks => (_registers[Mode] & 0x08) != 0;

    /// <summary>Whether the ninth column of characters C0h to DFh repeats the eighth.</summary>
    public bool ExtendsLines => (_registers[Mode] & 0x04) != 0;

    /// <summary>Makes the next write one of the index.</summary>
    public void ClearFlipFlop() => _dataIsNext = false;

    /// <summary>Reads the index.</summary>
    public byte ReadIndex() => _index;

    /// <summary>Reads the selected register; 0 where there is none.</summary>
    public byte Read() => (_index & IndexMask) < _registers.Length ? _registers[_index & IndexMask] : (byte)0;

    /// <summary>Writes the index or the selected register, in turn; false where there is no such register.</summary>
    public bool Write(byte value)
    {
        bool isData = _dataIsNext;
        _dataIsNext = !isData;
        if (!isData)
        {
            _index = (byte)(value & (IndexMask | PaletteAddressSource));
            return true;
        }

        int register = _index & IndexMask;
        if (register >= _registers.Length)
        {
            return false;
        }

        _registers[register] = (byte)(value & MaskOf(register));
        return true;
    }

    /// <summary>Which of the 256 colours an attribute's 4 bits mean.</summary>
    public int ColorOf(int attribute)
    {
        int color = _registers[attribute & _registers[PlaneEnable] & 0x0f];
        int select = _registers[ColorSelect];
        if ((_registers[Mode] & 0x80) != 0)
        {
            color = (color & 0x0f) | ((select & 0x03) << 4);
        }

        return (color & 0x3f) | ((select & 0x0c) << 4);
    }

    /// <summary>Mode 3, the screen on.</summary>
    public void Reset()
    {
        Mode3.CopyTo(_registers);
        _index = PaletteAddressSource;
        _dataIsNext = false;
    }

    private static int MaskOf(int register) => register switch
    {
        < Mode => 0x3f,
        Mode => 0xef,
        Overscan => 0xff,
        PlaneEnable => 0x3f,
        _ => 0x0f,
    };

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        state.Bytes(_registers);
        _index = state.Of(_index);
        _dataIsNext = state.Of(_dataIsNext);
    }
}
