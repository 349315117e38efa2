using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Kvm;

/// <summary>External interrupts and NMIs.</summary>
public sealed class InterruptTests
{
    [Fact]
    public void An_injected_interrupt_runs_its_handler()
    {
        // sti; nop; hlt; jmp .
        using var guest = new TestGuest([0xfb, 0x90, 0xf4, 0xeb, 0xfe]);
        guest.RunTo(VcpuExitKind.Halt);
        Assert.True(guest.Cpu.CanInjectInterrupt);

        guest.Cpu.InjectInterrupt(0x51);
        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(0x51UL, exit.Address);
        Assert.False(guest.Cpu.InterruptsEnabled);
    }

    [Fact]
    public void A_second_interrupt_has_to_wait_for_the_first()
    {
        // sti; nop; hlt; jmp .
        using var guest = new TestGuest([0xfb, 0x90, 0xf4, 0xeb, 0xfe]);
        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.InjectInterrupt(0x51);

        Assert.False(guest.Cpu.CanInjectInterrupt);
    }

    [Fact]
    public void Nothing_can_be_injected_while_interrupts_are_off()
    {
        // cli; hlt
        using var guest = new TestGuest([0xfa, 0xf4]);

        guest.RunTo(VcpuExitKind.Halt);

        Assert.False(guest.Cpu.CanInjectInterrupt);
        Assert.False(guest.Cpu.InterruptsEnabled);
    }

    [Fact]
    public void The_window_opens_when_the_guest_enables_interrupts()
    {
        // cli; hlt; sti; nop; jmp .
        using var guest = new TestGuest([0xfa, 0xf4, 0xfb, 0x90, 0xeb, 0xfe]);
        guest.RunTo(VcpuExitKind.Halt);

        guest.Cpu.WantInterruptWindow = true;
        guest.RunTo(VcpuExitKind.InterruptWindow);

        Assert.True(guest.Cpu.CanInjectInterrupt);
    }

    [Fact]
    public void An_NMI_comes_even_with_interrupts_off_and_masks_the_next()
    {
        // jmp .
        using var guest = new TestGuest([0xeb, 0xfe]);

        guest.Cpu.InjectNmi();
        var exit = guest.RunTo(VcpuExitKind.PortIo);

        Assert.Equal(2UL, exit.Address);
        guest.Cpu.GetEvents(out var events);
        Assert.True(events.NmiMasked);
    }

    [Fact]
    public void The_exception_before_a_triple_fault_can_still_be_told()
    {
        // ud2, with no usable IDT
        using var guest = new TestGuest([0x0f, 0x0b]);
        guest.Cpu.GetSystem(out var system);
        system.Idt = new DescriptorTable(0, 0);
        Assert.True(guest.Cpu.TrySetSystem(system));
        guest.RunTo(VcpuExitKind.Shutdown);

        guest.Cpu.GetEvents(out var events);

        Assert.Equal(6, events.ExceptionVector);
    }
}
