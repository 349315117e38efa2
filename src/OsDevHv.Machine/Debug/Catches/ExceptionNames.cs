namespace OsDevHv.Machine.Debug;

/// <summary>The processor's exceptions (Intel SDM vol. 3A, 6.3.1; AMD APM vol. 2, 8.2).</summary>
internal static class ExceptionNames
{
    /// <summary>How many vectors the processor keeps for itself.</summary>
    public const int Count = 32;

    private static readonly string[] s_names =
    [
        "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "CSO", "TS", "NP", "SS", "GP", "PF", "15",
        "MF", "AC", "MC", "XM", "VE", "CP", "22", "23", "24", "25", "26", "27", "HV", "VC", "SX", "31",
    ];

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
