using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>
/// A guest that is stepped finds its flags as if it were not, and its own trap flag goes on working (Intel SDM vol. 3B, 18.3.1.4).
/// </summary>
[Trait("Suite", "debugger")]
public sealed class StepTransparencyTests
{
    private const ulong TrapFlag = 0x100;
    private const ulong SingleStepStatus = 0x4000;

    private static readonly DebugControl s_step = new(true, false, 0, 0, 0, 0, 0);

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected32)]
    [InlineData(GuestMode.Long64)]
    public void PUSHF_pushes_no_trap_flag(GuestMode mode)
    {
        Host.Require(Host.Of(mode).SingleStep, "single steps");

        // pushf; pop %rax; hlt
        using var guest = new TestGuest([0x9c, 0x58, 0xf4], mode);

        Step(guest, 2);

        Assert.Equal((TestGuest.Code + 2, 0UL), (guest.Pc, guest.General.Rax & TrapFlag));
    }

    [Theory]
    [InlineData(new byte[] { 0xfa, 0xfb })] // cli; sti
    [InlineData(new byte[] { 0x8c, 0xd0, 0x8e, 0xd0 })] // mov %ss, %eax; mov %eax, %ss
    public void PUSHF_behind_an_instruction_that_puts_off_traps_pushes_no_trap_flag(byte[] before)
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // ...; pushf; hlt
        using var guest = new TestGuest([.. before, 0x9c, 0xf4]);
        ulong stack = guest.General.Rsp;

        while (guest.General.Rsp == stack)
        {
            Step(guest, 1);
        }

        Assert.Equal(0UL, guest.ReadUInt64(guest.General.Rsp) & TrapFlag);
    }

    [Fact]
    public void A_trap_flag_that_the_guest_pops_is_its_own_and_traps_behind_the_next_instruction()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // push $0x102; popf; nop; nop; hlt
        using var guest = new TestGuest([0x68, 2, 1, 0, 0, 0x9d, 0x90, 0x90, 0xf4]);

        var popped = Step(guest, 2);
        var flags = guest.General.Rflags;
        var next = Step(guest, 1);

        Assert.Equal((0UL, TrapFlag), (popped.GuestDebugStatus, flags & TrapFlag));
        Assert.Equal((SingleStepStatus, TestGuest.Code + 7), (next.GuestDebugStatus, guest.Pc));
    }

    [Fact]
    public void A_trap_flag_that_the_guest_set_itself_still_works_when_it_is_stepped_no_more()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // push $0x102; popf; nop; nop; hlt
        using var guest = new TestGuest([0x68, 2, 1, 0, 0, 0x9d, 0x90, 0x90, 0xf4]);
        Step(guest, 2);
        guest.Cpu.SetDebugControl(default);

        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal((1UL, TestGuest.Code + 7), (exit.Address, guest.ReadUInt64(guest.General.Rsp)));
    }

    [Fact]
    public void A_trap_flag_that_the_guest_clears_is_clear()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");
        // That emulated processor reports a step from a trap flag already set before the instruction is executed.
        Host.Require(Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") != "intel", "steps of a guest that has just set its trap flag");

        // push $2; popf; nop; hlt
        using var guest = new TestGuest([0x6a, 2, 0x9d, 0x90, 0xf4]);
        guest.SetGeneral(r => r with { Rflags = r.Rflags | TrapFlag });

        var popped = Step(guest, 2);
        var next = Step(guest, 1);
        guest.Cpu.SetDebugControl(default);
        guest.RunTo(VcpuExitKind.Halt);

        Assert.Equal((SingleStepStatus, 0UL), (popped.GuestDebugStatus, next.GuestDebugStatus));
        Assert.Equal((TestGuest.Code + 5, 0UL), (guest.Pc, guest.General.Rflags & TrapFlag));
    }

    [Fact]
    public void The_frame_of_an_exception_in_a_stepped_instruction_has_no_trap_flag()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // ud2
        using var guest = new TestGuest([0x0f, 0x0b]);
        guest.Cpu.SetDebugControl(s_step);

        // Where the step ends in the handler it ends there; else the handler's own OUT is the first exit.
        var exit = guest.Run();

        Assert.Contains(exit.Kind, (VcpuExitKind[])[VcpuExitKind.PortIo, VcpuExitKind.Debug]);
        Assert.Equal((TestGuest.Code, 0UL), (guest.ReadUInt64(TestGuest.Stack - 40), guest.ReadUInt64(TestGuest.Stack - 24) & TrapFlag));
    }

    [Fact]
    public void A_step_of_SYSCALL_ends_at_the_kernels_entry_and_leaves_no_trap_flag_in_R11()
    {
        Host.Require(Host.Of(GuestMode.Long64).SingleStep, "single steps");

        // syscall
        using var guest = new TestGuest([0x0f, 0x05]);
        guest.Cpu.GetSystem(out var system);
        Assert.True(guest.Cpu.TrySetSystem(system with { Efer = system.Efer | 1 }));
        Assert.True(guest.Cpu.TrySetMsr(0xc0000081, 8UL << 32));
        Assert.True(guest.Cpu.TrySetMsr(0xc0000082, TestGuest.Data));
        Assert.True(guest.Cpu.TrySetMsr(0xc0000084, 0x47700));
        guest.SetGeneral(r => r with { Rflags = r.Rflags | 0x400 });

        var exit = Step(guest, 1);

        Assert.Equal((VcpuExitKind.Debug, TestGuest.Data, 0UL), (exit.Kind, guest.Pc, exit.GuestDebugStatus));
        Assert.Equal((TestGuest.Code + 2, 0x402UL, 2UL), (guest.General.Rcx, guest.General.R11, guest.General.Rflags));
        guest.Cpu.GetSystem(out system);
        Assert.Equal((8, 16, 0), (system.Cs.Selector, system.Ss.Selector, system.Ss.Dpl));
    }

    [Fact]
    public void A_data_register_of_the_guests_own_that_goes_off_in_a_step_is_told()
    {
        Host.Require(Host.Of(GuestMode.Long64).DataRegister, "data breakpoint registers");

        // mov %eax, (%rbx); hlt
        using var guest = new TestGuest([0x89, 0x03, 0xf4]);
        guest.SetGeneral(r => r with { Rbx = TestGuest.Data });
        guest.Cpu.SetDebugRegisters(new DebugRegisters(0, TestGuest.Data, 0, 0, 0xffff0ff0, 0xd00404));

        var exit = Step(guest, 1);

        Assert.Equal((2UL, TestGuest.Code + 2), (exit.GuestDebugStatus, guest.Pc));
    }

    private static VcpuExit Step(TestGuest guest, int steps)
    {
        VcpuExit exit = default;
        for (var i = 0; i < steps; i++)
        {
            guest.Cpu.SetDebugControl(s_step);
            exit = guest.RunTo(VcpuExitKind.Debug);
        }
        return exit;
    }
}
