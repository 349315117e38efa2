using OsDevHv.Gdb;

namespace OsDevHv.Tests.RunControl;

/// <summary>What holds of every range step and every look at a running machine, whatever executes the guest.</summary>
public abstract class RangeInvariants
{
    private const ulong Code = RunControlRig.CodeBase;

    /// <summary>inc eax; nop; jmp to the start.</summary>
    private static readonly byte[] s_loop = [0x40, 0x90, 0xeb, 0xfc];

    /// <summary>A machine with this code.</summary>
    protected abstract RunControlRig Create(byte[] code, int vcpus = 1);

    [Fact]
    public void A_range_step_ends_at_the_first_instruction_outside()
    {
        using RunControlRig machine = Create([.. Enumerable.Repeat((byte)0x40, 50), 0x90, 0xeb, 0xfe]);

        StopEvent stop = machine.Wait(Range(machine, Code, Code + 50));

        Assert.Equal((StopKind.StepDone, Code + 50, 50UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
    }

    [Fact]
    public void An_empty_range_is_one_step()
    {
        using RunControlRig machine = Create(s_loop);

        StopEvent stop = machine.Wait(Range(machine, 0, 0));

        Assert.Equal((StopKind.StepDone, Code + 1), (stop.Kind, machine.Pc()));
    }

    [Fact]
    public void Accesses_inside_a_range_are_made_once()
    {
        // inc eax; out 20h, al; in al, 10h; mov [mmio], al; nop; jmp self
        using RunControlRig machine = Create([0x40, 0xe6, 0x20, 0xe4, 0x10, 0xa2, 0, 0, 0, 0xd0, 0x90, 0xeb, 0xfe]);

        StopEvent stop = machine.Wait(Range(machine, Code, Code + 11));

        Assert.Equal((StopKind.StepDone, Code + 11), (stop.Kind, machine.Pc()));
        Assert.Equal([((byte)0x20, (byte)1)], machine.Output);
    }

    [Fact]
    public void A_breakpoint_inside_a_range_ends_the_step_each_time_round()
    {
        using RunControlRig machine = Create(s_loop);
        machine.Break(Code + 1);
        for (uint round = 1; round <= 10; round++)
        {
            StopEvent stop = machine.Wait(Range(machine, Code, Code + 4));

            Assert.Equal((StopKind.SoftwareBreakpoint, Code + 1, round), (stop.Kind, machine.Pc(), (uint)machine.Registers().Rax));
        }
    }

    [Fact]
    public void A_range_step_off_a_breakpoint_goes_on_to_the_end_of_the_range()
    {
        using RunControlRig machine = Create([0x40, 0x40, 0x40, 0x40, 0x90, 0xeb, 0xfe]);
        machine.Break(Code + 1);
        machine.Continue();

        StopEvent stop = machine.Wait(Range(machine, Code, Code + 4));

        Assert.Equal((StopKind.StepDone, Code + 4, 4UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
    }

    [Fact]
    public void An_interrupt_ends_a_range_step_that_never_leaves()
    {
        using RunControlRig machine = Create(s_loop);
        Task<StopEvent> running = Range(machine, Code, Code + 4);
        machine.Target.Interrupt();

        Assert.Equal(StopKind.Interrupted, machine.Wait(running).Kind);
        Assert.InRange(machine.Pc(), Code, Code + 3);
    }

    [Fact]
    public void Another_cpus_breakpoint_ends_a_range_step_which_can_go_on_after_it()
    {
        // inc eax; nop; jmp to the start; (at 1010h) nop; nop; jmp self
        byte[] code = [.. s_loop, .. new byte[12], 0x90, 0x90, 0xeb, 0xfe];
        using RunControlRig machine = Create(code, vcpus: 2);
        machine.SetRegisters(registers => registers with { Rip = Code + 0x10 }, vcpu: 1);
        machine.Break(Code + 0x11);
        machine.Target.SetStepRange(0, Code, Code + 4);

        StopEvent first = machine.Wait(machine.Target.ResumeAsync(new[] { ResumeKind.StepRange, ResumeKind.Continue }));
        Task<StopEvent> running = machine.Target.ResumeAsync(new[] { ResumeKind.StepRange, ResumeKind.Stay });
        machine.Target.Interrupt();

        Assert.Equal((StopKind.SoftwareBreakpoint, 1), (first.Kind, first.Vcpu));
        Assert.Equal(StopKind.Interrupted, machine.Wait(running).Kind);
        Assert.Equal(Code + 0x11, machine.Pc(1));
        Assert.InRange(machine.Pc(), Code, Code + 3);
    }

    [Fact]
    public void A_cpu_that_stayed_on_its_breakpoint_steps_off_it_when_it_goes_on()
    {
        using RunControlRig machine = Create(s_loop, vcpus: 2);
        machine.Break(Code + 1);
        machine.Wait(machine.Target.ResumeAsync(new[] { ResumeKind.Continue, ResumeKind.Stay }));
        StopEvent other = machine.Wait(machine.Target.ResumeAsync(new[] { ResumeKind.Stay, ResumeKind.Continue }));

        StopEvent again = machine.Wait(machine.Target.ResumeAsync(new[] { ResumeKind.Continue, ResumeKind.Stay }));

        Assert.Equal((1, 0), (other.Vcpu, again.Vcpu));
        Assert.Equal((2UL, 1UL), (machine.Registers(0).Rax, machine.Registers(1).Rax));
    }

    [Fact]
    public void A_look_finds_every_cpu_standing_still_and_no_breakpoint_and_nobody_is_told()
    {
        using RunControlRig machine = Create(s_loop, vcpus: 4);
        // Never reached, so that the machine runs on.
        machine.Break(Code + 0x100);
        Task<StopEvent> running = machine.Begin();
        var seen = new List<(ulong[] First, ulong[] Second, byte Code)>();
        for (int round = 0; round < 100; round++)
        {
            machine.Wait(Look(machine, () =>
            {
                var bytes = new byte[1];
                ulong[] first = [.. Enumerable.Range(0, 4).Select(vcpu => machine.Registers(vcpu).Rax)];
                Assert.Equal(1, machine.Target.ReadMemory(0, Code + 0x100, bytes));
                seen.Add((first, [.. Enumerable.Range(0, 4).Select(vcpu => machine.Registers(vcpu).Rax)], bytes[0]));
            }));
        }

        Assert.Equal(100, seen.Count);
        Assert.All(seen, look => Assert.Equal(look.First, look.Second));
        Assert.All(seen, look => Assert.Equal(0, look.Code));
        Assert.False(running.IsCompleted);
        machine.Target.Interrupt();
        Assert.Equal(StopKind.Interrupted, machine.Wait(running).Kind);
        Assert.True(machine.Registers(0).Rax > seen[0].First[0]);
    }

    [Fact]
    public void A_range_step_goes_on_after_a_look()
    {
        // inc eax until it wraps would take too long: the look is asked for while an IN waits, so it falls into the range.
        using RunControlRig machine = Create([0x40, 0xe4, 0x10, 0x40, 0x40, 0x90, 0xeb, 0xfe]);
        Task? look = null;
        machine.OnPortIo = () => look ??= machine.Target.LookAsync(static () => { });

        StopEvent stop = machine.Wait(Range(machine, Code, Code + 5));

        Assert.Equal((StopKind.StepDone, Code + 5), (stop.Kind, machine.Pc()));
        machine.WaitUntil(() => look!.IsCompleted);
    }

    [Fact]
    public void A_breakpoint_hit_while_a_look_is_wanted_is_reported()
    {
        // in al, 10h; nop; jmp self
        using RunControlRig machine = Create([0xe4, 0x10, 0x90, 0xeb, 0xfe], vcpus: 2);
        machine.Break(Code + 2);
        Task? look = null;
        machine.OnPortIo = () => look ??= machine.Target.LookAsync(static () => { });

        StopEvent stop = machine.Continue();

        Assert.Equal(StopKind.SoftwareBreakpoint, stop.Kind);
        machine.WaitUntil(() => look!.IsCompleted);
    }

    [Fact]
    public void A_look_at_a_machine_whose_run_is_over_is_made()
    {
        using RunControlRig machine = Create(s_loop);
        machine.Target.Kill();
        machine.Wait(machine.Controller.Completion);

        Assert.True(machine.Target.LookAsync(static () => { }).IsCompletedSuccessfully);
    }

    private static Task<StopEvent> Range(RunControlRig machine, ulong start, ulong end)
    {
        machine.Target.SetStepRange(0, start, end);
        ResumeKind[] actions = machine.All(ResumeKind.Stay);
        actions[0] = ResumeKind.StepRange;
        return machine.Target.ResumeAsync(actions);
    }

    private static Task<bool> Look(RunControlRig machine, Action look) =>
        machine.Target.LookAsync(look).ContinueWith(static task => task.IsCompletedSuccessfully, TaskScheduler.Default);
}
