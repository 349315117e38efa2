using System.Runtime.InteropServices;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>
/// SIGINT (Ctrl-C) and SIGTERM end the run in good order; a second one ends the process at once. Both put the terminal back as it was.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

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

        // A stderr that takes nothing does not keep the process.
        var telling = new Thread(Tell) { IsBackground = true, Name = "second signal" };
        telling.Start();
        telling.Join(s_patience);
        Environment.Exit(ExitCodes.Stopped);
    }

    private void Tell() => _messages.WriteLine($"osdevhv: stopped: forced by a second signal (exit code {ExitCodes.Stopped})");
}
