using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.RunControl;

public sealed class BreakpointTests
{
    private const ulong Code = ScriptedVcpu.CodeBase;

    /// <summary>inc eax; nop; jmp to the start.</summary>
    private static readonly byte[] s_loop = [0x40, 0x90, 0xeb, 0xfc];

    public static TheoryData<SoftwareBreakpointTechnique, bool> Techniques => new()
    {
        { SoftwareBreakpointTechnique.Int3DebugExit, false },
        { SoftwareBreakpointTechnique.Int3DebugExit, true },
        { SoftwareBreakpointTechnique.Int3NotEmulated, false },
        { SoftwareBreakpointTechnique.PlantedHalt, false },
        { SoftwareBreakpointTechnique.PlantedHalt, true },
        { SoftwareBreakpointTechnique.None, true },
        { SoftwareBreakpointTechnique.None, false },
    };

    [Theory]
    [MemberData(nameof(Techniques))]
    public void A_breakpoint_in_a_loop_is_hit_each_time_round(SoftwareBreakpointTechnique technique, bool debugRegisters)
    {
        using var machine = new ScriptedMachine(s_loop, technique: technique, debugRegisters: debugRegisters);
        machine.Break(Code + 1);
        for (uint round = 1; round <= 100; round++)
        {
            StopEvent stop = machine.Continue();
            Assert.Equal((StopKind.SoftwareBreakpoint, Code + 1), (stop.Kind, machine.Pc()));
            Assert.Equal(round, machine.Registers().Rax);
        }
    }

    [Theory]
    [MemberData(nameof(Techniques))]
    public void Memory_read_while_stopped_never_shows_a_breakpoint(SoftwareBreakpointTechnique technique, bool debugRegisters)
    {
        using var machine = new ScriptedMachine(s_loop, technique: technique, debugRegisters: debugRegisters);
        machine.Break(Code);
        machine.Break(Code + 1);
        machine.Continue();
        var seen = new byte[4];
        Assert.Equal(4, machine.Target.ReadMemory(0, Code, seen));
        Assert.Equal(s_loop, seen);
    }

    [Fact]
    public void All_vcpus_hit_one_breakpoint_and_no_hit_is_lost()
    {
        using var machine = new ScriptedMachine(s_loop, vcpus: 4);
        machine.Break(Code + 1);
        var hits = new int[4];
        for (int i = 0; i < 200; i++)
        {
            hits[machine.Continue().Vcpu]++;
        }
        // Each hit that was not reported is hit again, so what a vCPU counted and what was reported of it differ by at most the one in hand.
        for (int vcpu = 0; vcpu < 4; vcpu++)
        {
            Assert.InRange((long)machine.Registers(vcpu).Rax - hits[vcpu], 0, 1);
        }
    }

    [Fact]
    public void A_breakpoint_under_a_vcpu_that_did_not_report_it_is_hit()
    {
        using var machine = new ScriptedMachine(s_loop);
        machine.Break(Code);
        StopEvent stop = machine.Continue();
        Assert.Equal(StopKind.SoftwareBreakpoint, stop.Kind);
        Assert.Equal(0u, machine.Registers().Rax);
    }

