using System.Diagnostics;

namespace OsDevHv.Gdb;

/// <summary>Waits of a session's thread for the machine.</summary>
/// <remarks>
/// <see cref="Task.Wait()"/> yields the processor some twenty times before it blocks. Where vCPUs keep every processor busy each yield
/// costs a time slice: measured with eight of them on two processors, a stop took 80 ms that way, and less than 1 ms without. So this spins
/// for a moment without yielding, then blocks.
/// </remarks>
internal static class BlockingWait
{
    /// <summary>About as long as a step and two thread switches take.</summary>
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(100);

    /// <summary>Waits until a task is over, however it ends; false when the time limit came first.</summary>
    public static bool For(Task task, TimeSpan limit) =>
        Spin(task) || ((IAsyncResult)task).AsyncWaitHandle.WaitOne(limit) || task.IsCompleted;

    /// <summary>Waits until a task is over, however it ends.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled first.</exception>
    public static void For(Task task, CancellationToken cancellation)
    {
        if (!Spin(task))
        {
            WaitHandle.WaitAny([((IAsyncResult)task).AsyncWaitHandle, cancellation.WaitHandle]);
            if (!task.IsCompleted)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private static bool Spin(Task task)
    {
        const int pauses = 10;
        long start = Stopwatch.GetTimestamp();
        while (!task.IsCompleted)
        {
            if (Environment.ProcessorCount == 1 || Stopwatch.GetElapsedTime(start) > SpinTime)
            {
                return false;
            }

            Thread.SpinWait(pauses);
        }

        return true;
    }
}
