namespace OsDevHv.Machine.Engine;

/// <summary>Bits of DR6 and DR7 (Intel SDM vol. 3B, 18.2.3 and 18.2.4).</summary>
internal static class DebugRegisterBits
{
    /// <summary>DR6.B0 to B3: which registers went off.</summary>
    public const ulong Slots = 0xf;

    /// <summary>DR6.BD, BS and BT: what else may be the cause.</summary>
    public const ulong Causes = 0xe000;

    /// <summary>The bits of DR6 that are always 1, and RTM, which is 1 outside transactions.</summary>
    public const ulong Dr6Fixed = 0xffff_0ff0;

    /// <summary>DR6.BS: a single step.</summary>
    public const ulong SingleStep = 1 << 14;

    /// <summary>DR7.GD: an access to a debug register traps.</summary>
    public const ulong GeneralDetect = 1 << 13;

    /// <summary>The registers that DR7 enables, locally or globally, as the bits that DR6 has for them.</summary>
    public static ulong Enabled(ulong dr7)
    {
        ulong enabled = 0;
        for (int i = 0; i < 4; i++)
        {
            enabled |= ((dr7 >> (2 * i)) & 3) != 0 ? 1UL << i : 0;
        }
        return enabled;
    }
}