    [Theory]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit)]
    [InlineData(SoftwareBreakpointTechnique.Int3NotEmulated)]
    public void The_guests_own_int3_is_the_guests(SoftwareBreakpointTechnique technique)
    {
        // inc eax; int3; nop; jmp to the start
        using var machine = new ScriptedMachine([0x40, 0xcc, 0x90, 0xeb, 0xfb], technique: technique);
        machine.Break(Code + 2);
        for (int round = 1; round <= 20; round++)
        {
            Assert.Equal(Code + 2, (machine.Continue(), machine.Pc()).Item2);
            Assert.Equal(round, machine.Cpus[0].GuestInt3s);
        }
    }

    [Fact]
    public void A_breakpoint_on_the_guests_own_int3_stops_first_and_the_guest_gets_it_after()
    {
        using var machine = new ScriptedMachine([0x40, 0xcc, 0x90, 0xeb, 0xfb]);
        machine.Break(Code + 1);
        machine.Continue();
        Assert.Equal(0, machine.Cpus[0].GuestInt3s);
        machine.Continue();
        Assert.Equal((1, 2u), (machine.Cpus[0].GuestInt3s, (uint)machine.Registers().Rax));
    }

    [Fact]
    public void A_halt_of_the_guest_beside_a_planted_one_is_the_guests()
    {
        // inc eax; nop; cli; hlt
        using var machine = new ScriptedMachine([0x40, 0x90, 0xfa, 0xf4], technique: SoftwareBreakpointTechnique.PlantedHalt);
        machine.Break(Code + 1);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Assert.Equal(StopKind.Crashed, machine.Continue().Kind);
    }

    [Fact]
    public void A_breakpoint_that_a_loader_overwrites_is_hit_by_its_guarding_debug_register()
    {
        // mov [code+7], al writes a nop over the nop; nop; then the breakpoint
        byte[] code = [0xa2, 0x06, 0x10, 0, 0, 0x90, 0x90, 0x40, 0xeb, 0xfe];
        using var machine = new ScriptedMachine(code, debugRegisters: true);
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetGeneral(out GeneralRegisters registers);
            registers.Rax = 0x90;
            cpu.SetGeneral(registers);
        });
        machine.Break(Code + 6);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Assert.Equal(Code + 6, machine.Pc());
        Assert.Equal(code, machine.Memory.Bytes.AsSpan((int)Code, code.Length).ToArray());
    }

    [Fact]
    public void An_overwritten_breakpoint_is_planted_again_and_said_to_be()
    {
        // jmp self, until the test moves it on
        using var machine = new ScriptedMachine([0xeb, 0xfe, 0x90, 0xeb, 0xfe]);
        machine.Break(Code + 2);
        Task<StopEvent> stop = machine.Begin();
        machine.Memory.Bytes[Code + 2] = 0x40;
        Assert.Equal(Code + 2, machine.Controller.Watch());
        Assert.Equal(0xcc, machine.Memory.Bytes[Code + 2]);
        machine.Target.Interrupt();
        machine.Wait(stop);
        Assert.Equal(0x40, machine.Memory.Bytes[Code + 2]);
    }

    [Fact]
    public void A_write_watch_on_read_only_memory_stops_behind_the_store_with_the_store_done()
    {
        // inc eax; mov [5000h], al; nop; jmp to the start
        using var machine = new ScriptedMachine([0x40, 0xa2, 0, 0x50, 0, 0, 0x90, 0xeb, 0xf7]);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 4, out string? error), error);
        for (byte round = 1; round <= 10; round++)
        {
            StopEvent stop = machine.Continue();
            Assert.Equal((StopKind.WriteWatchpoint, 0x5000UL, Code + 6), (stop.Kind, stop.Address, machine.Pc()));
            Assert.Equal(round, machine.Memory.Bytes[0x5000]);
        }
    }

    [Fact]
    public void A_write_beside_a_watched_range_on_the_same_page_does_not_stop()
    {
        // mov [5008h], al; nop
        using var machine = new ScriptedMachine([0xa2, 8, 0x50, 0, 0, 0x90, 0xeb, 0xfe]);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 8, out _));
        machine.Break(Code + 5);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void A_read_watch_without_debug_registers_is_refused_in_words()
    {
        using var machine = new ScriptedMachine(s_loop);
        Assert.False(machine.Target.TryInsertBreakpoint(BreakpointKind.ReadWatch, 0x5000, 4, out string? error));
        Assert.Contains("debug registers", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Detaching_leaves_memory_as_the_guest_made_it_and_the_guest_running()
    {
        using var machine = new ScriptedMachine([0x40, 0xe6, 0x20, 0xeb, 0xfb]);
        byte[] before = [.. machine.Memory.Bytes];
        machine.Break(Code);
        machine.Break(Code + 1);
        machine.Continue();
        machine.Detach();
        SpinWait.SpinUntil(() => machine.Output.Count > 10, TimeSpan.FromSeconds(10));
        Assert.Equal(before, machine.Memory.Bytes);
        Assert.True(machine.Output.Count > 10, machine.Controller.DescribeAll());
    }

    [Fact]
    public void A_breakpoint_removed_while_standing_on_it_is_gone()
    {
        using var machine = new ScriptedMachine([0x40, 0x90, 0xfa, 0xf4]);
        machine.Break(Code + 1);
        machine.Continue();
        Assert.True(machine.Target.TryRemoveBreakpoint(BreakpointKind.Software, Code + 1, 1, out _));
        Assert.Equal(StopKind.Crashed, machine.Continue().Kind);
    }

    [Fact]
    public void A_guest_that_died_under_the_debugger_ends_with_its_verdict_when_resumed()
    {
        using var machine = new ScriptedMachine([0x0f, 0x0b]);
        StopEvent died = machine.Continue();
        Assert.Equal(StopKind.Crashed, died.Kind);
        StopEvent over = machine.Continue();
        Assert.Equal((StopKind.Exited, ExitCodes.TripleFaulted), (over.Kind, over.Signal));
        Assert.Equal(VerdictKind.TripleFaulted, machine.Wait(machine.Controller.Completion).Kind);
    }
}
