using System.Globalization;
using System.Text;

namespace OsDevHv.Gdb;

/// <summary>Writes target.xml (GDB manual, appendix G) for a <see cref="RegisterLayout"/>.</summary>
/// <remarks>
/// As in QEMU, the system registers stand inside the core feature: their numbers lie between those of the core's, and gdb
/// takes a register's number from its place in the document. Bit names are the processor manuals'.
/// </remarks>
internal static class TargetDescription
{
    /// <summary>The single-bit fields of RFLAGS.</summary>
    internal static readonly (string Name, int Bit)[] Eflags =
    [
        ("CF", 0), ("PF", 2), ("AF", 4), ("ZF", 6), ("SF", 7), ("TF", 8), ("IF", 9), ("DF", 10), ("OF", 11),
        ("NT", 14), ("RF", 16), ("VM", 17), ("AC", 18), ("VIF", 19), ("VIP", 20), ("ID", 21),
    ];

    /// <summary>The other one.</summary>
    internal static readonly (string Name, int Start, int End) IoPrivilegeLevel = ("IOPL", 12, 13);

    private static readonly (string Name, int Bit)[] Cr0 =
    [
        ("PE", 0), ("MP", 1), ("EM", 2), ("TS", 3), ("ET", 4), ("NE", 5), ("WP", 16), ("AM", 18), ("NW", 29), ("CD", 30), ("PG", 31),
    ];

    private static readonly (string Name, int Bit)[] Cr4 =
    [
        ("VME", 0), ("PVI", 1), ("TSD", 2), ("DE", 3), ("PSE", 4), ("PAE", 5), ("MCE", 6), ("PGE", 7), ("PCE", 8), ("OSFXSR", 9),
        ("OSXMMEXCPT", 10), ("UMIP", 11), ("LA57", 12), ("VMXE", 13), ("SMXE", 14), ("FSGSBASE", 16), ("PCIDE", 17),
        ("OSXSAVE", 18), ("KL", 19), ("SMEP", 20), ("SMAP", 21), ("PKE", 22), ("CET", 23), ("PKS", 24), ("UINTR", 25),
    ];

    private static readonly (string Name, int Bit)[] Efer =
    [
        ("SCE", 0), ("LME", 8), ("LMA", 10), ("NXE", 11), ("SVME", 12), ("LMSLE", 13), ("FFXSR", 14), ("TCE", 15),
    ];

    private static readonly (string Name, int Bit)[] Mxcsr =
    [
        ("IE", 0), ("DE", 1), ("ZE", 2), ("OE", 3), ("UE", 4), ("PE", 5), ("DAZ", 6),
        ("IM", 7), ("DM", 8), ("ZM", 9), ("OM", 10), ("UM", 11), ("PM", 12), ("FZ", 15),
    ];

    /// <summary>The document, in ASCII.</summary>
    public static byte[] Xml(RegisterLayout layout)
    {
        int size = layout.Architecture == TargetArchitecture.X86_64 ? 8 : 4;
        StringBuilder xml = new();
        xml.Append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">\n");
        AppendArchitecture(xml, layout.Architecture);
        foreach (RegisterFeature feature in layout.Features)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<feature name=\"{feature.Name}\">\n");
            AppendTypes(xml, feature.Name, size);
            AppendRegisters(xml, layout.Registers.AsSpan(feature.First..feature.End));
            xml.Append("</feature>\n");
        }

        xml.Append("</target>\n");
        return Encoding.ASCII.GetBytes(xml.ToString());
    }

    /// <summary>
    /// gdb refuses a description that its user's file or choice of architecture contradicts, and then takes the registers for its own
    /// defaults. The wide description can serve any, so it says so.
    /// </summary>
    private static void AppendArchitecture(StringBuilder xml, TargetArchitecture architecture) => xml.Append(architecture switch
    {
        TargetArchitecture.X86_64 =>
            "<architecture>i386:x86-64</architecture><compatible>i386</compatible><compatible>i8086</compatible>\n",
        TargetArchitecture.I8086 => "<architecture>i8086</architecture><osabi>none</osabi>\n",
        _ => "<architecture>i386</architecture>\n",
    });

    private static void AppendTypes(StringBuilder xml, string feature, int size)
    {
        switch (feature)
        {
            case RegisterFeature.Core:
                AppendFlags(xml, "i386_eflags", 4, Eflags, IoPrivilegeLevel);
                AppendFlags(xml, "i386_cr0", size, Cr0);
                AppendFlags(xml, "i386_cr3", size, [], ("PCID", 0, 11), ("PDBR", 12, (8 * size) - 1));
                AppendFlags(xml, "i386_cr4", size, Cr4);
                AppendFlags(xml, "i386_efer", size, Efer);
                break;
            case RegisterFeature.Sse:
                AppendVectors(xml);
                AppendFlags(xml, "i386_mxcsr", 4, Mxcsr);
                break;
            case RegisterFeature.Avx512:
                AppendVectors(xml);
                xml.Append("<vector id=\"v2ui128\" type=\"uint128\" count=\"2\"/>\n");
                break;
            default:
                ExtensionTypes.Append(xml, feature, size);
                break;
        }
    }

    /// <summary>Appends a type of bit fields.</summary>
    internal static void AppendFlags(
        StringBuilder xml,
        string id,
        int size,
        (string Name, int Bit)[] bits,
        params ReadOnlySpan<(string Name, int Start, int End)> fields)
    {
        xml.Append(CultureInfo.InvariantCulture, $"<flags id=\"{id}\" size=\"{size}\">");
        foreach ((string name, int bit) in bits)
        {
            AppendField(xml, name, bit, bit);
        }

        foreach ((string name, int start, int end) in fields)
        {
            AppendField(xml, name, start, end);
        }

        xml.Append("</flags>\n");
    }

    private static void AppendField(StringBuilder xml, string name, int start, int end) =>
        xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{name}\" start=\"{start}\" end=\"{end}\"/>");

    private static void AppendVectors(StringBuilder xml) => xml.Append("""
        <vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/>
        <vector id="v16i8" type="int8" count="16"/><vector id="v8i16" type="int16" count="8"/>
        <vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/>
        <union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/>
        <field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/><field name="v4_int32" type="v4i32"/>
        <field name="v2_int64" type="v2i64"/><field name="uint128" type="uint128"/></union>

        """);

    private static void AppendRegisters(StringBuilder xml, ReadOnlySpan<RegisterDescription> registers)
    {
        foreach (RegisterDescription register in registers)
        {
            // What is ours must not be saved and restored around a function that gdb has the guest call.
            string attributes = register.Source switch
            {
                >= RegisterSource.Fctrl and <= RegisterSource.Fop => " group=\"float\"",
                RegisterSource.Mxcsr => " group=\"vector\"",
                RegisterSource.YmmHigh or RegisterSource.ZmmHigh or RegisterSource.HighXmm or RegisterSource.Mask => "",
                > RegisterSource.Mxcsr => " save-restore=\"no\" group=\"system\"",
                _ => "",
            };
            xml.Append(CultureInfo.InvariantCulture, $"<reg name=\"{register.Name}\" bitsize=\"{register.Bits}\"")
                .Append(CultureInfo.InvariantCulture, $" type=\"{register.Type}\" regnum=\"{register.Number}\"{attributes}/>\n");
        }
    }
}
