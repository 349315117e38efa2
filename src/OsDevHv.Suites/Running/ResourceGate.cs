namespace OsDevHv.Suites.Running;

/// <summary>
/// Lets cases in while there are jobs and memory for them. One caller enters, in its own order; any thread leaves. What is larger than
/// everything enters when nobody else is in.
/// </summary>
internal sealed class ResourceGate(int jobs, ulong memory)
{
    private readonly Lock _lock = new();
    private readonly int _jobs = jobs;
    private int _freeJobs = jobs;
    private ulong _usedMemory;
    private TaskCompletionSource? _waiting;

    /// <summary>Waits for room and takes it. Never called by two at a time.</summary>
    /// <param name="wantedJobs">1 or more; more than all means all.</param>
    /// <param name="wantedMemory">Bytes.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="OperationCanceledException">Nothing was taken.</exception>
    public async Task<IDisposable> EnterAsync(int wantedJobs, ulong wantedMemory, CancellationToken stop)
    {
        int taken = Math.Clamp(wantedJobs, 1, _jobs);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            Task room;
            lock (_lock)
            {
                if (HasRoom(taken, wantedMemory))
                {
                    _freeJobs -= taken;
                    _usedMemory += wantedMemory;
                    return new Place(this, taken, wantedMemory);
                }

                // Whoever leaves completes it; its continuations run elsewhere, outside the lock.
                _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _waiting.Task;
            }

            await room.WaitAsync(stop).ConfigureAwait(false);
        }
    }

    private bool HasRoom(int wantedJobs, ulong wantedMemory)
    {
        bool isEmpty = _freeJobs == _jobs;
        bool fits = _usedMemory <= memory && wantedMemory <= memory - _usedMemory;
        return wantedJobs <= _freeJobs && (isEmpty || fits);
    }

    private void Leave(int takenJobs, ulong takenMemory)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            _freeJobs += takenJobs;
            _usedMemory -= takenMemory;
            waiting = _waiting;
            _waiting = null;
        }

        waiting?.SetResult();
    }

    private sealed class Place(ResourceGate gate, int jobs, ulong memory) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave(jobs, memory);
            }
        }
    }
}
