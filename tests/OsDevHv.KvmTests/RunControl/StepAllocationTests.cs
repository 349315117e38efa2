using OsDevHv.Gdb;
using OsDevHv.Tests.Kvm;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// A range costs the collector no more for its thousands of instructions than for some hundreds; it is planned for after the first few.
/// </summary>
public sealed class StepAllocationTests
{
    private const ulong Code = RunControlRig.CodeBase;
    private const ulong Behind = Code + 8;

    // again: nop; out 20h, al; dec ecx; jnz again; nop; nop; jmp .
    private static readonly byte[] s_loop = [0x90, 0xe6, 0x20, 0x49, 0x75, 0xfa, 0x90, 0x90, 0xeb, 0xfe];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void An_instruction_of_a_range_allocates_nothing_on_the_thread_of_the_vCPU(bool besideABreakpoint, bool stepped)
    {
        Host.Require(Host.Engine.SingleStep, "single steps");
        using var machine = new KvmRig(s_loop, vcpus: 1);
        machine.DropsOutput = true;
        if (besideABreakpoint)
        {
            machine.Break(Behind + 0x40);
        }
        machine.Controller.InterruptsInSteps = stepped;
        Allocated(machine, rounds: 100);

        long few = Allocated(machine, rounds: 100);
        long many = Allocated(machine, rounds: 400);

        Assert.Equal(few, many);
    }

    private static long Allocated(KvmRig machine, uint rounds)
    {
        machine.Controller.Vcpus[0].Execute(cpu =>
        {
            cpu.GetGeneral(out var registers);
            cpu.SetGeneral(registers with { Rip = Code, Rcx = rounds });
            machine.Controller.Vcpus[0].RegistersWritten();
        });
        long before = OfVcpu(machine);
        machine.Target.SetStepRange(0, Code, Behind - 2);
        Assert.Equal(StopKind.StepDone, machine.Wait(machine.Target.ResumeAsync(machine.All(ResumeKind.StepRange))).Kind);
        Assert.Equal((Behind - 2, 0UL), (machine.Pc(), machine.Registers().Rcx));
        return OfVcpu(machine) - before;
    }

    private static long OfVcpu(KvmRig machine)
    {
        long bytes = 0;
        machine.Controller.Vcpus[0].Execute(_ => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }
}
