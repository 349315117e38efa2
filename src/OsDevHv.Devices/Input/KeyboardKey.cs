namespace OsDevHv.Devices;

/// <summary>Keys of which the keyboard sends more than a make and a break code, and those on which that depends.</summary>
internal enum KeyRole
{
    /// <summary>Any other key.</summary>
    Plain,
    Shift,
    Control,
    Alt,
    PrintScreen,
    Pause,
}

/// <summary>A key of the keyboard, by the name that QEMU's <c>sendkey</c> gives it. Immutable; any thread.</summary>
/// <remarks>
/// Specification: IBM PS/2 Hardware Technical Reference, Keyboards, scan code sets 2 and 3; Microsoft, Keyboard Scan Code Specification
/// 1.3a, for the keys of Windows, of power and of media players; those of the last two have no code in set 3. The codes of set 1 are
/// those of set 2 as the 8042 translates them.
/// </remarks>
public sealed partial class KeyboardKey
{
    private const int ExtendedPrefix = 0xe0;

    private KeyboardKey(int index, string name, int set2, byte set3)
    {
        Index = index;
        Name = name;
        Code = (byte)set2;
        IsExtended = set2 >> 8 == ExtendedPrefix;
        Set3Code = set3;
        Role = name switch
        {
            "shift" or "shift_r" => KeyRole.Shift,
            "ctrl" or "ctrl_r" => KeyRole.Control,
            "alt" or "alt_r" => KeyRole.Alt,
            "print" => KeyRole.PrintScreen,
            "pause" => KeyRole.Pause,
            _ => KeyRole.Plain,
        };
    }

    /// <summary>Its name: <c>a</c>, <c>ret</c>, <c>kp_0</c>, <c>ctrl_r</c>.</summary>
    public string Name { get; }

    /// <summary>Its number among all keys, from 0.</summary>
    internal int Index { get; }

    /// <summary>Its code in set 2, behind E0h where it is extended.</summary>
    internal byte Code { get; }

    /// <summary>Whether E0h is before its code in sets 1 and 2.</summary>
    internal bool IsExtended { get; }

    /// <summary>Its code in set 3; 0 is none.</summary>
    internal byte Set3Code { get; }

    /// <summary>What is special about it.</summary>
    internal KeyRole Role { get; }

    /// <summary>The key of that name, or null.</summary>
    /// <param name="name">A name of <see cref="All"/>, in lower case.</param>
    public static KeyboardKey? Find(string name) => s_byName.GetValueOrDefault(name);
}
