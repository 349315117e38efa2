using System.Net.Sockets;
using OsDevHv.Kvm;
using OsDevHv.Machine;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Snapshots;

namespace OsDevHv.Running;

/// <summary>Why a run could not begin or go on: what the user reads, and the exit code.</summary>
/// <param name="Message">One line, or for an error of ours the stack trace too.</param>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
internal sealed record Failure(string Message, int ExitCode)
{
    /// <summary>Any exception as a failure.</summary>
    public static Failure Of(Exception error) => error switch
    {
        SnapshotException => new(error.Message, ExitCodes.BadImage),
        BootException => new(error.Message, ExitCodes.BadImage),
        KvmUnavailableException => new($"{error.Message} ('osdevhv doctor' tells more.)", ExitCodes.NoKvm),
        KvmException => new(error.Message, ExitCodes.MachineError),
        ConsoleException or HostException => new(error.Message, ExitCodes.HostError),
        InsufficientMemoryException or OutOfMemoryException => new($"not enough memory on this host: {error.Message}", ExitCodes.HostError),
        IOException or UnauthorizedAccessException or SocketException => new(error.Message, ExitCodes.HostError),
        _ => new($"an error in this program, please report it: {error}", ExitCodes.MachineError),
    };
}

/// <summary>Something of the host cannot be had; the message names it and the way out.</summary>
internal sealed class HostException(string message, Exception inner) : Exception(message, inner);
