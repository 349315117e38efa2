using OsDevHv.Gdb;
using OsDevHv.Machine;

namespace OsDevHv.Tests.RunControl;

/// <summary>What holds of every breakpoint, whatever executes the guest and however it is made.</summary>
public abstract class BreakpointInvariants
{
    private const ulong Code = RunControlRig.CodeBase;

    /// <summary>inc eax; nop; jmp to the start.</summary>
    private static readonly byte[] s_loop = [0x40, 0x90, 0xeb, 0xfc];

    /// <summary>A machine with this code.</summary>
    protected abstract RunControlRig Create(byte[] code, int vcpus = 1);

    [Theory]
    [InlineData(BreakpointKind.Software)]
    [InlineData(BreakpointKind.Hardware)]
    public void A_breakpoint_in_a_loop_is_hit_each_time_round(BreakpointKind kind)
    {
        using RunControlRig machine = Create(s_loop);
        machine.Break(Code + 1, kind);
        for (uint round = 1; round <= 100; round++)
        {
            StopEvent stop = machine.Continue();
            Assert.Equal(kind == BreakpointKind.Hardware ? StopKind.HardwareBreakpoint : StopKind.SoftwareBreakpoint, stop.Kind);
            Assert.Equal((Code + 1, round), (machine.Pc(), (uint)machine.Registers().Rax));
        }
    }

    [Fact]
    public void Memory_read_while_stopped_never_shows_a_breakpoint()
    {
        using RunControlRig machine = Create(s_loop);
        machine.Break(Code);
        machine.Break(Code + 1);
        machine.Continue();
        var seen = new byte[4];
        Assert.Equal(4, machine.Target.ReadMemory(0, Code, seen));
        Assert.Equal(s_loop, seen);
    }

    [Fact]
    public void Steps_from_breakpoint_to_breakpoint_execute_every_instruction_once()
    {
        using RunControlRig machine = Create(s_loop);
        machine.Break(Code);
        machine.Break(Code + 1);
        machine.Break(Code + 2);
        machine.Continue();
        for (uint round = 1; round <= 30; round++)
        {
            machine.Step();
            Assert.Equal((Code + 1, round), (machine.Pc(), (uint)machine.Registers().Rax));
            machine.Step();
            machine.Step();
            Assert.Equal(Code, machine.Pc());
        }
    }

    [Fact]
    public void All_vcpus_hit_one_breakpoint_and_no_hit_is_lost()
    {
        using RunControlRig machine = Create(s_loop, vcpus: 4);
        machine.Break(Code + 1);
        var hits = new int[4];
        for (int i = 0; i < 200; i++)
        {
            hits[machine.Continue().Vcpu]++;
        }
        // A hit that was not reported is hit again, so a vCPU's count and its reported hits differ by at most the one in hand.
        for (int vcpu = 0; vcpu < 4; vcpu++)
        {
            Assert.InRange((long)machine.Registers(vcpu).Rax - hits[vcpu], 0, 1);
        }
    }

    [Theory]
    [InlineData(1, BreakpointKind.Software)]
    [InlineData(1, BreakpointKind.Hardware)]
    [InlineData(3, BreakpointKind.Software)]
    [InlineData(3, BreakpointKind.Hardware)]
    public void A_false_condition_costs_no_stop_and_no_instruction(int vcpus, BreakpointKind kind)
    {
        using RunControlRig machine = Create(s_loop, vcpus);
        // reg eax, const16 40, equal, end.
        AgentExpression condition = AgentExpression.Create([0x26, 0, 0, 0x23, 0, 40, 0x13, 0x27], TargetArchitecture.I386);
        Assert.True(machine.Target.TryInsertBreakpoint(kind, Code + 1, 1, new BreakpointCode([condition], []), out string? error), error);

        StopEvent stop = machine.Continue();

        Assert.Equal((Code + 1, 40u), (machine.Pc(stop.Vcpu), (uint)machine.Registers(stop.Vcpu).Rax));
        Assert.Equal(s_loop, machine.MemoryBytes(Code, s_loop.Length));
        for (int vcpu = 0; vcpu < vcpus; vcpu++)
        {
            Assert.InRange((uint)machine.Registers(vcpu).Rax, 0u, 40u);
        }
    }

