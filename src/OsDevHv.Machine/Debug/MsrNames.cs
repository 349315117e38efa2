namespace OsDevHv.Machine.Debug;

/// <summary>The architectural model-specific registers by name (Intel SDM vol. 4, table 2-2; AMD APM vol. 2, appendix A).</summary>
internal static class MsrNames
{
    /// <summary>Those that have a name, in the order of their numbers.</summary>
    public static IReadOnlyList<(string Name, uint Index)> All { get; } =
    [
        ("TSC", 0x10), ("APIC_BASE", 0x1b), ("FEATURE_CONTROL", 0x3a), ("TSC_ADJUST", 0x3b), ("SPEC_CTRL", 0x48), ("MTRRCAP", 0xfe),
        ("SYSENTER_CS", 0x174), ("SYSENTER_ESP", 0x175), ("SYSENTER_EIP", 0x176), ("MISC_ENABLE", 0x1a0), ("DEBUGCTL", 0x1d9),
        ("MTRR_PHYSBASE0", 0x200), ("MTRR_PHYSMASK0", 0x201), ("MTRR_FIX64K_00000", 0x250), ("PAT", 0x277), ("MTRR_DEF_TYPE", 0x2ff),
        ("TSC_DEADLINE", 0x6e0), ("PKRS", 0x6e1), ("XSS", 0xda0),
        ("EFER", 0xc000_0080), ("STAR", 0xc000_0081), ("LSTAR", 0xc000_0082), ("CSTAR", 0xc000_0083), ("FMASK", 0xc000_0084),
        ("FS_BASE", 0xc000_0100), ("GS_BASE", 0xc000_0101), ("KERNEL_GS_BASE", 0xc000_0102), ("TSC_AUX", 0xc000_0103),
    ];

    /// <summary>The number of a register by its name, upper or lower case, with or without IA32_ or MSR_ before it; or null.</summary>
    public static uint? Find(string name)
    {
        string bare = name.ToUpperInvariant();
        bare = bare.StartsWith("IA32_", StringComparison.Ordinal) ? bare[5..] : bare.StartsWith("MSR_", StringComparison.Ordinal) ? bare[4..] : bare;
        foreach ((string known, uint index) in All)
        {
            if (known == bare)
            {
                return index;
            }
        }
        return null;
    }
}
