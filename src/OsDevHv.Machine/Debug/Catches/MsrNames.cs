namespace OsDevHv.Machine.Debug;

/// <summary>Model-specific registers that a kernel's author names (Intel SDM vol. 4, chapter 2; AMD APM vol. 2, appendix A).</summary>
internal static class MsrNames
{
    private static readonly (string Name, uint Index)[] s_names =
    [
        ("TSC", 0x10), ("APIC_BASE", 0x1b), ("SPEC_CTRL", 0x48), ("MTRRCAP", 0xfe), ("SYSENTER_CS", 0x174), ("SYSENTER_ESP", 0x175),
        ("SYSENTER_EIP", 0x176), ("MISC_ENABLE", 0x1a0), ("DEBUGCTL", 0x1d9), ("PAT", 0x277), ("MTRR_DEF_TYPE", 0x2ff),
        ("TSC_DEADLINE", 0x6e0), ("XSS", 0xda0), ("EFER", 0xc0000080), ("STAR", 0xc0000081), ("LSTAR", 0xc0000082), ("CSTAR", 0xc0000083),
        ("FMASK", 0xc0000084), ("FS_BASE", 0xc0000100), ("GS_BASE", 0xc0000101), ("KERNEL_GS_BASE", 0xc0000102), ("TSC_AUX", 0xc0000103),
    ];

    /// <summary>The names, for a message.</summary>
    public static string All => string.Join(", ", s_names.Select(static entry => entry.Name));

    /// <summary>The register of a name, with or without IA32_ or MSR_ before it, in any case; null where there is none.</summary>
    public static uint? Find(string name)
    {
        string bare = name.ToUpperInvariant().Replace("IA32_", "", StringComparison.Ordinal).Replace("MSR_", "", StringComparison.Ordinal);
        int at = Array.FindIndex(s_names, entry => entry.Name == bare);
        return at < 0 ? null : s_names[at].Index;
    }
}
