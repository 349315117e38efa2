using System.IO.Pipelines;
using System.Text;
using OsDevHv.Gdb.Packets;

namespace OsDevHv.Gdb;

/// <summary>One client's session: takes packets one after the other, answers them, and reports stops.</summary>
/// <remarks>
/// <see cref="Run"/> occupies a thread of its own and handles packets on it without a thread switch. A stop of the running
/// target is reported by whoever comes first: that thread, which waits a moment after a step (it is over by then), or the
/// pool, so that the thread can go back to reading and see Ctrl-C. The gate makes the two take turns: all state and the writer are
/// used only with it held. It is never held while reading. The target is called with it held, so the target must not wait for the session.
/// </remarks>
/// <param name="target">The machine.</param>
/// <param name="input">What the client sends; its reads may block.</param>
/// <param name="output">Where answers go; a lost client shows as <see cref="IOException"/>.</param>
/// <param name="trace">Follows the protocol; or null.</param>
/// <param name="closing">Ends waits for the target.</param>
internal sealed partial class GdbSession(
    IDebugTarget target, PipeReader input, Stream output, IProtocolTrace? trace, CancellationToken closing)
{
    /// <summary>The announced packet size in bytes: the longest payload taken, and twice the longest piece of memory given.</summary>
    public const int PacketSize = 0x40000;

    /// <summary>Longer than a step takes, too short to be felt when Ctrl-C has to wait for it.</summary>
    private static readonly TimeSpan StepWait = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer than any packet takes whose client reads the answer.</summary>
    private static readonly TimeSpan CloseWait = TimeSpan.FromMilliseconds(500);

    /// <summary>A machine that has not stopped or let go by then never will.</summary>
    private static readonly TimeSpan ReleaseWait = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private Task<StopEvent>? running;
    private bool over;
    private bool released;

    /// <summary>The machine.</summary>
    public IDebugTarget Target { get; } = target;

    /// <summary>The register description, fixed for the session.</summary>
    public RegisterLayout Layout { get; private set; } = RegisterLayout.For(target.Architecture, target.Features);

    /// <summary>Answers the packet at hand.</summary>
    public SessionReply Reply { get; } = new(new RspFrameWriter(output), trace);

    /// <summary>Takes a reply's payload between <see cref="SessionReply.Begin"/> and <see cref="SessionReply.End"/>.</summary>
    public RspFrameWriter Writer => Reply.Writer;

    /// <summary>A register buffer for the packet at hand.</summary>
    public RegisterFile Registers { get; } = new();

    /// <summary>A byte buffer for the packet at hand.</summary>
    public byte[] Scratch { get; } = new byte[PacketSize];

    /// <summary>What each vCPU does on the next resume.</summary>
    public ResumeKind[] Actions { get; } = new ResumeKind[target.VcpuCount];

    /// <summary>The range of each vCPU whose action is <see cref="ResumeKind.StepRange"/>.</summary>
    public (ulong Start, ulong End)[] Ranges { get; } = new (ulong Start, ulong End)[target.VcpuCount];

    /// <summary>The vCPU of <c>Hg</c> or of the last stop: whose registers and memory are meant.</summary>
    public int SelectedVcpu { get; set; }

    /// <summary>The thread of <c>Hc</c>: whom <c>c</c> and <c>s</c> resume.</summary>
    public ThreadId ContinueThread { get; set; } = ThreadId.All;

    /// <summary>What the client has switched on.</summary>
    public ClientSettings Settings { get; } = new();

    /// <summary>The document that <c>qXfer</c> is reading, made when its start was read.</summary>
    public byte[] TransferDocument { get; set; } = [];

    /// <summary>
    /// Attaches to the target, serves the client until it leaves, and lets the target go. Blocks; call once, on a thread of its own.
    /// </summary>
    public void Run()
    {
        try
        {
            lock (gate)
            {
                SelectedVcpu = Wait(Target.AttachAsync(closing)).Vcpu;

                // Which description fits can depend on what a machine that ran before is doing.
                Layout = RegisterLayout.For(Target.Architecture, Target.Features);
            }

            Serve();
            trace?.Event("the debugger has left");
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            trace?.Event($"the session ends: {e.Message}");
        }
        finally
        {
            Release();
        }
    }

    /// <summary>
    /// Ends the session from outside, after reporting a stop that has happened. The reading ends when <c>input</c> does. Any thread.
    /// </summary>
    public void Close()
    {
        if (!gate.TryEnter(CloseWait))
        {
            return; // Stuck in a write that only closing the connection ends.
        }

        try
        {
            ReportStopIfThere();
            Writer.Flush();
        }
        catch (IOException e)
        {
            trace?.Event(e.Message);
        }
        finally
        {
            over = true;
            gate.Exit();
        }
    }

    /// <summary>Waits for the target with the gate held.</summary>
    /// <exception cref="OperationCanceledException">The session is being closed.</exception>
    public T Wait<T>(Task<T> task)
    {
        Wait((Task)task);
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Wait{T}(Task{T})"/>
    public void Wait(Task task)
    {
        if (!task.IsCompleted)
        {
            // An acknowledgement or console output need not wait too.
            Writer.Flush();
            BlockingWait.For(task, closing);
        }

        task.GetAwaiter().GetResult();
    }

    /// <summary>Resumes the target with <see cref="Actions"/>; its stop is the reply. A run that is over is reported again.</summary>
    public void Resume()
    {
        if (RefusesToRun())
        {
            return;
        }

        if (Target.LastStop.Kind == StopKind.Exited)
        {
            ReportStop(Target.LastStop);
            return;
        }

        // Text may come while the target runs, from a thread that must not wait.
        Target.NoticesCame = () => ThreadPool.UnsafeQueueUserWorkItem(static session => session.ShowNotices(), this, preferLocal: false);
        running = StartTarget();
        Reply.ShowConsole(Target.TakeNotices());
        if (Actions.AsSpan().ContainsAny(ResumeKind.Step, ResumeKind.StepRange))
        {
            BlockingWait.For(running, StepWait);
        }

        ReportStopIfThere();
        running?.ContinueWith(
            static (task, session) => ((GdbSession)session!).OnStopped(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    /// <summary>Replies with a stop.</summary>
    public void ReportStop(StopEvent stop)
    {
        SelectedVcpu = stop.Kind == StopKind.Exited ? SelectedVcpu : stop.Vcpu;
        bool read = stop.Kind != StopKind.Exited
            && Target.TryReadRegisters(SelectedVcpu, RegisterGroups.General, Registers, out _);
        Reply.Begin();
        StopReply.Write(Writer, stop, Reply.Client, Layout, read ? Registers : null);
        LldbPackets.AppendThreadList(this);
        Reply.End();
    }

    /// <summary>Ends the session after this packet. <paramref name="targetReleased"/>: the target was detached or killed already.</summary>
    public void End(bool targetReleased)
    {
        over = true;
        released = targetReleased;
    }

    /// <summary>Lets the target run with <see cref="Actions"/>.</summary>
    private Task<StopEvent> StartTarget()
    {
        for (int vcpu = 0; vcpu < Actions.Length; vcpu++)
        {
            if (Actions[vcpu] == ResumeKind.StepRange)
            {
                Target.SetStepRange(vcpu, Ranges[vcpu].Start, Ranges[vcpu].End);
            }
        }

        return Target.ResumeAsync(Actions);
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt()
    {
        if (IsNonStop)
        {
            StopLastResumed();
            return;
        }

        if (running is null)
        {
            return; // Stopped already: the client and the stop crossed on their way.
        }

        Target.Interrupt();
        ReportStopIfThere();
    }

    /// <summary>
    /// On the pool: there is text to show while the target runs, which is when all-stop mode allows it (GDB manual, E.3, O).
    /// </summary>
    private void ShowNotices()
    {
        lock (gate)
        {
            if (running is null || over || IsNonStop)
            {
                return;
            }

            try
            {
                Reply.ShowConsole(Target.TakeNotices());
                Writer.Flush();
            }
            catch (IOException e)
            {
                trace?.Event(e.Message);
            }
        }
    }

    /// <summary>On the pool: the target has stopped, and the session's thread did not wait for it.</summary>
    private void OnStopped(Task<StopEvent> run)
    {
        lock (gate)
        {
            if (running != run || over)
            {
                return;
            }

            try
            {
                ReportStopIfThere();
                GoOn();
                Writer.Flush();
            }
            catch (IOException e)
            {
                trace?.Event(e.Message); // The reading side sees the end as well and cleans up.
            }
        }
    }

    private void ReportStopIfThere()
    {
        if (running is not { IsCompleted: true } run)
        {
            return;
        }

        running = null;
        Target.SettleOutput();
        StopEvent stop = run.IsCompletedSuccessfully
            ? run.Result
            : new StopEvent(StopKind.Crashed, SelectedVcpu, 0, 0, $"the machine failed: {run.Exception?.GetBaseException().Message}");
        if (IsNonStop)
        {
            TakeStop(stop);
            return;
        }

        Tell(stop);
        Reply.ShowConsole(Target.TakeNotices() + (stop.Message is null ? "" : stop.Message + "\n"));
        if (stop.Kind != StopKind.Exited && Target.TakeModeNotice(stop.Vcpu) is { } notice)
        {
            Reply.ShowConsole(notice + "\n");
        }

        ReportStop(stop);
    }

    /// <summary>Tells the connections that watch of a stop that the user sees.</summary>
    private void Tell(StopEvent stop) => (Target as SharedView)?.Publish(stop);

    /// <summary>
    /// The client is gone: stops the target if it runs, for only then can breakpoints be taken out, and detaches from it, once.
    /// </summary>
    private void Release()
    {
        Task<StopEvent>? run;
        lock (gate)
        {
            over = true;
            run = running;
            running = null;
            Settings.Dispose();
        }

        if (released)
        {
            return;
        }

        released = true;
        if (IsKilled)
        {
            Target.Kill();
            return;
        }

        if (run is not null)
        {
            Target.Interrupt();
            if (!BlockingWait.For(run, ReleaseWait))
            {
                trace?.Event("the machine does not stop; detaching from it as it is");
            }
        }

        Task detached = Target.DetachAsync();
        if (!BlockingWait.For(detached, ReleaseWait))
        {
            trace?.Event("the machine does not let go of the session");
            return;
        }

        detached.GetAwaiter().GetResult();
    }
}
