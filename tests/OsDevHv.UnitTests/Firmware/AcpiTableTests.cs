using OsDevHv.Machine.Firmware;

namespace OsDevHv.Tests.Firmware;

/// <summary>Fields of the ACPI tables, by their offsets in the specifications.</summary>
public sealed class AcpiTableTests
{
    [Fact]
    public void The_fixed_table_describes_the_registers_at_600h()
    {
        FirmwareTable fadt = Machines.Pc.Table("FACP");

        Assert.Equal((276, 6), (fadt.Bytes.Length, (int)fadt.U8(8)));
        Assert.Equal(Machines.Pc.Table("FACS").Address, fadt.U32(36));
        Assert.Equal(Machines.Pc.Table("DSDT").Address, fadt.U32(40));
        Assert.Equal(Machines.Pc.Table("DSDT").Address, fadt.U64(140));
        Assert.Equal(9, fadt.U16(46));
        Assert.Equal((0xb2u, 0xf1, 0xf0), (fadt.U32(48), fadt.U8(52), fadt.U8(53)));
        Assert.Equal((0x600u, 0x604u, 0x608u), (fadt.U32(56), fadt.U32(64), fadt.U32(76)));
        Assert.Equal((4, 2, 4), (fadt.U8(88), fadt.U8(89), fadt.U8(91)));
        // Space 1 (ports), 32 bits, offset 0, by words; 16 bits by words; 32 bits by double words.
        Assert.Equal((0x0200_2001u, 0x600ul), (fadt.U32(148), fadt.U64(152)));
        Assert.Equal((0x0200_1001u, 0x604ul), (fadt.U32(172), fadt.U64(176)));
        Assert.Equal((0x0300_2001u, 0x608ul), (fadt.U32(208), fadt.U64(212)));
        Assert.Equal((0x0100_0801u, 0xcf9ul, 0x0f), (fadt.U32(116), fadt.U64(120), fadt.U8(128)));
        Assert.Equal(0x32, fadt.U8(108));
    }

    [Theory]
    [InlineData("pc", (1 << 0) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 15))]
    [InlineData("64 processors", (1 << 0) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 15) | (1 << 18))]
    [InlineData("no fixed hardware", (1 << 0) | (1 << 2) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 20))]
    public void Feature_flags_are_those_of_the_machine(string machine, uint flags) =>
        Assert.Equal(flags, Machines.Named(machine).Table("FACP").U32(112));

    [Fact]
    public void A_timer_of_24_bits_is_not_said_to_be_longer()
    {
        FirmwareMachine machine = Machines.Pc with { PowerManagement = new FirmwarePowerManagement(0x600, Has32BitTimer: false) };

        Assert.Equal(0u, machine.Table("FACP").U32(112) & (1 << 8));
    }

    [Theory]
    [InlineData("pc", 0b00_0111)]
    [InlineData("bare", 0b10_0100)]
    public void Boot_architecture_flags_are_those_of_the_machine(string machine, int flags) =>
        Assert.Equal(flags, Machines.Named(machine).Table("FACP").U16(109));

    [Fact]
    public void Without_fixed_hardware_no_register_is_named()
    {
        FirmwareTable fadt = Machines.Named("no fixed hardware").Table("FACP");

        Assert.True(fadt.Bytes.Span[46..96].IndexOfAnyExcept((byte)0) < 0);
        Assert.True(fadt.Bytes.Span[116..129].IndexOfAnyExcept((byte)0) < 0);
        Assert.True(fadt.Bytes.Span[148..268].IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void The_control_structure_has_64_bytes_and_version_2()
    {
        FirmwareTable facs = Machines.Pc.Table("FACS");

        Assert.Equal((64, 64u, 2), (facs.Bytes.Length, facs.U32(4), (int)facs.U8(32)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    public void The_apic_table_lists_every_processor_enabled(int count)
    {
        FirmwareTable madt = (Machines.Pc with { CpuCount = count }).Table("APIC");

        Assert.Equal((0xfee0_0000u, 1u), (madt.U32(36), madt.U32(40)));
        byte[][] processors = [.. Entries(madt).Where(entry => entry[0] == 0)];
        Assert.Equal(
            Enumerable.Range(0, count).Select(id => new byte[] { 0, 8, (byte)id, (byte)id, 1, 0, 0, 0 }),
            processors);
    }

    [Fact]
    public void The_apic_table_tells_of_the_timers_pin_and_the_sci()
    {
        FirmwareTable madt = Machines.Pc.Table("APIC");

        Assert.Equal(
            [
                [1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0],
                [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
                [2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0],
                [4, 6, 0xff, 0, 0, 1],
            ],
            Entries(madt).Where(entry => entry[0] != 0));
    }

    [Fact]
    public void Without_an_io_apic_only_processors_and_their_nmi_are_listed()
    {
        FirmwareTable madt = Machines.Named("no I/O APIC").Table("APIC");

        Assert.Equal([0, 0, 4], Entries(madt).Select(entry => (int)entry[0]));
    }

    [Fact]
    public void Without_8259s_the_apic_table_claims_none() => Assert.Equal(0u, Machines.Named("no 8259").Table("APIC").U32(40));

    [Theory]
    [InlineData("pc", 0x8086_a201, 0xfed0_0000)]
    [InlineData("32 timers", 0x8086_bf01, 0xfed0_0400)]
    public void The_hpet_table_has_the_capabilities_and_the_address(string machine, uint id, ulong address)
    {
        FirmwareTable hpet = Machines.Named(machine).Table("HPET");

        Assert.Equal((56, id, address), (hpet.Bytes.Length, hpet.U32(36), hpet.U64(44)));
        Assert.Equal((0, 0, 0), (hpet.U8(52), hpet.U16(53), hpet.U8(55)));
    }

    [Fact]
    public void The_pm_timer_is_good_and_the_clock_as_a_true_one() => Assert.Equal(2u, Machines.Pc.Table("WAET").U32(36));

    [Fact]
    public void The_console_table_names_com1()
    {
        FirmwareTable spcr = Machines.Pc.Table("SPCR");

        Assert.Equal((80, 2), (spcr.Bytes.Length, (int)spcr.U8(8)));
        Assert.Equal((0, 0x0100_0801u, 0x3f8ul), (spcr.U8(36), spcr.U32(40), spcr.U64(44)));
        Assert.Equal((3, 4, 4u, 7, 0, 1), (spcr.U8(52), spcr.U8(53), spcr.U32(54), spcr.U8(58), spcr.U8(59), spcr.U8(60)));
        Assert.Equal(0xffff_ffffu, spcr.U32(64));
    }

    [Fact]
    public void A_machine_without_com1_has_no_console_table() =>
        Assert.False((Machines.Pc with { Uarts = [new(0x2f8, 3)] }).Has("SPCR"));

    private static IEnumerable<byte[]> Entries(FirmwareTable madt)
    {
        for (int at = 44; at < madt.Bytes.Length; at += madt.U8(at + 1))
        {
            yield return madt.Bytes.Slice(at, madt.U8(at + 1)).ToArray();
        }
    }
}
