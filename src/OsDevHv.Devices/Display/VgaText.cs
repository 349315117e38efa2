namespace OsDevHv.Devices;

/// <summary>The registers of a VGA in text mode, at ports 3B0h to 3DFh; offsets are from 3B0h.</summary>
/// <remarks>
/// <para>Not modelled: graphics modes and the planes of video memory, with the latches, masks and rotations of the graphics controller and
/// fonts that a guest loads into plane 2 (accesses to A0000h-BFFFFh would have to exit, which costs text mode a hundredfold; the built-in
/// font is always shown); the second font, panning, split screens, overscan, cursor skew, timing registers; VGA BIOS and VBE; interrupt 2.
/// Their registers read back what was written.</para>
/// <para>Specification: IBM VGA (Video Subsystem, PS/2 Hardware Interface Technical Reference); FreeVGA, Hardware Level VGA and SVGA Video
/// Programming Information; where those leave a choice, QEMU's hw/display/vga.c. Text memory is plain RAM that this device never sees:
/// the screen reads it. At power-on it is as a BIOS leaves mode 3: 80 by 25 characters of 9 by 16 dots, colour.</para>
/// <para>The retrace bits follow the machine's time as mode 3 has it, 70 frames a second of 449 lines, whatever the timing registers say;
/// vertical retrace lasts for the 49 lines in which nothing is shown rather than two of them, so that a guest that polls for it through
/// exits does not miss it.</para>
/// </remarks>
public sealed class VgaText : IBusDevice
{
    /// <summary>The port of offset 0.</summary>
    public const ushort FirstPort = 0x3b0;

    /// <summary>Guest-physical address of text memory in colour modes.</summary>
    public const ulong ColorMemory = 0xb8000;

    /// <summary>Bytes of text memory.</summary>
    public const int MemoryBytes = 0x8000;

    private const ulong MonochromeMemory = 0xb0000;
    private const ulong AllMemory = 0xa0000;
    private const string Name = "VGA";

    private const byte ColorPorts = 0x01;
    private const byte DisplayDisabled = 0x01;
    private const byte VerticalRetrace = 0x08;

    // 28.322 MHz, 900 dots a line of which 720 are shown, 449 lines of which 400 are shown.
    private const long LineTime = 31_778;
    private const long ShownOfLine = 25_422;
    private const long Lines = 449;
    private const long ShownLines = 400;

    private readonly IDeviceClock _clock;
    private readonly IGuestErrorLog? _errors;
    private readonly VgaCrtController _crt = new();
    private readonly VgaAttributeController _attributes = new();
    private readonly VgaPalette _palette = new();
    private readonly byte[] _sequencer = new byte[5];
    private readonly byte[] _graphics = new byte[9];
    private byte _sequencerIndex;
    private byte _graphicsIndex;
    private byte _miscellaneous;
    private byte _feature;
    private byte _enable;

    /// <summary>A VGA in mode 3.</summary>
    /// <param name="clock">The machine's time; no alarm is set.</param>
    /// <param name="errors">Hears of guest errors; null is nobody.</param>
    public VgaText(IDeviceClock clock, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _errors = errors;
        Reset();
    }

    /// <summary>The ports that it answers at, as first ports and numbers of ports.</summary>
    public static IReadOnlyList<(ushort First, int Count)> Ports { get; } = [(0x3b4, 2), (0x3ba, 1), (0x3c0, 16), (0x3d4, 2), (0x3da, 1)];

    /// <inheritdoc/>
    public int AccessSize => 1;

    private static ReadOnlySpan<byte> SequencerMasks => [0x03, 0x3d, 0x0f, 0x3f, 0x0e];

    private static ReadOnlySpan<byte> GraphicsMasks => [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];

