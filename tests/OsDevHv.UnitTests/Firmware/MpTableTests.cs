using OsDevHv.Machine.Firmware;

namespace OsDevHv.Tests.Firmware;

/// <summary>The MP tables, by the offsets and entry types of chapter 4 of the specification.</summary>
public sealed class MpTableTests
{
    private static readonly int[] s_entryBytes = [20, 8, 8, 8, 8];

    [Fact]
    public void The_floating_pointer_leads_to_the_configuration_table()
    {
        FirmwareTable pointer = Machines.Pc.Table("_MP_");
        FirmwareTable table = Machines.Pc.Table("PCMP");

        Assert.Equal(16, pointer.Bytes.Length);
        Assert.Equal(0, Machines.Sum(pointer.Bytes.Span));
        Assert.Equal((table.Address, 1, 4), (pointer.U32(4), pointer.U8(8), pointer.U8(9)));
        Assert.Equal((0, 0), (pointer.U8(11), pointer.U8(12)));
    }

    [Theory]
    [InlineData("pc", 2 + 1 + 1 + 15 + 2)]
    [InlineData("one processor", 1 + 1 + 1 + 15 + 2)]
    [InlineData("64 processors", 64 + 1 + 1 + 15 + 2)]
    [InlineData("no I/O APIC", 2 + 1 + 2)]
    [InlineData("no 8259", 2 + 1 + 1 + 15 + 1)]
    public void The_header_counts_entries_and_bytes_and_adds_up_to_zero(string machine, int entries)
    {
        FirmwareTable table = Machines.Named(machine).Table("PCMP");

        Assert.Equal("PCMP", table.Text(0, 4));
        Assert.Equal((table.Bytes.Length, 4), (table.U16(4), table.U8(6)));
        Assert.Equal("OSDVHV  OSDEVHV     ", table.Text(8, 20));
        Assert.Equal(0, Machines.Sum(table.Bytes.Span));
        Assert.Equal((entries, 0xfee0_0000u), (table.U16(34), table.U32(36)));
        Assert.Equal(entries, Entries(table).Count());
    }

    [Fact]
    public void Processors_come_with_their_ids_and_the_first_is_the_boot_processor()
    {
        FirmwareTable table = Machines.Named("64 processors").Table("PCMP");

        byte[][] processors = [.. Entries(table).Where(entry => entry[0] == 0)];

        Assert.Equal(
            Enumerable.Range(0, 64).Select(id => (id, 0x14, id == 0 ? 3 : 1)),
            processors.Select(entry => ((int)entry[1], (int)entry[2], (int)entry[3])));
        Assert.All(
            processors,
            entry => Assert.Equal((0x0008_06f8u, 0x178b_fbffu), (BitConverter.ToUInt32(entry, 4), BitConverter.ToUInt32(entry, 8))));
    }

    [Fact]
    public void Isa_interrupts_reach_the_pin_of_their_number_but_for_the_timer()
    {
        FirmwareTable table = Machines.Pc.Table("PCMP");

        byte[][] interrupts = [.. Entries(table).Where(entry => entry[0] == 3)];

        Assert.Equal(
            Enumerable.Range(0, 16).Where(irq => irq != 2).Select(irq => new byte[]
            {
                3, 0, (byte)(irq == 9 ? 0x0d : 0), 0, 0, (byte)irq, 0, (byte)(irq == 0 ? 2 : irq),
            }),
            interrupts);
    }

    [Fact]
    public void There_is_an_isa_bus_and_an_io_apic_and_the_local_interrupts_are_those_of_virtual_wire_mode()
    {
        FirmwareTable table = Machines.Pc.Table("PCMP");

        byte[][] rest = [.. Entries(table).Where(entry => entry[0] is 1 or 2 or 4)];

        Assert.Equal(
            [
                [1, 0, .. "ISA   "u8],
                [2, 0, 0x20, 1, 0, 0, 0xc0, 0xfe],
                [4, 3, 0, 0, 0, 0, 0, 0],
                [4, 1, 0, 0, 0, 0, 0xff, 1],
            ],
            rest);
    }

    private static IEnumerable<byte[]> Entries(FirmwareTable table)
    {
        for (int at = 44; at < table.Bytes.Length; at += s_entryBytes[table.U8(at)])
        {
            yield return table.Bytes.Slice(at, s_entryBytes[table.U8(at)]).ToArray();
        }
    }
}
