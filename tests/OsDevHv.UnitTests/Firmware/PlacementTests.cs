using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Tests.Boot;

namespace OsDevHv.Tests.Firmware;

/// <summary>Where the tables are, and that a kernel finds its way from one to the other.</summary>
public sealed class PlacementTests
{
    public static TheoryData<string> MachineNames => Machines.Names;

    [Theory]
    [MemberData(nameof(MachineNames))]
    public void Tables_lie_side_by_side_in_the_bios_segment(string machine)
    {
        FirmwareTables tables = FirmwareTables.Build(Machines.Named(machine));

        FirmwareTable[] placed = [.. tables.Tables.Where(table => table.Name is not ("BDA" or "EBDA")).OrderBy(table => table.Address)];
        Assert.All(placed, table => Assert.True(table.Address >= 0xf_0000 && table.Address + (ulong)table.Bytes.Length <= 0x10_0000));
        Assert.All(
            placed.Zip(placed.Skip(1)), pair => Assert.True(pair.First.Address + (ulong)pair.First.Bytes.Length <= pair.Second.Address));
        Assert.Equal(0u, placed.Single(table => table.Name == "FACS").Address % 64);
    }

    [Fact]
    public void A_search_of_16_byte_boundaries_finds_the_three_entry_points()
    {
        SparseRam ram = new(Machines.Pc.Memory);
        FirmwareTables tables = FirmwareTables.Build(Machines.Pc);

        tables.WriteTo(ram);

        Assert.Equal(tables.RsdpAddress, Search(ram, "RSD PTR "));
        Assert.Equal(tables.MpPointerAddress, Search(ram, "_MP_"));
        Assert.Equal(tables.SmbiosEntryAddress, Search(ram, "_SM3_"));
        Assert.Equal(0, ram.WritesOutsideRam);
    }

    [Theory]
    [MemberData(nameof(MachineNames))]
    public void The_root_pointer_leads_to_every_table_by_both_ways(string name)
    {
        FirmwareMachine machine = Machines.Named(name);
        FirmwareTables tables = FirmwareTables.Build(machine);
        SparseRam ram = new(machine.Memory);
        tables.WriteTo(ram);
        ulong rsdp = tables.RsdpAddress!.Value;

        Assert.Equal(0, Machines.Sum(ram.Read(rsdp, 20)));
        Assert.Equal(0, Machines.Sum(ram.Read(rsdp, 36)));
        Assert.Equal(2, ram.Read(rsdp + 15, 1)[0]);
        Assert.Equal(36u, ram.U32(rsdp + 20));
        string[] byRsdt = [.. Pointers(ram, ram.U32(rsdp + 16), 4).Select(address => Signature(ram, address))];
        string[] byXsdt = [.. Pointers(ram, ram.U64(rsdp + 24), 8).Select(address => Signature(ram, address))];
        string[] expected =
        [
            "FACP",
            "APIC",
            .. machine.Hpet is null ? Array.Empty<string>() : ["HPET"],
            .. machine.PowerManagement is null ? Array.Empty<string>() : ["WAET"],
            .. machine.Uarts.Any(uart => uart.Port == 0x3f8) ? ["SPCR"] : Array.Empty<string>(),
        ];
        Assert.Equal(expected, byRsdt);
        Assert.Equal(expected, byXsdt);
    }

    [Theory]
    [MemberData(nameof(MachineNames))]
    public void Every_description_table_states_its_length_and_adds_up_to_zero(string machine)
    {
        string[] without = ["BDA", "EBDA", "RSD PTR ", "FACS", "_MP_", "PCMP", "_SM3_", "SMBIOS"];
        FirmwareTable[] tables = [.. FirmwareTables.Build(Machines.Named(machine)).Tables.Where(table => !without.Contains(table.Name))];

        Assert.NotEmpty(tables);
        Assert.All(tables, table =>
        {
            Assert.Equal(table.Name, table.Text(0, 4));
            Assert.Equal((uint)table.Bytes.Length, table.U32(4));
            Assert.Equal(0, Machines.Sum(table.Bytes.Span));
            Assert.Equal("OSDVHVOSDEVHV ", table.Text(10, 14));
        });
    }

    [Fact]
    public void The_old_root_pointer_is_one_of_acpi_1()
    {
        FirmwareTables tables = FirmwareTables.Build(Machines.Pc);

        ReadOnlySpan<byte> old = tables.OldRsdp.Span;

        Assert.Equal(20, old.Length);
        Assert.Equal(0, Machines.Sum(old));
        Assert.Equal(0, old[15]);
        Assert.Equal(tables.NewRsdp.Span[16..20], old[16..20]);
        Assert.Equal(tables.NewRsdp.Span[..8], old[..8]);
    }

