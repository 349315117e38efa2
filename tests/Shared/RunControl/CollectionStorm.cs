namespace OsDevHv.Tests.RunControl;

/// <summary>
/// Collects garbage as long as it lives: each collection stops every managed thread by a signal. With a millisecond of rest between
/// collections, for without it a thread that waits for a collection to end finds the next one under way, and where there is one processor
/// it does so for minutes.
/// </summary>
internal sealed class CollectionStorm : IDisposable
{
    private readonly BackgroundLoop _loop;
    private long _collections;

    public CollectionStorm()
    {
        _loop = new BackgroundLoop("collections", () =>
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            Interlocked.Increment(ref _collections);
            Thread.Sleep(1);
        });
    }

    /// <summary>So far.</summary>
    public long Collections => Interlocked.Read(ref _collections);

    public void Dispose() => _loop.Dispose();
}
