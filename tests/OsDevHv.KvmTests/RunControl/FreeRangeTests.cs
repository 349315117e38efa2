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
    private const ulong Fast = 400;
    private const ulong Gdt = 0x3000;
    private const ulong Idt = 0x3800;
    private const ulong Handler = 0x2000;
    private const ulong Stack = 0x8000;

    // again: inc eax; dec ecx; jnz again; nop; jmp .
    private static readonly byte[] s_loop = [0x40, 0x49, 0x75, 0xfc, 0x90, 0xeb, 0xfe];

    [Fact]
    public void A_loop_of_thousands_of_instructions_is_not_stepped()
    {
        using KvmRig machine = Create(s_loop, rounds: 3000);

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4), (stop.Kind, machine.Pc()));
        Assert.Equal((3000UL, 0UL), (machine.Registers().Rax, machine.Registers().Rcx));
        Assert.InRange(Exits(machine), 1UL, Fast);
        Assert.Equal(s_loop, machine.MemoryBytes(Code, s_loop.Length));
    }

    [Fact]
    public void A_range_left_by_a_jump_ends_at_its_target()
    {
        // again: inc eax; dec ecx; jz far; jmp again; ... far: nop; jmp .
        using KvmRig machine = Create([0x40, 0x49, 0x74, 0x0a, 0xeb, 0xfa, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0x90, 0xeb, 0xfe], 500);

        StopEvent stop = Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 14, 500UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(Exits(machine), 1UL, Fast);
    }

    [Fact]
    public void A_call_out_of_the_range_ends_the_step_in_the_function()
    {
        // again: inc eax; dec ecx; jnz again; call +5; nop; ... ; nop
        using KvmRig machine = Create([0x40, 0x49, 0x75, 0xfc, 0xe8, 5, 0, 0, 0, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xeb, 0xfe], 500);

        StopEvent stop = Range(machine, Code, Code + 10);

        Assert.Equal((StopKind.StepDone, Code + 14, Stack - 4), (stop.Kind, machine.Pc(), machine.Registers().Rsp));
        Assert.Equal(Code + 9, BinaryPrimitives.ReadUInt32LittleEndian(machine.MemoryBytes(Stack - 4, 4)));
        Assert.InRange(Exits(machine), 1UL, Fast);
    }

    [Fact]
    public void Jumps_through_registers_inside_are_followed()
    {
        // again: inc eax; mov ebx, next; jmp ebx; next: dec ecx; jnz again; nop; jmp .
        byte[] code = [0x40, 0xbb, .. BitConverter.GetBytes((uint)Code + 8), 0xff, 0xe3, 0x49, 0x75, 0xf5, 0x90, 0xeb, 0xfe];
        using KvmRig machine = Create(code, 100);

        StopEvent stop = Range(machine, Code, Code + 11);

        Assert.Equal((StopKind.StepDone, Code + 11, 100UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
    }

    [Fact]
    public void Flags_pushed_on_the_way_are_the_guests_and_a_trap_flag_popped_is_its_own()
    {
        // again: inc eax; pushfd; pop ebx; dec ecx; jnz again; nop; jmp .
        using KvmRig machine = Create([0x40, 0x9c, 0x5b, 0x49, 0x75, 0xfa, 0x90, 0xeb, 0xfe], 200);

        StopEvent stop = Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6, 0UL), (stop.Kind, machine.Pc(), machine.Registers().Rbx & 0x100));
        Assert.InRange(Exits(machine), 1UL, Fast);
    }

    [Theory]
    [InlineData(BreakpointKind.Software)]
    [InlineData(BreakpointKind.Hardware)]
    public void A_breakpoint_inside_with_a_condition_stops_when_it_is_true(BreakpointKind kind)
    {
        using KvmRig machine = Create(s_loop, 100);
        // reg eax, const16 60, equal, end.
        AgentExpression condition = AgentExpression.Create([0x26, 0, 0, 0x23, 0, 60, 0x13, 0x27], TargetArchitecture.I386);
        Assert.True(machine.Target.TryInsertBreakpoint(kind, Code + 1, 1, new BreakpointCode([condition], []), out string? error), error);

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal(kind == BreakpointKind.Hardware ? StopKind.HardwareBreakpoint : StopKind.SoftwareBreakpoint, stop.Kind);
        Assert.Equal((Code + 1, 60UL, 41UL), (machine.Pc(), machine.Registers().Rax, machine.Registers().Rcx));
        Assert.Equal(s_loop, machine.MemoryBytes(Code, s_loop.Length));
    }

    [Theory]
    [InlineData(BreakpointKind.Software)]
    [InlineData(BreakpointKind.Hardware)]
    public void A_breakpoint_at_the_first_instruction_outside_does_not_change_how_the_step_ends(BreakpointKind kind)
    {
        using KvmRig machine = Create(s_loop, 500);
        machine.Break(Code + 4, kind);

        StopEvent stop = Range(machine, Code, Code + 4);
        StopEvent next = machine.Step();

        Assert.Equal((StopKind.StepDone, StopKind.StepDone), (stop.Kind, next.Kind));
        Assert.Equal((Code + 5, 500UL), (machine.Pc(), machine.Registers().Rax));
        Assert.Equal(0, machine.Target.Breakpoints.All[0].Hits);
    }

    [Fact]
    public void A_write_watch_inside_stops_behind_the_store()
    {
        // again: inc eax; dec ecx; jnz again; mov [5000h], al; nop; jmp .
        using KvmRig machine = Create([0x40, 0x49, 0x75, 0xfc, 0xa2, 0, 0x50, 0, 0, 0x90, 0xeb, 0xfe], 200);
        Assert.True(machine.Target.TryInsertBreakpoint(BreakpointKind.WriteWatch, 0x5000, 4, BreakpointCode.None, out string? error), error);

        StopEvent stop = Range(machine, Code, Code + 10);

        Assert.Equal((StopKind.WriteWatchpoint, 0x5000UL, Code + 9), (stop.Kind, stop.Address, machine.Pc()));
        Assert.Equal([200], machine.MemoryBytes(0x5000, 1));
        Assert.InRange(Exits(machine), 1UL, Fast);
    }

    [Fact]
    public void Accesses_to_ports_are_made_once_each()
    {
        // again: inc eax; out 20h, al; dec ecx; jnz again; nop; jmp .
        using KvmRig machine = Create([0x40, 0xe6, 0x20, 0x49, 0x75, 0xfa, 0x90, 0xeb, 0xfe], 100);

        StopEvent stop = Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6), (stop.Kind, machine.Pc()));
        Assert.Equal(Enumerable.Range(1, 100).Select(value => ((byte)0x20, (byte)value)), machine.Output);
    }

    [Fact]
    public void A_port_access_as_the_last_instruction_ends_the_step_behind_it()
    {
        // again: inc eax; dec ecx; jnz again; out 20h, al; nop; jmp .
        using KvmRig machine = Create([0x40, 0x49, 0x75, 0xfc, 0xe6, 0x20, 0x90, 0xeb, 0xfe], 100);

        StopEvent stop = Range(machine, Code, Code + 6);

        Assert.Equal((StopKind.StepDone, Code + 6), (stop.Kind, machine.Pc()));
        Assert.Equal([((byte)0x20, (byte)100)], machine.Output);
    }

    [Fact]
    public void An_interruption_stops_it_inside_and_leaves_nothing_in_memory()
    {
        // again: inc eax; jmp again
        byte[] code = [0x40, 0xeb, 0xfd, 0x90, 0xeb, 0xfe];
        using KvmRig machine = Create(code, 0);
        for (int round = 0; round < 20; round++)
        {
            Task<StopEvent> running = Begin(machine, Code, Code + 3);
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
        using KvmRig machine = Create(code, 0);
        Task<StopEvent> running = Begin(machine, Code, Code + 3);
        machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);
        byte[] seen = [];
        ulong first = 0;

        machine.Wait(Look(machine, () => (seen, first) = (machine.MemoryBytes(Code, code.Length), machine.Registers().Rax)));
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
        using KvmRig machine = Create(code, 0);
        _ = Begin(machine, Code, Code + 3);
        machine.WaitUntil(() => machine.Controller.Vcpus[0].RunsFreely);

        machine.Detach();

        Assert.Equal(code, machine.MemoryBytes(Code, code.Length));
        Assert.False(machine.Controller.Vcpus[0].RunsFreely);
    }

    [Fact]
    public void A_fault_inside_is_what_it_is_in_a_step()
    {
        // again: inc eax; dec ecx; jnz again; ud2; nop; jmp .    handler: nop; nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0x0f, 0x0b, 0x90, 0xeb, 0xfe];
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) stepped = Fault(code, stepping: true, out ulong slow);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) run = Fault(code, stepping: false, out ulong fast);

        Assert.Equal((stepped.Kind, stepped.Pc, stepped.Registers), (run.Kind, run.Pc, run.Registers));
        Assert.Equal(stepped.Frame, run.Frame);
        Assert.True(fast < slow / 2, $"{fast} exits, {slow} when stepped");
    }

    [Fact]
    public void A_fault_that_no_decoding_foresees_is_what_it_is_in_a_step()
    {
        // again: inc eax; dec ecx; jnz again; xor ebx, ebx; div ebx; nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0x31, 0xdb, 0xf7, 0xf3, 0x90, 0xeb, 0xfe];
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) stepped = Fault(code, stepping: true, out ulong slow);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) run = Fault(code, stepping: false, out ulong fast);

        Assert.Equal((stepped.Kind, stepped.Pc, stepped.Registers), (run.Kind, run.Pc, run.Registers));
        Assert.Equal(stepped.Frame, run.Frame);
        Assert.True(fast < slow / 2, $"{fast} exits, {slow} when stepped");
    }

    [Fact]
    public void Code_that_changes_itself_by_name_is_executed_as_changed()
    {
        // again: inc eax; dec ecx; jnz again; mov byte [change], 48h; change: inc ebx; nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0xc6, 0x05, .. BitConverter.GetBytes((uint)Code + 11), 0x4b, 0x43, 0x90, 0xeb, 0xfe];
        using KvmRig machine = Create(code, 100);

        StopEvent stop = Range(machine, Code, Code + 12);

        Assert.Equal((StopKind.StepDone, Code + 12, 0xffff_ffffUL), (stop.Kind, machine.Pc(), machine.Registers().Rbx));
        Assert.Equal(0x4b, machine.MemoryBytes(Code + 11, 1)[0]);
    }

    [Fact]
    public void Code_that_takes_away_its_own_way_out_is_stopped_when_it_is_noticed()
    {
        // again: inc eax; dec ecx; jnz again; mov [edi], dl; (outside) nop; jmp .
        byte[] code = [0x40, 0x49, 0x75, 0xfc, 0x88, 0x17, 0x90, 0xeb, 0xfe];
        using KvmRig machine = Create(code, 100);
        machine.SetRegisters(registers => registers with { Rdi = Code + 6, Rdx = 0x90 });

        Task<StopEvent> running = Begin(machine, Code, Code + 6);
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

    [Fact]
    public void Beside_a_cpu_that_runs_it_is_stepped()
    {
        using KvmRig machine = Create(s_loop, 300, vcpus: 2);
        machine.SetRegisters(registers => registers with { Rip = Code + 5 }, vcpu: 1);

        StopEvent stop = Range(machine, Code, Code + 4, other: ResumeKind.Continue);

        Assert.Equal((StopKind.StepDone, 0, Code + 4, 300UL), (stop.Kind, stop.Vcpu, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void Beside_a_cpu_that_stays_it_is_not_stepped()
    {
        using KvmRig machine = Create(s_loop, 1000, vcpus: 2);

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 1000UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(Exits(machine), 1UL, Fast);
        Assert.Equal((Code, 0UL), (machine.Pc(1), machine.Registers(1).Rax));
    }

    [Fact]
    public void Where_interrupts_are_wanted_in_steps_it_is_stepped()
    {
        using KvmRig machine = Create(s_loop, 300);
        machine.Controller.InterruptsInSteps = true;

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 300UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void Few_instructions_are_stepped()
    {
        using KvmRig machine = Create(s_loop, 8);

        Range(machine, Code, Code + 4);

        Assert.Equal(24UL, Exits(machine));
    }

    [Fact]
    public void A_guest_that_uses_debug_registers_is_stepped()
    {
        using KvmRig machine = Create(s_loop, 300);
        machine.Controller.Vcpus[0].Execute(cpu => cpu.SetDebugRegisters(new DebugRegisters(0x9000, 0, 0, 0, 0xffff_0ff0, 0x401)));

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 300UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void A_guest_that_traps_itself_is_stepped()
    {
        using KvmRig machine = Create(s_loop, 300);
        SetTables(machine);
        machine.Write(Handler, [0x90, 0xeb, 0xfe]);
        machine.SetRegisters(registers => registers with { Rflags = registers.Rflags | 0x100 });

        StopEvent stop = Range(machine, Code, Code + 4);

        // The next step is the guest's own #DB.
        Assert.Equal((StopKind.StepDone, Handler), (stop.Kind, machine.Pc()));
        Assert.Equal(Code + 1, BinaryPrimitives.ReadUInt32LittleEndian(machine.MemoryBytes(Stack - 12, 4)));
    }

    [Fact]
    public void An_interrupt_that_is_pending_waits_until_the_machine_runs()
    {
        Host.Require(Host.Engine.SingleStep, "single steps");
        var interrupts = new Pending();
        using var machine = new KvmRig(s_loop, vcpus: 1, interrupts);
        machine.SetRegisters(registers => registers with { Rcx = 1000, Rsp = Stack });

        StopEvent stop = Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 1000UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.False(interrupts.IsTaken);
        Assert.InRange(Exits(machine), 1UL, Fast);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_loop_ends_as_when_it_is_stepped(int seed)
    {
        byte[] code = AnyLoop(new Random(seed), out int length);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, string Memory, string Output) stepped = Outcome(code, length, stepping: true, out ulong slow);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, string Memory, string Output) run = Outcome(code, length, stepping: false, out ulong fast);

        Assert.Equal(stepped, run);
        Assert.Equal((StopKind.StepDone, Code + (ulong)length), (run.Kind, run.Pc));
        Assert.True(fast < slow, $"{fast} exits, {slow} when stepped");
    }

    /// <summary>Which loops.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    /// <summary>A loop of pieces that execute in 32-bit code on every host; nothing changes ECX or leaves the range but its end.</summary>
    private static byte[] AnyLoop(Random random, out int length)
    {
        var code = new List<byte>();
        int pieces = random.Next(1, 12);
        for (int i = 0; i < pieces; i++)
        {
            code.AddRange(Piece(random.Next(12), (uint)Code + (uint)code.Count));
        }
        // dec ecx; jnz to the start
        code.AddRange([0x49, 0x0f, 0x85, .. BitConverter.GetBytes(-(code.Count + 7))]);
        length = code.Count;
        return [.. code, 0x90, 0xeb, 0xfe];
    }

    private static byte[] Piece(int kind, uint at) => kind switch
    {
        0 => [0x9c, 0x5b], // pushfd; pop ebx
        1 => [0x9c, 0x9d], // pushfd; popfd
        2 => [0xfa, 0xfb], // cli; sti
        3 => [0xe6, 0x20], // out 20h, al
        4 => [0xe4, 0x10], // in al, 10h
        5 => [0xa2, 0, 0x50, 0, 0], // mov [5000h], al
        6 => [0x8c, 0xd2, 0x8e, 0xd2, 0x90], // mov edx, ss; mov ss, edx; nop
        7 => [0xe8, 2, 0, 0, 0, 0xeb, 2, 0x40, 0xc3], // call f; jmp over it; f: inc eax; ret
        8 => [0xa8, 1, 0x74, 1, 0x40], // test al, 1; jz over; inc eax
        9 => [0xbb, .. BitConverter.GetBytes(at + 7), 0xff, 0xe3], // mov ebx, next; jmp ebx
        10 => [0x0f, 0x20, 0xc3, 0x0f, 0x22, 0xc3], // mov ebx, cr0; mov cr0, ebx
        _ => [0x40, 0x40], // inc eax; inc eax
    };

    private static (StopKind Kind, ulong Pc, GeneralRegisters Registers, string Memory, string Output) Outcome(
        byte[] code, int length, bool stepping, out ulong exits)
    {
        using KvmRig machine = Create(code, 40);
        SetTables(machine);
        machine.Controller.InterruptsInSteps = stepping;

        StopEvent stop = Range(machine, Code, Code + (ulong)length);

        exits = Exits(machine);
        string memory = Convert.ToHexString(machine.MemoryBytes(0x1000, 0x8000));
        return (stop.Kind, machine.Pc(), machine.Registers(), memory, string.Join(' ', machine.Output));
    }

    private static (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) Fault(byte[] code, bool stepping, out ulong exits)
    {
        using KvmRig machine = Create(code, 300);
        // The handler ends the machine's run on hosts where a step goes on until it returns.
        machine.Write(Handler, [0x90, 0xe6, 0x20, 0xeb, 0xfe]);
        SetTables(machine);
        machine.Break(Handler + 3);
        machine.Controller.InterruptsInSteps = stepping;

        StopEvent stop = Range(machine, Code, Code + (ulong)code.Length - 3);

        exits = Exits(machine);
        return (stop.Kind, machine.Pc(), machine.Registers(), machine.MemoryBytes(Stack - 16, 16));
    }

    /// <summary>Tables with the flat segments that the rig has loaded, and a gate for each exception that leads to the handler.</summary>
    private static void SetTables(KvmRig machine)
    {
        var gdt = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(gdt.AsSpan(8), 0x00cf_9b00_0000_ffff);
        BinaryPrimitives.WriteUInt64LittleEndian(gdt.AsSpan(16), 0x00cf_9300_0000_ffff);
        machine.Write(Gdt, gdt);
        var gate = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(gate, 0x0000_8e00_0008_0000 | (Handler & 0xffff));
        for (ulong vector = 0; vector < 32; vector++)
        {
            machine.Write(Idt + (8 * vector), gate);
        }
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetSystem(out SystemRegisters system);
            system.Gdt = new DescriptorTable(Gdt, 23);
            system.Idt = new DescriptorTable(Idt, 255);
            Assert.True(cpu.TrySetSystem(system));
            machine.Controller.Vcpus[0].RegistersWritten();
        });
    }

    private static KvmRig Create(byte[] code, uint rounds, int vcpus = 1)
    {
        Host.Require(Host.Engine.SingleStep, "single steps");
        var machine = new KvmRig(code, vcpus);
        machine.SetRegisters(registers => registers with { Rcx = rounds, Rsp = Stack });
        return machine;
    }

    private static StopEvent Range(KvmRig machine, ulong start, ulong end, ResumeKind other = ResumeKind.Stay) =>
        machine.Wait(Begin(machine, start, end, other));

    private static Task<StopEvent> Begin(KvmRig machine, ulong start, ulong end, ResumeKind other = ResumeKind.Stay)
    {
        machine.Target.SetStepRange(0, start, end);
        ResumeKind[] actions = machine.All(other);
        actions[0] = ResumeKind.StepRange;
        return machine.Target.ResumeAsync(actions);
    }

    private static Task<bool> Look(KvmRig machine, Action look) =>
        machine.Target.LookAsync(look).ContinueWith(static task => task.IsCompletedSuccessfully, TaskScheduler.Default);

    private static ulong Exits(KvmRig machine) => machine.Controller.Vcpus[0].LastExits.Count;

    /// <summary>An interrupt that nobody has taken yet.</summary>
    private sealed class Pending : IInterruptSource
    {
        public bool IsTaken { get; private set; }

        VcpuSignals IInterruptSource.Pending => VcpuSignals.Interrupt;

        public bool ExpectsNonMaskable => false;

        public byte TaskPriority { get; set; }

        public bool TryAcknowledge(out byte vector)
        {
            vector = 0x40;
            IsTaken = true;
            return true;
        }

        public bool TryTakeNonMaskable() => false;

        public bool TryTakeInit() => false;

        public bool TryTakeStartUp(out byte page)
        {
            page = 0;
            return false;
        }
    }
}
