using System.Text.RegularExpressions;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>Breakpoints that count only sometimes, and catches, on scripted CPUs.</summary>
public sealed class ScriptedTrapTests
{
    private const ulong Code = RunControlRig.CodeBase;

    /// <summary>inc eax; nop; jmp to the start.</summary>
    private static readonly byte[] s_loop = [0x40, 0x90, 0xeb, 0xfc];

    [Theory]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit, false, 1)]
    [InlineData(SoftwareBreakpointTechnique.Int3NotEmulated, false, 1)]
    [InlineData(SoftwareBreakpointTechnique.PlantedHalt, false, 1)]
    [InlineData(SoftwareBreakpointTechnique.None, false, 1)]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit, true, 1)]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit, false, 3)]
    [InlineData(SoftwareBreakpointTechnique.PlantedHalt, true, 3)]
    public void A_condition_that_is_false_costs_no_stop_and_no_instruction(SoftwareBreakpointTechnique technique, bool registers, int vcpus)
    {
        using var machine = new ScriptedRig(s_loop, vcpus, technique, debugRegisters: registers);
        Break(machine, Code + 1, "26000023012c1327"); // eax == 300

        StopEvent stop = machine.Continue();

        Assert.Equal((StopKind.SoftwareBreakpoint, Code + 1), (stop.Kind, machine.Pc(stop.Vcpu)));
        Assert.Equal(300u, (uint)machine.Registers(stop.Vcpu).Rax);
        Assert.Equal(1, machine.Controller.Epoch - 1);
        Breakpoint breakpoint = Assert.Single(machine.Target.Breakpoints.All);
        Assert.Equal(1, breakpoint.Hits);
        Assert.InRange(breakpoint.Passes, 299, long.MaxValue);
    }

    [Fact]
    public void A_condition_reads_memory_without_the_breakpoint_in_it()
    {
        using var machine = new ScriptedRig(s_loop);
        Break(machine, Code + 1, "2310011722901327"); // byte at 1001h == 90h, where the breakpoint's own byte is

        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void A_condition_that_cannot_be_evaluated_stops_and_says_why()
    {
        using var machine = new ScriptedRig(s_loop);
        Break(machine, Code + 1, "24f00000001727");

        StopEvent stop = machine.Continue();

        Assert.Equal(StopKind.SoftwareBreakpoint, stop.Kind);
        Assert.Contains("memory at f0000000h cannot be read", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_true_condition_of_several_is_enough_and_new_ones_replace_the_old()
    {
        using var machine = new ScriptedRig(s_loop);
        Break(machine, Code + 1, "220027", "220127");
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Break(machine, Code + 1, "2600002205" + "1327");

        machine.Continue();

        Assert.Equal(5u, (uint)machine.Registers().Rax);
    }

    [Fact]
    public void Ctrl_C_stops_a_machine_whose_breakpoint_is_passed_all_the_time()
    {
        using var machine = new ScriptedRig(s_loop, vcpus: 2);
        Break(machine, Code + 1, "220027");
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => machine.Target.Breakpoints.All[0].Passes > 100);

        machine.Target.Interrupt();

        Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
        Assert.Equal(s_loop, machine.MemoryBytes(Code, s_loop.Length));
    }

    [Fact]
    public void A_step_onto_a_breakpoint_that_does_not_count_and_off_it_is_two_steps()
    {
        using var machine = new ScriptedRig(s_loop, vcpus: 2);
        Break(machine, Code + 1, "220027");

        machine.Step();
        Assert.Equal(Code + 1, machine.Pc());
        Assert.Equal(StopKind.StepDone, machine.Step().Kind);

        Assert.Equal(Code + 2, machine.Pc());
    }

    [Fact]
    public void A_breakpoint_for_one_vcpu_stops_only_that_one()
    {
        using var machine = new ScriptedRig(s_loop, vcpus: 3);
        machine.Target.Breakpoints.DebuggersScope = new BreakpointScope(Vcpu: 2);
        machine.Break(Code + 1);

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(2, machine.Continue().Vcpu);
        }
    }

    [Fact]
    public void A_breakpoint_of_the_users_by_physical_address_is_reported_as_no_breakpoint_of_gdbs()
    {
        using var machine = new ScriptedRig(s_loop);
        Assert.True(machine.Target.Breakpoints.TryAdd(
            new Breakpoint(new TrapRequest(BreakpointKind.Software, Code + 1, 1, IsPhysical: true)) { Number = 7 }, out string? error), error);

        StopEvent stop = machine.Continue();

        Assert.Equal((StopKind.Caught, Code + 1), (stop.Kind, machine.Pc()));
        Assert.Contains("monitor break 7", stop.Message, StringComparison.Ordinal);
        machine.Continue();
        Assert.Equal(2u, (uint)machine.Registers().Rax);
    }

    [Fact]
    public void A_breakpoint_keeps_its_hits_while_gdb_takes_it_out_and_puts_it_in()
    {
        using var machine = new ScriptedRig(s_loop);
        for (int i = 0; i < 3; i++)
        {
            machine.Break(Code + 1);
            machine.Continue();
            Assert.True(machine.Target.TryRemoveBreakpoint(BreakpointKind.Software, Code + 1, 1, out _));
            machine.Step();
        }

        Assert.Equal(3, Assert.Single(machine.Target.Breakpoints.All).Hits);
        machine.BeginAndInterrupt();
        Assert.Empty(machine.Target.Breakpoints.All);
    }

    [Theory]
    [InlineData("port 20", 2)]
    [InlineData("port 10-2f write =00", 2)]
    [InlineData("port 20 write =01", 4)]
    public void A_caught_port_write_stops_behind_it(string what, uint rax)
    {
        // nop; out 20h, al; inc eax; nop; jmp to the start
        using var machine = new ScriptedRig([0x90, 0xe6, 0x20, 0x40, 0x90, 0xeb, 0xf9]);
        Catch(machine, what);

        StopEvent stop = machine.Continue();

        Assert.Equal((StopKind.Caught, Code + 3), (stop.Kind, machine.Pc()));
        Assert.Equal((rax / 2) - 1, (uint)machine.Registers().Rax);
        Assert.Contains($"catch 1 ({what}): {(rax / 2) - 1:x}h written to port 20h on CPU 0", stop.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port 20 read")]
    [InlineData("port 21-ff")]
    [InlineData("mmio d0000001,fff")]
    [InlineData("mmio d0000000 read")]
    public void What_is_not_asked_for_does_not_stop(string what)
    {
        // out 20h, al; mov [mmio], al; nop; jmp self
        using var machine = new ScriptedRig([0xe6, 0x20, 0xa2, 0, 0, 0, 0xd0, 0x90, 0xeb, 0xfe]);
        Catch(machine, what);
        machine.Break(Code + 7);

        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
    }

    [Fact]
    public void A_caught_read_shows_what_was_read()
    {
        // mov al, [mmio]; nop; jmp self
        using var machine = new ScriptedRig([0xa0, 0, 0, 0, 0xd0, 0x90, 0xeb, 0xfe]);
        Catch(machine, "mmio d0000000,10");

        StopEvent stop = machine.Continue();

        Assert.Equal((StopKind.Caught, Code + 5, 0x5au), (stop.Kind, machine.Pc(), (uint)machine.Registers().Rax));
        Assert.Contains("5ah read from d0000000h", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_over_a_caught_access_says_so_with_the_access_done()
    {
        using var machine = new ScriptedRig([0xe6, 0x20, 0x90]);
        Catch(machine, "port 20");

        StopEvent stop = machine.Step();

        Assert.Equal((StopKind.Caught, Code + 2), (stop.Kind, machine.Pc()));
        Assert.Single(machine.Output);
    }

    [Theory]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit)]
    [InlineData(SoftwareBreakpointTechnique.Int3NotEmulated)]
    public void The_guests_own_int3_is_caught_first_and_delivered_after(SoftwareBreakpointTechnique technique)
    {
        // inc eax; int3; jmp to the start
        using var machine = new ScriptedRig([0x40, 0xcc, 0xeb, 0xfc], technique: technique);
        Catch(machine, "int3");
        for (int round = 1; round <= 5; round++)
        {
            StopEvent stop = machine.Continue();

            Assert.Equal((StopKind.Caught, Code + 1, round - 1), (stop.Kind, machine.Pc(), machine.Cpus[0].GuestInt3s));
            Assert.Contains("the guest's own INT3", stop.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_caught_interrupt_stops_before_it_is_taken_and_is_taken_after()
    {
        var interrupts = new OneInterrupt(0x30);
        using var machine = new ScriptedRig(s_loop, interrupts: interrupts);
        machine.SetRegisters(static registers => registers with { Rflags = 0x202 });
        Catch(machine, "interrupt 48");

        StopEvent stop = machine.Continue();

        Assert.Equal(StopKind.Caught, stop.Kind);
        Assert.Contains("about to take interrupt 48", stop.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Cpus[0].Interrupts);
        Task<StopEvent> run = machine.Begin();
        machine.WaitUntil(() => machine.Cpus[0].Interrupts.Count == 1);
        machine.Target.Interrupt();
        machine.Wait(run);
    }

    [Fact]
    public void A_clash_with_the_guests_own_debug_registers_is_said_once()
    {
        using var machine = new ScriptedRig(s_loop, debugRegisters: true);
        machine.Controller.Vcpus[0].Execute(static cpu => cpu.SetDebugRegisters(new DebugRegisters(0x5000, 0, 0, 0, 0, 0x401)));
        machine.Break(Code + 1, BreakpointKind.Hardware);

        machine.Continue();
        machine.Continue();

        Assert.Contains("the guest uses debug registers of its own", Assert.Single(machine.Told), StringComparison.Ordinal);
        Assert.Contains("the guest uses debug registers of its own", machine.Target.TakeNotices(), StringComparison.Ordinal);
        Assert.Empty(machine.Target.TakeNotices());
    }

    [Fact]
    public void Without_a_debugger_left_nothing_is_caught()
    {
        using var machine = new ScriptedRig([0xe6, 0x20, 0x40, 0xeb, 0xfb]);
        Catch(machine, "port 20");

        machine.Detach();

        machine.WaitUntil(() => machine.Output.Count > 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Commands_are_executed_in_place_of_the_stop(int vcpus)
    {
        using var machine = new ScriptedRig(s_loop, vcpus);
        using var came = new ManualResetEventSlim();
        machine.Target.NoticesCame = came.Set;
        // At the nop: print eax while it is below 3. At the jump: stop when eax is 5.
        Assert.True(machine.Target.TryInsertBreakpoint(
            BreakpointKind.Software,
            Code + 1,
            1,
            new BreakpointCode([Compiled("2600002203" + "1427")], [Compiled("260000" + "22002200" + "34010007" + "6561783d256400" + "27")]),
            out string? error), error);
        Break(machine, Code + 2, "2600002205" + "1327");

        StopEvent stop = machine.Continue();

        Assert.Equal(Code + 2, machine.Pc(stop.Vcpu));
        string text = machine.Target.TakeNotices();
        Assert.True(came.IsSet);
        Assert.InRange(Regex.Count(text, "eax=1"), 1, vcpus);
        Assert.InRange(Regex.Count(text, "eax=2"), 1, vcpus);
        Assert.DoesNotContain("eax=3", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_that_cannot_be_executed_are_said_to_be_and_do_not_stop()
    {
        using var machine = new ScriptedRig(s_loop);
        Assert.True(machine.Target.TryInsertBreakpoint(
            BreakpointKind.Software, Code + 1, 1, new BreakpointCode([], [Compiled("24f00000001727")]), out string? error), error);
        Break(machine, Code + 2, "2600002203" + "1327");

        machine.Continue();

        const string line = "the commands of the breakpoint at 1001h cannot be executed: memory at f0000000h cannot be read\n";
        Assert.Equal(line + line + line, machine.Target.TakeNotices());
    }

    private static AgentExpression Compiled(string code) => AgentExpression.Create(Convert.FromHexString(code), TargetArchitecture.I386);

    private static void Break(ScriptedRig machine, ulong address, params string[] conditions) => Assert.True(
        machine.Target.TryInsertBreakpoint(
            BreakpointKind.Software,
            address,
            1,
            new BreakpointCode([.. conditions.Select(Compiled)], []),
            out string? error),
        error);

    private static void Catch(ScriptedRig machine, string what)
    {
        var traits = new EngineTraits(SoftwareBreakpointTechnique.Int3DebugExit, false, false, SingleStep: true, ReadOnlyMemory: true);
        bool parsed = new CatchParser(traits, static address => address < 0x10000).TryParse(what.Split(' '), 1, out CatchRule? rule, out string answer);
        Assert.True(parsed, answer);
        machine.Target.Breakpoints.Add(rule!);
    }

    /// <summary>One interrupt that is pending from the start.</summary>
    private sealed class OneInterrupt(byte vector) : IInterruptSource
    {
        private volatile bool _taken;

        public VcpuSignals Pending => _taken ? VcpuSignals.None : VcpuSignals.Interrupt;

        public byte TaskPriority { get; set; }

        public bool ExpectsNonMaskable => false;

        public bool TryAcknowledge(out byte acknowledged)
        {
            acknowledged = vector;
            bool first = !_taken;
            _taken = true;
            return first;
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
