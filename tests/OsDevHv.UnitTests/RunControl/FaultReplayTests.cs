using System.Buffers.Binary;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>Finding the registers of a triple fault again, on a scripted CPU that loses them as AMD's do.</summary>
public sealed class FaultReplayTests
{
    private const ulong Code = RunControlRig.CodeBase;
    private const ulong Stack = 0x8000;
    private const byte Fault = 0x0f;

    private readonly FlatMemory _memory = new();
    private readonly FaultReplay _replay;

    public FaultReplayTests() => _replay = new FaultReplay(_memory);

    [Fact]
    public void The_registers_at_the_fault_are_found_by_stepping_from_the_last_entry()
    {
        // inc eax; inc eax; nop; (fault)
        ScriptedVcpu cpu = Create([0x40, 0x40, 0x90, Fault]);

        string? note = RunAndRecover(cpu);

        Assert.Contains("after 3 steps it faulted", note, StringComparison.Ordinal);
        Assert.Equal((Code + 3, 2UL), At(cpu));
        cpu.GetSystem(out SystemRegisters system);
        Assert.Equal(8, system.Cs.Selector);
    }

    [Fact]
    public void Registers_that_are_not_lost_stay()
    {
        ScriptedVcpu cpu = Create([0x40, Fault], loses: false);

        Assert.Null(RunAndRecover(cpu));

        Assert.Equal((Code + 1, 1UL), At(cpu));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_access_that_the_entry_completed_is_given_the_same_data(bool debugExitOnCompletion)
    {
        // in al, 10h; inc eax; (fault)
        ScriptedVcpu cpu = Create([0xe4, 0x10, 0x40, Fault], debugExitOnCompletion: debugExitOnCompletion);
        cpu.Run(out VcpuExit access);
        cpu.ExitData[0] = 0x76;

        RunAndRecover(cpu, completesAccess: true);

        Assert.Equal(VcpuExitKind.PortIo, access.Kind);
        Assert.Equal((Code + 3, 0x77UL), At(cpu));
    }

    [Fact]
    public void The_top_of_the_stack_is_as_it_was()
    {
        // iretd; (at 1010h) mov [stack], al; (fault): executed again with the stack as it is now, IRET would go elsewhere
        ScriptedVcpu cpu = Create([0xcf]);
        Assert.True(_memory.TryWrite(Code + 0x10, [0xa2, 0, 0x80, 0, 0, Fault]));
        WriteStack((uint)Code + 0x10, 8, 2);
        cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rsp = Stack, Rflags = 2, Rax = 0x55 });

        RunAndRecover(cpu);

        Assert.Equal((Code + 0x15, 0x55UL), At(cpu));
    }

    [Fact]
    public void Code_that_goes_another_way_the_second_time_is_said_and_the_registers_are_those_of_the_entry()
    {
        // nop; nop; mov [1000h], al; (fault): the first instruction is an OUT when it is executed again
        ScriptedVcpu cpu = Create([0x90, 0x90, 0xa2, 0, 0x10, 0, 0, Fault]);
        cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rsp = Stack, Rflags = 2, Rax = 0xe6 });

        string? note = RunAndRecover(cpu);

        Assert.Contains("the code went another way (PortIo after 0 steps)", note, StringComparison.Ordinal);
        Assert.Equal((Code, 0xe6UL), At(cpu));
    }

    [Fact]
    public void What_an_interrupt_led_to_is_not_guessed()
    {
        ScriptedVcpu cpu = Create([0x40, Fault]);

        string? note = RunAndRecover(cpu, deliversInterrupt: true);

        Assert.Contains("an interrupt was being delivered", note, StringComparison.Ordinal);
        Assert.Equal((Code, 0UL), At(cpu));
    }

    [Fact]
    public void Noting_an_entry_allocates_nothing()
    {
        ScriptedVcpu cpu = Create([0x90]);
        _replay.NoteEntry(cpu, completesAccess: false, deliversInterrupt: false);

        long before = GC.GetAllocatedBytesForCurrentThread();
        _replay.NoteEntry(cpu, completesAccess: false, deliversInterrupt: false);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private string? RunAndRecover(ScriptedVcpu cpu, bool completesAccess = false, bool deliversInterrupt = false)
    {
        _replay.NoteEntry(cpu, completesAccess, deliversInterrupt);
        cpu.Run(out VcpuExit exit);
        Assert.Equal(VcpuExitKind.Shutdown, exit.Kind);
        return _replay.Recover(cpu);
    }

    private ScriptedVcpu Create(byte[] code, bool loses = true, bool debugExitOnCompletion = true)
    {
        var cpu = new ScriptedVcpu(0, _memory) { LosesRegistersInShutdown = loses, DebugExitOnCompletion = debugExitOnCompletion };
        cpu.BindToCurrentThread();
        Assert.True(_memory.TryWrite(Code, code));
        Assert.True(cpu.TrySetSystem(RunControlRig.Flat(default)));
        cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rsp = Stack, Rflags = 2 });
        return cpu;
    }

    private void WriteStack(params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, words[i]);
            Assert.True(_memory.TryWrite(Stack + (ulong)(4 * i), bytes));
        }
    }

    private static (ulong Rip, ulong Rax) At(ScriptedVcpu cpu)
    {
        cpu.GetGeneral(out GeneralRegisters general);
        return (general.Rip, general.Rax);
    }
}