    [Fact]
    public void A_breakpoint_under_a_vcpu_that_did_not_report_it_is_hit()
    {
        using RunControlRig machine = Create(s_loop);
        machine.Break(Code);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Assert.Equal(0u, machine.Registers().Rax);
    }

    [Fact]
    public void A_halt_of_the_guest_beside_a_breakpoint_is_the_guests()
    {
        // inc eax; nop; cli; hlt
        using RunControlRig machine = Create([0x40, 0x90, 0xfa, 0xf4]);
        machine.Break(Code + 1);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Assert.Equal(StopKind.Crashed, machine.Continue().Kind);
    }

    [Fact]
    public void A_write_watch_stops_behind_the_store_with_the_store_done()
    {
        // inc eax; mov [5000h], al; nop; jmp to the start
        using RunControlRig machine = Create([0x40, 0xa2, 0, 0x50, 0, 0, 0x90, 0xeb, 0xf7]);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 4, BreakpointCode.None, out string? error), error);
        for (byte round = 1; round <= 10; round++)
        {
            StopEvent stop = machine.Continue();
            Assert.Equal((StopKind.WriteWatchpoint, 0x5000UL, Code + 6), (stop.Kind, stop.Address, machine.Pc()));
            Assert.Equal([round], machine.MemoryBytes(0x5000, 1));
        }
    }

    [Theory]
    [InlineData(0x5000, 1, 0x5000)]
    [InlineData(0x5001, 3, 0x5003)]
    [InlineData(0x5003, 7, 0x5009)]
    [InlineData(0x5006, 9, 0x500e)]
    [InlineData(0x5fff, 2, 0x6000)]
    [InlineData(0x5000, 100, 0x5063)]
    public void A_range_of_any_length_and_alignment_is_watched_to_its_last_byte(uint first, int length, uint written)
    {
        // mov [written - 200], al; mov [written], al; nop; jmp self
        byte[] beside = BitConverter.GetBytes(written - 200);
        using RunControlRig machine = Create([0xa2, .. beside, 0xa2, .. BitConverter.GetBytes(written), 0x90, 0xeb, 0xfe]);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, first, length, BreakpointCode.None, out string? error), error);

        StopEvent stop = machine.Continue();

        Assert.Equal((StopKind.WriteWatchpoint, (ulong)first, Code + 10), (stop.Kind, stop.Address, machine.Pc()));
    }

    [Fact]
    public void A_write_beside_a_watched_range_does_not_stop()
    {
        // mov [5008h], al; nop; jmp self
        using RunControlRig machine = Create([0xa2, 8, 0x50, 0, 0, 0x90, 0xeb, 0xfe]);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 8, BreakpointCode.None, out string? error), error);
        machine.Break(Code + 5);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void Detaching_leaves_memory_as_the_guest_made_it_and_the_guest_running()
    {
        // inc eax; out 20h, al; jmp to the start
        using RunControlRig machine = Create([0x40, 0xe6, 0x20, 0xeb, 0xfb]);
        byte[] before = machine.MemoryBytes(0, 0x2000);
        machine.Break(Code);
        machine.Break(Code + 1);
        machine.Continue();
        machine.Detach();
        machine.WaitUntil(() => machine.Output.Count > 10);
        Assert.Equal(before, machine.MemoryBytes(0, 0x2000));
    }

    [Fact]
    public void A_breakpoint_removed_while_standing_on_it_is_gone()
    {
        // inc eax; nop; cli; hlt
        using RunControlRig machine = Create([0x40, 0x90, 0xfa, 0xf4]);
        machine.Break(Code + 1);
        machine.Continue();
        Assert.True(machine.Target.TryRemoveBreakpoint(BreakpointKind.Software, Code + 1, 1, out _));
        Assert.Equal(StopKind.Crashed, machine.Continue().Kind);
    }

    [Fact]
    public void A_guest_that_died_under_the_debugger_ends_with_its_verdict_when_resumed()
    {
        // cli; hlt
        using RunControlRig machine = Create([0xfa, 0xf4]);
        Assert.Equal(StopKind.Crashed, machine.Continue().Kind);
        StopEvent over = machine.Continue();
        Assert.Equal((StopKind.Exited, ExitCodes.DeadHalt), (over.Kind, over.Signal));
        Assert.Equal(VerdictKind.DeadHalt, machine.Wait(machine.Controller.Completion).Kind);
    }
}
