using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>The rig on scripted CPUs.</summary>
internal sealed class ScriptedRig : RunControlRig
{
    public ScriptedRig(
        byte[] code,
        int vcpus = 1,
        SoftwareBreakpointTechnique technique = SoftwareBreakpointTechnique.Int3DebugExit,
        bool debugRegisters = false,
        bool debugExitOnCompletion = true,
        IInterruptSource? interrupts = null)
    {
        code.CopyTo(Memory.Bytes, (int)CodeBase);
        Cpus = [.. Enumerable.Range(0, vcpus).Select(index => new ScriptedVcpu(index, Memory)
        {
            DebugExitOnCompletion = debugExitOnCompletion,
            Int3IsDebugExit = technique != SoftwareBreakpointTechnique.Int3NotEmulated,
        })];
        var traits = new EngineTraits(technique, debugRegisters, DataRegisters: false, SingleStep: true, ReadOnlyMemory: true);
        Connect(Cpus, Memory, interrupts, controller => new MachineDebugTarget(controller, new DebugTargetParts(
            Memory,
            [new MemoryRange(0, (ulong)Memory.Bytes.Length, IsRam: true)],
            () => TargetArchitecture.I386,
            () => traits,
            Memory.SetReadOnly,
            (command, _) => Task.FromResult(command),
            Told.Add)));
    }

    public FlatMemory Memory { get; } = new();

    public ScriptedVcpu[] Cpus { get; }

    public List<string> Told { get; } = [];

    public override byte[] MemoryBytes(ulong address, int length) => Memory.Bytes.AsSpan((int)address, length).ToArray();

    protected override void PrepareVcpu(IVcpu cpu)
    {
        cpu.GetSystem(out SystemRegisters system);
        Assert.True(cpu.TrySetSystem(Flat(system)));
        cpu.SetGeneral(new GeneralRegisters { Rip = CodeBase, Rflags = ControlBits.RflagsFixed });
    }
}
