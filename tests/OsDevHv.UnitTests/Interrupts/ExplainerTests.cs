using OsDevHv.Devices;
using OsDevHv.Machine.Interrupts.Explain;

namespace OsDevHv.Tests.Interrupts;

/// <summary>Each reason that "why" can give, from controllers that were set up with that mistake.</summary>
public sealed class ExplainerTests : IDisposable
{
    private const int Timer = 0;
    private const int TimerPin = 2;

    private readonly FabricBench _bench = new(cpus: 2);
    private bool _interruptsOn = true;
    private bool _waitsForStartUp;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_line_without_a_device() => Assert.Equal([Obstacle.NotWired, Obstacle.PinMasked], First(WhyIrq(11), 2));

    [Fact]
    public void A_line_that_was_never_asserted()
    {
        _bench.Fabric.AddIsaLine(Timer);

        Assert.Equal(Obstacle.NeverAsserted, WhyIrq(Timer)[0].Obstacle);
    }

    [Fact]
    public void A_line_that_is_not_asserted_any_more()
    {
        IInterruptLine line = _bench.Fabric.AddIsaLine(Timer);
        line.Set(true);
        line.Set(false);

        Assert.Equal(Obstacle.NotAsserted, WhyIrq(Timer)[0].Obstacle);
    }

