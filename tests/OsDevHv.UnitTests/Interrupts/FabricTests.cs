using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.Interrupts;

public sealed class FabricTests
{
    [Fact]
    public void A_boot_protocol_masks_the_8259s_and_the_local_interrupts_of_the_boot_processor()
    {
        using var bench = new FabricBench(cpus: 2);
        bench.InitialisePics();

        bench.Fabric.Apply(new InterruptHandover { MasksLocalInterrupts = true });
        bench.Fabric.AddIsaLine(4).Set(true);

        Assert.Equal((0xff, 0xff), (bench.Pics.Master.Imr, bench.Pics.Slave.Imr));
        Assert.True(bench.Fabric.LocalApics[0].Entry(LocalVector.Lint0).IsMasked);
        Assert.Equal(VcpuSignals.None, bench.Pending(0));
        Assert.Equal(LocalApicMode.XApic, bench.Fabric.LocalApics[0].Mode);
    }

    [Theory]
    [InlineData(false, LocalApicMode.XApic)]
    [InlineData(true, LocalApicMode.X2Apic)]
    public void A_boot_protocol_enters_x2APIC_mode_where_it_starts_the_processors(bool all, LocalApicMode ofSecond)
    {
        using var bench = new FabricBench(cpus: 2);

        bench.Fabric.Apply(new InterruptHandover { EntersX2Apic = true, IncludesAllProcessors = all });

        Assert.Equal((LocalApicMode.X2Apic, ofSecond), (bench.Fabric.LocalApics[0].Mode, bench.Fabric.LocalApics[1].Mode));
        Assert.False(bench.Fabric.Sources[0].Answers(0xfee0_0000));
        Assert.True(bench.Fabric.LocalApics[0].IsBootProcessor);
    }

    [Fact]
    public void The_timers_interrupt_reaches_pin_2_and_input_0_of_the_8259s()
    {
        using var bench = new FabricBench();
        bench.InitialisePics(masterMask: 0xff);
        bench.Redirect(pin: 2, low: 0x40);

        bench.Fabric.AddIsaLine(0).Set(true);

        Assert.Equal(0x40, bench.Acknowledge(0));
        Assert.Equal(1, bench.Pics.Master.Irr);
    }

    [Theory]
    [InlineData(1, 0x21)]
    [InlineData(7, 0x27)]
    [InlineData(8, 0x28)]
    [InlineData(12, 0x2c)]
    public void Without_an_I_O_APIC_entry_the_8259s_deliver_through_the_boot_processors_LINT0(int interrupt, int vector)
    {
        using var bench = new FabricBench(cpus: 2);
        bench.InitialisePics();

        bench.Fabric.AddIsaLine(interrupt).Set(true);

        Assert.Equal((VcpuSignals.Interrupt, VcpuSignals.None), (bench.Pending(0), bench.Pending(1)));
        Assert.Equal(vector, bench.Acknowledge(0));
    }

    [Fact]
    public void A_line_that_two_devices_share_stays_asserted_until_both_let_go()
    {
        using var bench = new FabricBench();
        IInterruptLine first = bench.Fabric.AddIsaLine(4);
        IInterruptLine second = bench.Fabric.AddIsaLine(4);

        first.Set(true);
        second.Set(true);
        first.Set(false);
        bool shared = bench.Fabric.IsAsserted(4);
        second.Set(false);

        Assert.Equal((true, false), (shared, bench.Fabric.IsAsserted(4)));
    }

    [Fact]
    public void A_level_interrupt_comes_again_after_the_EOI_while_its_line_is_asserted()
    {
        using var bench = new FabricBench();
        bench.Redirect(pin: 10, low: 0x8050);
        IInterruptLine line = bench.Fabric.AddIsaLine(10);

        line.Set(true);
        int first = bench.Acknowledge(0);
        int whileInService = bench.Acknowledge(0);
        bench.Write(0, FabricBench.Eoi, 0);
        int second = bench.Acknowledge(0);
        line.Set(false);
        bench.Write(0, FabricBench.Eoi, 0);

        Assert.Equal((0x50, -1, 0x50, -1), (first, whileInService, second, bench.Acknowledge(0)));
    }

    [Fact]
    public void An_IPI_reaches_its_destination_alone_and_wakes_it()
    {
        using var bench = new FabricBench(cpus: 3);

        bench.Write(0, FabricBench.IcrHigh, 2 << 24);
        bench.Write(0, FabricBench.IcrLow, 0x4041);

        Assert.Equal([2], bench.Woken);
        Assert.Equal((-1, -1, 0x41), (bench.Acknowledge(0), bench.Acknowledge(1), bench.Acknowledge(2)));
    }

