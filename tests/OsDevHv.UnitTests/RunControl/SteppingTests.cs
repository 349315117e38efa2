using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

public sealed class SteppingTests
{
    /// <summary>nop; in al,10h; out 20h,al; mov [mmio],al; mov al,[mmio]; sti; cli; hlt; inc eax; jmp to the start: ten instructions.</summary>
    private static readonly byte[] s_mixed =
        [0x90, 0xe4, 0x10, 0xe6, 0x20, 0xa2, 0, 0, 0, 0xd0, 0xa0, 0, 0, 0, 0xd0, 0xfb, 0xfa, 0xf4, 0x40, 0xeb, 0xeb];

    private static readonly ulong[] s_starts = [0, 1, 3, 5, 10, 15, 16, 17, 18, 19];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void N_steps_retire_n_instructions(bool debugExitOnCompletion)
    {
        using var machine = new ScriptedMachine(s_mixed, debugExitOnCompletion: debugExitOnCompletion);
        for (int step = 1; step <= 100; step++)
        {
            Assert.Equal(StopKind.StepDone, machine.Step().Kind);
            Assert.Equal(ScriptedVcpu.CodeBase + s_starts[step % s_starts.Length], machine.Pc());
            Assert.Equal(step, machine.Cpus[0].Retired);
        }
        Assert.Equal(10, machine.Output.Count);
    }

    [Fact]
    public void A_step_over_string_output_moves_every_byte_once()
    {
        // rep outsb; nop
        using var machine = new ScriptedMachine([0xf3, 0x6e, 0x90]);
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetGeneral(out GeneralRegisters registers);
            (registers.Rcx, registers.Rdx) = (5, 0x30);
            cpu.SetGeneral(registers);
        });
        int steps = 0;
        do
        {
            machine.Step();
            steps++;
        }
        while (machine.Pc() == ScriptedVcpu.CodeBase && steps < 10);
        Assert.Equal(ScriptedVcpu.CodeBase + 2, machine.Pc());
        Assert.Equal(5, machine.Output.Count);
    }

    [Fact]
    public void Only_the_stepping_vcpu_moves_when_the_others_stay()
    {
        using var machine = new ScriptedMachine([0x40, 0xeb, 0xfd], vcpus: 4);
        machine.Step(2);
        Assert.Equal([0L, 0L, 1L, 0L], machine.Cpus.Select(cpu => cpu.Retired));
    }

    [Fact]
    public void The_others_run_while_one_steps_when_told_to()
    {
        using var machine = new ScriptedMachine([0x40, 0xeb, 0xfd], vcpus: 2);
        ResumeKind[] actions = machine.All(ResumeKind.Continue);
        actions[1] = ResumeKind.Step;
        StopEvent stop = machine.Wait(machine.Target.ResumeAsync(actions));
        Assert.Equal((StopKind.StepDone, 1), (stop.Kind, stop.Vcpu));
        Assert.Equal(1, machine.Cpus[1].Retired);
    }

    [Fact]
    public void Steps_that_finish_together_are_all_reported_one_a_resume()
    {
        using var machine = new ScriptedMachine([0xe6, 0x20, 0x90, 0x90, 0xeb, 0xfe], vcpus: 2);
        using var both = new Barrier(2);
        machine.OnPortIo = () => both.SignalAndWait(TimeSpan.FromSeconds(10));
        var reported = new List<int> { machine.Wait(machine.Target.ResumeAsync(machine.All(ResumeKind.Step))).Vcpu };
        machine.OnPortIo = null;
        StopEvent next = machine.Wait(machine.Target.ResumeAsync(machine.All(ResumeKind.Step)));
        reported.Add(next.Vcpu);
        Assert.Equal(StopKind.StepDone, next.Kind);
        Assert.True(machine.Cpus[0].Retired >= 1 && machine.Cpus[1].Retired >= 1);
    }

    [Fact]
    public void No_interrupt_reaches_a_stepping_vcpu_and_it_arrives_after_the_steps()
    {
        var interrupts = new OneInterrupt(0x40);
        using var machine = new ScriptedMachine([0xfb, 0x90, 0x90, 0x40, 0xeb, 0xfd], interrupts: interrupts);
        for (int i = 0; i < 5; i++)
        {
            machine.Step();
        }
        Assert.Empty(machine.Cpus[0].Interrupts);
        Task<StopEvent> stop = machine.Begin();
        SpinWait.SpinUntil(() => !interrupts.IsPending, TimeSpan.FromSeconds(10));
        machine.Target.Interrupt();
        machine.Wait(stop);
        Assert.Equal([(byte)0x40], machine.Cpus[0].Interrupts);
    }

    [Fact]
    public void A_halted_vcpu_wakes_for_an_interrupt_when_they_are_on()
    {
        var interrupts = new OneInterrupt(0x41) { IsPending = false };
        // sti; hlt; out 20h, al; cli; hlt
        using var machine = new ScriptedMachine([0xfb, 0xf4, 0xe6, 0x20, 0xfa, 0xf4], interrupts: interrupts);
        Task<StopEvent> stop = machine.Begin();
        SpinWait.SpinUntil(() => machine.Controller.Vcpus[0].Activity == VcpuActivity.Halted, TimeSpan.FromSeconds(10));
        interrupts.IsPending = true;
        machine.Controller.InterruptArrived(0);
        Assert.Equal(StopKind.Crashed, machine.Wait(stop).Kind);
        Assert.Equal([(byte)0x41], machine.Cpus[0].Interrupts);
        Assert.Single(machine.Output);
    }

    private sealed class OneInterrupt(byte vector) : IInterruptSource
    {
        private volatile bool _pending = true;

        public bool IsPending { get => _pending; set => _pending = value; }

        public bool TryAcknowledge(out byte acknowledged)
        {
            acknowledged = vector;
            _pending = false;
            return true;
        }
    }
}
