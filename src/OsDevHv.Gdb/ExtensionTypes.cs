using System.Globalization;
using System.Text;

namespace OsDevHv.Gdb;

/// <summary>The types of <see cref="ExtensionRegisters"/> in target.xml. Fields are named as the processor manuals name them.</summary>
internal static class ExtensionTypes
{
    private static readonly (string Name, int Bit)[] Attributes =
        [("S", 4), ("P", 7), ("AVL", 12), ("L", 13), ("DB", 14), ("G", 15), ("UNUSABLE", 16)];

    private static readonly (string Name, int Bit)[] Xcr0 =
    [
        ("X87", 0), ("SSE", 1), ("AVX", 2), ("BNDREG", 3), ("BNDCSR", 4), ("OPMASK", 5), ("ZMM_HI256", 6), ("HI16_ZMM", 7), ("PKRU", 9),
        ("TILECFG", 17), ("TILEDATA", 18),
    ];

    // Not BLD and RTM, which are 1 when nothing happened.
    private static readonly (string Name, int Bit)[] Dr6 = [("B0", 0), ("B1", 1), ("B2", 2), ("B3", 3), ("BD", 13), ("BS", 14), ("BT", 15)];

    private static readonly (string Name, int Bit)[] Dr7 =
    [
        ("L0", 0), ("G0", 1), ("L1", 2), ("G1", 3), ("L2", 4), ("G2", 5), ("L3", 6), ("G3", 7), ("LE", 8), ("GE", 9), ("RTM", 11), ("GD", 13),
    ];

    private static readonly (string Name, int Bit)[] MiscEnable =
    [
        ("FAST_STRINGS", 0), ("TCC", 3), ("PERFMON", 7), ("BTS_UNAVAILABLE", 11), ("PEBS_UNAVAILABLE", 12), ("EIST", 16), ("MONITOR", 18),
        ("LIMIT_CPUID", 22), ("XTPR_DISABLE", 23), ("XD_DISABLE", 34),
    ];

    private static readonly string[] FixedRanges =
        ["64k_00000", "16k_80000", "16k_a0000", "4k_c0000", "4k_c8000", "4k_d0000", "4k_d8000", "4k_e0000", "4k_e8000", "4k_f0000", "4k_f8000"];

    /// <summary>Appends what the registers of a feature need.</summary>
    /// <param name="xml">The document.</param>
    /// <param name="feature">The feature's name.</param>
    /// <param name="size">Bytes of a register that is as wide as the layout.</param>
    public static void Append(StringBuilder xml, string feature, int size)
    {
        switch (feature)
        {
            case RegisterFeature.System:
                TargetDescription.AppendFlags(xml, "segment_attributes", 4, Attributes, ("TYPE", 0, 3), ("DPL", 5, 6));
                TargetDescription.AppendFlags(xml, "xcr0_bits", 8, Xcr0);
                break;
            case RegisterFeature.Debug:
                TargetDescription.AppendFlags(xml, "dr6_bits", size, Dr6);
                TargetDescription.AppendFlags(
                    xml,
                    "dr7_bits",
                    size,
                    Dr7,
                    ("RW0", 16, 17),
                    ("LEN0", 18, 19),
                    ("RW1", 20, 21),
                    ("LEN1", 22, 23),
                    ("RW2", 24, 25),
                    ("LEN2", 26, 27),
                    ("RW3", 28, 29),
                    ("LEN3", 30, 31));
                break;
            case RegisterFeature.Msrs:
                AppendMsrs(xml);
                break;
            case RegisterFeature.MemoryTypes:
                AppendMemoryTypes(xml);
                break;
            case RegisterFeature.ProtectionKeys:
                TargetDescription.AppendFlags(
                    xml, "i386_pkru", 4, [.. Enumerable.Range(0, 32).Select(static bit => ($"{(bit % 2 == 0 ? "AD" : "WD")}{bit / 2}", bit))]);
                break;
        }
    }

    private static void AppendMsrs(StringBuilder xml)
    {
        TargetDescription.AppendFlags(xml, "apic_base_bits", 8, [("BSP", 8), ("EXTD", 10), ("EN", 11)], ("BASE", 12, 51));
        TargetDescription.AppendFlags(
            xml,
            "pat_types",
            8,
            [],
            ("PA0", 0, 7),
            ("PA1", 8, 15),
            ("PA2", 16, 23),
            ("PA3", 24, 31),
            ("PA4", 32, 39),
            ("PA5", 40, 47),
            ("PA6", 48, 55),
            ("PA7", 56, 63));
        TargetDescription.AppendFlags(xml, "star_selectors", 8, [], ("SYSCALL_EIP", 0, 31), ("SYSCALL_CS", 32, 47), ("SYSRET_CS", 48, 63));
        TargetDescription.AppendFlags(xml, "rflags_bits", 8, TargetDescription.Eflags, TargetDescription.IoPrivilegeLevel);
        TargetDescription.AppendFlags(xml, "misc_enable_bits", 8, MiscEnable);
    }

    private static void AppendMemoryTypes(StringBuilder xml)
    {
        TargetDescription.AppendFlags(xml, "mtrr_cap_bits", 8, [("FIX", 8), ("WC", 10), ("SMRR", 11)], ("VCNT", 0, 7));
        TargetDescription.AppendFlags(xml, "mtrr_def_type_bits", 8, [("FE", 10), ("E", 11)], ("TYPE", 0, 7));
        xml.Append("<vector id=\"memory_types\" type=\"uint8\" count=\"8\"/>\n<struct id=\"mtrr_fixed_ranges\">");
        foreach (string range in FixedRanges)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"fix{range}\" type=\"memory_types\"/>");
        }

        xml.Append("</struct>\n<struct id=\"mtrr_range\"><field name=\"base\" type=\"uint64\"/><field name=\"mask\" type=\"uint64\"/></struct>\n")
            .Append(CultureInfo.InvariantCulture, $"<vector id=\"mtrr_variable_ranges\" type=\"mtrr_range\" count=\"{MsrNumbers.VariableRanges}\"/>\n");
    }
}
