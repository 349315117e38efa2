using System.Collections.Concurrent;
using OsDevHv.Gdb;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// A debug target small enough to be right by inspection. Memory is two pages: one at 1000h, one at <see cref="HighBase"/>. It knows NOP
/// and
/// any other byte (one byte long), JMP $ (EB FE: runs until interrupted), HLT (F4: the run ends with code 21h) and UD2 (0F 0B: a crash).
/// </summary>
public sealed partial class FakeMachine : IDebugTarget
{
    public const ulong LowBase = 0x1000;
    public const ulong HighBase = 0xFFFF_FFFF_8010_0000;
    public const int PageSize = 0x1000;

    private readonly Lock gate = new();
    private readonly byte[] low = new byte[PageSize];
    private readonly byte[] high = new byte[PageSize];
    private readonly RegisterFile[] cpus;
    private readonly HashSet<(BreakpointKind Kind, ulong Address, int Length)> breakpoints = [];
    private readonly List<string> calls = [];
    private readonly (ulong Start, ulong End)[] ranges;
    private TaskCompletionSource<StopEvent>? pending;

    public FakeMachine(TargetArchitecture architecture = TargetArchitecture.X86_64, int vcpus = 2)
    {
        Architecture = architecture;
        cpus = new RegisterFile[vcpus];
        ranges = new (ulong, ulong)[vcpus];
        for (int vcpu = 0; vcpu < vcpus; vcpu++)
        {
            cpus[vcpu] = new RegisterFile { Rip = LowBase, Rflags = 2, Fctrl = 0x37F, Mxcsr = 0x1F80 };
        }

        low.AsSpan().Fill(0x90);
        high.AsSpan().Fill(0x90);
    }

    public TargetArchitecture Architecture { get; }

    /// <summary>Registers that not every processor has.</summary>
    public RegisterFeatures Features { get; set; }

    /// <summary>What the next stop says of the CPU's mode.</summary>
    public string? ModeNotice { get; set; }

    public int VcpuCount => cpus.Length;

    public bool IsStopped => pending is null;

    public StopEvent LastStop { get; private set; } = new(StopKind.Attached, 0, 5);

    /// <summary>If set, the next continue stops at once with this.</summary>
    public StopEvent? NextStop { get; set; }

    /// <summary>If set, breakpoints, register and memory writes are refused with it.</summary>
    public string? Refusal { get; set; }

    /// <summary>If set, register reads fail with it.</summary>
    public string? ReadRefusal { get; set; }

    public string MonitorOutput { get; set; } = "";

    public string Description { get; set; } = "halted";

    /// <summary>Completed by the first <see cref="DetachAsync"/>.</summary>
    public TaskCompletionSource Detached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completed when the machine first runs without an end in sight.</summary>
    public TaskCompletionSource Spinning { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<MemoryRange> MemoryMap { get; set; } = [new(0, 0x8000, true), new(0xF000, 0x1000, false)];

    /// <summary>What was asked of the machine, but for reads.</summary>
    public string[] Calls
    {
        get
        {
            lock (gate)
            {
                return [.. calls];
            }
        }
    }

    public RegisterFile Cpu(int vcpu) => cpus[vcpu];

    /// <summary>The memory at an address, to its page's end; empty where there is none.</summary>
    public Span<byte> Memory(ulong address) =>
        address - LowBase < PageSize ? low.AsSpan((int)(address - LowBase))
        : address - HighBase < PageSize ? high.AsSpan((int)(address - HighBase))
        : default;

    public string DescribeVcpu(int vcpu) => Description;

    public string? TakeModeNotice(int vcpu)
    {
        string? notice = ModeNotice;
        ModeNotice = null;
        return notice;
    }

    public Task<StopEvent> AttachAsync(CancellationToken cancellation)
    {
        Note("attach");
        return Task.FromResult(LastStop);
    }

    public Task DetachAsync()
    {
        Note(IsStopped ? "detach" : "detach while running");
        breakpoints.Clear();
        Detached.TrySetResult();
        return Task.CompletedTask;
    }

    public Task<StopEvent> ResumeAsync(ReadOnlyMemory<ResumeKind> actions)
    {
        Note($"resume {string.Join(' ', actions.ToArray())}");
        lock (gate)
        {
            if (Execute(actions.Span) is { } stop)
            {
                LastStop = stop;
                return Task.FromResult(stop);
            }

            pending = new TaskCompletionSource<StopEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            Spinning.TrySetResult();
            return pending.Task;
        }
    }

    public void SetStepRange(int vcpu, ulong start, ulong end) => ranges[vcpu] = (start, end);

    /// <summary>Looks at once: nothing here moves by itself.</summary>
    public Task LookAsync(Action look)
    {
        Note(IsStopped ? "look" : "look while running");
        look();
        return Task.CompletedTask;
    }

    public Task<string?> RestartAsync(string? commandLine)
    {
        Note($"restart {commandLine}");
        if (Refusal is null)
        {
            Array.ForEach(cpus, static cpu => cpu.Rip = LowBase);
            LastStop = new StopEvent(StopKind.Attached, 0, 5);
        }

        return Task.FromResult(Refusal);
    }

    public void Interrupt()
    {
        Note("interrupt");
        Stop(new StopEvent(StopKind.Interrupted, 0, 2));
    }

    /// <summary>The running machine stops by itself.</summary>
    public void Stop(StopEvent stop)
    {
        lock (gate)
        {
            if (pending is { } run)
            {
                LastStop = stop;
                pending = null;
                run.SetResult(stop);
            }
        }
    }

    public bool TryReadRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        error = ReadRefusal;
        if (error is null)
        {
            Copy(cpus[vcpu], registers, groups);
        }

        return error is null;
    }

