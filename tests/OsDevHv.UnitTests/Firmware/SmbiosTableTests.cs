using System.Text;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Tests.Firmware;

/// <summary>The SMBIOS structures, by their offsets in DSP0134.</summary>
public sealed class SmbiosTableTests
{
    private const ulong GiB = 1UL << 30;

    [Fact]
    public void The_entry_point_leads_to_the_structures()
    {
        FirmwareTable entry = Machines.Pc.Table("_SM3_");
        FirmwareTable structures = Machines.Pc.Table("SMBIOS");

        Assert.Equal("_SM3_", entry.Text(0, 5));
        Assert.Equal((24, 24, 0), (entry.Bytes.Length, entry.U8(6), Machines.Sum(entry.Bytes.Span)));
        Assert.Equal((3, 0, 1), (entry.U8(7), entry.U8(8), entry.U8(10)));
        Assert.Equal(((uint)structures.Bytes.Length, structures.Address), (entry.U32(12), entry.U64(16)));
    }

    [Fact]
    public void The_required_structures_are_there_in_the_length_of_version_3_0()
    {
        Structure[] structures = Read(Machines.Pc);

        Assert.Equal(
            [(0, 24), (1, 27), (3, 22), (4, 48), (16, 23), (17, 40), (19, 31), (32, 11), (127, 4)],
            structures.Select(structure => ((int)structure.Fields[0], structure.Fields.Length)));
        Assert.Equal(structures.Length, structures.Select(structure => BitConverter.ToUInt16(structure.Fields, 2)).Distinct().Count());
    }

    [Fact]
    public void The_makers_name_is_ours_and_the_machine_is_virtual()
    {
        Structure[] structures = Read(Machines.Pc);

        Assert.Equal(["OsDevHv", "1", "01/01/2026"], structures[0].Strings);
        Assert.Equal(0x10, structures[0].Fields[19] & 0x10);
        Assert.Equal(["OsDevHv", "PC"], structures[1].Strings);
    }

    [Theory]
    [InlineData(1, 0x04)]
    [InlineData(2, 0x0c)]
    [InlineData(64, 0x0c)]
    public void One_package_has_all_processors_as_cores(int count, ushort characteristics)
    {
        Structure processor = Read(Machines.Pc with { CpuCount = count }).Single(structure => structure.Fields[0] == 4);

        Assert.Equal((count, count, count), (processor.Fields[35], processor.Fields[36], processor.Fields[37]));
        Assert.Equal(count, processor.U16(42));
        Assert.Equal(characteristics, processor.U16(38));
        Assert.Equal((0x0008_06f8u, 0x178b_fbffu), (processor.U32(8), processor.U32(12)));
        Assert.Equal(0x41, processor.Fields[24]);
    }

    [Theory]
    [InlineData(128UL << 20, 128, 128u)]
    [InlineData((16UL << 20) + 4096, 0x8000 | 16388, 16u)]
    [InlineData((128UL << 20) + 4096, 128, 128u)]
    [InlineData(1UL << 40, 0x7fff, 1u << 20)]
    public void A_memory_device_has_the_size_of_ram(ulong bytes, ushort size, uint extended)
    {
        Structure device = Read(Machines.Pc with { Memory = new MemoryMap(bytes) }).Single(structure => structure.Fields[0] == 17);

        Assert.Equal((size, extended), (device.U16(12), device.U32(28)));
    }

    [Fact]
    public void Memory_on_both_sides_of_the_hole_has_a_range_each()
    {
        // A framebuffer is not memory.
        Structure[] structures = Read(Machines.Pc with { Memory = new MemoryMap(5 * GiB, new VideoMemory(0xfd00_0000, 0x1000)) });

        Assert.Equal((uint)(5 * GiB / 1024), structures.Single(structure => structure.Fields[0] == 16).U32(7));
        Assert.Equal(
            [(0u, (uint)(3 * GiB / 1024) - 1), ((uint)(4 * GiB / 1024), (uint)(6 * GiB / 1024) - 1)],
            structures.Where(structure => structure.Fields[0] == 19).Select(range => (range.U32(4), range.U32(8))));
    }

    private static Structure[] Read(FirmwareMachine machine)
    {
        byte[] table = machine.Table("SMBIOS").Bytes.ToArray();
        List<Structure> structures = [];
        for (int at = 0; at < table.Length;)
        {
            byte[] fields = table[at..(at + table[at + 1])];
            at += fields.Length;
            int end = table.AsSpan(at).IndexOf("\0\0"u8) + at;
            string[] strings = Encoding.ASCII.GetString(table[at..end]).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            structures.Add(new Structure(fields, strings));
            at = end + 2;
        }

        return [.. structures];
    }

    private sealed record Structure(byte[] Fields, string[] Strings)
    {
        public ushort U16(int offset) => BitConverter.ToUInt16(Fields, offset);

        public uint U32(int offset) => BitConverter.ToUInt32(Fields, offset);
    }
}
