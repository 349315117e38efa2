namespace OsDevHv.Machine.Snapshots;

/// <summary>A snapshot cannot be taken, read or gone back to. The message is one line for the user that says why and what to do.</summary>
public sealed class SnapshotException : Exception
{
    /// <summary>Without a reason.</summary>
    public SnapshotException()
        : this("the snapshot cannot be used")
    {
    }

    /// <summary>For a reason.</summary>
    public SnapshotException(string message)
        : base(message)
    {
    }

    /// <summary>For a reason, because of another failure.</summary>
    public SnapshotException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
