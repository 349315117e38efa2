namespace OsDevHv.Machine.Boot;

/// <summary>What a boot protocol tells a kernel of the machine beyond its memory and its firmware tables.</summary>
public sealed record BootMachine
{
    /// <summary>Processors, from 1; their APIC ids and ACPI processor UIDs count from 0.</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>Whether the processors have x2APIC mode.</summary>
    public bool HasX2Apic { get; init; }

    /// <summary>Whether the processors have five-level paging (CPUID leaf 7, ECX bit 16). Asked only when a kernel wants to know.</summary>
    public Func<bool> HasFiveLevelPaging { get; init; } = static () => false;

    /// <summary>What the real-time clock shows, taken for UTC; null where the machine has none.</summary>
    public DateTime? Date { get; init; }

    /// <summary>The screen.</summary>
    public BootScreen Screen { get; init; } = BootScreen.None;
}
