using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>Steps, breakpoints and exceptions that the debugger makes.</summary>
[Trait("Suite", "debugger")]
public sealed class DebugTests
{
    private static readonly DebugControl s_step = new(true, false, 0, 0, 0, 0, 0);
    private static readonly DebugControl s_trap = new(false, true, 0, 0, 0, 0, 0);

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void A_step_stops_at_the_next_instruction(GuestMode mode)
    {
        Host.Require(Host.Of(mode).SingleStep, "single steps");

        // nop; nop; nop; hlt
        using var guest = new TestGuest([0x90, 0x90, 0x90, 0xf4], mode);
        guest.Cpu.SetDebugControl(s_step);

        var first = guest.RunTo(VcpuExitKind.Debug);
        guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal((1, TestGuest.Code + 1), (first.Vector, first.Address));
        Assert.Equal(TestGuest.Code + 2, guest.Pc);
    }

    [Fact]
    public void Steps_retire_one_instruction_each_over_ports_memory_and_halts()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // nop; out %al, $0x80; in $0x81, %al; mov %eax, (%rbx); mov (%rbx), %eax; addl $1, (%rbx); nop; rdmsr; hlt; nop
        using var guest = new TestGuest(
            [0x90, 0xe6, 0x80, 0xe4, 0x81, 0x89, 0x03, 0x8b, 0x03, 0x83, 0x03, 0x01, 0x90, 0x0f, 0x32, 0xf4, 0x90, 0x90]);
        guest.SetGeneral(r => r with { Rbx = TestGuest.Mmio, Rcx = 0x802 });
        var stops = new List<ulong>();

        for (var i = 0; i < 10; i++)
        {
            Step(guest);
            stops.Add(guest.Pc - TestGuest.Code);
        }

