namespace OsDevHv.Tests.RunControl;

/// <summary>Does the same over and over on a thread of its own, until it is disposed of.</summary>
internal sealed class BackgroundLoop : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _over;

    public BackgroundLoop(string name, Action action)
    {
        _thread = new Thread(() =>
        {
            while (!_over)
            {
                action();
            }
        })
        { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _over = true;
        _thread.Join();
    }
}
