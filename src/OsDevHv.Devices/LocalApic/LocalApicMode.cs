namespace OsDevHv.Devices;

/// <summary>The states of a local APIC that IA32_APIC_BASE selects (Intel SDM vol. 3A, table 11-5).</summary>
public enum LocalApicMode
{
    /// <summary>EN = 0: the processor is as one without a local APIC; LINT0 is its INTR pin, LINT1 its NMI pin.</summary>
    Disabled,

    /// <summary>EN = 1, EXTD = 0: registers in a page of memory, 8-bit destinations.</summary>
    XApic,

    /// <summary>EN = 1, EXTD = 1: registers are MSRs, 32-bit destinations.</summary>
    X2Apic,
}