    [Fact]
    public void A_masked_pin_is_named_with_the_route_of_IRQ_0()
    {
        Finding finding = Single(WhyIrq(Timer), Obstacle.PinMasked);

        Assert.Contains("pin 2, where IRQ0 is routed: masked", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wrong_pin_is_pointed_out()
    {
        _bench.Redirect(pin: 0, low: 0x40);

        Assert.Contains("pin 0 is unmasked, but nothing is wired to it", Single(WhyIrq(Timer), Obstacle.PinMasked).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_IRR_that_is_set()
    {
        _bench.Redirect(pin: 10, low: 0x8050);
        _bench.Fabric.AddIsaLine(10).Set(true);
        _bench.Acknowledge(0);

        IReadOnlyList<Finding> findings = WhyIrq(10);

        Single(findings, Obstacle.RemoteIrr);
        Single(findings, Obstacle.InService);
    }

    [Fact]
    public void A_vector_below_16()
    {
        _bench.Redirect(TimerPin, low: 0x08);

        Single(WhyIrq(Timer), Obstacle.IllegalVector);
    }

    [Fact]
    public void A_destination_that_is_not_there()
    {
        _bench.Redirect(TimerPin, low: 0x40, destination: 9);

        Assert.Contains("APIC id 9h", Single(WhyIrq(Timer), Obstacle.NoSuchDestination).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_local_APIC_that_is_off_in_SVR()
    {
        _bench.Redirect(TimerPin, low: 0x40);
        _bench.Write(0, FabricBench.Svr, 0xff);

        Single(WhyIrq(Timer), Obstacle.ApicSoftwareDisabled);
    }

    [Fact]
    public void A_local_APIC_that_is_off_in_its_base_register()
    {
        _bench.Redirect(TimerPin, low: 0x40);
        lock (_bench.Fabric.Lock)
        {
            Assert.True(_bench.Fabric.LocalApics[0].TryWriteMsr(LocalApic.BaseMsr, 0xfee00000, out _));
        }

        Single(WhyIrq(Timer), Obstacle.ApicDisabled);
    }

    [Fact]
    public void The_task_priority()
    {
        Raise(vector: 0x40);
        _bench.Write(0, FabricBench.Tpr, 0x40);

        Single(WhyIrq(Timer), Obstacle.TaskPriority);
    }

    [Fact]
    public void An_interrupt_of_the_same_class_in_service()
    {
        _bench.Write(0, FabricBench.IcrLow, 0x44048);
        _bench.Acknowledge(0);
        Raise(vector: 0x40);

        Assert.Contains("held by vector 48h", Single(WhyIrq(Timer), Obstacle.InService).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupts_that_are_off()
    {
        Raise(vector: 0x40);
        _interruptsOn = false;

        Assert.Contains("at RIP 1234h", Single(WhyIrq(Timer), Obstacle.InterruptsOff).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CPU_that_waits_for_a_SIPI()
    {
        Raise(vector: 0x40);
        _waitsForStartUp = true;

        Single(WhyIrq(Timer), Obstacle.WaitsForStartUp);
    }

    [Fact]
    public void A_CPU_that_waits_for_a_SIPI_is_not_blamed_for_its_local_APIC()
    {
        _bench.Redirect(TimerPin, 0x40);
        _bench.Write(0, FabricBench.Svr, 0xff);
        _waitsForStartUp = true;

        Assert.Equal(Obstacle.WaitsForStartUp, WhyIrq(Timer).First(finding => finding.Text.StartsWith("CPU 0", StringComparison.Ordinal)).Obstacle);
    }

    [Fact]
    public void A_timer_that_was_never_started()
    {
        _bench.Write(0, FabricBench.LvtTimer, 0x60);

        Assert.EndsWith("the timer is not running", InterruptExplainer.Conclude(WhyVector(0x60)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CPU_that_is_off_is_not_in_the_way_of_the_others()
    {
        _bench.Write(1, FabricBench.Svr, 0xff);
        Raise(vector: 0x40);

        Assert.Equal("nothing stands in the way", InterruptExplainer.Conclude(WhyVector(0x40)));
    }

    [Fact]
    public void Nothing_in_the_way_of_one_that_waits()
    {
        Raise(vector: 0x40);

        Assert.DoesNotContain(WhyVector(0x40), finding => finding.Obstacle != Obstacle.None);
    }

    [Fact]
    public void A_masked_input_of_the_8259s()
    {
        _bench.InitialisePics(masterMask: 0x01);

        Assert.Contains("IRQ0 is masked (IMR 01h)", Single(WhyIrq(Timer), Obstacle.PicMasked).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_masked_cascade()
    {
        _bench.InitialisePics(masterMask: 0x04);

        Assert.Contains("through which the slave comes", Single(WhyIrq(8), Obstacle.PicMasked).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_8259_that_waits_for_an_EOI()
    {
        _bench.InitialisePics();
        _bench.Fabric.AddIsaLine(Timer).Set(true);
        _bench.Acknowledge(0);

        Single(WhyIrq(4), Obstacle.PicInService);
    }

    [Fact]
    public void The_8259s_with_firmwares_vectors()
    {
        lock (_bench.Fabric.Lock)
        {
            _bench.Pics.Write(Pic8259Pair.MasterOffset + 1, 1, 0);
        }

        Single(WhyIrq(Timer), Obstacle.PicNotInitialised);
    }

    [Fact]
    public void An_8259_whose_initialisation_was_not_finished()
    {
        lock (_bench.Fabric.Lock)
        {
            _bench.Pics.Write(Pic8259Pair.MasterOffset, 1, 0x11);
        }

        Single(WhyIrq(Timer), Obstacle.PicNotInitialised);
    }

    [Fact]
    public void LINT0_that_is_masked()
    {
        _bench.InitialisePics();
        _bench.Write(0, FabricBench.Lint0, 0x10700);

        Single(WhyIrq(Timer), Obstacle.Lint0);
    }

    [Fact]
    public void One_open_route_is_enough()
    {
        Raise(vector: 0x40);

        Assert.Equal("the way through the I/O APIC is open", InterruptExplainer.Conclude(WhyIrq(Timer)));
    }

    [Fact]
    public void The_route_that_the_kernel_means_is_the_one_that_is_blamed()
    {
        _bench.InitialisePics();
        _bench.Write(0, FabricBench.Lint0, 0x10700);
        _bench.Fabric.AddIsaLine(Timer).Set(true);

        Assert.StartsWith("in the way, through the 8259s: no CPU takes", InterruptExplainer.Conclude(WhyIrq(Timer)), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_routes_masked_is_said_so()
    {
        _bench.InitialisePics(masterMask: 0xff);
        _bench.Fabric.AddIsaLine(Timer).Set(true);

        Assert.Equal("in the way: it is masked in both the I/O APIC and the 8259s", InterruptExplainer.Conclude(WhyIrq(Timer)));
    }

    [Fact]
    public void A_vector_that_nothing_sends() => Single(WhyVector(0x99), Obstacle.NoSource);

    [Fact]
    public void A_masked_entry_of_the_local_vector_table()
    {
        _bench.Write(0, FabricBench.LvtTimer, 0x10060);

        Finding finding = Single(WhyVector(0x60), Obstacle.LocalEntryMasked);

        Assert.Contains("Timer entry of CPU 0", finding.Text, StringComparison.Ordinal);
        Assert.Contains("the timer is not running", finding.Text, StringComparison.Ordinal);
    }

    private static Finding Single(IReadOnlyList<Finding> findings, Obstacle obstacle) =>
        Assert.Single(findings, finding => finding.Obstacle == obstacle);

    private static IEnumerable<Obstacle> First(IReadOnlyList<Finding> findings, int count) =>
        findings.Take(count).Select(finding => finding.Obstacle);

    private void Raise(uint vector)
    {
        _bench.Redirect(TimerPin, vector);
        _bench.Fabric.AddIsaLine(Timer).Set(true);
    }

    private IReadOnlyList<Finding> WhyIrq(int number) => new InterruptExplainer(_bench.Fabric, Cpus()).WhyInterrupt(number);

    private IReadOnlyList<Finding> WhyVector(byte vector) => new InterruptExplainer(_bench.Fabric, Cpus()).WhyVector(vector);

    private List<CpuGlance> Cpus() =>
        [.. Enumerable.Range(0, 2).Select(_ => new CpuGlance(0x1234, _interruptsOn, _waitsForStartUp, new Dictionary<int, long>()))];
}
