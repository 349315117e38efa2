namespace OsDevHv.Gdb;

/// <summary>
/// The numbers of the model-specific registers that a debugger sees as registers (Intel SDM vol. 4, AMD APM vol. 2, appendix A).
/// </summary>
public static class MsrNumbers
{
    /// <summary>IA32_APIC_BASE.</summary>
    public const uint ApicBase = 0x1b;

    /// <summary>IA32_TIME_STAMP_COUNTER.</summary>
    public const uint Tsc = 0x10;

    /// <summary>How many fixed-range registers there are.</summary>
    public const int FixedRanges = 11;

    /// <summary>The most variable ranges that are shown.</summary>
    public const int VariableRanges = 8;

    /// <summary>
    /// The index of the first fixed-range register in <see cref="MemoryTypes"/>; MTRRcap and the default type stand before it.
    /// </summary>
    public const int FirstFixedRange = 2;

    /// <summary>The index of the first variable range's base in <see cref="MemoryTypes"/>; its mask follows, then the next range.</summary>
    public const int FirstVariableRange = FirstFixedRange + FixedRanges;

    /// <summary>The registers of <see cref="RegisterGroups.Msrs"/>, in the order of their descriptions.</summary>
    public static ReadOnlySpan<uint> Named =>
    [
        ApicBase, 0x277, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0x174, 0x175, 0x176, Tsc, 0xc000_0103, 0x1a0,
    ];

    /// <summary>The names of <see cref="Named"/>, in the same order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "apic_base", "pat", "star", "lstar", "cstar", "fmask", "sysenter_cs", "sysenter_esp", "sysenter_eip", "tsc", "tsc_aux", "misc_enable",
    ];

    /// <summary>
    /// The registers of <see cref="RegisterGroups.MemoryTypes"/>: capabilities (read-only), default type, fixed and variable ranges.
    /// </summary>
    public static ReadOnlySpan<uint> MemoryTypes =>
    [
        0xfe, 0x2ff,
        0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
        0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207, 0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d, 0x20e, 0x20f,
    ];
}
