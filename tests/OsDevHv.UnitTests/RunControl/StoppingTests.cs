using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

public sealed class StoppingTests
{
    /// <summary>inc eax; jmp back.</summary>
    private static readonly byte[] s_spin = [0x40, 0xeb, 0xfd];

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void A_stop_is_reported_when_every_vcpu_is_parked(int vcpus)
    {
        using var machine = new ScriptedMachine(s_spin, vcpus);
        for (int round = 0; round < 50; round++)
        {
            Task<StopEvent> stop = machine.Begin();
            machine.Target.Interrupt();
            Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
            Assert.All(machine.Controller.Vcpus, vcpu => Assert.Equal(VcpuActivity.Parked, vcpu.Activity));
        }
    }

    [Fact]
    public void Ten_thousand_random_kicks_under_a_collection_storm_lose_no_stop()
    {
        using var machine = new ScriptedMachine(s_spin, vcpus: 4);
        using var done = new CancellationTokenSource();
        var random = new Random(20260101);
        Thread collector = InBackground(() => GC.Collect(), done.Token);
        Thread kicker = InBackground(() => machine.Controller.Vcpus[Random.Shared.Next(4)].Kick(), done.Token);
        long before = machine.Controller.Epoch;
        for (int round = 0; round < 10_000; round++)
        {
            Task<StopEvent> stop = machine.Begin();
            for (int spin = random.Next(200); spin > 0; spin--)
            {
                Thread.SpinWait(1);
            }
            machine.Target.Interrupt();
            machine.Wait(stop);
        }
        done.Cancel();
        collector.Join();
        kicker.Join();
        Assert.Equal(10_000, machine.Controller.Epoch - before);
    }

    [Fact]
    public void Of_many_requests_in_one_epoch_the_first_is_reported_once()
    {
        using var machine = new ScriptedMachine(s_spin, vcpus: 4);
        Task<StopEvent> stop = machine.Begin();
        long epoch = machine.Controller.Epoch;
        Parallel.For(0, 32, _ => machine.Target.Interrupt());
        Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
        Assert.Equal(epoch + 1, machine.Controller.Epoch);
    }

    [Fact]
    public void An_interrupt_while_stopped_does_not_stop_the_next_run()
    {
        using var machine = new ScriptedMachine([0x90, 0xcc, 0x40, 0xf4]);
        machine.Target.Interrupt();
        machine.Break(ScriptedVcpu.CodeBase + 2);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void Running_time_does_not_pass_while_stopped()
    {
        using var machine = new ScriptedMachine(s_spin);
        Task<StopEvent> stop = machine.Begin();
        machine.Target.Interrupt();
        machine.Wait(stop);
        TimeSpan atStop = machine.Controller.RunningTime;
        Thread.SpinWait(1_000_000);
        Assert.Equal(atStop, machine.Controller.RunningTime);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Registers_read_after_stopping_at_any_access_are_those_of_an_uninterrupted_run(bool debugExitOnCompletion)
    {
        // in al, 10h; mov [mmio], al; mov al, [mmio]; out 20h, al; inc eax; jmp to the start
        byte[] code = [0xe4, 0x10, 0xa2, 0, 0, 0, 0xd0, 0xa0, 4, 0, 0, 0xd0, 0xe6, 0x20, 0x40, 0xeb, 0xef];
        using var machine = new ScriptedMachine(code, debugExitOnCompletion: debugExitOnCompletion);
        // The value of AL at each instruction boundary, had nobody looked.
        var expected = new Dictionary<ulong, byte> { [2] = 0x5a, [7] = 0x5a, [12] = 0x5a, [14] = 0x5a, [15] = 0x5b };
        for (int round = 0; round < 500; round++)
        {
            Task<StopEvent> stop = machine.Begin();
            machine.Target.Interrupt();
            machine.Wait(stop);
            ulong offset = machine.Pc() - ScriptedVcpu.CodeBase;
            if (expected.TryGetValue(offset, out byte al))
            {
                Assert.Equal(al, (byte)machine.Registers().Rax);
            }
            Assert.Contains(offset, (ulong[])[0, 2, 7, 12, 14, 15]);
        }
    }

    [Fact]
    public void Every_port_write_reaches_the_bus_once_however_often_the_machine_stops()
    {
        // out 20h, al; inc eax; jmp to the start
        using var machine = new ScriptedMachine([0xe6, 0x20, 0x40, 0xeb, 0xfb]);
        for (int round = 0; round < 300; round++)
        {
            Task<StopEvent> stop = machine.Begin();
            machine.Target.Interrupt();
            machine.Wait(stop);
        }
        Assert.All(machine.Output.Select((item, index) => (item.Value, index)), item => Assert.Equal((byte)item.index, item.Value));
    }

    private static Thread InBackground(Action action, CancellationToken cancellation)
    {
        var thread = new Thread(() =>
        {
            while (!cancellation.IsCancellationRequested)
            {
                action();
            }
        });
        thread.Start();
        return thread;
    }
}
