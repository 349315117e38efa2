namespace OsDevHv.Machine.Reports;

/// <summary>The processor's exceptions by vector (Intel SDM vol. 3A, table 6-1).</summary>
internal static class ExceptionNames
{
    public const byte DoubleFault = 8;
    public const byte PageFault = 14;

    private static readonly string[] Names =
    [
        "#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow", "#BR bound range", "#UD invalid opcode",
            "#NM device not available",
        "#DF double fault", "coprocessor segment overrun", "#TS invalid TSS", "#NP segment not present", "#SS stack segment",
            "#GP general protection",
        "#PF page fault", "reserved", "#MF x87 floating point", "#AC alignment check", "#MC machine check", "#XM SIMD floating point",
        "#VE virtualization", "#CP control protection",
    ];

    /// <summary>"#UD invalid opcode (vector 6)".</summary>
    public static string Describe(byte vector) => vector < Names.Length ? $"{Names[vector]} (vector {vector})" : $"vector {vector}";
}
