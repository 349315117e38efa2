using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The tables of Intel's MultiProcessor Specification 1.4, chapter 4, with the entries that SeaBIOS makes. Not provided: extended entries,
/// default configurations, an IMCR (virtual wire mode is what the processors start in).
/// </summary>
/// <remarks>
/// As on QEMU the I/O APIC's id is 0 although a processor has it too; the ids are on buses of their own since the Pentium 4. A machine
/// without an I/O APIC is not one that the specification knows; its table still lists the processors.
/// </remarks>
internal static class MpTable
{
    public const string PointerSignature = "_MP_";

    /// <summary>The I/O APIC's id, here and in the MADT.</summary>
    public const byte IoApicId = 0;

    /// <summary>The I/O APIC's pin of ISA interrupt 0.</summary>
    public const byte TimerPin = 2;

    private const int PointerBytes = 16;
    private const byte SpecificationRevision = 4;
    private const byte LocalApicVersion = 0x14;
    private const byte IoApicVersion = 0x20;
    private const byte IsaBus = 0;
    private const byte AllLocalApics = 0xff;
    private const int IsaIrqs = 16;
    private const int CascadeIrq = 2;

    // Polarity 01 in bits 1:0 is active high; trigger mode 11 in bits 3:2 is level.
    private const ushort ConformsToBus = 0;
    private const ushort LevelActiveHigh = 0xd;

    private enum Entry : byte
    {
        Processor = 0,
        Bus = 1,
        IoApic = 2,
        IoInterrupt = 3,
        LocalInterrupt = 4,
    }

    private enum InterruptType : byte
    {
        Vectored = 0,
        Nmi = 1,
        ExtInt = 3,
    }

    public static void Place(FirmwareMachine machine, BiosArea area)
    {
        uint pointer = area.Reserve(PointerBytes, 16);
        uint table = area.Place("PCMP", Configuration(machine));
        byte[] bytes = new StructureBuilder()
            .Text(PointerSignature, 4)
            .U32(table)
            .U8(PointerBytes / 16)
            .U8(SpecificationRevision)
            .Zeros(6)
            .Checksum(10)
            .ToArray();
        area.PlaceAt(pointer, PointerSignature, bytes);
    }

    private static byte[] Configuration(FirmwareMachine machine)
    {
        StructureBuilder entries = new();
        int count = AddProcessors(entries, machine) + AddBus(entries) + AddIoApic(entries, machine) + AddLocalInterrupts(entries, machine);
        const int headerBytes = 44;
        return new StructureBuilder()
            .Text("PCMP", 4)
            .U16((ushort)(headerBytes + entries.Length))
            .U8(SpecificationRevision)
            .U8(0)
            .Text("OSDVHV", 8)
            .Text("OSDEVHV", 12)
            .U32(0)
            .U16(0)
            .U16((ushort)count)
            .U32(machine.LocalApicAddress)
            .U32(0)
            .Bytes(entries.ToArray())
            .Checksum(7)
            .ToArray();
    }

    private static int AddProcessors(StructureBuilder entries, FirmwareMachine machine)
    {
        const byte enabled = 1, bootProcessor = 2;
        for (int index = 0; index < machine.CpuCount; index++)
        {
            entries.U8((byte)Entry.Processor).U8((byte)index).U8(LocalApicVersion);
            entries.U8(index == 0 ? (byte)(enabled | bootProcessor) : enabled);
            entries.U32(machine.CpuSignature).U32(machine.CpuFeatures).Zeros(8);
        }

        return machine.CpuCount;
    }

    private static int AddBus(StructureBuilder entries)
    {
        entries.U8((byte)Entry.Bus).U8(IsaBus).Text("ISA", 6);
        return 1;
    }

    private static int AddIoApic(StructureBuilder entries, FirmwareMachine machine)
    {
        if (machine.IoApicAddress is not { } address)
        {
            return 0;
        }

        entries.U8((byte)Entry.IoApic).U8(IoApicId).U8(IoApicVersion).U8(1).U32(address);
        for (int irq = 0; irq < IsaIrqs; irq++)
        {
            if (irq != CascadeIrq)
            {
                bool isSci = irq == FixedHardware.SciIrq && machine.PowerManagement is not null;
                entries.U8((byte)Entry.IoInterrupt).U8((byte)InterruptType.Vectored).U16(isSci ? LevelActiveHigh : ConformsToBus);
                entries.U8(IsaBus).U8((byte)irq).U8(IoApicId).U8(irq == 0 ? TimerPin : (byte)irq);
            }
        }

        return IsaIrqs;
    }

    private static int AddLocalInterrupts(StructureBuilder entries, FirmwareMachine machine)
    {
        if (machine.HasPic)
        {
            AddLocalInterrupt(entries, InterruptType.ExtInt, localApic: 0, pin: 0);
        }

        AddLocalInterrupt(entries, InterruptType.Nmi, AllLocalApics, pin: 1);
        return machine.HasPic ? 2 : 1;
    }

    private static void AddLocalInterrupt(StructureBuilder entries, InterruptType type, byte localApic, byte pin) =>
        entries.U8((byte)Entry.LocalInterrupt).U8((byte)type).U16(ConformsToBus).U8(IsaBus).U8(0).U8(localApic).U8(pin);
}