    [Theory]
    [InlineData(FirmwareTableSet.None, false, false, false)]
    [InlineData(FirmwareTableSet.Acpi, true, false, false)]
    [InlineData(FirmwareTableSet.Mp, false, true, false)]
    [InlineData(FirmwareTableSet.Smbios, false, false, true)]
    public void Only_the_tables_that_are_asked_for_are_there(FirmwareTableSet set, bool acpi, bool mp, bool smbios)
    {
        FirmwareTables tables = FirmwareTables.Build(Machines.Pc with { Tables = set });

        Assert.Equal(
            (acpi, mp, smbios),
            (tables.RsdpAddress.HasValue, tables.MpPointerAddress.HasValue, tables.SmbiosEntryAddress.HasValue));
        Assert.Equal((acpi, acpi, smbios), (tables.NewRsdp.Length > 0, tables.OldRsdp.Length > 0, tables.SmbiosEntry.Length > 0));
        Assert.Equal(acpi, tables.Tables.Any(table => table.Name == "DSDT"));
        Assert.Equal(mp, tables.Tables.Any(table => table.Name == "PCMP"));
        Assert.Equal(smbios, tables.Tables.Any(table => table.Name == "SMBIOS"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void A_number_of_processors_that_cannot_be_is_refused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FirmwareTables.Build(Machines.Pc with { CpuCount = count }));

    [Fact]
    public void The_bios_data_areas_say_where_low_memory_ends_and_which_serial_ports_there_are()
    {
        SparseRam ram = new(Machines.Pc.Memory);

        FirmwareTables.Build(Machines.Pc).WriteTo(ram);

        Assert.Equal(0x2f8_03f8u, ram.U32(0x400));
        Assert.Equal(0x2e8_03e8u, ram.U32(0x404));
        Assert.Equal(0x9fc0u, ram.U32(0x40e) & 0xffff);
        Assert.Equal(639u, ram.U32(0x413) & 0xffff);
        Assert.Equal((4u << 9) | 2, ram.U32(0x410) & 0xffff);
        Assert.Equal(1, ram.Read(MemoryMap.LowMemoryEnd, 1)[0]);
    }

    [Fact]
    public void Writing_again_repairs_what_a_kernel_did_to_the_tables()
    {
        SparseRam ram = new(Machines.Pc.Memory);
        FirmwareTables tables = FirmwareTables.Build(Machines.Pc);
        tables.WriteTo(ram);
        ram.TryWrite(0xf_0000, new byte[0x1_0000]);

        tables.WriteTo(ram);

        Assert.All(tables.Tables, table => Assert.Equal(table.Bytes.ToArray(), ram.Read(table.Address, table.Bytes.Length)));
    }

    [Fact]
    public void A_vga_has_its_mode_in_the_bios_data_area_and_its_text_memory_cleared()
    {
        SparseRam ram = new(Machines.Pc.Memory);
        ram.TryWrite(0xb_8000, new byte[] { 0x41, 0x1f });

        FirmwareTables.Build(Machines.Pc with { HasVgaText = true }).WriteTo(ram);

        Assert.Equal(2u, (ram.U32(0x410) >> 4) & 3);
        Assert.Equal((3, 80, 0x3d4, 24, 16), (ram.Read(0x449, 1)[0], ram.U16(0x44a), ram.U16(0x463), ram.Read(0x484, 1)[0], ram.U16(0x485)));
        Assert.Equal(0x0720_0720u, ram.U32(0xb_8000));
        Assert.Equal(0x0720_0720u, ram.U32(0xb_fffc));
        Assert.Equal(0u, ram.U32(0xb_7ffc));
        Assert.Equal(0, ram.WritesOutsideRam);
    }

    [Fact]
    public void The_fadt_says_whether_there_is_a_vga()
    {
        const ushort noVga = 1 << 2;

        Assert.Equal(noVga, Machines.Pc.Table("FACP").U16(109) & noVga);
        Assert.Equal(0, (Machines.Pc with { HasVgaText = true }).Table("FACP").U16(109) & noVga);
    }

    private static ulong? Search(SparseRam ram, string anchor)
    {
        for (ulong address = 0xf_0000; address < 0x10_0000; address += 16)
        {
            if (System.Text.Encoding.ASCII.GetString(ram.Read(address, anchor.Length)) == anchor)
            {
                return address;
            }
        }

        return null;
    }

    private static string Signature(SparseRam ram, ulong address) => System.Text.Encoding.ASCII.GetString(ram.Read(address, 4));

    private static IEnumerable<ulong> Pointers(SparseRam ram, ulong table, int size)
    {
        for (uint at = 36; at < ram.U32(table + 4); at += (uint)size)
        {
            yield return size == 4 ? ram.U32(table + at) : ram.U64(table + at);
        }
    }
}
