namespace OsDevHv.Machine.Consoles;

/// <summary>Drops output; has no input.</summary>
internal sealed class NullEnd : IHostEnd
{
    public bool HasInput => false;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => Timeout.InfiniteTimeSpan;

    public void Write(ReadOnlySpan<byte> bytes)
    {
    }

    public int Read(Span<byte> buffer) => 0;

    public void Cancel()
    {
    }

    public void Dispose()
    {
    }
}
