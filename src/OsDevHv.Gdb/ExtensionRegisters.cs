using System.Globalization;

namespace OsDevHv.Gdb;

/// <summary>
/// The registers behind QEMU's: what the processor caches of descriptors, debug and model-specific registers, vector registers beyond SSE.
/// </summary>
internal static class ExtensionRegisters
{
    private static readonly string[] Segments = ["cs", "ss", "ds", "es", "fs", "gs", "ldtr", "tr"];

    /// <summary>The features in the order of their numbers; the last ones depend on what the processor has.</summary>
    public static IEnumerable<(string Feature, IEnumerable<RegisterDescription> Registers)> Of(bool wide, RegisterFeatures present)
    {
        yield return (RegisterFeature.System, System(wide));
        yield return (RegisterFeature.Debug, Debug(wide));
        yield return (RegisterFeature.Msrs, Msrs(wide));
        yield return (RegisterFeature.MemoryTypes, MemoryTypes());
        if (present.HasFlag(RegisterFeatures.Avx))
        {
            yield return (RegisterFeature.Avx, Many("ymm{0}h", wide ? 16 : 8, 128, "uint128", RegisterSource.YmmHigh));
        }

        if (present.HasFlag(RegisterFeatures.Avx | RegisterFeatures.Avx512))
        {
            yield return (RegisterFeature.Avx512, Avx512(wide));
        }

        if (present.HasFlag(RegisterFeatures.ProtectionKeys))
        {
            yield return (RegisterFeature.ProtectionKeys, [new("pkru", 32, "i386_pkru", RegisterSource.Pkru)]);
        }
    }

    private static IEnumerable<RegisterDescription> System(bool wide)
    {
        int bits = wide ? 64 : 32;
        string integer = wide ? "int64" : "int32";
        yield return new("ip", bits, integer, RegisterSource.OffsetInCode);
        for (int index = 0; index < Segments.Length; index++)
        {
            string name = Segments[index];
            bool isTable = name is "ldtr" or "tr";
            if (isTable)
            {
                yield return new(name, 32, "int32", RegisterSource.TableSelector, index);
            }

            if (name is not ("fs" or "gs"))
            {
                yield return new(name + "_base", bits, integer, RegisterSource.SegmentBase, index);
            }

            yield return new(name + "_limit", 32, "uint32", RegisterSource.SegmentLimit, index);
            yield return new(name + "_attr", 32, "segment_attributes", RegisterSource.SegmentAttributes, index);
        }

        yield return new("gdtr_base", bits, integer, RegisterSource.GdtBase);
        yield return new("gdtr_limit", 32, "uint32", RegisterSource.GdtLimit);
        yield return new("idtr_base", bits, integer, RegisterSource.IdtBase);
        yield return new("idtr_limit", 32, "uint32", RegisterSource.IdtLimit);
        yield return new("xcr0", 64, "xcr0_bits", RegisterSource.Xcr0);
    }

    private static IEnumerable<RegisterDescription> Debug(bool wide)
    {
        int bits = wide ? 64 : 32;
        for (int index = 0; index < 4; index++)
        {
            yield return new($"dr{index}", bits, "data_ptr", RegisterSource.Debug, index);
        }

        yield return new("dr6", bits, "dr6_bits", RegisterSource.Debug, 4);
        yield return new("dr7", bits, "dr7_bits", RegisterSource.Debug, 5);
    }

    /// <summary>In the order of <see cref="MsrNumbers.Named"/>. All have 64 bits, whatever the layout.</summary>
    private static IEnumerable<RegisterDescription> Msrs(bool wide)
    {
        string code = wide ? "code_ptr" : "uint64";
        string data = wide ? "data_ptr" : "uint64";
        string[] types =
        [
            "apic_base_bits", "pat_types", "star_selectors", code, code, "rflags_bits", "uint64", data, code, "uint64", "uint64",
            "misc_enable_bits",
        ];
        return types.Select(static (type, index) => new RegisterDescription(MsrNumbers.Names[index], 64, type, RegisterSource.Msr, index));
    }

    private static IEnumerable<RegisterDescription> MemoryTypes() =>
    [
        new("mtrr_cap", 64, "mtrr_cap_bits", RegisterSource.MemoryType),
        new("mtrr_def_type", 64, "mtrr_def_type_bits", RegisterSource.MemoryType, 1),
        new("mtrr_fixed", 64 * MsrNumbers.FixedRanges, "mtrr_fixed_ranges", RegisterSource.FixedMemoryTypes),
        new("mtrr_variable", 128 * MsrNumbers.VariableRanges, "mtrr_variable_ranges", RegisterSource.VariableMemoryTypes),
    ];

    /// <summary>gdb's own names (its features/i386/64bit-avx512.xml); the 32-bit layout reaches eight of each.</summary>
    private static IEnumerable<RegisterDescription> Avx512(bool wide)
    {
        IEnumerable<RegisterDescription> registers = [];
        if (wide)
        {
            registers = Many("xmm{0}", 32, 128, "vec128", RegisterSource.HighXmm, first: 16)
                .Concat(Many("ymm{0}h", 32, 128, "uint128", RegisterSource.YmmHigh, first: 16));
        }

        return registers.Concat(Many("k{0}", 8, 64, "uint64", RegisterSource.Mask))
            .Concat(Many("zmm{0}h", wide ? 32 : 8, 256, "v2ui128", RegisterSource.ZmmHigh));
    }

    private static IEnumerable<RegisterDescription> Many(string name, int end, int bits, string type, RegisterSource source, int first = 0)
    {
        for (int index = first; index < end; index++)
        {
            yield return new(string.Format(CultureInfo.InvariantCulture, name, index), bits, type, source, index);
        }
    }
}
