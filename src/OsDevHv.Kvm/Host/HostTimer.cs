using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Kvm.Host;

/// <summary>
/// A one-shot timer of the host's monotonic clock with nanoseconds' resolution (timerfd_create(2)), which one thread waits for and any
/// thread sets: .NET's own waits count in milliseconds.
/// </summary>
public sealed unsafe partial class HostTimer : IDisposable
{
    private const int ClockMonotonic = 1;
    private const int CloseOnExec = 0x80000;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int EINTR = 4;

    private readonly SafeFileHandle _handle;

    /// <summary>A timer that is not set.</summary>
    /// <exception cref="IOException">The host has no descriptors left.</exception>
    public HostTimer()
    {
        int descriptor = Create(ClockMonotonic, CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"timerfd_create: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}");
        }

        _handle = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Makes a wait end in <paramref name="nanoseconds"/>, at least 1, in place of what was set before. Any thread.</summary>
    public void Set(long nanoseconds)
    {
        nanoseconds = Math.Max(nanoseconds, 1);
        var value = new TimerValue { Seconds = nanoseconds / NanosecondsPerSecond, Nanoseconds = nanoseconds % NanosecondsPerSecond };
        _ = SetTime(_handle, 0, &value, null);
    }

    /// <summary>Makes a wait not end. Any thread.</summary>
    public void Clear()
    {
        TimerValue value = default;
        _ = SetTime(_handle, 0, &value, null);
    }

    /// <summary>Waits until the timer has run out since it was waited for last.</summary>
    public void Wait()
    {
        ulong times;
        while (Read(_handle, &times, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>struct itimerspec: an interval of 0, and the time of the first run-out.</summary>
    private struct TimerValue
    {
        public long IntervalSeconds, IntervalNanoseconds;
        public long Seconds, Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int Create(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int SetTime(SafeFileHandle timer, int flags, TimerValue* value, TimerValue* old);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle timer, ulong* times, nuint count);
}