        Assert.Equal([1UL, 3, 5, 7, 9, 12, 13, 15, 16, 17], stops);
    }

    [Fact]
    public void A_step_onto_memory_that_was_mapped_anew_executes_its_instruction()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // inc %rax; inc %rax; hlt
        using var guest = new TestGuest([0x48, 0xff, 0xc0, 0x48, 0xff, 0xc0, 0xf4]);
        guest.Cpu.SetDebugControl(s_step);
        guest.RunTo(VcpuExitKind.Debug);
        guest.Engine.SetMemoryLayout([new(0, 0, TestGuest.Code, false), new(TestGuest.Code, TestGuest.Code, 0x100000, false)]);

        guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal((2UL, TestGuest.Code + 6), (guest.General.Rax, guest.Pc));
    }

    [Fact]
    public void A_step_of_a_jump_to_itself_ends()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // jmp .
        using var guest = new TestGuest([0xeb, 0xfe]);
        guest.Cpu.SetDebugControl(s_step);

        guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal(TestGuest.Code, guest.Pc);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // inc %rax; jmp
        using var guest = new TestGuest([0x48, 0xff, 0xc0, 0xeb, 0xfb]);
        guest.Cpu.SetDebugControl(s_step);
        RunSteps(guest.Cpu, 10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var steps = RunSteps(guest.Cpu, 1_000);
        var after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal((1_000, 0L), (steps, after - before));
    }

    [Fact]
    public void After_a_step_the_guest_runs_freely_again()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // nop; nop; hlt
        using var guest = new TestGuest([0x90, 0x90, 0xf4]);
        guest.Cpu.SetDebugControl(s_step);
        guest.RunTo(VcpuExitKind.Debug);

        guest.Cpu.SetDebugControl(default);

        guest.RunTo(VcpuExitKind.Halt);
    }

    [Fact]
    public void A_step_works_from_a_PC_that_was_just_set()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // nop; nop; nop; nop; hlt
        using var guest = new TestGuest([0x90, 0x90, 0x90, 0x90, 0xf4]);
        guest.Cpu.SetDebugControl(s_step);
        guest.RunTo(VcpuExitKind.Debug);

        guest.SetGeneral(r => r with { Rip = TestGuest.Code + 3 });
        guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal(TestGuest.Code + 4, guest.Pc);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void An_execute_register_stops_on_its_instruction(GuestMode mode)
    {
        Host.Require(Host.Of(mode).ExecuteRegister, "execute breakpoint registers");

        // nop; nop; hlt
        using var guest = new TestGuest([0x90, 0x90, 0xf4], mode);
        guest.Cpu.SetDebugControl(new DebugControl(false, false, 0, 0, TestGuest.Code + 1, 0, 0x410)); // L2

        var exit = guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal((1, TestGuest.Code + 1, TestGuest.Code + 1), (exit.Vector, exit.Address, guest.Pc));
    }

    [Fact]
    public void The_guests_own_debug_registers_are_not_those_of_the_debugger()
    {
        // hlt
        using var guest = new TestGuest([0xf4]);
        var own = new DebugRegisters(0x1111, 0x2222, 0x3333, 0x4444, 0xffff0ff0, 0x400);
        guest.Cpu.SetDebugRegisters(own);

        guest.Cpu.SetDebugControl(new DebugControl(false, false, 0x5000, 0, 0, 0, 0x401));
        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.GetDebugRegisters(out var seen);
        Assert.Equal(own, seen);
    }

    [Fact]
    public void A_data_register_stops_behind_the_write()
    {
        Host.Require(Host.Of(GuestMode.Long64).DataRegister, "data watchpoint registers");

        // movl $7, 0x18000; nop; hlt
        using var guest = new TestGuest([0xc7, 0x04, 0x25, 0x00, 0x80, 1, 0, 7, 0, 0, 0, 0x90, 0xf4]);
        guest.Cpu.SetDebugControl(new DebugControl(false, false, 0, TestGuest.Data, 0, 0, 0xd00404)); // L1, write, 4 bytes

        var exit = guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal((1, 2UL), (exit.Vector, exit.DebugStatus & 0xf));
        Assert.Equal(TestGuest.Code + 11, guest.Pc);
        Assert.Equal(7, guest.Read(TestGuest.Data, 1)[0]);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void A_trapped_INT3_is_a_debug_exit_on_it(GuestMode mode)
    {
        Host.Require(Host.Of(mode).Int3 == Int3Outcome.DebugExit, "INT3 debug exits");

        // nop; int3; hlt
        using var guest = new TestGuest([0x90, 0xcc, 0xf4], mode);
        guest.Cpu.SetDebugControl(s_trap);

        var exit = guest.RunTo(VcpuExitKind.Debug);

        Assert.Equal((3, TestGuest.Code + 1, TestGuest.Code + 1), (exit.Vector, exit.Address, guest.Pc));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void An_INT3_that_is_not_emulated_is_reported_with_its_bytes(GuestMode mode)
    {
        Host.Require(Host.Of(mode).Int3 == Int3Outcome.NotEmulated, "INT3 that is not emulated");

        // nop; int3; hlt
        using var guest = new TestGuest([0x90, 0xcc, 0xf4], mode);

        guest.RunTo(VcpuExitKind.InstructionNotEmulated);

        Assert.Equal([0xcc, 0xf4], guest.Cpu.ExitData[..2].ToArray());
        Assert.Equal(TestGuest.Code + 1, guest.Pc);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void A_planted_halt_exits_with_the_PC_past_it(GuestMode mode)
    {
        Host.Require(Host.Of(mode).Halt, "planted HLT");

        // nop; hlt
        using var guest = new TestGuest([0x90, 0xf4], mode);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal(TestGuest.Code + 2, guest.Pc);
    }

    [Theory]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void A_delivered_INT3_reaches_the_guest_with_the_PC_behind_it_saved(GuestMode mode)
    {
        Host.Require(Host.Of(mode).Int3 is Int3Outcome.DebugExit or Int3Outcome.NotEmulated, "INT3 that leaves the guest");

        // int3; hlt
        using var guest = new TestGuest([0xcc, 0xf4], mode);
        guest.Cpu.SetDebugControl(s_trap);
        guest.Run();
        Assert.Equal(TestGuest.Code, guest.Pc);

        guest.Cpu.DeliverGuestInt3();
        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(3UL, exit.Address);
        Assert.Equal(TestGuest.Code + 1, guest.ReadUInt64(guest.General.Rsp) & 0xffffffff);
    }

    [Theory]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void A_delivered_debug_exception_reaches_the_guest_with_DR6(GuestMode mode)
    {
        // nop; hlt
        using var guest = new TestGuest([0x90, 0xf4], mode);

        guest.Cpu.DeliverGuestDebugException(0xffff4ff1);
        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(1UL, exit.Address);
        Assert.Equal(TestGuest.Code, guest.ReadUInt64(guest.General.Rsp) & 0xffffffff);
        guest.Cpu.GetDebugRegisters(out var registers);
        Assert.Equal(0xffff4ff1UL, registers.Dr6);
    }

    private static int RunSteps(IVcpu cpu, int count)
    {
        var steps = 0;
        for (var i = 0; i < count; i++)
        {
            cpu.Run(out var exit);
            cpu.GetSystem(out var system);
            cpu.GetGeneral(out var general);
            if (exit.Kind == VcpuExitKind.Debug && system.Cs.Base == 0 && general.Rip <= TestGuest.Code + 3)
            {
                steps++;
            }
        }

        return steps;
    }

    /// <summary>A step as run control does it: complete what leaves the guest, and see whether the PC has moved.</summary>
    private static void Step(TestGuest guest)
    {
        var start = guest.Pc;
        guest.Cpu.SetDebugControl(s_step);
        do
        {
            var exit = guest.Run();
            if (exit.Kind is VcpuExitKind.Debug or VcpuExitKind.Halt)
            {
                return;
            }

            guest.Cpu.KickSelf();
            while (exit.Kind != VcpuExitKind.Interrupted)
            {
                exit = guest.Run();
                if (exit.Kind == VcpuExitKind.Debug)
                {
                    break;
                }
            }

            guest.Cpu.ClearKick();
        }
        while (guest.Pc == start);
    }
}
