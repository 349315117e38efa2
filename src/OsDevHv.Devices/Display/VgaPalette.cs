namespace OsDevHv.Devices;

/// <summary>The palette of a VGA's digital-to-analog converter: 256 colours of 6 bits a component.</summary>
/// <remarks>Specification: FreeVGA, Color Registers. Not modelled: components of 8 bits, which a VGA does not have.</remarks>
internal sealed class VgaPalette
{
    private const int Components = 3;
    private const int Colors = 256;
    private const byte ReadState = 3;

    private readonly byte[] _levels = new byte[Colors * Components];
    private readonly byte[] _written = new byte[Components];
    private byte _readIndex;
    private byte _writeIndex;
    private int _component;

    /// <summary>The mask of colour numbers.</summary>
    public byte Mask { get; set; }

    /// <summary>What the index was set for last: 0 is writing, 3 is reading.</summary>
    public byte State { get; private set; }

    /// <summary>The index of the next colour to write.</summary>
    public byte WriteIndex => _writeIndex;

    /// <summary>A colour as 8-bit components, RRGGBBh.</summary>
    public int ColorOf(int number)
    {
        int at = (number & Mask) * Components;
        return (Expand(_levels[at]) << 16) | (Expand(_levels[at + 1]) << 8) | Expand(_levels[at + 2]);
    }

    /// <summary>Begins to read at a colour.</summary>
    public void SelectRead(byte index)
    {
        _readIndex = index;
        _component = 0;
        State = ReadState;
    }

    /// <summary>Begins to write at a colour.</summary>
    public void SelectWrite(byte index)
    {
        _writeIndex = index;
        _component = 0;
        State = 0;
    }

    /// <summary>Reads the next component.</summary>
    public byte Read()
    {
        byte level = _levels[(_readIndex * Components) + _component];
        if (++_component == Components)
        {
            _component = 0;
            _readIndex++;
        }

        return level;
    }

    /// <summary>Writes the next component; a colour changes with its third.</summary>
    public void Write(byte value)
    {
        _written[_component] = (byte)(value & 0x3f);
        if (++_component == Components)
        {
            _component = 0;
            _written.CopyTo(_levels, _writeIndex * Components);
            _writeIndex++;
        }
    }

    /// <summary>The EGA's 64 colours, as the VGA's BIOS sets them in mode 3, and black.</summary>
    public void Reset()
    {
        Array.Clear(_levels);
        for (int color = 0; color < 64; color++)
        {
            _levels[color * Components] = Level(color, 2);
            _levels[(color * Components) + 1] = Level(color, 1);
            _levels[(color * Components) + 2] = Level(color, 0);
        }

        Mask = 0xff;
        SelectRead(0);
        SelectWrite(0);
    }

    /// <summary>Two thirds for the component's primary bit, one third for its secondary, three above.</summary>
    private static byte Level(int color, int bit) => (byte)((((color >> bit) & 1) * 0x2a) + (((color >> (bit + 3)) & 1) * 0x15));

    private static int Expand(byte level) => (level << 2) | (level >> 4);

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        state.Bytes(_levels);
        state.Bytes(_written);
        _readIndex = state.Of(_readIndex);
        _writeIndex = state.Of(_writeIndex);
        _component = state.Index(_component, Components);
        Mask = state.Of(Mask);
        State = state.Of(State);
    }
}
