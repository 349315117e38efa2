using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// vCPUs that execute flat 32-bit code under the real run control and debug target. Scripted CPUs and KVM's stand behind it alike, so the
/// invariants are the same tests on both.
/// </summary>
public abstract class RunControlRig : IExitHandler, IDisposable
{
    /// <summary>Where the code is, and where every vCPU starts.</summary>
    public const ulong CodeBase = 0x1000;

    /// <summary>An address that is not RAM.</summary>
    public const ulong MmioBase = 0xd000_0000;

    /// <summary>Long enough that only a hang reaches it.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly List<(byte Port, byte Value)> _output = [];

    internal ExecutionController Controller { get; private set; } = null!;

    internal MachineDebugTarget Target { get; private set; } = null!;

    /// <summary>What an IN or an MMIO read gives.</summary>
    public byte InputValue { get; set; } = 0x5a;

    /// <summary>Called at each port access, on the vCPU's thread.</summary>
    public Action? OnPortIo { get; set; }

    /// <summary>What is written to ports is dropped, so that the rig allocates nothing for it.</summary>
    public bool DropsOutput { get; set; }

    /// <inheritdoc/>
    public bool IsCongested { get; set; }

    /// <inheritdoc/>
    public bool CollectsWrites => false;

    /// <inheritdoc/>
    public bool DropsCollectedWrites { get; set; }

    /// <summary>Called whenever collected writes are asked for, on any thread.</summary>
    public Action? OnCatchUp { get; set; }

    /// <inheritdoc/>
    public void CatchUp() => OnCatchUp?.Invoke();

    /// <summary>What was written to ports, in order.</summary>
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

    /// <inheritdoc/>
    public void PortIo(int vcpu, in VcpuExit exit, Span<byte> data)
    {
        OnPortIo?.Invoke();
        if (!exit.IsWrite)
        {
            data.Fill(InputValue);
            return;
        }
        if (DropsOutput)
        {
            return;
        }
        lock (_output)
        {
            foreach (byte value in data)
            {
                _output.Add(((byte)exit.Address, value));
            }
        }
    }

    /// <inheritdoc/>
    public void Mmio(int vcpu, in VcpuExit exit, Span<byte> data)
    {
        if (!exit.IsWrite)
        {
            data.Fill(InputValue);
        }
    }

    /// <inheritdoc/>
    public bool Msr(IVcpu vcpu, in VcpuExit exit, Span<byte> data) => false;

    /// <inheritdoc/>
    public void BootProcessorInit() => BootProcessorInits++;

    /// <summary>INITs of vCPU 0.</summary>
    public int BootProcessorInits { get; private set; }

    /// <summary>Resumes every vCPU and waits for the next stop.</summary>
    public StopEvent Continue() => Wait(Begin());

    /// <summary>Resumes every vCPU.</summary>
    public Task<StopEvent> Begin() => Target.ResumeAsync(All(ResumeKind.Continue));

    /// <summary>Resumes every vCPU and interrupts it; waits for the stop.</summary>
    public StopEvent BeginAndInterrupt()
    {
        Task<StopEvent> stop = Begin();
        Target.Interrupt();
        return Wait(stop);
    }

    /// <summary>Steps one vCPU while the others stay.</summary>
    public StopEvent Step(int vcpu = 0)
    {
        ResumeKind[] actions = All(ResumeKind.Stay);
        actions[vcpu] = ResumeKind.Step;
        return Wait(Target.ResumeAsync(actions));
    }

    /// <summary>The same action for every vCPU.</summary>
    public ResumeKind[] All(ResumeKind kind)
    {
        var actions = new ResumeKind[Target.VcpuCount];
        Array.Fill(actions, kind);
        return actions;
    }

    /// <summary>Detaches.</summary>
    public void Detach()
    {
        Task detached = Target.DetachAsync();
        Assert.True(detached.Wait(s_limit), Controller.DescribeAll());
    }

    /// <summary>Waits with a limit; on expiry says what every vCPU was doing.</summary>
    public T Wait<T>(Task<T> task) =>
        task.Wait(s_limit) ? task.Result : throw new TimeoutException($"No answer within {s_limit}.\n{Controller.DescribeAll()}");

    /// <summary>Waits for a condition with a limit; on expiry says what every vCPU was doing.</summary>
    public void WaitUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, s_limit), Controller.DescribeAll());

    /// <summary>The linear PC of a stopped vCPU.</summary>
    public ulong Pc(int vcpu = 0) => Controller.Vcpus[vcpu].Snapshot.LinearPc;

    /// <summary>The general registers of a stopped vCPU.</summary>
    public GeneralRegisters Registers(int vcpu = 0) => Controller.Vcpus[vcpu].Snapshot.General;

    /// <summary>Changes the general registers of a stopped vCPU, as the guest's past would have.</summary>
    public void SetRegisters(Func<GeneralRegisters, GeneralRegisters> change, int vcpu = 0) => Controller.Vcpus[vcpu].Execute(cpu =>
    {
        cpu.GetGeneral(out GeneralRegisters registers);
        cpu.SetGeneral(change(registers));
    });

    /// <summary>Sets a breakpoint.</summary>
    public void Break(ulong address, BreakpointKind kind = BreakpointKind.Software) =>
        Assert.True(Target.TryInsertBreakpoint(kind, address, 1, BreakpointCode.None, out string? error), error);

    /// <summary>Memory from 0 as it is, breakpoints included when running.</summary>
    public abstract byte[] MemoryBytes(ulong address, int length);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Controller.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Puts run control over the vCPUs and starts them, stopped, with a debugger attached.</summary>
    internal void Connect(
        IReadOnlyList<IVcpu> cpus, IGuestMemory memory, IInterruptSource? interrupts, Func<ExecutionController, MachineDebugTarget> target)
    {
        var sources = new IInterruptSource?[cpus.Count];
        sources[0] = interrupts;
        Controller = new ExecutionController(cpus, this, sources) { GuestMemory = memory };
        Target = target(Controller);
        Wait(Controller.StartAsync());
        foreach (VcpuThread vcpu in Controller.Vcpus)
        {
            vcpu.Execute(cpu =>
            {
                PrepareVcpu(cpu);
                vcpu.Restart(waitsForSipi: false);
            });
        }
        Controller.SetDebuggerAttached(true);
    }

    /// <summary>Puts a vCPU at the start of the code, in flat 32-bit mode. On its thread.</summary>
    protected abstract void PrepareVcpu(IVcpu cpu);

    /// <summary>Flat 32-bit protected mode without paging.</summary>
    internal static SystemRegisters Flat(SystemRegisters from)
    {
        const SegmentBits bits = SegmentBits.Present | SegmentBits.CodeOrData | SegmentBits.Default32 | SegmentBits.Granular;
        var data = new Segment(0, 0xffff_ffff, 0x10, 3, 0, bits);
        (from.Ss, from.Ds, from.Es, from.Fs, from.Gs) = (data, data, data, data, data);
        from.Cs = data with { Selector = 8, Type = 11 };
        from.Cr0 = ControlBits.Cr0Pe | ControlBits.Cr0Et;
        return from;
    }
}
