using System.Runtime.InteropServices;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>
/// SIGINT (Ctrl-C) and SIGTERM end the run in good order; a second one ends the process at once. Both put the terminal back as it was.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TextWriter _messages;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <param name="messages">Where a forced end is told.</param>
    /// <param name="interruptIsDebuggers">Ctrl-C is for the debugger, which shares the terminal and gets it too.</param>
    public StopSignals(TextWriter messages, bool interruptIsDebuggers = false)
    {
        _messages = messages;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, interruptIsDebuggers ? Ignore : Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
        {
            _stop.Cancel();
            return;
        }

        _messages.WriteLine($"osdevhv: stopped: forced by a second signal (exit code {ExitCodes.Stopped})");
        Environment.Exit(ExitCodes.Stopped);
    }
}
