using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.Kvm;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// A range that is run through ends as one does that is stepped. What is stepped takes an exit an instruction, so the count of exits tells
/// which it was.
/// </summary>
[Trait("Suite", "debugger")]
public sealed class FreeRangeTests
{
    private const ulong Code = RunControlRig.CodeBase;

    [Fact]
    public void A_loop_of_thousands_of_instructions_is_not_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, rounds: 3000);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4), (stop.Kind, machine.Pc()));
        Assert.Equal((3000UL, 0UL), (machine.Registers().Rax, machine.Registers().Rcx));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
        Assert.Equal(FreeRange.Loop, machine.MemoryBytes(Code, FreeRange.Loop.Length));
    }

    [Fact]
    public void A_range_left_by_a_jump_ends_at_its_target()
    {
        // again: inc eax; dec ecx; jz far; jmp again; ... far: nop; jmp .
        using KvmRig machine = FreeRange.Create(
            [0x40, 0x49, 0x74, 0x0a, 0xeb, 0xfa, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0x90, 0xeb, 0xfe], 500);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 14, 500UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
    }

    [Fact]
    public void A_call_out_of_the_range_ends_the_step_in_the_function()
    {
        // again: inc eax; dec ecx; jnz again; call +5; nop; ... ; nop
        using KvmRig machine = FreeRange.Create(
            [0x40, 0x49, 0x75, 0xfc, 0xe8, 5, 0, 0, 0, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xeb, 0xfe], 500);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 10);

        Assert.Equal((StopKind.StepDone, Code + 14, FreeRange.Stack - 4), (stop.Kind, machine.Pc(), machine.Registers().Rsp));
        Assert.Equal(Code + 9, BinaryPrimitives.ReadUInt32LittleEndian(machine.MemoryBytes(FreeRange.Stack - 4, 4)));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
    }

    [Fact]
    public void Jumps_through_registers_inside_are_followed()
    {
        // again: inc eax; mov ebx, next; jmp ebx; next: dec ecx; jnz again; nop; jmp .
        byte[] code = [0x40, 0xbb, .. BitConverter.GetBytes((uint)Code + 8), 0xff, 0xe3, 0x49, 0x75, 0xf5, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 100);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 11);

        Assert.Equal((StopKind.StepDone, Code + 11, 100UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
    }

    [Fact]
    public void Flags_pushed_on_the_way_are_the_guests_and_a_trap_flag_popped_is_its_own()
    {
        // again: inc eax; pushfd; pop ebx; dec ecx; jnz again; nop; jmp .
        using KvmRig machine = FreeRange.Create([0x40, 0x9c, 0x5b, 0x49, 0x75, 0xfa, 0x90, 0xeb, 0xfe], 200);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6, 0UL), (stop.Kind, machine.Pc(), machine.Registers().Rbx & 0x100));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
    }

    [Theory]
    [InlineData(BreakpointKind.Software)]
    [InlineData(BreakpointKind.Hardware)]
    public void A_breakpoint_inside_with_a_condition_stops_when_it_is_true(BreakpointKind kind)
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 100);
        // reg eax, const16 60, equal, end.
        AgentExpression condition = AgentExpression.Create([0x26, 0, 0, 0x23, 0, 60, 0x13, 0x27], TargetArchitecture.I386);
        Assert.True(machine.Target.TryInsertBreakpoint(kind, Code + 1, 1, new BreakpointCode([condition], []), out string? error), error);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal(kind == BreakpointKind.Hardware ? StopKind.HardwareBreakpoint : StopKind.SoftwareBreakpoint, stop.Kind);
        Assert.Equal((Code + 1, 60UL, 41UL), (machine.Pc(), machine.Registers().Rax, machine.Registers().Rcx));
        Assert.Equal(FreeRange.Loop, machine.MemoryBytes(Code, FreeRange.Loop.Length));
    }

    [Theory]
    [InlineData(BreakpointKind.Software)]
    [InlineData(BreakpointKind.Hardware)]
    public void A_breakpoint_at_the_first_instruction_outside_does_not_change_how_the_step_ends(BreakpointKind kind)
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 500);
        machine.Break(Code + 4, kind);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);
        StopEvent next = machine.Step();

        Assert.Equal((StopKind.StepDone, StopKind.StepDone), (stop.Kind, next.Kind));
        Assert.Equal((Code + 5, 500UL), (machine.Pc(), machine.Registers().Rax));
        Assert.Equal(0, machine.Target.Breakpoints.All[0].Hits);
    }

    [Fact]
    public void A_write_watch_inside_stops_behind_the_store()
    {
        // again: inc eax; dec ecx; jnz again; mov [5000h], al; nop; jmp .
        using KvmRig machine = FreeRange.Create([0x40, 0x49, 0x75, 0xfc, 0xa2, 0, 0x50, 0, 0, 0x90, 0xeb, 0xfe], 200);
        Assert.True(
            machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 4, BreakpointCode.None, out string? error), error);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 10);

        Assert.Equal((StopKind.WriteWatchpoint, 0x5000UL, Code + 9), (stop.Kind, stop.Address, machine.Pc()));
        Assert.Equal([200], machine.MemoryBytes(0x5000, 1));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
    }

    [Fact]
    public void Accesses_to_ports_are_made_once_each()
    {
        // again: inc eax; out 20h, al; dec ecx; jnz again; nop; jmp .
        using KvmRig machine = FreeRange.Create([0x40, 0xe6, 0x20, 0x49, 0x75, 0xfa, 0x90, 0xeb, 0xfe], 100);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6), (stop.Kind, machine.Pc()));
        Assert.Equal(Enumerable.Range(1, 100).Select(value => ((byte)0x20, (byte)value)), machine.Output);
    }

    [Fact]
    public void A_port_access_as_the_last_instruction_ends_the_step_behind_it()
    {
        // again: inc eax; dec ecx; jnz again; out 20h, al; nop; jmp .
        using KvmRig machine = FreeRange.Create([0x40, 0x49, 0x75, 0xfc, 0xe6, 0x20, 0x90, 0xeb, 0xfe], 100);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6), (stop.Kind, machine.Pc()));
        Assert.Equal([((byte)0x20, (byte)100)], machine.Output);
    }

    [Fact]
    public void An_interruption_stops_it_inside_and_leaves_nothing_in_memory()
    {
        // again: inc eax; jmp again
        byte[] code = [0x40, 0xeb, 0xfd, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 0);
        for (int round = 0; round < 20; round++)
        {
            Task<StopEvent> running = FreeRange.Begin(machine, Code, Code + 3);
            machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);
            machine.Target.Interrupt();

            Assert.Equal(StopKind.Interrupted, machine.Wait(running).Kind);
            Assert.InRange(machine.Pc(), Code, Code + 2);
            Assert.Equal(code, machine.MemoryBytes(Code, code.Length));
        }
    }

    [Fact]
    public void A_look_finds_memory_as_it_is_and_the_step_goes_on()
    {
        byte[] code = [0x40, 0xeb, 0xfd, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 0);
        Task<StopEvent> running = FreeRange.Begin(machine, Code, Code + 3);
        machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);
        byte[] seen = [];
        ulong first = 0;

        machine.Wait(FreeRange.Look(machine, () => (seen, first) = (machine.MemoryBytes(Code, code.Length), machine.Registers().Rax)));
        machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);
        machine.Target.Interrupt();

        Assert.Equal(StopKind.Interrupted, machine.Wait(running).Kind);
        Assert.Equal(code, seen);
        Assert.True(machine.Registers().Rax > first);
    }

    [Fact]
    public void A_debugger_that_leaves_in_the_middle_leaves_nothing_in_memory()
    {
        byte[] code = [0x40, 0xeb, 0xfd, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 0);
        _ = FreeRange.Begin(machine, Code, Code + 3);
        machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);

        machine.Detach();

        Assert.Equal(code, machine.MemoryBytes(Code, code.Length));
        Assert.False(machine.Controller.Vcpus[0].RunsFreely);
    }

    [Fact]
    public void Code_that_changes_itself_by_name_is_executed_as_changed()
    {
        // again: inc eax; dec ecx; jnz again; mov byte [change], 48h; change: inc ebx; nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0xc6, 0x05, .. BitConverter.GetBytes((uint)Code + 11), 0x4b, 0x43, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 100);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 12);

        Assert.Equal((StopKind.StepDone, Code + 12, 0xffff_ffffUL), (stop.Kind, machine.Pc(), machine.Registers().Rbx));
        Assert.Equal(0x4b, machine.MemoryBytes(Code + 11, 1)[0]);
    }

    [Fact]
    public void Code_that_takes_away_its_own_way_out_is_stopped_when_it_is_noticed()
    {
        // again: inc eax; dec ecx; jnz again; mov [edi], dl; (outside) nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0x88, 0x17, 0x90, 0xeb, 0xfe];
        using KvmRig machine = FreeRange.Create(code, 100);
        machine.SetRegisters(registers => registers with { Rdi = Code + 6, Rdx = 0x90 });

        Task<StopEvent> running = FreeRange.Begin(machine, Code, Code + 6);
        machine.WaitUntil(() =>
        {
            machine.Controller.Watch();
            return running.IsCompleted;
        });

        Assert.Equal(StopKind.StepDone, machine.Wait(running).Kind);
        Assert.Contains("was changed", machine.Wait(running).Message, StringComparison.Ordinal);
        Assert.InRange(machine.Pc(), Code + 6, Code + 8);
        Assert.Equal(code, machine.MemoryBytes(Code, code.Length));
    }
}
