namespace OsDevHv.Devices;

/// <summary>What is done to a key.</summary>
internal enum KeyAction
{
    Press,
    Release,

    /// <summary>It is held down, and time has passed.</summary>
    Repeat,
}

/// <summary>Modifiers that are down, left or right.</summary>
[Flags]
internal enum Modifiers
{
    None = 0,
    Shift = 1,
    Control = 2,
    Alt = 4,
}

/// <summary>What the keyboard sends for a key in each scan code set.</summary>
/// <remarks>
/// Specification: IBM PS/2 Hardware Technical Reference, Keyboards; Microsoft, Keyboard Scan Code Specification 1.3a. Not modelled: the
/// shift codes that a keyboard puts around those of the grey keys (Insert to the arrows, and the keypad's /) while a Shift key is down
/// or Num Lock is on. As on QEMU, they come without.
/// </remarks>
internal static class ScanCodes
{
    /// <summary>The longest: that of Pause.</summary>
    public const int MaximumLength = 8;

    private const byte Extended = 0xe0;
    private const byte Break = 0xf0;
    private const byte FakeShift = 0x12;
    private const byte PrintScreenWithAlt = 0x84;
    private const byte PauseWithControl = 0x7e;

    /// <summary>Writes the bytes; returns how many, which may be none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="action">What is done to it.</param>
    /// <param name="modifiers">Which modifiers were down when it was pressed.</param>
    /// <param name="set">1, 2 or 3.</param>
    /// <param name="bytes">Takes <see cref="MaximumLength"/> bytes.</param>
    public static int Write(KeyboardKey key, KeyAction action, Modifiers modifiers, int set, Span<byte> bytes)
    {
        var codes = new Codes(bytes);
        if (set == 3)
        {
            if (key.Set3Code != 0)
            {
                codes.Add(action, key.Set3Code);
            }

            return codes.Count;
        }

        switch (key.Role)
        {
            case KeyRole.PrintScreen:
                AddPrintScreen(ref codes, action, modifiers, key.Code);
                break;
            case KeyRole.Pause:
                AddPause(ref codes, action, modifiers, key.Code);
                break;
            default:
                if (key.IsExtended)
                {
                    codes.Add(Extended);
                }

                codes.Add(action, key.Code);
                break;
        }

        return set == 1 ? Translate(bytes[..codes.Count]) : codes.Count;
    }

    private static void AddPrintScreen(ref Codes codes, KeyAction action, Modifiers modifiers, byte code)
    {
        if ((modifiers & Modifiers.Alt) != 0)
        {
            codes.Add(action, PrintScreenWithAlt);
            return;
        }

        bool hasShift = modifiers == Modifiers.None && action != KeyAction.Repeat;
        if (hasShift && action == KeyAction.Press)
        {
            codes.Add(Extended);
            codes.Add(FakeShift);
        }

        codes.Add(Extended);
        codes.Add(action, code);
        if (hasShift && action == KeyAction.Release)
        {
            codes.Add(Extended);
            codes.Add(Break);
            codes.Add(FakeShift);
        }
    }

    /// <summary>Pause sends its break code with its make code: it neither repeats nor has one of its own.</summary>
    private static void AddPause(ref Codes codes, KeyAction action, Modifiers modifiers, byte code)
    {
        const byte pausePrefix = 0xe1, control = 0x14;
        if (action != KeyAction.Press)
        {
            return;
        }

        if ((modifiers & Modifiers.Control) != 0)
        {
            codes.Add(Extended);
            codes.Add(PauseWithControl);
            codes.Add(Extended);
            codes.Add(KeyAction.Release, PauseWithControl);
            return;
        }

        codes.Add(pausePrefix);
        codes.Add(control);
        codes.Add(code);
        codes.Add(pausePrefix);
        codes.Add(KeyAction.Release, control);
        codes.Add(KeyAction.Release, code);
    }

    private static int Translate(Span<byte> bytes)
    {
        var translation = default(ScanCodeTranslation);
        int count = 0;
        foreach (byte value in bytes)
        {
            if (translation.TryTranslate(value, out byte translated))
            {
                bytes[count++] = translated;
            }
        }

        return count;
    }

    private ref struct Codes(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public int Count { get; private set; }

        public void Add(byte value) => _bytes[Count++] = value;

        public void Add(KeyAction action, byte code)
        {
            if (action == KeyAction.Release)
            {
                Add(Break);
            }

            Add(code);
        }
    }
}
