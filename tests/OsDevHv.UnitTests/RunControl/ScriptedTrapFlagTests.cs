using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// A guest that steps itself (RFLAGS.TF; Intel SDM vol. 3B, 18.3.1.4) while a debugger steps it and steps it off breakpoints.
/// </summary>
public sealed class ScriptedTrapFlagTests
{
    private const ulong Code = RunControlRig.CodeBase;
    private const ulong Handler = Code + 0x100;
    private const ulong Idt = 0x2000;
    private const ulong Stack = 0x8000;
    private const ulong TrapFlag = 0x100;
    private const ulong Flags = 2;

    /// <summary>nop; nop; nop; nop; jmp self.</summary>
    private static readonly byte[] s_nops = [0x90, 0x90, 0x90, 0x90, 0xeb, 0xfe];

    [Fact]
    public void A_guest_that_steps_itself_gets_its_DB_when_it_goes_on_after_a_step_of_the_debuggers()
    {
        using ScriptedRig machine = Create(s_nops, Flags | TrapFlag);
        machine.Break(Handler);

        StopEvent step = machine.Step();
        ulong afterStep = machine.Pc();
        StopEvent hit = machine.Continue();

        Assert.Equal((StopKind.StepDone, Code + 1), (step.Kind, afterStep));
        Assert.Contains("the guest is stepping itself", step.Message, StringComparison.Ordinal);
        Assert.Equal((StopKind.SoftwareBreakpoint, Handler), (hit.Kind, machine.Pc()));
        Assert.Equal((Code + 1, 8u, (uint)(Flags | TrapFlag)), Frame(machine));
        Assert.Equal(0x4000UL, machine.Cpus[0].LastDebugStatus & 0xe00f);
    }

    [Fact]
    public void The_next_step_enters_the_guests_own_handler()
    {
        using ScriptedRig machine = Create(s_nops, Flags | TrapFlag);
        machine.Step();

        StopEvent step = machine.Step();

        Assert.Equal((StopKind.StepDone, Handler, Flags), (step.Kind, machine.Pc(), machine.Registers().Rflags));
        Assert.Equal((Code + 1, 8u, (uint)(Flags | TrapFlag)), Frame(machine));
        Assert.Equal(0x4000UL, DebugStatus(machine) & 0xe00f);
    }

    [Fact]
    public void The_clash_is_told_once_and_not_with_every_step()
    {
        using ScriptedRig machine = Create(s_nops, Flags | TrapFlag);
        machine.Step();
        machine.Step(); // into the handler
        machine.Step(); // inc eax
        Assert.Equal(Code + 1, StepsTo(machine, Code + 1)); // iretd

        Assert.NotNull(machine.Step().Message);
    }

    [Fact]
    public void Flags_popped_in_a_step_trap_behind_the_next_instruction()
    {
        // popfd; nop; nop; jmp self
        using ScriptedRig machine = Create([0x9d, 0x90, 0x90, 0xeb, 0xfe], Flags);
        WriteStack(machine, (uint)(Flags | TrapFlag));

        StopEvent pop = machine.Step();
        ulong flags = machine.Registers().Rflags;
        StopEvent next = machine.Step();

        Assert.Null(pop.Message);
        Assert.Equal(Flags | TrapFlag, flags);
        Assert.NotNull(next.Message);
        Assert.Equal(Code + 2, machine.Pc());
    }

    [Theory]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit)]
    [InlineData(SoftwareBreakpointTechnique.PlantedHalt)]
    [InlineData(SoftwareBreakpointTechnique.None)]
    public void The_guest_counts_as_many_traps_with_breakpoints_on_its_way_as_without(SoftwareBreakpointTechnique technique)
    {
        // The handler counts in eax. popfd; 4 times nop; jmp self
        using ScriptedRig machine = Create([0x9d, .. s_nops], Flags, technique);
        WriteStack(machine, (uint)(Flags | TrapFlag));
        machine.Break(Code);
        machine.Break(Code + 2);
        machine.Break(Code + 3);
        machine.Break(Code + 5);
        while (machine.Pc() != Code + 5)
        {
            Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        }

        // The traps behind each nop; the one behind the fourth comes before the breakpoint's instruction.
        Assert.Equal(4u, (uint)machine.Registers().Rax);
    }

    [Fact]
    public void A_reset_forgets_the_trap_that_was_owed()
    {
        using ScriptedRig machine = Create(s_nops, Flags | TrapFlag);
        machine.Step();

        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rflags = Flags, Rsp = Stack });
            machine.Controller.Vcpus[0].Restart(waitsForSipi: false);
        });
        machine.Step();

        Assert.Equal(Code + 1, machine.Pc());
    }

    private static ulong StepsTo(ScriptedRig machine, ulong pc)
    {
        for (int i = 0; i < 5 && machine.Pc() != pc; i++)
        {
            machine.Step();
        }
        return machine.Pc();
    }

    /// <summary>A machine with a #DB handler: inc eax; iretd.</summary>
    private static ScriptedRig Create(
        byte[] code, ulong flags, SoftwareBreakpointTechnique technique = SoftwareBreakpointTechnique.Int3DebugExit)
    {
        var machine = new ScriptedRig(code, technique: technique);
        Assert.True(machine.Memory.TryWrite(Handler, [0x40, 0xcf]));
        Span<byte> gate = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(gate, Handler | (8UL << 16) | (0x8eUL << 40));
        Assert.True(machine.Memory.TryWrite(Idt + 8, gate));
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetSystem(out SystemRegisters system);
            Assert.True(cpu.TrySetSystem(system with { Idt = new DescriptorTable(Idt, 0x7ff) }));
            cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rflags = flags, Rsp = Stack });
            machine.Controller.Vcpus[0].RegistersWritten();
        });
        return machine;
    }

    private static void WriteStack(ScriptedRig machine, uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        Assert.True(machine.Memory.TryWrite(Stack, word));
    }

    private static (ulong Rip, uint Cs, uint Flags) Frame(ScriptedRig machine)
    {
        byte[] frame = machine.MemoryBytes(machine.Registers().Rsp, 12);
        return (BinaryPrimitives.ReadUInt32LittleEndian(frame), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4)),
            BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(8)));
    }

    private static ulong DebugStatus(ScriptedRig machine)
    {
        ulong status = 0;
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetDebugRegisters(out DebugRegisters registers);
            status = registers.Dr6;
        });
        return status;
    }
}
