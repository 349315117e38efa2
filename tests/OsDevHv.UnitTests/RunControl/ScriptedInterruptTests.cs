using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

public sealed class ScriptedInterruptTests
{
    [Fact]
    public void No_interrupt_reaches_a_stepping_vcpu_and_it_arrives_after_the_steps()
    {
        var interrupts = new OneInterrupt(0x40, pending: true);
        // sti; nop; nop; inc eax; jmp back
        using var machine = new ScriptedRig([0xfb, 0x90, 0x90, 0x40, 0xeb, 0xfd], interrupts: interrupts);
        for (int i = 0; i < 5; i++)
        {
            machine.Step();
        }
        Assert.Empty(machine.Cpus[0].Interrupts);
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => interrupts.Pending == VcpuSignals.None);
        machine.Target.Interrupt();
        machine.Wait(stop);
        Assert.Equal([(byte)0x40], machine.Cpus[0].Interrupts);
    }

    [Fact]
    public void A_halted_vcpu_wakes_for_an_interrupt_when_they_are_on()
    {
        var interrupts = new OneInterrupt(0x41, pending: false);
        // sti; hlt; out 20h, al; cli; hlt
        using var machine = new ScriptedRig([0xfb, 0xf4, 0xe6, 0x20, 0xfa, 0xf4], interrupts: interrupts);
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => machine.Controller.Vcpus[0].Activity == VcpuActivity.Halted);
        interrupts.Raise();
        machine.Controller.InterruptArrived(0);
        Assert.Equal(StopKind.Crashed, machine.Wait(stop).Kind);
        Assert.Equal([(byte)0x41], machine.Cpus[0].Interrupts);
        Assert.Single(machine.Output);
    }

    private sealed class OneInterrupt(byte vector, bool pending) : IInterruptSource
    {
        private volatile VcpuSignals _pending = pending ? VcpuSignals.Interrupt : VcpuSignals.None;

        public VcpuSignals Pending => _pending;

        public byte TaskPriority { get; set; }

        public bool ExpectsNonMaskable => false;

        public void Raise() => _pending = VcpuSignals.Interrupt;

        public bool TryAcknowledge(out byte acknowledged)
        {
            acknowledged = vector;
            _pending = VcpuSignals.None;
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
