using OsDevHv.Devices;

namespace OsDevHv.Machine.Firmware;

/// <summary>A table in guest memory.</summary>
/// <param name="Name">Its signature, such as "FACP"; "SMBIOS" for that one's structures, "BDA" and "EBDA" for the data areas.</param>
/// <param name="Address">Guest-physical address.</param>
/// <param name="Bytes">Its content.</param>
public sealed record FirmwareTable(string Name, ulong Address, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// What a PC's firmware leaves in memory for a kernel: ACPI, MultiProcessor and SMBIOS tables in the segment from F0000h, and the BIOS data
/// areas, made from the machine that is declared. Immutable; any thread.
/// </summary>
/// <remarks>
/// Not provided: BIOS services, an interrupt vector table, tables for PCI, NUMA, power states of processors and wake-up from sleep.
/// </remarks>
public sealed class FirmwareTables
{
    private readonly byte[] _rsdp;
    private readonly byte[] _smbiosEntry;

    private FirmwareTables(IReadOnlyList<FirmwareTable> tables)
    {
        Tables = tables;
        RsdpAddress = Find(Rsdp.Signature)?.Address;
        MpPointerAddress = Find(MpTable.PointerSignature)?.Address;
        SmbiosEntryAddress = Find(SmbiosTable.EntrySignature)?.Address;
        _rsdp = Find(Rsdp.Signature)?.Bytes.ToArray() ?? [];
        _smbiosEntry = Find(SmbiosTable.EntrySignature)?.Bytes.ToArray() ?? [];
        OldRsdp = _rsdp.Length == 0 ? default : Rsdp.ToVersion1(_rsdp);
    }

    /// <summary>Everything that is written, in no order that matters; nothing overlaps.</summary>
    public IReadOnlyList<FirmwareTable> Tables { get; }

    /// <summary>Guest-physical address of ACPI's root pointer; null without ACPI.</summary>
    public ulong? RsdpAddress { get; }

    /// <summary>Guest-physical address of the MP floating pointer; null without MP tables.</summary>
    public ulong? MpPointerAddress { get; }

    /// <summary>Guest-physical address of the SMBIOS 3 entry point; null without SMBIOS.</summary>
    public ulong? SmbiosEntryAddress { get; }

    /// <summary>ACPI's root pointer, 36 bytes; empty without ACPI.</summary>
    public ReadOnlyMemory<byte> NewRsdp => _rsdp;

    /// <summary>The same as ACPI 1.0 has it, 20 bytes; empty without ACPI.</summary>
    public ReadOnlyMemory<byte> OldRsdp { get; }

    /// <summary>The SMBIOS 3 entry point, 24 bytes; empty without SMBIOS.</summary>
    public ReadOnlyMemory<byte> SmbiosEntry => _smbiosEntry;

    /// <summary>Makes the tables.</summary>
    /// <param name="machine">What they describe.</param>
    /// <exception cref="ArgumentOutOfRangeException">It has no processor or more than 64.</exception>
    public static FirmwareTables Build(FirmwareMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentOutOfRangeException.ThrowIfLessThan(machine.CpuCount, 1, nameof(machine));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(machine.CpuCount, 64, nameof(machine));
        BiosArea area = new();
        BiosData.Place(machine, area);
        if (machine.Tables.HasFlag(FirmwareTableSet.Acpi))
        {
            AcpiTables.Place(machine, area);
        }

        if (machine.Tables.HasFlag(FirmwareTableSet.Mp))
        {
            MpTable.Place(machine, area);
        }

        if (machine.Tables.HasFlag(FirmwareTableSet.Smbios))
        {
            SmbiosTable.Place(machine, area);
        }

        return new FirmwareTables(area.Tables);
    }

    /// <summary>Writes the tables. While no vCPU runs.</summary>
    /// <param name="memory">RAM, of which the first mebibyte is there.</param>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void WriteTo(IGuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (FirmwareTable table in Tables)
        {
            if (!memory.TryWrite(table.Address, table.Bytes.Span))
            {
                throw new InvalidOperationException($"There is no RAM at 0x{table.Address:x} for the firmware table {table.Name}.");
            }
        }
    }

    private FirmwareTable? Find(string name) => Tables.FirstOrDefault(table => table.Name == name);
}
