namespace OsDevHv.Devices;

/// <summary>
/// A saved state cannot be restored: it is damaged, or that of another machine. The message is one sentence for the user.
/// </summary>
public sealed class StateException : Exception
{
    /// <summary>Without a reason.</summary>
    public StateException()
        : this("the saved state is damaged")
    {
    }

    /// <summary>For a reason.</summary>
    public StateException(string message)
        : base(message)
    {
    }

    /// <summary>For a reason, because of another failure.</summary>
    public StateException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
