using OsDevHv.Gdb;

namespace OsDevHv.Machine.RunControl;

/// <summary>Why the machine is to stop: the first request of an epoch is the one that is reported.</summary>
/// <param name="Event">What the debugger is told.</param>
/// <param name="Death">The verdict if nobody is there to look, or once the one who looked resumes; null for an ordinary stop.</param>
internal readonly record struct StopRequest(StopEvent Event, Verdict? Death = null)
{
    /// <summary>
    /// Whether the event is lost unless it is kept: a watchpoint, a caught access or a finished step happened and will not happen again,
    /// while a breakpoint, which has an address, is simply hit again and a dying guest dies again.
    /// </summary>
    public bool HappensOnce => Event.Kind
        is StopKind.StepDone or StopKind.WriteWatchpoint or StopKind.ReadWatchpoint or StopKind.AccessWatchpoint
        || Event is { Kind: StopKind.Caught, Address: 0 };
}

/// <summary>What a vCPU's thread is to do next.</summary>
internal enum VcpuOrder
{
    /// <summary>Wait; look again when woken.</summary>
    Wait,

    /// <summary>Run guest code.</summary>
    Run,

    /// <summary>Execute one instruction and report it.</summary>
    Step,

    /// <summary>Execute one instruction off a breakpoint, alone, and go on as resumed.</summary>
    StepOff,

    /// <summary>Serve the mailbox.</summary>
    Serve,

    /// <summary>End the thread.</summary>
    Quit,
}