    public bool TryWriteRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        error = Refusal;
        if (error is null)
        {
            Note($"write {groups} of {vcpu}");
            Copy(registers, cpus[vcpu], groups);
        }

        return error is null;
    }

    public int ReadMemory(int vcpu, ulong address, Span<byte> destination)
    {
        Span<byte> memory = Memory(address);
        int length = Math.Min(memory.Length, destination.Length);
        memory[..length].CopyTo(destination);
        return length;
    }

    public bool TryWriteMemory(int vcpu, ulong address, ReadOnlySpan<byte> source, out string? error)
    {
        Span<byte> memory = Memory(address);
        error = Refusal ?? (source.Length > memory.Length ? "unmapped" : null);
        if (error is null)
        {
            source.CopyTo(memory);
        }

        return error is null;
    }

    public bool TryInsertBreakpoint(
        BreakpointKind kind, ulong address, int length, BreakpointCode code, out string? error)
    {
        Conditions.AddRange(code.Conditions);
        Commands.AddRange(code.Commands);
        error = Refusal;
        if (error is null)
        {
            Note($"insert {kind} {address:x} {length}");
            breakpoints.Add((kind, address, length));
        }

        return error is null;
    }

    /// <summary>How often the guest's output was waited for.</summary>
    public int OutputSettled { get; private set; }

    public void SettleOutput() => OutputSettled++;

    /// <summary>What is to be told.</summary>
    public ConcurrentQueue<string> Notices { get; } = new();

    public string TakeNotices() => Notices.TryDequeue(out string? notice) ? notice : "";

    public Action? NoticesCame { get; set; }

    /// <summary>The commands of all breakpoints, as they came.</summary>
    public List<AgentExpression> Commands { get; } = [];

    /// <summary>The conditions of all breakpoints, as they came.</summary>
    public List<AgentExpression> Conditions { get; } = [];

    public bool TryRemoveBreakpoint(BreakpointKind kind, ulong address, int length, out string? error)
    {
        Note($"remove {kind} {address:x} {length}");
        bool removed = breakpoints.Remove((kind, address, length));
        error = removed ? null : "there is none";
        return removed;
    }

    public Task<string> MonitorAsync(string command, int vcpu)
    {
        Note($"monitor {command}");
        return Task.FromResult(MonitorOutput);
    }

    public void Kill()
    {
        Note("kill");
        Stop(new StopEvent(StopKind.Exited, 0, 137));
    }

    private void Note(string call)
    {
        lock (gate)
        {
            calls.Add(call);
        }
    }

    private StopEvent? Execute(ReadOnlySpan<ResumeKind> actions)
    {
        if (NextStop is { } scripted)
        {
            NextStop = null;
            return scripted;
        }

        int stepper = actions.IndexOf(ResumeKind.Step);
        int runner = actions.IndexOf(ResumeKind.Continue);
        if (stepper >= 0)
        {
            return ExecuteOne(stepper) ?? new StopEvent(StopKind.StepDone, stepper, 5);
        }

        int ranger = actions.IndexOf(ResumeKind.StepRange);
        runner = ranger >= 0 ? ranger : runner;
        for (int count = 0; count < 2 * PageSize; count++)
        {
            if (ExecuteOne(runner) is { } stop)
            {
                return stop;
            }

            ulong rip = cpus[runner].Rip;
            if (breakpoints.Contains((BreakpointKind.Software, rip, 1)))
            {
                return new StopEvent(StopKind.SoftwareBreakpoint, runner, 5);
            }

            if (breakpoints.Contains((BreakpointKind.Hardware, rip, 1)))
            {
                return new StopEvent(StopKind.HardwareBreakpoint, runner, 5);
            }

            if (ranger >= 0 && (rip < ranges[ranger].Start || rip >= ranges[ranger].End))
            {
                return new StopEvent(StopKind.StepDone, ranger, 5);
            }

            if (Memory(rip) is [0xEB, 0xFE, ..])
            {
                return null;
            }
        }

        return null;
    }

    private StopEvent? ExecuteOne(int vcpu)
    {
        RegisterFile cpu = cpus[vcpu];
        switch (Memory(cpu.Rip))
        {
            case [0xEB, 0xFE, ..]:
                return null;
            case [0xF4, ..]:
                return new StopEvent(StopKind.Exited, vcpu, 0x21);
            case [0x0F, 0x0B, ..]:
                return new StopEvent(StopKind.Crashed, vcpu, 11, 0, "triple fault");
            default:
                cpu.Rip++;
                return null;
        }
    }

    private static void Copy(RegisterFile from, RegisterFile to, RegisterGroups groups)
    {
        if (groups.HasFlag(RegisterGroups.General))
        {
            from.General.CopyTo(to.General, 0);
            (to.Rip, to.Rflags) = (from.Rip, from.Rflags);
        }

        if (groups.HasFlag(RegisterGroups.System))
        {
            from.Selectors.CopyTo(to.Selectors, 0);
            from.Segments.CopyTo(to.Segments, 0);
            (to.GdtBase, to.GdtLimit, to.IdtBase, to.IdtLimit) = (from.GdtBase, from.GdtLimit, from.IdtBase, from.IdtLimit);
            to.OffsetInCode = from.OffsetInCode;
            (to.FsBase, to.GsBase, to.KernelGsBase) = (from.FsBase, from.GsBase, from.KernelGsBase);
            (to.Cr0, to.Cr2, to.Cr3, to.Cr4, to.Cr8, to.Efer) = (from.Cr0, from.Cr2, from.Cr3, from.Cr4, from.Cr8, from.Efer);
        }

        if (groups.HasFlag(RegisterGroups.FloatingPoint))
        {
            from.X87.CopyTo(to.X87, 0);
            from.Xmm.CopyTo(to.Xmm, 0);
            (to.Fctrl, to.Fstat, to.Ftag, to.Fop) = (from.Fctrl, from.Fstat, from.Ftag, from.Fop);
            (to.Fiseg, to.Fioff, to.Foseg, to.Fooff) = (from.Fiseg, from.Fioff, from.Foseg, from.Fooff);
            to.Mxcsr = from.Mxcsr;
        }

        if (groups.HasFlag(RegisterGroups.Extended))
        {
            from.Zmm.CopyTo(to.Zmm, 0);
            from.Masks.CopyTo(to.Masks, 0);
            (to.Xcr0, to.Pkru) = (from.Xcr0, from.Pkru);
        }

        CopyNumbered(from, to, groups);
    }

    private static void CopyNumbered(RegisterFile from, RegisterFile to, RegisterGroups groups)
    {
        if (groups.HasFlag(RegisterGroups.Debug))
        {
            from.DebugRegisters.CopyTo(to.DebugRegisters, 0);
        }

        if (groups.HasFlag(RegisterGroups.Msrs))
        {
            from.Msrs.CopyTo(to.Msrs, 0);
            from.HasMsr.CopyTo(to.HasMsr, 0);
        }

        if (groups.HasFlag(RegisterGroups.MemoryTypes))
        {
            from.MemoryTypes.CopyTo(to.MemoryTypes, 0);
            to.HasMemoryTypes = from.HasMemoryTypes;
        }
    }
}
