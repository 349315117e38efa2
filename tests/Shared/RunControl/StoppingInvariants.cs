using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>What holds of every stop, whatever executes the guest.</summary>
public abstract class StoppingInvariants
{
    /// <summary>inc eax; jmp back.</summary>
    private static readonly byte[] s_spin = [0x40, 0xeb, 0xfd];

    /// <summary>A machine with this code.</summary>
    protected abstract RunControlRig Create(byte[] code, int vcpus = 1);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void A_stop_is_reported_when_every_vcpu_is_parked(int vcpus)
    {
        using RunControlRig machine = Create(s_spin, vcpus);
        for (int round = 0; round < 50; round++)
        {
            Assert.Equal(StopKind.Interrupted, machine.BeginAndInterrupt().Kind);
            Assert.All(machine.Controller.Vcpus, vcpu => Assert.Equal(VcpuActivity.Parked, vcpu.Activity));
        }
    }

    [Fact]
    public void Ten_thousand_kicks_at_random_moments_under_a_collection_storm_lose_no_stop()
    {
        const int vcpus = 4;
        const int stops = 10_000 / vcpus;
        using RunControlRig machine = Create(s_spin, vcpus);
        var random = new Random(20260101);
        using var storm = new CollectionStorm();
        using var kicker = new BackgroundLoop("kicks", () => machine.Controller.Vcpus[Random.Shared.Next(vcpus)].Kick());
        long before = machine.Controller.Epoch;
        for (int round = 0; round < stops; round++)
        {
            Task<StopEvent> stop = machine.Begin();
            Thread.SpinWait(random.Next(200));
            machine.Target.Interrupt();
            machine.Wait(stop);
        }
        Assert.Equal(stops, machine.Controller.Epoch - before);
        Assert.InRange(storm.Collections, 1, long.MaxValue);
    }

    [Fact]
    public void Of_many_requests_in_one_epoch_the_first_is_reported_once()
    {
        using RunControlRig machine = Create(s_spin, vcpus: 4);
        Task<StopEvent> stop = machine.Begin();
        long epoch = machine.Controller.Epoch;
        Parallel.For(0, 32, _ => machine.Target.Interrupt());
        Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
        Assert.Equal(epoch + 1, machine.Controller.Epoch);
    }

    [Fact]
    public void An_interrupt_while_stopped_does_not_stop_the_next_run()
    {
        using RunControlRig machine = Create([0x90, 0x90, 0x40, 0xf4]);
        machine.Target.Interrupt();
        machine.Break(RunControlRig.CodeBase + 2);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void Running_time_does_not_pass_while_stopped()
    {
        using RunControlRig machine = Create(s_spin);
        machine.BeginAndInterrupt();
        TimeSpan atStop = machine.Controller.RunningTime;
        Thread.SpinWait(1_000_000);
        Assert.Equal(atStop, machine.Controller.RunningTime);
    }

    [Fact]
    public void Registers_read_after_stopping_at_any_access_are_those_of_an_uninterrupted_run()
    {
        // in al, 10h; mov [mmio], al; mov al, [mmio]; out 20h, al; inc eax; jmp to the start
        byte[] code = [0xe4, 0x10, 0xa2, 0, 0, 0, 0xd0, 0xa0, 4, 0, 0, 0xd0, 0xe6, 0x20, 0x40, 0xeb, 0xef];
        using RunControlRig machine = Create(code);
        // AL at each instruction boundary, had nobody looked.
        var expected = new Dictionary<ulong, byte> { [2] = 0x5a, [7] = 0x5a, [12] = 0x5a, [14] = 0x5a, [15] = 0x5b };
        for (int round = 0; round < 500; round++)
        {
            machine.BeginAndInterrupt();
            ulong offset = machine.Pc() - RunControlRig.CodeBase;
            Assert.Contains(offset, (ulong[])[0, 2, 7, 12, 14, 15]);
            if (expected.TryGetValue(offset, out byte al))
            {
                Assert.Equal(al, (byte)machine.Registers().Rax);
            }
        }
    }

    [Fact]
    public void String_output_stopped_at_any_element_is_neither_lost_nor_repeated()
    {
        // mov ecx, 16; mov esi, 1100h; mov edx, 30h; rep outsb; jmp to the start
        byte[] code = [0xb9, 16, 0, 0, 0, 0xbe, 0, 0x11, 0, 0, 0xba, 0x30, 0, 0, 0, 0xf3, 0x6e, 0xeb, 0xed];
        using RunControlRig machine = Create([.. code, .. new byte[0x100 - code.Length], .. Enumerable.Range(0, 16).Select(i => (byte)i)]);
        for (int round = 0; round < 300; round++)
        {
            machine.BeginAndInterrupt();
        }
        Assert.All(machine.Output.Select((item, index) => (item.Value, index)), item => Assert.Equal(item.index % 16, item.Value));
    }

    [Fact]
    public void Every_port_write_reaches_the_bus_once_however_often_the_machine_stops()
    {
        // out 20h, al; inc eax; jmp to the start
        using RunControlRig machine = Create([0xe6, 0x20, 0x40, 0xeb, 0xfb]);
        for (int round = 0; round < 300; round++)
        {
            machine.BeginAndInterrupt();
        }
        Assert.All(machine.Output.Select((item, index) => (item.Value, index)), item => Assert.Equal((byte)item.index, item.Value));
    }
}
