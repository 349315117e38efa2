namespace OsDevHv.Devices;

/// <summary>The items of <see cref="FwCfg"/> that have a fixed key (QEMU, include/standard-headers/linux/qemu_fw_cfg.h and
/// hw/i386/fw_cfg.h).</summary>
public enum FwCfgKey
{
    /// <summary>The four letters QEMU.</summary>
    Signature = 0x00,

    /// <summary>What interfaces there are: 32 bits.</summary>
    Id = 0x01,

    /// <summary>The machine's UUID, 16 bytes; zeros are none.</summary>
    Uuid = 0x02,

    /// <summary>RAM in bytes: 64 bits.</summary>
    RamSize = 0x03,

    /// <summary>Whether there is no display: 16 bits.</summary>
    NoGraphic = 0x04,

    /// <summary>How many processors there are: 16 bits.</summary>
    CpuCount = 0x05,

    /// <summary>Memory nodes: 64 bits each for their number, the node of each APIC id, the size of each node.</summary>
    Numa = 0x0d,

    /// <summary>Whether firmware is to show a menu: 16 bits.</summary>
    BootMenu = 0x0e,

    /// <summary>One more than the highest APIC id: 16 bits.</summary>
    MaximumCpus = 0x0f,

    /// <summary>The bytes of the kernel's command line with its NUL: 32 bits.</summary>
    CommandLineSize = 0x14,

    /// <summary>The kernel's command line, NUL-terminated.</summary>
    CommandLine = 0x15,

    /// <summary>The directory of the files, whose keys follow.</summary>
    FileDirectory = 0x19,

    /// <summary>The first file's key.</summary>
    FirstFile = 0x20,

    /// <summary>Whether ISA interrupt 0 is at the I/O APIC's pin 2: 32 bits.</summary>
    Irq0Override = 0x8002,

    /// <summary>The HPETs, as firmware puts them into ACPI tables.</summary>
    Hpet = 0x8004,
}
