using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Kvm.Host;

/// <summary>How an operation on a <see cref="HostDescriptor"/> ended.</summary>
public enum StreamResult
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>End of input, or the other end of a pseudo-terminal is not open.</summary>
    Ended,

    /// <summary>The reader of the pipe has gone (EPIPE).</summary>
    ReaderGone,

    /// <summary>It was cancelled before it could be done.</summary>
    Cancelled,

    /// <summary>The host refused; errno says why.</summary>
    Failed,
}

/// <summary>
/// Plain reads and writes of a descriptor: at the file's own position, so that programs sharing the descriptor do not overwrite each other,
/// cancellable, and blocking whatever O_NONBLOCK says (it belongs to the open file, which a shell or a parent shares).
/// </summary>
/// <remarks>One thread may read while another writes. <see cref="Cancel"/> is for any thread.</remarks>
public sealed partial class HostDescriptor : IDisposable
{
    private const int EINTR = 4;
    private const int EIO = 5;
    private const int EAGAIN = 11;
    private const int EPIPE = 32;
    private const int PipeBuffer = 4096;
    private const short PollIn = 1;
    private const short PollOut = 4;
    private const short PollHangUp = 0x10;
    private const int EventCloseOnExec = 0x80000;

    private readonly SafeFileHandle _handle;
    private readonly SafeFileHandle _cancelled;

    /// <summary>Takes <paramref name="handle"/>, which <see cref="Dispose"/> closes if it owns its descriptor.</summary>
    /// <exception cref="IOException">The host has no descriptors left.</exception>
    public HostDescriptor(SafeFileHandle handle)
    {
        _handle = handle;
        int descriptor = CreateEvent(0, EventCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"eventfd: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}");
        }

        _cancelled = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The process's standard input. Not closed by <see cref="Dispose"/>.</summary>
    public static HostDescriptor StandardInput() => new(new SafeFileHandle(0, ownsHandle: false));

    /// <summary>The process's standard output. Not closed by <see cref="Dispose"/>.</summary>
    public static HostDescriptor StandardOutput() => new(new SafeFileHandle(1, ownsHandle: false));

    /// <summary>
    /// Reads at least one byte, waiting for it. <see cref="StreamResult.Done"/> with <paramref name="count"/> bytes, 1 or more.
    /// </summary>
    public StreamResult Read(Span<byte> buffer, out int count, out int errno)
    {
        while (true)
        {
            StreamResult ready = WaitFor(PollIn, out errno);
            if (ready != StreamResult.Done)
            {
                count = 0;
                return ready;
            }

            nint read = ReadDescriptor(_handle, buffer, (nuint)buffer.Length);
            count = Math.Max((int)read, 0);
            if (read > 0)
            {
                return StreamResult.Done;
            }

            errno = read == 0 ? 0 : Marshal.GetLastSystemError();
            if (errno is 0 or EIO)
            {
                return StreamResult.Ended;
            }

            if (errno is not (EINTR or EAGAIN))
            {
                return StreamResult.Failed;
            }
        }
    }

    /// <summary>Waits until a read would not block.</summary>
    public StreamResult WaitReadable(out int errno) => WaitFor(PollIn, out errno);

    /// <summary>Writes all of <paramref name="buffer"/>, waiting for a slow reader.</summary>
    public StreamResult Write(ReadOnlySpan<byte> buffer, out int errno)
    {
        errno = 0;
        while (!buffer.IsEmpty)
        {
            StreamResult ready = WaitFor(PollOut, out errno);
            if (ready != StreamResult.Done)
            {
                return ready;
            }

            // A pipe that is ready takes this much without blocking (pipe(7)): a slow reader is waited for in poll, which can be cancelled.
            nint written = WriteDescriptor(_handle, buffer, (nuint)Math.Min(buffer.Length, PipeBuffer));
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            errno = Marshal.GetLastSystemError();
            if (errno is not (EINTR or EAGAIN))
            {
                return errno == EPIPE ? StreamResult.ReaderGone : StreamResult.Failed;
            }
        }

        return StreamResult.Done;
    }

    /// <summary>Whether the other end of a pseudo-terminal is closed.</summary>
    public bool IsHungUp()
    {
        Span<PollEntry> entry = [new PollEntry { Descriptor = (int)_handle.DangerousGetHandle() }];
        return Poll(entry, 1, 0) > 0 && (entry[0].Returned & PollHangUp) != 0;
    }

    /// <summary>Sleeps for <paramref name="milliseconds"/> or until cancelled; false when cancelled.</summary>
    public bool Pause(int milliseconds)
    {
        Span<PollEntry> entry = [new PollEntry { Descriptor = (int)_cancelled.DangerousGetHandle(), Events = PollIn }];
        return Poll(entry, 1, milliseconds) <= 0;
    }

    /// <summary>Ends every wait of this stream, now and from now on. Any thread.</summary>
    public void Cancel()
    {
        ulong one = 1;
        _ = WriteDescriptor(_cancelled, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)), sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
        _cancelled.Dispose();
    }

    private StreamResult WaitFor(short events, out int errno)
    {
        Span<PollEntry> entries =
        [
            new PollEntry { Descriptor = (int)_handle.DangerousGetHandle(), Events = events },
            new PollEntry { Descriptor = (int)_cancelled.DangerousGetHandle(), Events = PollIn },
        ];
        while (true)
        {
            int ready = Poll(entries, 2, Timeout.Infinite);
            errno = ready < 0 ? Marshal.GetLastSystemError() : 0;
            if (ready >= 0)
            {
                return entries[1].Returned != 0 ? StreamResult.Cancelled : StreamResult.Done;
            }

            if (errno != EINTR)
            {
                return StreamResult.Failed;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDescriptor(SafeFileHandle descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(SafeFileHandle descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<PollEntry> entries, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint initial, int flags);
}
