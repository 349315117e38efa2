namespace OsDevHv.Gdb;

/// <summary>
/// One machine for several connections: one controls it, the others watch. The role is free while nobody controls; the next that connects
/// takes it, or the first that watches and asks for something that needs it.
/// </summary>
/// <remarks>All members may be called from any thread.</remarks>
/// <param name="target">The machine.</param>
internal sealed class TargetShare(IDebugTarget target)
{
    private readonly List<TaskCompletionSource<StopEvent>> waiting = [];
    private SharedView? controller;
    private volatile bool anyWaits;

    /// <summary>The machine.</summary>
    public IDebugTarget Target { get; } = target;

    /// <summary>
    /// Held while a connection that watches reads and while the machine is resumed, so that neither happens in the midst of the other.
    /// </summary>
    public Lock Reading { get; } = new();

    /// <summary>Whether some connection controls.</summary>
    public bool IsControlled => Volatile.Read(ref controller) is not null;

    /// <summary>Whether this connection controls.</summary>
    public bool IsController(SharedView view) => Volatile.Read(ref controller) == view;

    /// <summary>Takes the role if it is free.</summary>
    public bool TryTakeControl(SharedView view) => Interlocked.CompareExchange(ref controller, view, null) is null;

    /// <summary>Frees the role.</summary>
    public void GiveUpControl(SharedView view) => Interlocked.CompareExchange(ref controller, null, view);

    /// <summary>Completes at the next stop that the user of the controlling connection sees.</summary>
    public TaskCompletionSource<StopEvent> WaitForStop()
    {
        TaskCompletionSource<StopEvent> wait = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (waiting)
        {
            waiting.Add(wait);
            anyWaits = true;
        }

        return wait;
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Forget(TaskCompletionSource<StopEvent> wait)
    {
        lock (waiting)
        {
            waiting.Remove(wait);
        }
    }

    /// <summary>Tells all that wait for a stop.</summary>
    public void Publish(StopEvent stop)
    {
        if (!anyWaits)
        {
            return;
        }

        TaskCompletionSource<StopEvent>[] all;
        lock (waiting)
        {
            all = [.. waiting];
            waiting.Clear();
            anyWaits = false;
        }

        foreach (TaskCompletionSource<StopEvent> wait in all)
        {
            wait.TrySetResult(stop);
        }
    }
}
