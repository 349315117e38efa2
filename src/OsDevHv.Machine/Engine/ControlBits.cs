namespace OsDevHv.Machine.Engine;

/// <summary>Bits of the control registers, EFER and RFLAGS that decide a CPU's mode (Intel SDM vol. 3A, 2.2.1, 2.3 and 2.5).</summary>
public static class ControlBits
{
    /// <summary>CR0.PE: protected mode.</summary>
    public const ulong Cr0Pe = 1;

    /// <summary>CR0.ET: fixed at 1.</summary>
    public const ulong Cr0Et = 1 << 4;

    /// <summary>CR0.PG: paging.</summary>
    public const ulong Cr0Pg = 1UL << 31;

    /// <summary>CR4.PSE: 4 MiB pages in 32-bit paging.</summary>
    public const ulong Cr4Pse = 1 << 4;

    /// <summary>CR4.PAE: 8-byte page-table entries.</summary>
    public const ulong Cr4Pae = 1 << 5;

    /// <summary>CR4.LA57: five levels in long mode.</summary>
    public const ulong Cr4La57 = 1 << 12;

    /// <summary>EFER.LME: long mode once paging is on.</summary>
    public const ulong EferLme = 1 << 8;

    /// <summary>EFER.LMA: long mode is active.</summary>
    public const ulong EferLma = 1 << 10;

    /// <summary>EFER.NXE: bit 63 of page-table entries forbids execution.</summary>
    public const ulong EferNxe = 1 << 11;

    /// <summary>RFLAGS bit 1, which is always 1.</summary>
    public const ulong RflagsFixed = 1 << 1;

    /// <summary>RFLAGS.VM: virtual-8086 mode.</summary>
    public const ulong RflagsVm = 1 << 17;
}
