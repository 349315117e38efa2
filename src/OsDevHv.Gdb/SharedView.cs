namespace OsDevHv.Gdb;

/// <summary>
/// One connection's view of the shared machine. The one that controls has the machine itself. One that watches reads registers and memory,
/// in a short pause while the machine runs; resuming waits for the next stop that the controlling one sees; Ctrl-C ends that wait and
/// leaves the machine alone; what would change the machine is refused in words. When nobody controls, the first such request takes control
/// instead, and stops the machine.
/// </summary>
/// <remarks>Used by one session; <see cref="Publish"/> and <see cref="Interrupt"/> by any thread.</remarks>
/// <param name="share">What the connections share.</param>
internal sealed class SharedView(TargetShare share) : IDebugTarget
{
    /// <summary>Why a request is refused.</summary>
    public const string OnlyWatches = "this connection only watches: another debugger controls the machine";

    private TaskCompletionSource<StopEvent>? wait;

    /// <summary>Whether this connection controls.</summary>
    public bool Controls => share.IsController(this);

    /// <inheritdoc/>
    public TargetArchitecture Architecture => share.Target.Architecture;

    /// <inheritdoc/>
    public RegisterFeatures Features => share.Target.Features;

    /// <inheritdoc/>
    public bool InterruptsInSteps
    {
        get => share.Target.InterruptsInSteps;
        set
        {
            if (TryControl(out _))
            {
                share.Target.InterruptsInSteps = value;
            }
        }
    }

    /// <inheritdoc/>
    public int VcpuCount => share.Target.VcpuCount;

    /// <inheritdoc/>
    public bool IsStopped => share.Target.IsStopped;

    /// <inheritdoc/>
    public StopEvent LastStop => Controls ? share.Target.LastStop : AsWatched(share.Target.LastStop);

    /// <inheritdoc/>
    public IReadOnlyList<MemoryRange> MemoryMap => share.Target.MemoryMap;

    /// <summary>Tells those that watch of a stop, if this connection controls.</summary>
    public void Publish(StopEvent stop)
    {
        if (Controls)
        {
            share.Publish(AsWatched(stop));
        }
    }

    /// <inheritdoc/>
    public string DescribeVcpu(int vcpu) => share.Target.DescribeVcpu(vcpu);

    /// <inheritdoc/>
    public async Task<StopEvent> AttachAsync(CancellationToken cancellation)
    {
        if (!share.TryTakeControl(this))
        {
            return LastStop;
        }

        StopEvent stop = await share.Target.AttachAsync(cancellation).ConfigureAwait(false);
        share.Publish(AsWatched(stop));
        return stop;
    }

    /// <inheritdoc/>
    public async Task DetachAsync()
    {
        if (Interlocked.Exchange(ref wait, null) is { } waited)
        {
            share.Forget(waited);
        }

        if (!Controls)
        {
            return;
        }

        try
        {
            await share.Target.DetachAsync().ConfigureAwait(false);
        }
        finally
        {
            share.GiveUpControl(this);
        }
    }

    /// <inheritdoc/>
    public Task<StopEvent> ResumeAsync(ReadOnlyMemory<ResumeKind> actions)
    {
        if (TryControl(out _))
        {
            lock (share.Reading)
            {
                return share.Target.ResumeAsync(actions);
            }
        }

        wait = share.WaitForStop();
        return wait.Task;
    }

    /// <inheritdoc/>
    public void SetStepRange(int vcpu, ulong start, ulong end)
    {
        if (TryControl(out _))
        {
            share.Target.SetStepRange(vcpu, start, end);
        }
    }

    /// <inheritdoc/>
    public Task LookAsync(Action look) => share.Target.LookAsync(look);

    /// <inheritdoc/>
    public Task<string?> RestartAsync(string? commandLine) =>
        TryControl(out string? error) ? share.Target.RestartAsync(commandLine) : Task.FromResult(error);

    /// <inheritdoc/>
    public void Interrupt()
    {
        if (Controls)
        {
            share.Target.Interrupt();
        }
        else if (Interlocked.Exchange(ref wait, null) is { } waited)
        {
            share.Forget(waited);
            waited.TrySetResult(new StopEvent(StopKind.Interrupted, LastStop.Vcpu, 0));
        }
    }

    /// <inheritdoc/>
    public bool TryReadRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        if (Controls)
        {
            return share.Target.TryReadRegisters(vcpu, groups, registers, out error);
        }

