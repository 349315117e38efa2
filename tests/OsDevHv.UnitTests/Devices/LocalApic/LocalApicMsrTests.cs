using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicMsrTests
{
    private const ulong Bsp = 0x100;
    private const ulong Extd = 0x400;
    private const ulong En = 0x800;
    private const ulong Page = 0xfee0_0000;

    [Theory]
    [InlineData(true, 0xfee0_0900)]
    [InlineData(false, 0xfee0_0800)]
    public void After_reset_the_base_says_who_is_the_boot_processor(bool isBootProcessor, ulong expected)
    {
        LocalApicBench bench = new(0, isBootProcessor);

        Assert.Equal(expected, bench.ReadMsr(0x1b));
        Assert.Equal(isBootProcessor, bench.Apic.IsBootProcessor);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, En)]
    [InlineData(En, 0)]
    [InlineData(En, En)]
    [InlineData(En, En | Extd)]
    [InlineData(En | Extd, 0)]
    [InlineData(En | Extd, En | Extd)]
    public void Changes_of_mode_that_the_SDM_allows(ulong from, ulong to)
    {
        LocalApicBench bench = In(from);

        bench.WriteMsr(0x1b, Page | to);

        Assert.Equal(Page | to, bench.ReadMsr(0x1b));
        Assert.Equal(
            to switch
            {
                0 => LocalApicMode.Disabled,
                En => LocalApicMode.XApic,
                _ => LocalApicMode.X2Apic,
            },
            bench.Apic.Mode);
    }

    [Theory]
    [InlineData(0, En | Extd)]
    [InlineData(0, Extd)]
    [InlineData(En, Extd)]
    [InlineData(En | Extd, En)]
    [InlineData(En | Extd, Extd)]
    public void Changes_of_mode_that_fault(ulong from, ulong to)
    {
        LocalApicBench bench = In(from);

        Assert.True(bench.WriteFaults(0x1b, Page | to));

        Assert.Equal(Page | from, bench.ReadMsr(0x1b));
    }

    [Theory]
    [InlineData(1UL << 0)]
    [InlineData(1UL << 7)]
    [InlineData(1UL << 9)]
    [InlineData(1UL << 46)]
    [InlineData(1UL << 63)]
    public void Reserved_bits_of_the_base_fault(ulong bit)
    {
        LocalApicBench bench = new();

        Assert.True(bench.WriteFaults(0x1b, Page | En | bit));
        Assert.Equal(0xfee0_0900ul, bench.Apic.Base);
    }

    [Fact]
    public void The_base_has_as_many_address_bits_as_the_processor()
    {
        LocalApicBench bench = new();
        LocalApic narrow = new(0, true, bench.Clock, bench) { PhysicalAddressBits = 40 };

        Assert.True(narrow.TryWriteMsr(0x1b, (1UL << 39) | En, out _));
        Assert.Equal(1UL << 39, narrow.Address);
        Assert.False(narrow.TryWriteMsr(0x1b, (1UL << 40) | En, out _));
        Assert.True(bench.Apic.TryWriteMsr(0x1b, (1UL << 45) | En, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalApic(0, true, bench.Clock, bench) { PhysicalAddressBits = 53 });
    }

    [Fact]
    public void Without_x2APIC_and_TSC_deadline_their_bits_and_registers_are_reserved()
    {
        LocalApicBench bench = new();
        LocalApic apic = new(0, true, bench.Clock, bench) { HasX2Apic = false, HasTscDeadline = false };

        Assert.False(apic.TryWriteMsr(0x1b, Page | En | Extd, out _));
        Assert.False(apic.TryReadMsr(0x6e0, out _));
        Assert.False(apic.TryWriteMsr(0x6e0, 1, out _));
        apic.WriteRegister(0x320, 0x7_0020);
        Assert.Equal(0x3_0020u, apic.ReadRegister(0x320));
    }

    [Fact]
    public void The_page_moves_and_is_there_in_xAPIC_mode_only()
    {
        LocalApicBench bench = new();

        bench.WriteMsr(0x1b, 0x1234_5000 | En);
        Assert.Equal(0x1234_5000ul, bench.Apic.Address);
        Assert.Equal(0x0105_0014u, bench.Read(0x30));

        bench.WriteMsr(0x1b, 0x1234_5000 | En | Extd);
        bench.Write(0x80, 0x20);
        Assert.Equal(0xffff_ffffu, bench.Read(0x30));
        Assert.Equal(0ul, bench.ReadMsr(0x808));

        bench.WriteMsr(0x1b, 0x1234_5000);
        Assert.Equal(0xffff_ffffu, bench.Read(0x30));
    }

    [Fact]
    public void One_that_was_disabled_comes_back_as_after_reset()
    {
        LocalApicBench bench = LocalApicBench.Enabled();
        bench.Write(0x80, 0x50);
        bench.Write(0x320, 0x40);
        bench.Write(0x380, 100);
        bench.Apic.Accept(0x70, level: false);

        bench.WriteMsr(0x1b, Page | Bsp);
        Assert.False(bench.Apic.HasInterrupt);
        Assert.Equal(IDeviceClock.Never, bench.Clock.Alarm);
        bench.WriteMsr(0x1b, Page | Bsp | En);

        Assert.Equal(0xffu, bench.Read(0xf0));
        Assert.Equal(0u, bench.Read(0x80));
        Assert.Equal(0x1_0000u, bench.Read(0x320));
        Assert.False(bench.Apic.IsRequested(0x70));
    }

    [Fact]
    public void One_that_is_disabled_takes_nothing()
    {
        LocalApicBench bench = LocalApicBench.Enabled();
        bench.WriteMsr(0x1b, Page);

        bench.Apic.Accept(0x70, level: false);
        bench.Apic.AcceptNmi();
        bench.Apic.AcceptInit();
        bench.Apic.AcceptStartUp(1);
        bench.Apic.AcceptExternal();

        Assert.False(bench.Apic.IsRequested(0x70));
        Assert.False(bench.Apic.NmiPending || bench.Apic.InitPending || bench.Apic.StartUpPending || bench.Apic.IsExternalWanted);
        Assert.False(bench.Apic.Matches(0, isLogical: false, isWide: false));
        Assert.False(bench.Apic.Matches(0xff, isLogical: false, isWide: false));
    }

    [Fact]
    public void INIT_leaves_x2APIC_mode_and_the_disabled_state_as_they_are()
    {
        LocalApicBench extended = LocalApicBench.X2Apic();
        LocalApicBench disabled = In(0);

        extended.Apic.Init();
        disabled.Apic.Init();

        Assert.Equal(LocalApicMode.X2Apic, extended.Apic.Mode);
        Assert.Equal(LocalApicMode.Disabled, disabled.Apic.Mode);
    }

    [Fact]
    public void On_the_way_to_x2APIC_mode_the_ids_and_the_high_half_of_ICR_are_lost_and_all_else_is_kept()
    {
        LocalApicBench bench = LocalApicBench.Enabled(id: 0x23);
        bench.Write(0x20, 0x5500_0000);
        bench.Write(0xd0, 0x8000_0000);
        bench.Write(0x310, 0x4400_0000);
        bench.Write(0x300, 0x0000_4041);
        bench.Write(0x80, 0x30);
        bench.Write(0x320, 0x1_0051);
        bench.Apic.Accept(0x61, level: true);

        bench.WriteMsr(0x1b, Page | En | Extd);

        Assert.Equal(0x23ul, bench.ReadMsr(0x802));
        Assert.Equal(0x0002_0008ul, bench.ReadMsr(0x80d));
        Assert.Equal(0x0000_4041ul, bench.ReadMsr(0x830));
        Assert.Equal(0x30ul, bench.ReadMsr(0x808));
        Assert.Equal(0x1_0051ul, bench.ReadMsr(0x832));
        Assert.Equal(0x1fful, bench.ReadMsr(0x80f));
        Assert.Equal(2ul, bench.ReadMsr(0x823));
        Assert.Equal(2ul, bench.ReadMsr(0x81b));
        Assert.Equal(0x61, bench.Acknowledge());
        Assert.Equal(2ul, bench.ReadMsr(0x813));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(En)]
    public void Registers_of_x2APIC_mode_fault_in_other_modes(ulong mode)
    {
        LocalApicBench bench = In(mode);

        Assert.True(bench.ReadFaults(0x803));
        Assert.True(bench.WriteFaults(0x808, 0));
    }

    [Theory]
    [InlineData(0x800)]
    [InlineData(0x801)]
    [InlineData(0x804)]
    [InlineData(0x809)]
    [InlineData(0x80c)]
    [InlineData(0x80e)]
    [InlineData(0x829)]
    [InlineData(0x82f)]
    [InlineData(0x831)]
    [InlineData(0x83a)]
    [InlineData(0x840)]
    [InlineData(0x8ff)]
    [InlineData(0x900)]
    [InlineData(0x1c)]
    public void Registers_that_do_not_exist_fault_and_set_no_error(uint index)
    {
        LocalApicBench bench = LocalApicBench.X2Apic();

        Assert.True(bench.ReadFaults(index));
        Assert.True(bench.WriteFaults(index, 0));
        bench.WriteMsr(0x828, 0);
        Assert.Equal(0ul, bench.ReadMsr(0x828));
    }

    [Theory]
    [InlineData(0x802)]
    [InlineData(0x803)]
    [InlineData(0x80a)]
    [InlineData(0x80d)]
    [InlineData(0x810)]
    [InlineData(0x81f)]
    [InlineData(0x827)]
    [InlineData(0x839)]
    public void Read_only_registers_can_be_read_and_fault_when_written(uint index)
    {
        LocalApicBench bench = LocalApicBench.X2Apic();

        ulong value = bench.ReadMsr(index);

        Assert.True(bench.WriteFaults(index, value));
    }

    [Theory]
    [InlineData(0x80b)]
    [InlineData(0x83f)]
    public void Write_only_registers_fault_when_read(uint index)
    {
        LocalApicBench bench = LocalApicBench.X2Apic();

        Assert.True(bench.ReadFaults(index));
        bench.WriteMsr(index, index == 0x83f ? 0x40u : 0);
    }

    [Theory]
    [InlineData(0x808, 0xff)]
    [InlineData(0x80b, 0)]
    [InlineData(0x80f, 0x13ff)]
    [InlineData(0x828, 0)]
    [InlineData(0x830, 0xffff_ffff_000c_cfff)]
    [InlineData(0x832, 0x0007_10ff)]
    [InlineData(0x833, 0x0001_17ff)]
    [InlineData(0x834, 0x0001_17ff)]
    [InlineData(0x835, 0x0001_f7ff)]
    [InlineData(0x836, 0x0001_f7ff)]
    [InlineData(0x837, 0x0001_10ff)]
    [InlineData(0x838, 0xffff_ffff)]
    [InlineData(0x83e, 0xb)]
    [InlineData(0x83f, 0xff)]
    public void Each_reserved_bit_faults_and_no_other(uint index, ulong defined)
    {
        for (int bit = 0; bit < 64; bit++)
        {
            LocalApicBench bench = LocalApicBench.X2Apic();
            bool isReserved = (defined & (1UL << bit)) == 0;

            Assert.Equal(isReserved, bench.WriteFaults(index, 1UL << bit));
        }
    }

    [Fact]
    public void A_write_that_faults_changes_nothing()
    {
        LocalApicBench bench = LocalApicBench.X2Apic();
        bench.WriteMsr(0x808, 0x20);
        bench.WriteMsr(0x838, 77);
        bench.WriteMsr(0x830, 0x0000_0003_0000_4041);

        Assert.True(bench.WriteFaults(0x808, 0x140));
        Assert.True(bench.WriteFaults(0x838, 1UL << 32));
        Assert.True(bench.WriteFaults(0x830, 0x1_0000));

        Assert.Equal(0x20ul, bench.ReadMsr(0x808));
        Assert.Equal(77ul, bench.ReadMsr(0x838));
        Assert.Equal(0x0000_0003_0000_4041ul, bench.ReadMsr(0x830));
    }

    [Theory]
    [InlineData(0u, 0x0000_0001u)]
    [InlineData(0x1fu, 0x0001_8000u)]
    [InlineData(0x0012_3456u, 0x2345_0040u)]
    public void The_logical_id_of_x2APIC_mode_follows_from_the_id(uint id, uint logical)
    {
        LocalApicBench bench = LocalApicBench.X2Apic(id);

        Assert.Equal(id, bench.ReadMsr(0x802));
        Assert.Equal(logical, bench.ReadMsr(0x80d));
    }

    private static LocalApicBench In(ulong mode)
    {
        LocalApicBench bench = new();
        bench.WriteMsr(0x1b, Page | (mode == 0 ? 0 : En));
        bench.WriteMsr(0x1b, Page | mode);
        return bench;
    }
}
