using System.Text;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The items of the fw_cfg device: of those that QEMU's PCs have, what is true of this machine, and what the profile adds. The item of
/// ramfb comes with that device.
/// </summary>
/// <remarks>
/// Left out: kernel and initial RAM disk (07h-0Bh, 10h-13h, 16h-18h), with which QEMU's firmware loads a kernel: it is loaded already, and
/// its boot protocol tells it where its modules are; the boot device, boot order, boot menu's picture and wait (there is nothing else to
/// boot); etc/acpi/* and etc/table-loader, from which firmware makes the tables that are in the BIOS area already; etc/tpm/log and
/// etc/msr_feature_control (there are no such things); option ROMs.
/// </remarks>
internal static class FirmwareConfiguration
{
    private const string UnusualName = "does not begin with opt/; the names that do are yours, the others are the machine's";

    /// <summary>An item's length has 32 bits, and is held in memory.</summary>
    private const ulong MaximumItem = 1 << 30;

    private const int CpuCountBytes = 2;
    private const byte StateSupported = 0x80;
    private const int SoftOff = 5;

    /// <summary>Makes the items.</summary>
    /// <param name="profile">The machine that is declared.</param>
    /// <param name="map">Where its RAM is.</param>
    /// <param name="firmware">Its tables.</param>
    /// <param name="messages">Is told of names that are unwise.</param>
    /// <param name="arguments">A test's arguments, for the item that kernels ask; null leaves it out.</param>
    /// <exception cref="BootException">The file of an item cannot be read.</exception>
    public static FwCfgItems Build(
        MachineProfile profile, MemoryMap map, FirmwareTables firmware, TextWriter messages, string? arguments = null)
    {
        var items = new FwCfgItems();
        AddMachine(items, profile, map);
        AddTables(items, profile, map, firmware);
        foreach (FirmwareItem item in profile.FirmwareConfig)
        {
            if (!item.Name.StartsWith(FirmwareItem.UserPrefix, StringComparison.Ordinal))
            {
                messages.WriteLine($"firmware-config: warning: {item.Name} {UnusualName}");
            }

            Add(items, item);
        }

        if (arguments is not null && !profile.FirmwareConfig.Any(static item => item.Name == TestArguments.ItemName))
        {
            items.AddFile(TestArguments.ItemName, TestArguments.Encode(arguments));
        }

        return items;
    }

    private static void AddMachine(FwCfgItems items, MachineProfile profile, MemoryMap map)
    {
        ulong cpus = (ulong)profile.Cpu.Count;
        items.Add(FwCfgKey.Uuid, stackalloc byte[16]);
        items.AddNumber(FwCfgKey.RamSize, sizeof(ulong), map.RamBytes);
        items.AddNumber(FwCfgKey.NoGraphic, sizeof(ushort), profile.Devices.Any(static device => device is RamfbProfile or VgaTextProfile) ? 0u : 1u);
        items.AddNumber(FwCfgKey.CpuCount, CpuCountBytes, cpus);
        // APIC ids count from 0 without gaps.
        items.AddNumber(FwCfgKey.MaximumCpus, CpuCountBytes, cpus);
        // No nodes, each processor in the first.
        items.Add(FwCfgKey.Numa, new byte[sizeof(ulong) * (1 + profile.Cpu.Count)]);
        items.AddNumber(FwCfgKey.BootMenu, sizeof(ushort), 0);
        byte[] commandLine = [.. Encoding.UTF8.GetBytes(profile.Boot.CommandLine), 0];
        items.AddNumber(FwCfgKey.CommandLineSize, sizeof(uint), (ulong)commandLine.Length);
        items.Add(FwCfgKey.CommandLine, commandLine);
    }

    private static void AddTables(FwCfgItems items, MachineProfile profile, MemoryMap map, FirmwareTables firmware)
    {
        var ranges = new StructureBuilder();
        foreach (MemoryMapEntry range in map.Ranges)
        {
            ranges.U64(range.Start).U64(range.Length).U32((uint)range.Kind);
        }

        items.AddFile("etc/e820", ranges.ToArray());
        if (firmware.Tables.FirstOrDefault(static table => table.Name == "SMBIOS") is { } smbios)
        {
            items.AddFile("etc/smbios/smbios-anchor", firmware.SmbiosEntry.Span);
            items.AddFile("etc/smbios/smbios-tables", smbios.Bytes.Span);
        }

        if (profile.Devices.OfType<IoApicProfile>().Any())
        {
            items.AddNumber(FwCfgKey.Irq0Override, sizeof(uint), 1);
        }

        if (profile.Devices.OfType<HpetProfile>().FirstOrDefault() is { } hpet)
        {
            items.Add(FwCfgKey.Hpet, Hpets(hpet));
        }

        if (profile.Devices.OfType<AcpiPmProfile>().Any())
        {
            // For each of S0 to S5: whether it is there, and its SLP_TYP.
            Span<byte> states = stackalloc byte[SoftOff + 1];
            states[0] = states[SoftOff] = StateSupported;
            items.AddFile("etc/system-states", states);
        }
    }

    /// <summary>QEMU's hpet_fw_config (include/hw/timer/hpet.h): a count, and room for eight.</summary>
    private static byte[] Hpets(HpetProfile hpet)
    {
        const int others = 7, entryBytes = 15;
        return new StructureBuilder()
            .U8(1)
            .U32(PlatformTables.HpetBlockId(hpet.Timers)).U64(hpet.Address).U16(0).U8(0)
            .Zeros(others * entryBytes)
            .ToArray();
    }

    private static void Add(FwCfgItems items, FirmwareItem item)
    {
        byte[] content = item.Content switch
        {
            FirmwareItemContent.File => ReadFile(item),
            FirmwareItemContent.Text => Encoding.UTF8.GetBytes(item.Value),
            FirmwareItemContent.Hex => Convert.FromHexString(item.Value),
            _ => [],
        };
        if (item.WritableBytes == 0)
        {
            items.AddFile(item.Name, content);
            return;
        }

        Array.Resize(ref content, (int)item.WritableBytes);
        items.AddWritableFile(item.Name, content);
    }

    private static byte[] ReadFile(FirmwareItem item)
    {
        using BootFile file = BootFile.Open(item.Value);
        ulong maximum = item.WritableBytes == 0 ? MaximumItem : item.WritableBytes;
        if (file.Length > maximum)
        {
            throw file.Bad($"the file has {file.Length} bytes, and the item {item.Name} of firmware-config can have {maximum}.");
        }

        byte[] content = new byte[file.Length];
        file.Read(0, content, $"the item {item.Name} of firmware-config");
        return content;
    }
}
