namespace OsDevHv.Gdb;

/// <content>
/// Non-stop mode (GDB manual, "Remote Non-Stop"): each vCPU stops and runs on its own; stops are told by notifications. The target knows
/// only stops of the whole machine, so a stop of one vCPU is such a stop behind which the others go on at once, and whatever needs a
/// stopped machine (memory, breakpoints, what another vCPU is to do) is done in a pause of which the client sees nothing. Planting and
/// lifting a breakpoint is thereby safe while vCPUs run.
/// </content>
internal sealed partial class GdbSession
{
    /// <summary>A notification has been sent and its <c>vStopped</c> have not all come.</summary>
    private bool notified;

    /// <summary>No <c>?</c> has come since the mode was entered.</summary>
    private bool justEntered;

    /// <summary>The machine was dead when the client came: what it did not ask to resume must not run, for that ends the run.</summary>
    private bool isFrozen;

    /// <summary>The mode of <c>QNonStop:1</c>.</summary>
    public bool IsNonStop { get; private set; }

    /// <summary>The mode of <c>!</c>: the machine may be started again.</summary>
    public bool IsExtended { get; set; }

    /// <summary>Killed in extended mode: stopped, and as good as not there until it is started again.</summary>
    public bool IsKilled { get; private set; }

    /// <summary>Which vCPUs run and which stops are to be told, in non-stop mode.</summary>
    public NonStopThreads Threads { get; } = new(target.VcpuCount);

    /// <summary>Changes the mode; every vCPU is then stopped.</summary>
    public void SetNonStop(bool nonStop)
    {
        IsNonStop = nonStop;
        justEntered = nonStop;
        isFrozen = false;
        notified = false;
        Threads.StopAll(Target.LastStop);
    }

    /// <summary>
    /// Does to the vCPUs of <paramref name="assigned"/> what <see cref="Actions"/> says, and replies OK. One that runs already goes on with
    /// what it does; one whose stop the client has not heard of stays.
    /// </summary>
    public void ResumeThreads(ulong assigned)
    {
        if (RefusesToRun())
        {
            return;
        }

        Reply.Ok();
        for (int vcpu = 0; vcpu < Actions.Length; vcpu++)
        {
            if ((assigned & (1ul << vcpu)) == 0)
            {
                continue;
            }

            if (Actions[vcpu] == ResumeKind.Stay)
            {
                Threads.Stop(new StopEvent(StopKind.Halted, vcpu, 0));
            }
            else
            {
                Threads.Resume(vcpu, Actions[vcpu], Ranges[vcpu]);
                isFrozen = false;
            }
        }

        if (Target.LastStop.Kind == StopKind.Exited)
        {
            Threads.StopAll();
            Threads.Add(Target.LastStop);
        }

        Notify();
    }

    /// <summary>
    /// Replies with the first of all stopped vCPUs, or OK; <c>vStopped</c> asks for the others. Where a client has just come, the vCPU of
    /// the last stop is the one that is stopped, and the others run on: gdb 13 ends with an internal error (remote.c,
    /// "!async_event_handler_marked") when it is told of more than one stop before it has connected, and takes those for running of which
    /// it is told nothing.
    /// </summary>
    public void ReportStoppedThreads()
    {
        StopEvent last = Target.LastStop;
        for (int vcpu = 0; justEntered && last.Kind != StopKind.Exited && vcpu < Actions.Length; vcpu++)
        {
            if (vcpu != last.Vcpu)
            {
                Threads.Resume(vcpu, ResumeKind.Continue, default);
            }
        }

        isFrozen = justEntered && last.Kind == StopKind.Crashed;
        justEntered = false;
        if (last.Kind == StopKind.Exited)
        {
            Threads.StopAll();
            Threads.Add(last);
        }
        else
        {
            Threads.TellAllAgain();
        }

        notified = Threads.TryTakeUntold(out StopEvent stop);
        if (notified)
        {
            ReportStop(stop);
        }
        else
        {
            Reply.Ok();
        }
    }

