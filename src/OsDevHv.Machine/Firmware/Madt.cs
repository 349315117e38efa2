using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The multiple APIC description table (ACPI 6.5, 5.2.12): processors, the I/O APIC, and the ISA interrupts that are not as usual: the
/// timer's is wired to pin 2, the SCI is level-triggered. Every APIC id fits in 8 bits, so there are no x2APIC entries.
/// </summary>
internal static class Madt
{
    private const byte Revision = 5;
    private const byte LocalApic = 0;
    private const byte IoApic = 1;
    private const byte SourceOverride = 2;
    private const byte LocalNmi = 4;
    private const byte AllProcessors = 0xff;

    // Polarity 01 in bits 1:0 is active high; trigger mode 11 in bits 3:2 is level.
    private const ushort ConformsToBus = 0;
    private const ushort LevelActiveHigh = 0xd;

    public static byte[] Build(FirmwareMachine machine)
    {
        const uint dual8259 = 1;
        StructureBuilder madt = new();
        madt.U32(machine.LocalApicAddress).U32(machine.HasPic ? dual8259 : 0);
        for (int index = 0; index < machine.CpuCount; index++)
        {
            const uint enabled = 1;
            madt.U8(LocalApic).U8(8).U8((byte)index).U8((byte)index).U32(enabled);
        }

        if (machine.IoApicAddress is { } address)
        {
            madt.U8(IoApic).U8(12).U8(MpTable.IoApicId).U8(0).U32(address).U32(0);
            AddOverride(madt, 0, MpTable.TimerPin, ConformsToBus);
            if (machine.PowerManagement is not null)
            {
                AddOverride(madt, FixedHardware.SciIrq, FixedHardware.SciIrq, LevelActiveHigh);
            }
        }

        madt.U8(LocalNmi).U8(6).U8(AllProcessors).U16(ConformsToBus).U8(1);
        return AcpiTables.WithHeader("APIC", Revision, madt);
    }

    private static void AddOverride(StructureBuilder madt, byte irq, uint globalInterrupt, ushort flags) =>
        madt.U8(SourceOverride).U8(10).U8(0).U8(irq).U32(globalInterrupt).U16(flags);
}
