namespace OsDevHv.Machine.Consoles;

/// <summary>The host end of a serial line or debug console cannot be had. The message names the connection and the way out.</summary>
public sealed class ConsoleException : Exception
{
    /// <summary>With a message for the user.</summary>
    public ConsoleException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for the user and the host's error.</summary>
    public ConsoleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
