using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>The ACPI tables that describe single devices: HPET, WAET, SPCR.</summary>
internal static class PlatformTables
{
    private const byte MemorySpace = 0;
    private const byte PortSpace = 1;
    private const ushort Com1Port = 0x3f8;

    /// <summary>The HPET description table (IA-PC HPET Specification 1.0a, 3.2.4).</summary>
    public static byte[] Hpet(FirmwareHpet hpet)
    {
        StructureBuilder table = new();
        table.U32(HpetBlockId(hpet.Timers)).U8(MemorySpace).U8(0).U8(0).U8(0).U64(hpet.Address);
        // Its number; the least tick for periodic mode, unstated as on QEMU; no page protection.
        table.U8(0).U16(0).U8(0);
        return AcpiTables.WithHeader("HPET", 1, table);
    }

    /// <summary>The lower half of an HPET's capabilities register: Intel's, legacy replacement, a 64-bit counter, revision 1.</summary>
    public static uint HpetBlockId(int timers) => 0x8086_a001 | ((uint)(timers - 1) << 8);

    /// <summary>
    /// The Windows ACPI emulated devices table (Microsoft, WAET specification). The PM timer needs one read only; the real-time clock's
    /// interrupt has to be acknowledged, as a true one's.
    /// </summary>
    public static byte[] Waet()
    {
        const uint timerGood = 1 << 1;
        return AcpiTables.WithHeader("WAET", 1, new StructureBuilder().U32(timerGood));
    }

    /// <summary>The serial port that the SPCR table names: COM1.</summary>
    public static FirmwareUart? FindConsole(FirmwareMachine machine)
    {
        foreach (FirmwareUart uart in machine.Uarts)
        {
            if (uart.Port == Com1Port)
            {
                return uart;
            }
        }

        return null;
    }

    /// <summary>The serial port console redirection table, revision 2 (Microsoft, SPCR specification).</summary>
    public static byte[] Spcr(FirmwareMachine machine, FirmwareUart console)
    {
        const byte full16550 = 0, rate115200 = 7, oneStopBit = 1, vt100 = 0;
        const int byPic = 1, byIoApic = 2;
        int interruptTypes = (machine.HasPic ? byPic : 0) | (machine.IoApicAddress is null ? 0 : byIoApic);
        StructureBuilder table = new();
        table.U8(full16550).Zeros(3).U8(PortSpace).U8(8).U8(0).U8(1).U64(console.Port);
        table.U8((byte)interruptTypes).U8((byte)(machine.HasPic ? console.Irq : 0));
        table.U32(machine.IoApicAddress is null ? 0 : (uint)console.Irq);
        table.U8(rate115200).U8(0).U8(oneStopBit).U8(0).U8(vt100).U8(0);
        // Not a PCI device.
        table.U16(0xffff).U16(0xffff).U8(0).U8(0).U8(0).U32(0).U8(0).U32(0);
        return AcpiTables.WithHeader("SPCR", 2, table);
    }
}
