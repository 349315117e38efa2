namespace OsDevHv.Gdb;

/// <summary>Non-stop mode's account of the vCPUs: which run and how, and which stops the client has not heard of.</summary>
/// <remarks>Not thread-safe: used with the session's gate held.</remarks>
/// <param name="count">How many vCPUs there are.</param>
internal sealed class NonStopThreads(int count)
{
    /// <summary>What each does; <see cref="ResumeKind.Stay"/> is stopped.</summary>
    private readonly ResumeKind[] actions = new ResumeKind[count];
    private readonly (ulong Start, ulong End)[] ranges = new (ulong Start, ulong End)[count];

    /// <summary>Why each of the stopped ones has stopped.</summary>
    private readonly StopEvent[] stops = new StopEvent[count];
    private readonly long[] resumed = new long[count];
    private readonly Queue<StopEvent> untold = new();
    private long resumes;

    /// <summary>Whether it runs, as far as the client is concerned.</summary>
    public bool Runs(int vcpu) => actions[vcpu] != ResumeKind.Stay;

    /// <summary>All are stopped, and there is nothing to tell.</summary>
    public void StopAll()
    {
        actions.AsSpan().Clear();
        untold.Clear();
        for (int vcpu = 0; vcpu < stops.Length; vcpu++)
        {
            stops[vcpu] = new StopEvent(StopKind.Halted, vcpu, 0);
        }
    }

    /// <summary>It stops, if it runs, and the client is to be told.</summary>
    public void Stop(StopEvent stop)
    {
        if (!Runs(stop.Vcpu))
        {
            return;
        }

        actions[stop.Vcpu] = ResumeKind.Stay;
        stops[stop.Vcpu] = stop;
        untold.Enqueue(stop);
    }

    /// <summary>Something to tell that is no vCPU's stop: the end of the run.</summary>
    public void Add(StopEvent stop) => untold.Enqueue(stop);

    /// <summary>It runs, if it is stopped and the client knows.</summary>
    public void Resume(int vcpu, ResumeKind action, (ulong Start, ulong End) range)
    {
        if (Runs(vcpu) || IsUntold(vcpu))
        {
            return;
        }

        actions[vcpu] = action;
        ranges[vcpu] = range;
        resumed[vcpu] = ++resumes;
    }

    /// <summary>The running vCPU that was resumed last.</summary>
    public bool TryFindLastResumed(out int vcpu)
    {
        vcpu = -1;
        for (int other = 0; other < actions.Length; other++)
        {
            if (Runs(other) && (vcpu < 0 || resumed[other] > resumed[vcpu]))
            {
                vcpu = other;
            }
        }

        return vcpu >= 0;
    }

    /// <summary>What the target is to do; false when no vCPU runs.</summary>
    public bool TryFill(ResumeKind[] wanted, (ulong Start, ulong End)[] wantedRanges)
    {
        actions.CopyTo(wanted, 0);
        ranges.CopyTo(wantedRanges, 0);
        return wanted.AsSpan().ContainsAnyExcept(ResumeKind.Stay);
    }

    /// <summary>All are stopped, one of them for this reason, and there is nothing to tell.</summary>
    public void StopAll(StopEvent last)
    {
        StopAll();
        if (last.Kind != StopKind.Exited)
        {
            stops[last.Vcpu] = last;
        }
    }

    /// <summary>Every stop is to be told again.</summary>
    public void TellAllAgain()
    {
        untold.Clear();
        for (int vcpu = 0; vcpu < stops.Length; vcpu++)
        {
            if (!Runs(vcpu))
            {
                untold.Enqueue(stops[vcpu]);
            }
        }
    }

    /// <summary>Takes the oldest stop that the client has not heard of.</summary>
    public bool TryTakeUntold(out StopEvent stop) => untold.TryDequeue(out stop);

    private bool IsUntold(int vcpu)
    {
        foreach (StopEvent stop in untold)
        {
            if (stop.Vcpu == vcpu)
            {
                return true;
            }
        }

        return false;
    }
}
