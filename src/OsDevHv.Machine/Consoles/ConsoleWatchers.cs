namespace OsDevHv.Machine.Consoles;

/// <summary>All that is looked for in one console's output. Used by its thread, and where it says so by whoever writes.</summary>
/// <param name="Panic">Looks for the guest's panic; null does not.</param>
/// <param name="Point">Looks for the line at which a snapshot is taken; null does not.</param>
internal sealed record ConsoleWatchers(LineWatcher? Panic, LineWatcher? Point)
{
    private readonly Lock _point = new();

    /// <summary>Whether anything is looked for.</summary>
    public bool IsAny => Panic is not null || Point is not null;

    /// <summary>Takes the next bytes of the output.</summary>
    public void Observe(ReadOnlySpan<byte> bytes)
    {
        Panic?.Observe(bytes);
    }

    /// <summary>
    /// Takes a byte as it is written, on the writer's thread, so that the machine stops where it is and not a moment later.
    /// </summary>
    public void ObserveAtOnce(byte value)
    {
        if (Point is not null)
        {
            lock (_point)
            {
                Point.Observe(new ReadOnlySpan<byte>(ref value));
            }
        }
    }

    /// <summary>The output may end here.</summary>
    public void ObservePause()
    {
        Panic?.ObservePause();
        if (Point is not null)
        {
            lock (_point)
            {
                Point.ObservePause();
            }
        }
    }

    /// <summary>What comes next is another run's output. Any thread. The point is behind the machine.</summary>
    public void StartAnew() => Panic?.StartAnew();
}
