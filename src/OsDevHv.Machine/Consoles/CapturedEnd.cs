namespace OsDevHv.Machine.Consoles;

/// <summary>Takes a console's output as it comes, in order. On the console's thread; while it is in there, no more comes.</summary>
public delegate void OutputReceiver(ReadOnlySpan<byte> bytes);

/// <summary>Output goes to a piece of this program; there is no input.</summary>
internal sealed class CapturedEnd(OutputReceiver receiver) : IHostEnd
{
    public bool HasInput => false;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => Timeout.InfiniteTimeSpan;

    public void Write(ReadOnlySpan<byte> bytes) => receiver(bytes);

    public int Read(Span<byte> buffer) => 0;

    public void Cancel()
    {
    }

    public void Dispose()
    {
    }
}
