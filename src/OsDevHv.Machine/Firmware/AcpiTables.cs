using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The ACPI tables as a whole (ACPI 6.5, chapter 5.2). Not provided: SSDTs, an MCFG table (there is no PCI), SRAT and SLIT (there is one
/// node), tables for waking from sleep.
/// </summary>
internal static class AcpiTables
{
    private const int HeaderBytes = 36;
    private const int LengthOffset = 4;
    private const int ChecksumOffset = 9;
    private const string OemId = "OSDVHV";
    private const string OemTableId = "OSDEVHV";
    private const string CreatorId = "ODHV";

    public static void Place(FirmwareMachine machine, BiosArea area)
    {
        uint rsdp = area.Reserve(Rsdp.Bytes, 16);
        uint facs = area.Place("FACS", FixedHardware.Facs(), 64);
        uint dsdt = area.Place("DSDT", Dsdt.Build(machine));
        List<uint> listed = [area.Place("FACP", FixedHardware.Fadt(machine, facs, dsdt)), area.Place("APIC", Madt.Build(machine))];
        if (machine.Hpet is { } hpet)
        {
            listed.Add(area.Place("HPET", PlatformTables.Hpet(hpet)));
        }

        if (machine.PowerManagement is not null)
        {
            listed.Add(area.Place("WAET", PlatformTables.Waet()));
        }

        if (PlatformTables.FindConsole(machine) is { } console)
        {
            listed.Add(area.Place("SPCR", PlatformTables.Spcr(machine, console)));
        }

        StructureBuilder narrow = new(), wide = new();
        foreach (uint table in listed)
        {
            narrow.U32(table);
            wide.U64(table);
        }

        uint rsdt = area.Place("RSDT", WithHeader("RSDT", 1, narrow));
        uint xsdt = area.Place("XSDT", WithHeader("XSDT", 1, wide));
        area.PlaceAt(rsdp, Rsdp.Signature, Rsdp.Build(OemId, rsdt, xsdt));
    }

    /// <summary>A table with the header of system description tables (5.2.6).</summary>
    public static byte[] WithHeader(string signature, byte revision, StructureBuilder content) =>
        new StructureBuilder()
            .Text(signature, 4)
            .U32(0)
            .U8(revision)
            .U8(0)
            .Text(OemId, 6)
            .Text(OemTableId, 8)
            .U32(1)
            .Text(CreatorId, 4)
            .U32(1)
            .Bytes(content.ToArray())
            .Patch(LengthOffset, (uint)(HeaderBytes + content.Length))
            .Checksum(ChecksumOffset)
            .ToArray();
}