        bool read = false;
        string? refusal = null;
        Look(() => read = share.Target.TryReadRegisters(vcpu, groups, registers, out refusal));
        error = refusal;
        return read;
    }

    /// <inheritdoc/>
    public bool TryWriteRegisters(int vcpu, RegisterGroups groups, RegisterFile registers, out string? error) =>
        TryControl(out error) && share.Target.TryWriteRegisters(vcpu, groups, registers, out error);

    /// <inheritdoc/>
    public int ReadMemory(int vcpu, ulong address, Span<byte> destination) => Controls
        ? share.Target.ReadMemory(vcpu, address, destination)
        : LookAt(bytes => share.Target.ReadMemory(vcpu, address, bytes), destination);

    /// <inheritdoc/>
    public int ReadPhysicalMemory(ulong address, Span<byte> destination) => Controls
        ? share.Target.ReadPhysicalMemory(address, destination)
        : LookAt(bytes => share.Target.ReadPhysicalMemory(address, bytes), destination);

    /// <inheritdoc/>
    public bool TryWritePhysicalMemory(ulong address, ReadOnlySpan<byte> source, out string? error) =>
        TryControl(out error) && share.Target.TryWritePhysicalMemory(address, source, out error);

    /// <inheritdoc/>
    public MemoryRegion FindMemoryRegion(int vcpu, ulong address) => LookFor(() => share.Target.FindMemoryRegion(vcpu, address));

    /// <inheritdoc/>
    public KernelImage? FindKernel() => LookFor(share.Target.FindKernel);

    /// <inheritdoc/>
    public string? TakeModeNotice(int vcpu) => Controls ? share.Target.TakeModeNotice(vcpu) : null;

    /// <inheritdoc/>
    public bool TryWriteMemory(int vcpu, ulong address, ReadOnlySpan<byte> source, out string? error) =>
        TryControl(out error) && share.Target.TryWriteMemory(vcpu, address, source, out error);

    /// <inheritdoc/>
    public bool TryInsertBreakpoint(
        BreakpointKind kind, ulong address, int length, BreakpointCode code, out string? error) =>
        TryControl(out error) && share.Target.TryInsertBreakpoint(kind, address, length, code, out error);

    /// <inheritdoc/>
    public void SettleOutput() => share.Target.SettleOutput();

    /// <inheritdoc/>
    public string TakeNotices() => Controls ? share.Target.TakeNotices() : "";

    /// <inheritdoc/>
    public Action? NoticesCame
    {
        get => share.Target.NoticesCame;
        set
        {
            if (Controls)
            {
                share.Target.NoticesCame = value;
            }
        }
    }

    /// <inheritdoc/>
    public bool TryRemoveBreakpoint(BreakpointKind kind, ulong address, int length, out string? error)
    {
        error = Controls ? null : OnlyWatches;
        return Controls && share.Target.TryRemoveBreakpoint(kind, address, length, out error);
    }

    /// <inheritdoc/>
    public async Task<string> MonitorAsync(string command, int vcpu)
    {
        ArgumentNullException.ThrowIfNull(command);
        string first = command.Trim().Split(' ')[0];
        bool onlyLooks = first is "info" or "help";
        if (!onlyLooks && !TryControl(out string? error))
        {
            return $"{error}; it may use 'monitor info ...' and 'monitor help'\n";
        }

        if (Controls)
        {
            return await share.Target.MonitorAsync(command, vcpu).ConfigureAwait(false);
        }

        return LookFor(() => share.Target.MonitorAsync(command, vcpu).GetAwaiter().GetResult());
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (Controls)
        {
            share.Target.Kill();
            share.GiveUpControl(this);
        }
    }

    /// <summary>Whether this connection controls, now that it must if it can.</summary>
    private bool TryControl(out string? error)
    {
        error = null;
        if (Controls)
        {
            return true;
        }

        if (share.IsControlled || !share.TryTakeControl(this))
        {
            error = OnlyWatches;
            return false;
        }

        share.Publish(AsWatched(share.Target.AttachAsync(CancellationToken.None).GetAwaiter().GetResult()));
        return true;
    }

    /// <summary>
    /// A stop without the reason that only the controlling one can place: gdb runs on by itself from a breakpoint that it has not set.
    /// </summary>
    private static StopEvent AsWatched(StopEvent stop) =>
        stop.Kind is StopKind.Interrupted or StopKind.Crashed or StopKind.Exited ? stop : stop with { Kind = StopKind.StepDone };

    private int LookAt(Func<byte[], int> read, Span<byte> destination)
    {
        byte[] bytes = new byte[destination.Length];
        int count = LookFor(() => read(bytes));
        bytes.AsSpan(0, count).CopyTo(destination);
        return count;
    }

    private T LookFor<T>(Func<T> look)
    {
        if (Controls)
        {
            return look();
        }

        T result = default!;
        Look(() => result = look());
        return result;
    }

    private void Look(Action look)
    {
        lock (share.Reading)
        {
            share.Target.LookAsync(look).GetAwaiter().GetResult();
        }
    }
}
