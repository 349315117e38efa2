namespace OsDevHv.Machine.Debug;

/// <summary>The processor's exceptions (Intel SDM vol. 3A, 6.3.1; AMD APM vol. 2, 8.2).</summary>
internal static class ExceptionNames
{
    /// <summary>How many vectors the processor keeps for itself.</summary>
    public const int Count = 32;

    /// <summary>#DF.</summary>
    public const byte DoubleFault = 8;

    /// <summary>#PF.</summary>
    public const byte PageFault = 14;

    private static readonly string[] s_names =
    [
        "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "CSO", "TS", "NP", "SS", "GP", "PF", "15",
        "MF", "AC", "MC", "XM", "VE", "CP", "22", "23", "24", "25", "26", "27", "HV", "VC", "SX", "31",
    ];

    private static readonly string[] s_words =
    [
        "#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow", "#BR bound range", "#UD invalid opcode",
        "#NM device not available", "#DF double fault", "coprocessor segment overrun", "#TS invalid TSS", "#NP segment not present",
        "#SS stack segment", "#GP general protection", "#PF page fault", "reserved", "#MF x87 floating point", "#AC alignment check",
        "#MC machine check", "#XM SIMD floating point", "#VE virtualization", "#CP control protection",
    ];

    /// <summary>"#UD invalid opcode (vector 6)".</summary>
    public static string Describe(byte vector) => vector < s_words.Length ? $"{s_words[vector]} (vector {vector})" : $"vector {vector}";

    /// <summary>The name without the number sign: "PF".</summary>
    public static string Of(int vector) => vector < Count ? s_names[vector] : $"{vector}";

    /// <summary>The vector of a name, with or without its number sign, in any case; null where there is none.</summary>
    public static int? Find(string name)
    {
        int at = Array.FindIndex(s_names, known => known.Equals(name.TrimStart('#'), StringComparison.OrdinalIgnoreCase));
        return at < 0 ? null : at;
    }

    /// <summary>Whether the processor pushes an error code: #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX.</summary>
    public static bool HasErrorCode(int vector) => vector is 8 or (>= 10 and <= 14) or 17 or 21 or 29 or 30;
}
