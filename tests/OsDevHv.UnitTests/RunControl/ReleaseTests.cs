using OsDevHv.Gdb;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>A vCPU whose code waits for a word of memory does not run before.</summary>
public sealed class ReleaseTests
{
    private const ulong Second = RunControlRig.CodeBase + 2;

    private volatile bool _released;

    /// <summary>vCPU 0 is at the start of the code, vCPU 1 waits 2 bytes behind it.</summary>
    private ScriptedRig Create(byte[] code)
    {
        ScriptedRig machine = new(code, vcpus: 2);
        machine.SetRegisters(registers => registers with { Rip = Second }, vcpu: 1);
        VcpuThread second = machine.Controller.Vcpus[1];
        second.Execute(_ => second.Restart(waitsForSipi: false, () => _released));
        return machine;
    }

    [Fact]
    public void It_runs_when_it_is_released()
    {
        // 0: jmp 0; 2: out 20h, al; jmp 0
        using ScriptedRig machine = Create([0xeb, 0xfe, 0xe6, 0x20, 0xeb, 0xfa]);
        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => machine.Controller.Vcpus[1].Activity == VcpuActivity.WaitingForRelease);
        Assert.Empty(machine.Output);

        _released = true;
        machine.WaitUntil(() => machine.Output.Count == 1);

        machine.Target.Interrupt();
        Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
    }

    [Fact]
    public void It_stops_where_it_waits_and_says_so()
    {
        using ScriptedRig machine = Create([0xeb, 0xfe, 0xe6, 0x20, 0xeb, 0xfa]);

        machine.BeginAndInterrupt();

        Assert.Equal(Second, machine.Pc(1));
        Assert.True(machine.Controller.Vcpus[1].Snapshot.WaitsForRelease);
        Assert.StartsWith("waiting for release", machine.Target.DescribeVcpu(1), StringComparison.Ordinal);
        Assert.Empty(machine.Output);
    }

    [Fact]
    public void A_machine_whose_others_halted_for_good_while_it_waits_is_dead()
    {
        // 0: cli; hlt; 2: out 20h, al
        using ScriptedRig machine = Create([0xfa, 0xf4, 0xe6, 0x20, 0xeb, 0xfe]);

        StopEvent stop = machine.Continue();

        Assert.Equal(StopKind.Crashed, stop.Kind);
        Assert.Empty(machine.Output);
    }

    [Fact]
    public void A_machine_that_halts_right_after_the_release_is_not_dead()
    {
        // 0: cli; hlt; 2: out 20h, al; jmp 4
        using ScriptedRig machine = Create([0xfa, 0xf4, 0xe6, 0x20, 0xeb, 0xfe]);
        _released = true;

        Task<StopEvent> stop = machine.Begin();
        machine.WaitUntil(() => machine.Output.Count == 1 && machine.Controller.Vcpus[0].Activity == VcpuActivity.Halted);

        machine.Target.Interrupt();
        Assert.Equal(StopKind.Interrupted, machine.Wait(stop).Kind);
    }

    [Fact]
    public void A_debugger_may_step_it_through_its_code()
    {
        // 0: jmp 0; 2: nop; nop
        using ScriptedRig machine = Create([0xeb, 0xfe, 0x90, 0x90, 0xeb, 0xfe]);

        machine.Step(1);

        Assert.Equal(Second + 1, machine.Pc(1));
    }
}