    [Theory]
    [InlineData(0x44041u, 0x41, -1, -1)]
    [InlineData(0x84041u, 0x41, 0x41, 0x41)]
    [InlineData(0xc4041u, -1, 0x41, 0x41)]
    public void Shorthands_say_who_without_a_destination(uint command, int first, int second, int third)
    {
        using var bench = new FabricBench(cpus: 3);

        bench.Write(0, FabricBench.IcrLow, command);

        Assert.Equal((first, second, third), (bench.Acknowledge(0), bench.Acknowledge(1), bench.Acknowledge(2)));
    }

    [Fact]
    public void Lowest_priority_goes_to_the_CPU_with_the_lowest_task_priority()
    {
        using var bench = new FabricBench(cpus: 3);
        bench.Write(0, FabricBench.Tpr, 0x30);
        bench.Write(1, FabricBench.Tpr, 0x10);
        bench.Write(2, FabricBench.Tpr, 0x20);

        bench.Write(0, FabricBench.IcrHigh, 0xff000000);
        bench.Write(0, FabricBench.IcrLow, 0x4141);

        Assert.Equal((-1, 0x41, -1), (bench.Acknowledge(0), bench.Acknowledge(1), bench.Acknowledge(2)));
    }

    [Fact]
    public void Lowest_priority_takes_turns_among_equals()
    {
        using var bench = new FabricBench(cpus: 2);

        bench.Write(0, FabricBench.IcrHigh, 0xff000000);
        bench.Write(0, FabricBench.IcrLow, 0x4141);
        bench.Write(0, FabricBench.IcrLow, 0x4142);

        Assert.True(bench.Acknowledge(0) > 0 && bench.Acknowledge(1) > 0);
    }

    [Fact]
    public void INIT_and_SIPI_are_pending_until_they_are_taken()
    {
        using var bench = new FabricBench(cpus: 2);

        bench.Write(0, FabricBench.IcrHigh, 1 << 24);
        bench.Write(0, FabricBench.IcrLow, 0x4500);
        bool init = bench.Fabric.Sources[1].TryTakeInit();
        bench.Write(0, FabricBench.IcrLow, 0x4608);
        bool startUp = bench.Fabric.Sources[1].TryTakeStartUp(out byte page);

        Assert.Equal((true, true, (byte)8), (init, startUp, page));
        Assert.Equal(VcpuSignals.None, bench.Pending(1));
    }

    [Fact]
    public void An_NMI_is_pending_whatever_the_task_priority()
    {
        using var bench = new FabricBench(cpus: 2);
        bench.Write(1, FabricBench.Tpr, 0xff);

        bench.Write(0, FabricBench.IcrHigh, 1 << 24);
        bench.Write(0, FabricBench.IcrLow, 0x4400);

        Assert.Equal(VcpuSignals.NonMaskable, bench.Pending(1));
        Assert.True(bench.Fabric.Sources[1].TryTakeNonMaskable());
        Assert.Equal(VcpuSignals.None, bench.Pending(1));
    }

    [Fact]
    public void CR8_holds_an_interrupt_back_and_lets_it_go()
    {
        using var bench = new FabricBench();
        bench.Fabric.Sources[0].TaskPriority = 5;
        bench.Write(0, FabricBench.IcrLow, 0x44051);
        VcpuSignals held = bench.Pending(0);

        bench.Fabric.Sources[0].TaskPriority = 4;

        Assert.Equal((VcpuSignals.None, VcpuSignals.Interrupt), (held, bench.Pending(0)));
        Assert.Equal(0x40, bench.Fabric.LocalApics[0].TaskPriority);
    }

    [Fact]
    public void The_registers_follow_the_base_and_go_in_x2APIC_mode()
    {
        using var bench = new FabricBench();
        var source = bench.Fabric.Sources[0];
        var cpu = new RunControl.ScriptedVcpu(0, new RunControl.FlatMemory());
        cpu.BindToCurrentThread();

        bool moved = source.TryWriteMsr(cpu, LocalApic.BaseMsr, 0xfec10900);
        (bool, bool) afterMove = (source.Answers(0xfee00020), source.Answers(0xfec10020));
        bool toX2Apic = source.TryWriteMsr(cpu, LocalApic.BaseMsr, 0xfec10d00);

        Assert.Equal((true, (false, true), true, false), (moved, afterMove, toX2Apic, source.Answers(0xfec10020)));
    }

    [Fact]
    public void A_reset_leaves_the_boot_processor_in_virtual_wire_mode_and_nothing_pending()
    {
        using var bench = new FabricBench(cpus: 2);
        bench.Write(0, FabricBench.IcrLow, 0x84041);

        bench.Fabric.Reset();

        Assert.Equal((VcpuSignals.None, VcpuSignals.None), (bench.Pending(0), bench.Pending(1)));
        Assert.Equal(DeliveryMode.External, bench.Fabric.LocalApics[0].Entry(LocalVector.Lint0).DeliveryMode);
        Assert.True(bench.Fabric.LocalApics[1].Entry(LocalVector.Lint0).IsMasked);
    }
}
