using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Reports;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Reports;

/// <summary>What a machine that reached its time limit is said to be doing, on scripted CPUs.</summary>
public sealed class HangProbeTests
{
    private const ulong Code = RunControlRig.CodeBase;
    private const ulong Idt = 0x2000;
    private const ulong Stack = 0x8000;

    [Theory]
    [InlineData("; CPU 0 goes round in 1 instruction(s) from 0x1000 to 0x1000", new byte[] { 0xeb, 0xfe })] // jmp .
    [InlineData("; CPU 0 goes round in 3 instruction(s) from 0x1000 to 0x1002", new byte[] { 0x40, 0x90, 0xeb, 0xfc })] // inc eax; nop; jmp
    [InlineData("; CPU 0 reads port 0x64 at 0x1001", new byte[] { 0x90, 0xe4, 0x64, 0xeb, 0xfb })] // nop; in al, 64h; jmp
    [InlineData("; CPU 0 writes port 0x20 at 0x1000", new byte[] { 0xe6, 0x20 })] // out 20h, al
    [InlineData("; CPU 0 writes device memory 0xd0000000 at 0x1000", new byte[] { 0xa2, 0, 0, 0, 0xd0 })] // mov [d0000000h], al
    [InlineData("; CPU 0 reads device memory 0xd0000000 at 0x1000", new byte[] { 0xa0, 0, 0, 0, 0xd0 })] // mov al, [d0000000h]
    [InlineData("; CPU 0 halts at 0x1001", new byte[] { 0x90, 0xf4 })] // nop; hlt
    public void A_running_cpu_is_followed_until_it_shows_what_it_does(string expected, byte[] code)
    {
        var machine = new ScriptedMachine(code, "stopped");

        Assert.Equal(expected, new HangProbe(machine).Describe());
    }

    [Fact]
    public void Code_that_shows_no_loop_in_the_time_is_said_to_execute()
    {
        var machine = new ScriptedMachine([.. Enumerable.Repeat((byte)0x90, 4000)], "stopped");

        Assert.StartsWith("; CPU 0 executes at 0x", new HangProbe(machine).Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "the instruction at 0x1000")]
    [InlineData(true, "#GP general protection (vector 13) at 0x1000")]
    public void A_handler_that_returns_to_its_fault_again_and_again_is_an_exception_loop(bool hasGate, string what)
    {
        // The jump stands for the fault; its handler is an IRET, for which there are enough frames on the stack.
        var machine = new ScriptedMachine([0xe9], "stopped");
        machine.Write(Code, [0xeb, 0x7e]);
        machine.Write(Code + 0x80, [0xcf]);
        Span<byte> frame = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)Code);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], 8);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], 2);
        for (ulong at = Stack; at + 12 <= 0x1_0000; at += 12)
        {
            machine.Write(at, frame);
        }
        if (hasGate)
        {
            Span<byte> gate = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(gate, (Code + 0x80) | (8UL << 16) | (0x8eUL << 40));
            machine.Write(Idt + (13 * 8), gate);
        }

        string text = new HangProbe(machine).Describe();

        Assert.StartsWith("; CPU 0 is in an exception loop: ", text, StringComparison.Ordinal);
        Assert.Contains(what, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_cpu_that_does_not_run_is_described_by_what_it_waits_for() =>
        Assert.Equal("; CPU 0 is halted", new HangProbe(new ScriptedMachine([0x90], "halted")).Describe());

    [Fact]
    public void Of_many_cpus_the_first_four_that_run_are_described()
    {
        var machine = new ScriptedMachine([0xeb, 0xfe], "halted", "stopped", "stopped", "waiting for SIPI", "stopped", "stopped", "stopped");

        string text = new HangProbe(machine).Describe();

        Assert.Equal(["CPU 1", "CPU 2", "CPU 4", "CPU 5"], text.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(static part => part[..5]));
    }

    /// <summary>Scripted CPUs, each doing what its activity says, at the start of the same code.</summary>
    private sealed class ScriptedMachine : IMonitoredMachine
    {
        private readonly FlatMemory _memory = new();
        private readonly string[] _activities;
        private readonly ScriptedVcpu[] _cpus;

        public ScriptedMachine(byte[] code, params string[] activities)
        {
            _activities = activities;
            _cpus = [.. activities.Select((_, index) => new ScriptedVcpu(index, _memory))];
            Write(Code, code);
            foreach (ScriptedVcpu cpu in _cpus)
            {
                cpu.BindToCurrentThread();
                SystemRegisters system = RunControlRig.Flat(default);
                Assert.True(cpu.TrySetSystem(system with { Idt = new DescriptorTable(Idt, 0xff) }));
                cpu.SetGeneral(new GeneralRegisters { Rip = Code, Rsp = Stack, Rflags = 2 });
            }
        }

        public int CpuCount => _cpus.Length;

        public IGuestMemory Memory => _memory;

        public ElfSymbols Symbols { get; } = new("/nonexistent");

        public CpuState StateOf(int cpu)
        {
            _cpus[cpu].GetGeneral(out GeneralRegisters general);
            _cpus[cpu].GetSystem(out SystemRegisters system);
            return new CpuState(general, system, _memory);
        }

        public string Describe(int cpu) => _activities[cpu];

        public void Execute(int cpu, Action<IVcpu> request) => request(_cpus[cpu]);

        public bool TryReadMsr(int cpu, uint index, out ulong value) => _cpus[cpu].TryGetMsr(index, out value);

        public bool TryWriteMsr(int cpu, uint index, ulong value) => _cpus[cpu].TrySetMsr(index, value);

        public IReadOnlyList<CpuidLeaf> CpuidLeaves(int cpu) => [];

        public void Write(ulong address, ReadOnlySpan<byte> bytes) => Assert.True(_memory.TryWrite(address, bytes));
    }
}
