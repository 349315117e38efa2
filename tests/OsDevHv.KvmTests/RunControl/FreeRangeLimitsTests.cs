using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.Kvm;

namespace OsDevHv.Tests.RunControl;

/// <summary>Where a range is stepped, and that a range that is run through ends as one that is stepped.</summary>
[Trait("Suite", "debugger")]
public sealed class FreeRangeLimitsTests
{
    private const ulong Code = RunControlRig.CodeBase;

    [Fact]
    public void Beside_a_cpu_that_runs_it_is_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 300, vcpus: 2);
        machine.SetRegisters(registers => registers with { Rip = Code + 5 }, vcpu: 1);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4, other: ResumeKind.Continue);

        Assert.Equal((StopKind.StepDone, 0, Code + 4, 300UL), (stop.Kind, stop.Vcpu, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(FreeRange.Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void Beside_a_cpu_that_stays_it_is_not_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 1000, vcpus: 2);

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 1000UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
        Assert.Equal((Code, 0UL), (machine.Pc(1), machine.Registers(1).Rax));
    }

    [Fact]
    public void Where_interrupts_are_wanted_in_steps_it_is_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 300);
        machine.Controller.InterruptsInSteps = true;

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 300UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(FreeRange.Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void Few_instructions_are_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 8);

        FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal(24UL, FreeRange.Exits(machine));
    }

    [Fact]
    public void A_guest_that_uses_debug_registers_is_stepped()
    {
        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 300);
        machine.Controller.Vcpus[0].Execute(cpu => cpu.SetDebugRegisters(new DebugRegisters(0x9000, 0, 0, 0, 0xffff_0ff0, 0x401)));

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 300UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.InRange(FreeRange.Exits(machine), 900UL, ulong.MaxValue);
    }

    [Fact]
    public void A_guest_that_traps_itself_is_stepped()
    {
        // That emulated processor reports a step from a trap flag already set before the instruction is executed.
        Host.Require(Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") != "intel", "steps of a guest that has just set its trap flag");

        using KvmRig machine = FreeRange.Create(FreeRange.Loop, 300);
        FreeRange.SetTables(machine);
        machine.Write(FreeRange.Handler, [0x90, 0xeb, 0xfe]);
        machine.SetRegisters(registers => registers with { Rflags = registers.Rflags | 0x100 });

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        // The next step is the guest's own #DB.
        Assert.Equal((StopKind.StepDone, FreeRange.Handler), (stop.Kind, machine.Pc()));
        Assert.Equal(Code + 1, BinaryPrimitives.ReadUInt32LittleEndian(machine.MemoryBytes(FreeRange.Stack - 12, 4)));
    }

    [Fact]
    public void An_interrupt_that_is_pending_waits_until_the_machine_runs()
    {
        Host.Require(Host.Engine.SingleStep, "single steps");
        var interrupts = new Pending();
        using var machine = new KvmRig(FreeRange.Loop, vcpus: 1, interrupts);
        machine.SetRegisters(registers => registers with { Rcx = 1000, Rsp = FreeRange.Stack });

        StopEvent stop = FreeRange.Range(machine, Code, Code + 4);

        Assert.Equal((StopKind.StepDone, Code + 4, 1000UL), (stop.Kind, machine.Pc(), machine.Registers().Rax));
        Assert.False(interrupts.IsTaken);
        Assert.InRange(FreeRange.Exits(machine), 1UL, FreeRange.Fast);
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

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_loop_ends_as_when_it_is_stepped(int seed)
    {
        byte[] code = AnyLoop(new Random(seed), out int length);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, string Memory, string Output) stepped =
            Outcome(code, length, stepping: true, out ulong slow);
        (StopKind Kind, ulong Pc, GeneralRegisters Registers, string Memory, string Output) run =
            Outcome(code, length, stepping: false, out ulong fast);

        // One by one, for what differs would not show in all of it.
        Assert.Equal(stepped.Registers, run.Registers);
        Assert.Equal(stepped.Output, run.Output);
        Assert.Equal(stepped.Memory, run.Memory);
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
        using KvmRig machine = FreeRange.Create(code, 40);
        FreeRange.SetTables(machine);
        machine.Controller.InterruptsInSteps = stepping;

        StopEvent stop = FreeRange.Range(machine, Code, Code + (ulong)length);

        exits = FreeRange.Exits(machine);
        const uint from = 0x1000;
        byte[] memory = machine.MemoryBytes(from, 0x8000);
        if (Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") == "intel")
        {
            // That emulated processor owes a debug exception behind a stepped access to a port; its frame is undone, and its bytes are left
            // where the stack is free.
            const int below = 64;
            Array.Clear(memory, (int)(machine.Registers().Rsp - from) - below, below);
        }
        return (stop.Kind, machine.Pc(), machine.Registers(), Convert.ToHexString(memory), string.Join(' ', machine.Output));
    }

    private static (StopKind Kind, ulong Pc, GeneralRegisters Registers, byte[] Frame) Fault(byte[] code, bool stepping, out ulong exits)
    {
        using KvmRig machine = FreeRange.Create(code, 300);
        // The handler ends the machine's run on hosts where a step goes on until it returns.
        machine.Write(FreeRange.Handler, [0x90, 0xe6, 0x20, 0xeb, 0xfe]);
        FreeRange.SetTables(machine);
        machine.Break(FreeRange.Handler + 3);
        machine.Controller.InterruptsInSteps = stepping;

        StopEvent stop = FreeRange.Range(machine, Code, Code + (ulong)code.Length - 3);

        exits = FreeRange.Exits(machine);
        return (stop.Kind, machine.Pc(), machine.Registers(), machine.MemoryBytes(FreeRange.Stack - 16, 16));
    }

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
