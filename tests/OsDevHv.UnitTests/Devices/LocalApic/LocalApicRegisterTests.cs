using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class LocalApicRegisterTests
{
    [Theory]
    [InlineData(0x020, 0x0500_0000)]
    [InlineData(0x030, 0x0105_0014)]
    [InlineData(0x080, 0)]
    [InlineData(0x090, 0)]
    [InlineData(0x0a0, 0)]
    [InlineData(0x0d0, 0)]
    [InlineData(0x0e0, 0xffff_ffff)]
    [InlineData(0x0f0, 0xff)]
    [InlineData(0x100, 0)]
    [InlineData(0x1f0, 0)]
    [InlineData(0x270, 0)]
    [InlineData(0x280, 0)]
    [InlineData(0x300, 0)]
    [InlineData(0x310, 0)]
    [InlineData(0x320, 0x1_0000)]
    [InlineData(0x330, 0x1_0000)]
    [InlineData(0x340, 0x1_0000)]
    [InlineData(0x350, 0x1_0000)]
    [InlineData(0x360, 0x1_0000)]
    [InlineData(0x370, 0x1_0000)]
    [InlineData(0x380, 0)]
    [InlineData(0x390, 0)]
    [InlineData(0x3e0, 0)]
    public void After_power_up_registers_are_as_the_SDM_lists_them(uint offset, uint expected)
    {
        LocalApicBench bench = new(id: 5);

        Assert.Equal(expected, bench.Read(offset));
        Assert.Empty(bench.Errors);
    }

    [Theory]
    [InlineData(0x020, 0xff00_0000)]
    [InlineData(0x080, 0xff)]
    [InlineData(0x0d0, 0xff00_0000)]
    [InlineData(0x0e0, 0xffff_ffff)]
    [InlineData(0x0f0, 0x13ff)]
    [InlineData(0x310, 0xff00_0000)]
    [InlineData(0x320, 0x0007_00ff)]
    [InlineData(0x330, 0x0001_07ff)]
    [InlineData(0x340, 0x0001_07ff)]
    [InlineData(0x350, 0x0001_a7ff)]
    [InlineData(0x360, 0x0001_a7ff)]
    [InlineData(0x370, 0x0001_00ff)]
    [InlineData(0x380, 0xffff_ffff)]
    [InlineData(0x3e0, 0xb)]
    public void Only_defined_bits_can_be_set(uint offset, uint expected)
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        bench.Write(offset, 0xffff_ffff);

        Assert.Equal(expected, bench.Read(offset));
    }

    [Theory]
    [InlineData(0x080)]
    [InlineData(0x0d0)]
    [InlineData(0x0f0)]
    [InlineData(0x300)]
    [InlineData(0x310)]
    [InlineData(0x320)]
    [InlineData(0x350)]
    [InlineData(0x370)]
    [InlineData(0x3e0)]
    public void Reserved_bits_are_reported(uint offset)
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        bench.Write(offset, 0x00a5_0d10);

        Assert.Contains(bench.Errors, e => e.StartsWith("local APIC: reserved bits of", StringComparison.Ordinal)
            && e.EndsWith(": A50D10", StringComparison.Ordinal));
        Assert.Equal(0u, bench.Read(0x280));
    }

    [Fact]
    public void ICR_keeps_its_command_without_delivery_status_and_reserved_bits()
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        bench.Write(0x300, 0xffff_fbff);

        Assert.Equal(0x000c_cbffu, bench.Read(0x300));
    }

    [Fact]
    public void DFR_has_ones_below_the_model()
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        bench.Write(0xe0, 0);

        Assert.Equal(0x0fff_ffffu, bench.Read(0xe0));
        Assert.Empty(bench.Errors);
    }

    [Theory]
    [InlineData(0x030)]
    [InlineData(0x090)]
    [InlineData(0x0a0)]
    [InlineData(0x0c0)]
    [InlineData(0x100)]
    [InlineData(0x190)]
    [InlineData(0x270)]
    [InlineData(0x390)]
    public void Read_only_registers_stay_as_they_are_and_are_reported(uint offset)
    {
        LocalApicBench bench = LocalApicBench.Enabled();
        uint before = bench.Read(offset);

        bench.Write(offset, 0x5555_5555);

        Assert.Equal(before, bench.Read(offset));
        Assert.Equal([$"local APIC: write to a read-only register: {offset:X}"], bench.Errors);
        bench.Write(0x280, 0);
        Assert.Equal(0u, bench.Read(0x280));
    }

    [Theory]
    [InlineData(0x000)]
    [InlineData(0x010)]
    [InlineData(0x040)]
    [InlineData(0x070)]
    [InlineData(0x290)]
    [InlineData(0x2f0)]
    [InlineData(0x3a0)]
    [InlineData(0x3d0)]
    [InlineData(0x3f0)]
    [InlineData(0x400)]
    [InlineData(0xff0)]
    public void Registers_that_do_not_exist_are_errors_read_and_written(uint offset)
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        Assert.Equal(0u, bench.Read(offset));
        bench.Write(0x280, 0);
        Assert.Equal(0x80u, bench.Read(0x280));

        bench.Write(0x280, 0);
        bench.Write(offset, 1);
        bench.Write(0x280, 0);
        Assert.Equal(0x80u, bench.Read(0x280));
        Assert.Equal(2, bench.Errors.Count);
    }

    [Theory]
    [InlineData(0x084)]
    [InlineData(0x081)]
    [InlineData(0x08f)]
    public void Accesses_beside_the_multiples_of_16_do_nothing(uint offset)
    {
        LocalApicBench bench = LocalApicBench.Enabled();
        bench.Write(0x80, 0x40);

        bench.Write(offset, 0x70);

        Assert.Equal(0u, bench.Read(offset));
        Assert.Equal(0x40u, bench.Read(0x80));
        bench.Write(0x280, 0);
        Assert.Equal(0u, bench.Read(0x280));
    }

    [Fact]
    public void The_xAPIC_id_can_be_written_and_is_what_destinations_are_compared_to()
    {
        LocalApicBench bench = LocalApicBench.Enabled(id: 3);

        bench.Write(0x20, 0x0900_0000);

        Assert.Equal(0x0900_0000u, bench.Read(0x20));
        Assert.True(bench.Apic.Matches(9, isLogical: false, isWide: false));
        Assert.False(bench.Apic.Matches(3, isLogical: false, isWide: false));
    }

    [Fact]
    public void Disabling_in_SVR_masks_all_local_vectors_and_they_stay_masked_until_it_enables()
    {
        LocalApicBench bench = LocalApicBench.Enabled();
        for (uint offset = 0x320; offset <= 0x370; offset += 0x10)
        {
            bench.Write(offset, 0x40);
        }

        bench.Write(0xf0, 0xff);
        bench.Write(0x350, 0x40);

        for (uint offset = 0x320; offset <= 0x370; offset += 0x10)
        {
            Assert.Equal(0x1_0040u, bench.Read(offset));
        }

        bench.Write(0xf0, 0x1ff);
        Assert.Equal(0x1_0040u, bench.Read(0x350));
        bench.Write(0x350, 0x40);
        Assert.Equal(0x40u, bench.Read(0x350));
    }

    [Fact]
    public void INIT_resets_all_but_the_id_the_base_and_what_has_arrived_since()
    {
        LocalApicBench bench = LocalApicBench.Enabled(id: 2);
        bench.WriteMsr(0x1b, 0xfee1_0900);
        bench.Write(0x20, 0x0700_0000);
        bench.Write(0x80, 0x33);
        bench.Write(0xd0, 0x0100_0000);
        bench.Write(0xe0, 0);
        bench.Write(0x320, 0x2_0040);
        bench.Write(0x380, 1000);
        bench.Write(0x3e0, 0xb);
        bench.Apic.Accept(0x50, level: true);
        bench.Acknowledge();
        bench.Apic.Accept(0x60, level: true);
        bench.Apic.AcceptNmi();
        bench.Apic.AcceptInit();
        bench.Apic.AcceptStartUp(0x12);

        Assert.True(bench.Apic.TakeInit());
        bench.Apic.Init();

        Assert.Equal(0xfee1_0900ul, bench.Apic.Base);
        Assert.Equal(0x0700_0000u, bench.Read(0x20));
        Assert.Equal(0u, bench.Read(0x80));
        Assert.Equal(0u, bench.Read(0xd0));
        Assert.Equal(0xffff_ffffu, bench.Read(0xe0));
        Assert.Equal(0xffu, bench.Read(0xf0));
        Assert.Equal(0x1_0000u, bench.Read(0x320));
        Assert.Equal(0u, bench.Read(0x380));
        Assert.Equal(0u, bench.Read(0x3e0));
        Assert.Equal(IDeviceClock.Never, bench.Clock.Alarm);
        Assert.False(bench.Apic.IsInService(0x50) || bench.Apic.IsLevel(0x50) || bench.Apic.IsRequested(0x60));
        Assert.False(bench.Apic.NmiPending);
        Assert.True(bench.Apic.TryTakeStartUp(out byte vector));
        Assert.Equal(0x12, vector);
    }

    [Fact]
    public void Reset_puts_back_base_mode_and_id_and_forgets_what_is_pending()
    {
        LocalApicBench bench = LocalApicBench.X2Apic(id: 0x21);
        bench.Apic.AcceptInit();
        bench.Apic.AcceptStartUp(0x12);
        bench.Apic.AcceptNmi();
        bench.Apic.AcceptExternal();

        bench.Apic.Reset();

        Assert.Equal(LocalApicMode.XApic, bench.Apic.Mode);
        Assert.Equal(0xfee0_0900ul, bench.Apic.Base);
        Assert.Equal(0x2100_0000u, bench.Read(0x20));
        Assert.False(bench.Apic.InitPending || bench.Apic.StartUpPending || bench.Apic.NmiPending || bench.Apic.IsExternalWanted);
    }

    [Fact]
    public void An_INIT_ends_a_start_up_interrupt_that_waits()
    {
        LocalApicBench bench = new();
        bench.Apic.AcceptStartUp(0x12);

        bench.Apic.AcceptInit();

        Assert.False(bench.Apic.TryTakeStartUp(out _));
        Assert.True(bench.Apic.TakeInit());
        Assert.False(bench.Apic.TakeInit());
    }

    [Fact]
    public void CR8_and_TPR_are_one()
    {
        LocalApicBench bench = LocalApicBench.Enabled();

        bench.Write(0x80, 0x5c);
        Assert.Equal(5, bench.Apic.Cr8);

        bench.Apic.Cr8 = 0x1b;
        Assert.Equal(0xb0u, bench.Read(0x80));
    }

    [Fact]
    public void Virtual_wire_mode_is_what_firmware_leaves()
    {
        LocalApicBench bench = new();

        bench.Apic.EnterVirtualWireMode();

        Assert.Equal(0x1ffu, bench.Read(0xf0));
        Assert.Equal(0x8700u, bench.Read(0x350));
        Assert.Equal(0x8400u, bench.Read(0x360));
        bench.Apic.SetLint(0, high: true);
        Assert.True(bench.Apic.IsExternalWanted);
        bench.Apic.SetLint(1, high: true);
        Assert.True(bench.Apic.TakeNmi());
        Assert.Empty(bench.Errors);
    }

    [Theory]
    [InlineData(true, 0x1_0400u)]
    [InlineData(false, 0x1_8400u)]
    public void Local_vectors_can_be_masked_keeping_what_firmware_set(bool nmiOnLint1, uint lint1)
    {
        LocalApicBench bench = new();
        bench.Apic.EnterVirtualWireMode();
        bench.Write(0x80, 0x20);
        bench.Write(0x330, 0x200);
        bench.Errors.Clear();

        bench.Apic.MaskLocalVectors(nmiOnLint1);

        Assert.Equal(0x1ffu, bench.Read(0xf0));
        Assert.Equal(0u, bench.Read(0x80));
        Assert.Equal(0x1_8700u, bench.Read(0x350));
        Assert.Equal(lint1, bench.Read(0x360));
        Assert.Equal(0x1_0000u, bench.Read(0x320));
        Assert.Equal(0x1_0000u, bench.Read(0x370));
        Assert.Equal(0x200u, bench.Read(0x330));
        Assert.Empty(bench.Errors);
    }
}
