using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>Scripted vCPUs under the real run control and debug target.</summary>
internal sealed class ScriptedMachine : IExitHandler, IDisposable
{
    /// <summary>Long enough that only a hang reaches it.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly List<(byte Port, byte Value)> _output = [];

    public ScriptedMachine(
        byte[] code,
        int vcpus = 1,
        SoftwareBreakpointTechnique technique = SoftwareBreakpointTechnique.Int3DebugExit,
        bool debugRegisters = false,
        bool debugExitOnCompletion = true,
        IInterruptSource? interrupts = null)
    {
        code.CopyTo(Memory.Bytes, (int)ScriptedVcpu.CodeBase);
        Cpus = [.. Enumerable.Range(0, vcpus).Select(index => new ScriptedVcpu(index, Memory)
        {
            DebugExitOnCompletion = debugExitOnCompletion,
            Int3IsDebugExit = technique != SoftwareBreakpointTechnique.Int3NotEmulated,
        })];
        var sources = new IInterruptSource?[vcpus];
        sources[0] = interrupts;
        Controller = new ExecutionController(Cpus, this, sources);
        var traits = new EngineTraits(technique, debugRegisters, DataRegisters: false, SingleStep: true, ReadOnlyMemory: true);
        Target = new MachineDebugTarget(Controller, new DebugTargetParts(
            Memory,
            [new MemoryRange(0, (ulong)Memory.Bytes.Length, IsRam: true)],
            () => TargetArchitecture.I386,
            () => traits,
            Memory.SetReadOnly,
            command => Task.FromResult(command),
            Told.Add));
        Wait(Controller.StartAsync());
        foreach (VcpuThread vcpu in Controller.Vcpus)
        {
            vcpu.Execute(_ => vcpu.Restart(waitsForSipi: false));
        }
        Controller.SetDebuggerAttached(true);
    }

    public FlatMemory Memory { get; } = new();

    public ScriptedVcpu[] Cpus { get; }

    public ExecutionController Controller { get; }

    public MachineDebugTarget Target { get; }

    public List<string> Told { get; } = [];

    /// <summary>What an IN or an MMIO read gives.</summary>
    public byte InputValue { get; set; } = 0x5a;

    /// <summary>Called at each port access, on the vCPU's thread.</summary>
    public Action? OnPortIo { get; set; }

    public bool IsCongested { get; set; }

    public IReadOnlyList<(byte Port, byte Value)> Output
    {
        get
        {
            lock (_output)
            {
                return [.. _output];
            }
        }
    }

    public void PortIo(in VcpuExit exit, Span<byte> data)
    {
        OnPortIo?.Invoke();
        if (!exit.IsWrite)
        {
            data[0] = InputValue;
            return;
        }
        lock (_output)
        {
            _output.Add(((byte)exit.Address, data[0]));
        }
    }

    public void Mmio(in VcpuExit exit, Span<byte> data)
    {
        if (!exit.IsWrite)
        {
            data[0] = InputValue;
        }
    }

    public bool Msr(in VcpuExit exit, Span<byte> data) => false;

    public StopEvent Continue() => Wait(Begin());

    public Task<StopEvent> Begin() => Target.ResumeAsync(All(ResumeKind.Continue));

    public StopEvent Step(int vcpu = 0)
    {
        ResumeKind[] actions = All(ResumeKind.Stay);
        actions[vcpu] = ResumeKind.Step;
        return Wait(Target.ResumeAsync(actions));
    }

    public ResumeKind[] All(ResumeKind kind)
    {
        var actions = new ResumeKind[Cpus.Length];
        Array.Fill(actions, kind);
        return actions;
    }

    public void Detach()
    {
        Task detached = Target.DetachAsync();
        Assert.True(detached.Wait(s_limit), Controller.DescribeAll());
    }

    public T Wait<T>(Task<T> task) =>
        task.Wait(s_limit) ? task.Result : throw new TimeoutException($"No answer within {s_limit}.\n{Controller.DescribeAll()}");

    public ulong Pc(int vcpu = 0) => Controller.Vcpus[vcpu].Snapshot.LinearPc;

    public GeneralRegisters Registers(int vcpu = 0) => Controller.Vcpus[vcpu].Snapshot.General;

    public void Break(ulong address, BreakpointKind kind = BreakpointKind.Software) =>
        Assert.True(Target.TryInsertBreakpoint(kind, address, 1, out string? error), error);

    public void Dispose() => Controller.Dispose();
}
