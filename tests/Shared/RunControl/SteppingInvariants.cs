using OsDevHv.Gdb;

namespace OsDevHv.Tests.RunControl;

/// <summary>What holds of every step, whatever executes the guest.</summary>
public abstract class SteppingInvariants
{
    private const ulong Code = RunControlRig.CodeBase;

    /// <summary>nop; in al,10h; out 20h,al; mov [mmio],al; mov al,[mmio]; cli; hlt; inc eax; jmp to the start.</summary>
    private static readonly byte[] s_mixed = [0x90, 0xe4, 0x10, 0xe6, 0x20, 0xa2, 0, 0, 0, 0xd0, 0xa0, 0, 0, 0, 0xd0, 0xfa, 0xf4, 0x40, 0xeb, 0xec];

    private static readonly ulong[] s_starts = [0, 1, 3, 5, 10, 15, 16, 17, 18];

    /// <summary>A machine with this code.</summary>
    protected abstract RunControlRig Create(byte[] code, int vcpus = 1);

    [Fact]
    public void N_steps_retire_n_instructions()
    {
        using RunControlRig machine = Create(s_mixed);
        for (int step = 1; step <= 90; step++)
        {
            Assert.Equal(StopKind.StepDone, machine.Step().Kind);
            Assert.Equal(Code + s_starts[step % s_starts.Length], machine.Pc());
        }
        Assert.Equal(10, machine.Output.Count);
    }

    [Fact]
    public void Steps_over_sti_end_at_the_next_instruction_or_the_one_in_its_shadow()
    {
        // sti; nop; nop; cli; jmp to the start
        using RunControlRig machine = Create([0xfb, 0x90, 0x90, 0xfa, 0xeb, 0xfa]);
        machine.Step();
        Assert.Contains(machine.Pc(), (ulong[])[Code + 1, Code + 2]);
        ulong before = machine.Pc();
        machine.Step();
        Assert.Equal(before + 1, machine.Pc());
    }

    [Fact]
    public void A_step_over_string_output_moves_every_byte_once()
    {
        // rep outsb; nop
        using RunControlRig machine = Create([0xf3, 0x6e, 0x90]);
        machine.SetRegisters(registers => registers with { Rcx = 5, Rdx = 0x30, Rsi = 0x1100 });
        for (int steps = 0; machine.Pc() == Code && steps < 10; steps++)
        {
            machine.Step();
        }
        Assert.Equal(Code + 2, machine.Pc());
        Assert.Equal(5, machine.Output.Count);
    }

    [Fact]
    public void Only_the_stepping_vcpu_moves_when_the_others_stay()
    {
        using RunControlRig machine = Create([0x40, 0xeb, 0xfd], vcpus: 4);
        machine.Step(2);
        Assert.Equal([0UL, 0UL, 1UL, 0UL], Enumerable.Range(0, 4).Select(vcpu => machine.Registers(vcpu).Rax));
    }

    [Fact]
    public void The_others_run_while_one_steps_when_told_to()
    {
        using RunControlRig machine = Create([0x40, 0xeb, 0xfd], vcpus: 2);
        ResumeKind[] actions = machine.All(ResumeKind.Continue);
        actions[1] = ResumeKind.Step;
        StopEvent stop = machine.Wait(machine.Target.ResumeAsync(actions));
        Assert.Equal((StopKind.StepDone, 1), (stop.Kind, stop.Vcpu));
        Assert.Equal(1UL, machine.Registers(1).Rax);
    }

    [Fact]
    public void Steps_that_finish_together_are_all_reported_one_a_resume()
    {
        // out 20h, al; nop; nop; jmp self
        using RunControlRig machine = Create([0xe6, 0x20, 0x90, 0x90, 0xeb, 0xfe], vcpus: 2);
        using var both = new Barrier(2);
        machine.OnPortIo = () => both.SignalAndWait(TimeSpan.FromSeconds(10));
        StopEvent first = machine.Wait(machine.Target.ResumeAsync(machine.All(ResumeKind.Step)));
        machine.OnPortIo = null;
        StopEvent next = machine.Wait(machine.Target.ResumeAsync(machine.All(ResumeKind.Step)));
        Assert.Equal((StopKind.StepDone, StopKind.StepDone), (first.Kind, next.Kind));
        Assert.All([0, 1], vcpu => Assert.NotEqual(Code, machine.Pc(vcpu)));
    }
}
