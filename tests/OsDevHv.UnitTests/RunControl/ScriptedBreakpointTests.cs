using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.RunControl;

/// <summary>Breakpoints in situations that only a scripted CPU can show.</summary>
public sealed class ScriptedBreakpointTests
{
    private const ulong Code = RunControlRig.CodeBase;

    [Theory]
    [InlineData(SoftwareBreakpointTechnique.Int3DebugExit)]
    [InlineData(SoftwareBreakpointTechnique.Int3NotEmulated)]
    public void The_guests_own_int3_is_the_guests(SoftwareBreakpointTechnique technique)
    {
        // inc eax; int3; nop; jmp to the start
        using var machine = new ScriptedRig([0x40, 0xcc, 0x90, 0xeb, 0xfb], technique: technique);
        machine.Break(Code + 2);
        for (int round = 1; round <= 20; round++)
        {
            machine.Continue();
            Assert.Equal((Code + 2, round), (machine.Pc(), machine.Cpus[0].GuestInt3s));
        }
    }

    [Fact]
    public void A_breakpoint_on_the_guests_own_int3_stops_first_and_the_guest_gets_it_after()
    {
        using var machine = new ScriptedRig([0x40, 0xcc, 0x90, 0xeb, 0xfb]);
        machine.Break(Code + 1);
        machine.Continue();
        Assert.Equal(0, machine.Cpus[0].GuestInt3s);
        machine.Continue();
        Assert.Equal((1, 2u), (machine.Cpus[0].GuestInt3s, (uint)machine.Registers().Rax));
    }

    [Fact]
    public void A_breakpoint_that_a_loader_overwrites_is_hit_by_its_guarding_debug_register()
    {
        // mov [code+6], al writes a nop over the nop where the breakpoint is
        byte[] code = [0xa2, 0x06, 0x10, 0, 0, 0x90, 0x90, 0x40, 0xeb, 0xfe];
        using var machine = new ScriptedRig(code, debugRegisters: true);
        machine.SetRegisters(registers => registers with { Rax = 0x90 });
        machine.Break(Code + 6);
        Assert.Equal(StopKind.SoftwareBreakpoint, machine.Continue().Kind);
        Assert.Equal(Code + 6, machine.Pc());
        Assert.Equal(code, machine.MemoryBytes(Code, code.Length));
    }

    [Fact]
    public void An_overwritten_breakpoint_is_planted_again_and_said_to_be()
    {
        // jmp self; nop; jmp self
        using var machine = new ScriptedRig([0xeb, 0xfe, 0x90, 0xeb, 0xfe]);
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
    public void A_breakpoint_found_by_stepping_is_said_to_be_slow_once()
    {
        using var machine = new ScriptedRig([0x40, 0x90, 0xeb, 0xfc], technique: SoftwareBreakpointTechnique.None);
        machine.Break(Code + 1);
        machine.Continue();
        machine.Continue();
        Assert.Contains("slow", Assert.Single(machine.Told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_watch_without_debug_registers_is_refused_in_words()
    {
        using var machine = new ScriptedRig([0x90]);
        Assert.False(machine.Target.TryInsertBreakpoint(BreakpointKind.ReadWatch, 0x5000, 4, BreakpointCode.None, out string? error));
        Assert.Contains("debug registers", error, StringComparison.Ordinal);
    }
}