    /// <summary>What is shown now. Under the device's lock, as all else; the only member that allocates.</summary>
    public VgaTextState Snapshot()
    {
        (ulong address, int bytes) = ((_graphics[6] >> 2) & 3) switch
        {
            0 => (AllMemory, 0x2_0000),
            1 => (AllMemory, 0x1_0000),
            2 => (MonochromeMemory, MemoryBytes),
            _ => (ColorMemory, MemoryBytes),
        };
        int height = _crt.CharacterHeight;
        int lines = _crt.Lines;
        return new VgaTextState
        {
            MemoryAddress = address,
            MemoryCharacters = bytes / 2,
            IsGraphics = (_graphics[6] & 0x01) != 0,
            IsBlank = !_attributes.IsOn || (_sequencer[1] & 0x20) != 0,
            Columns = _crt.Columns,
            Rows = (lines + height - 1) / height,
            Lines = lines,
            CharacterWidth = (_sequencer[1] & 0x01) != 0 ? 8 : 9,
            CharacterHeight = height,
            Start = _crt.Start,
            Pitch = _crt.Pitch,
            Cursor = _crt.CursorIsOn ? _crt.Cursor : null,
            CursorFirstLine = _crt.CursorFirstLine,
            CursorLastLine = _crt.CursorLastLine,
            UnderlineLine = _crt.UnderlineLine,
            Blinks = _attributes.Blinks,
            ExtendsLines = _attributes.ExtendsLines,
            Colors = [.. Enumerable.Range(0, 16).Select(attribute => _palette.ColorOf(_attributes.ColorOf(attribute)))],
        };
    }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size)
    {
        if (offset >= 0x10 && offset < 0x20)
        {
            return ReadCommon(offset + FirstPort);
        }

        return ToCrtPort(offset) switch
        {
            0x4 => _crt.Index,
            0x5 => _crt.Read(),
            0xa => ReadStatus(),
            _ => 0xff,
        };
    }

    /// <inheritdoc/>
    public void Write(ulong offset, int size, ulong value)
    {
        byte written = (byte)value;
        if (offset >= 0x10 && offset < 0x20)
        {
            WriteCommon(offset + FirstPort, written);
            return;
        }

        switch (ToCrtPort(offset))
        {
            case 0x4:
                _crt.Select(written);
                break;
            case 0x5:
                ReportUnless(_crt.Write(written), "a CRT controller register that is not there", _crt.Index);
                break;
            case 0xa:
                _feature = written;
                break;
            default:
                // The ports of the other of colour and monochrome.
                break;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _crt.Reset();
        _attributes.Reset();
        _palette.Reset();
        ReadOnlySpan<byte> sequencer = [0x03, 0x00, 0x03, 0x00, 0x02];
        ReadOnlySpan<byte> graphics = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff];
        sequencer.CopyTo(_sequencer);
        graphics.CopyTo(_graphics);
        (_sequencerIndex, _graphicsIndex, _feature) = (0, 0, 0);
        _miscellaneous = 0x67;
        _enable = 0x01;
    }

    /// <summary>The port's low digit among those of the CRT controller; none where they are not decoded.</summary>
    private ulong ToCrtPort(ulong offset)
    {
        bool isColor = (_miscellaneous & ColorPorts) != 0;
        return (offset >= 0x20) == isColor ? offset & 0x0f : ulong.MaxValue;
    }

    private byte ReadCommon(ulong port) => port switch
    {
        0x3c0 => _attributes.ReadIndex(),
        0x3c1 => _attributes.Read(),
        0x3c2 => 0,
        0x3c3 => _enable,
        0x3c4 => _sequencerIndex,
        0x3c5 => _sequencerIndex < _sequencer.Length ? _sequencer[_sequencerIndex] : (byte)0,
        0x3c6 => _palette.Mask,
        0x3c7 => _palette.State,
        0x3c8 => _palette.WriteIndex,
        0x3c9 => _palette.Read(),
        0x3ca => _feature,
        0x3cc => _miscellaneous,
        0x3ce => _graphicsIndex,
        0x3cf => _graphicsIndex < _graphics.Length ? _graphics[_graphicsIndex] : (byte)0,
        _ => 0xff,
    };

    private void WriteCommon(ulong port, byte value)
    {
        switch (port)
        {
            case 0x3c0:
                ReportUnless(_attributes.Write(value), "an attribute controller register that is not there", _attributes.ReadIndex());
                break;
            case 0x3c2:
                _miscellaneous = (byte)(value & 0xef);
                break;
            case 0x3c3:
                _enable = (byte)(value & 0x01);
                break;
            case 0x3c4:
                _sequencerIndex = (byte)(value & 0x07);
                break;
            case 0x3c5:
                WriteRegister(_sequencer, SequencerMasks, _sequencerIndex, value);
                break;
            case 0x3c6:
                _palette.Mask = value;
                break;
            case 0x3c7:
                _palette.SelectRead(value);
                break;
            case 0x3c8:
                _palette.SelectWrite(value);
                break;
            case 0x3c9:
                _palette.Write(value);
                break;
            case 0x3ce:
                _graphicsIndex = (byte)(value & 0x0f);
                break;
            case 0x3cf:
                WriteGraphics(value);
                break;
            default:
                // 3C1h, 3CAh to 3CDh: nothing is written there.
                break;
        }
    }

    private void WriteGraphics(byte value)
    {
        bool wasGraphics = (_graphics[6] & 0x01) != 0;
        WriteRegister(_graphics, GraphicsMasks, _graphicsIndex, value);
        if (!wasGraphics && (_graphics[6] & 0x01) != 0)
        {
            _errors?.Report(Name, "a graphics mode, which is not modelled", value);
        }
    }

    private void WriteRegister(byte[] registers, ReadOnlySpan<byte> masks, byte index, byte value)
    {
        if (index < registers.Length)
        {
            registers[index] = (byte)(value & masks[index]);
        }
        else
        {
            _errors?.Report(Name, "a register that is not there", index);
        }
    }

    private byte ReadStatus()
    {
        _attributes.ClearFlipFlop();
        long line = _clock.Now / LineTime % Lines;
        if (line >= ShownLines)
        {
            return DisplayDisabled | VerticalRetrace;
        }

        return _clock.Now % LineTime >= ShownOfLine ? DisplayDisabled : (byte)0;
    }

    private void ReportUnless(bool isThere, string problem, byte index)
    {
        if (!isThere)
        {
            _errors?.Report(Name, problem, index);
        }
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _crt.ExchangeState(state);
        _attributes.ExchangeState(state);
        _palette.ExchangeState(state);
        state.Bytes(_sequencer);
        state.Bytes(_graphics);
        _sequencerIndex = state.Of(_sequencerIndex);
        _graphicsIndex = state.Of(_graphicsIndex);
        _miscellaneous = state.Of(_miscellaneous);
        _feature = state.Of(_feature);
        _enable = state.Of(_enable);
    }
}