    /// <summary>Replies with the next stop that the client has not heard of, or OK.</summary>
    public void ReportNextStopped()
    {
        if (notified && Threads.TryTakeUntold(out StopEvent stop))
        {
            ReportStop(stop);
            return;
        }

        notified = false;
        Reply.Ok();
    }

    /// <summary>What a vCPU is doing as far as the client is concerned: a pause of ours is no stop of a vCPU that runs.</summary>
    public string DescribeVcpu(int vcpu)
    {
        string doing = Target.DescribeVcpu(vcpu);
        return IsNonStop && Threads.Runs(vcpu) && doing.StartsWith("stopped", StringComparison.Ordinal) ? "running" : doing;
    }

    /// <summary>The client has killed the machine and may start it again.</summary>
    public void StopAsKilled()
    {
        TryStop();
        Threads.StopAll();
        IsKilled = true;
    }

    /// <summary>The machine was started again and stands before its first instruction.</summary>
    public void Restarted()
    {
        IsKilled = false;
        SelectedVcpu = 0;
        notified = false;
        Threads.StopAll();
        Tell(Target.LastStop);
    }

    /// <summary>Pauses the machine for a packet in non-stop mode; <see cref="GoOn"/> ends the pause.</summary>
    private bool TryPause()
    {
        if (!IsNonStop)
        {
            return false;
        }

        TryStop();
        return true;
    }

    /// <summary>Stops the machine if it runs. A stop of its own that came first counts in non-stop mode.</summary>
    private void TryStop()
    {
        if (running is not { } run)
        {
            return;
        }

        Target.Interrupt();
        StopEvent stop = Wait(run);
        running = null;
        if (IsNonStop)
        {
            TakeStop(stop);
        }
    }

    /// <summary>In non-stop mode: lets the vCPUs that run go on after a stop of another or a pause.</summary>
    private void GoOn()
    {
        if (!IsNonStop || over || IsKilled || isFrozen || running is not null || !Threads.TryFill(Actions, Ranges))
        {
            return;
        }

        running = StartTarget();
        running.ContinueWith(
            static (task, session) => ((GdbSession)session!).OnStopped(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    /// <summary>A killed machine does not run; says so.</summary>
    private bool RefusesToRun()
    {
        if (IsKilled)
        {
            Reply.Error(RspError.Refused, "the machine was killed; 'run' starts it again");
        }

        return IsKilled;
    }

    private void StopLastResumed()
    {
        if (!Threads.TryFindLastResumed(out int vcpu))
        {
            return;
        }

        TryStop();
        Threads.Stop(new StopEvent(StopKind.Interrupted, vcpu, 0));
        Notify();
    }

    /// <summary>The machine has stopped: for one vCPU, or in a pause of ours.</summary>
    private void TakeStop(StopEvent stop)
    {
        switch (stop.Kind)
        {
            case StopKind.Interrupted or StopKind.Attached:
                return;
            case StopKind.Exited:
                Threads.StopAll();
                Threads.Add(stop);
                break;
            case StopKind.Crashed:
                // Its run ends with the next resume of any vCPU: all of them stop with it.
                Threads.Stop(stop);
                for (int vcpu = 0; vcpu < Actions.Length; vcpu++)
                {
                    Threads.Stop(new StopEvent(StopKind.Halted, vcpu, 0));
                }

                break;
            default:
                Threads.Stop(stop);
                break;
        }

        if (stop.Message is { } message)
        {
            Reply.KeepNotice(message);
        }

        Tell(stop);
        Notify();
    }

    /// <summary>Notifies the client of a stop that it has not heard of, unless it is being told of others.</summary>
    private void Notify()
    {
        if (notified || !Threads.TryTakeUntold(out StopEvent stop))
        {
            return;
        }

        notified = true;
        bool read = stop.Kind != StopKind.Exited
            && Target.TryReadRegisters(stop.Vcpu, RegisterGroups.General, Registers, out _);
        Writer.BeginNotification();
        Writer.Append("Stop:"u8);
        StopReply.Write(Writer, stop, Reply.Client, Layout, read ? Registers : null);
        Reply.EndNotification();
    }
}
