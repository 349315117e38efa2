using System.Runtime.InteropServices;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// Puts the terminal on stdin into a mode in which keys come through one by one, and back: on <see cref="Dispose"/>, when the process exits
/// or an exception ends it, and while it is suspended (Ctrl-Z). It leaves the terminal alone while another process has it.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class TerminalMode : IDisposable
{
    private const int StandardInput = 0;

    private readonly Lock _lock = new();
    private TerminalSettings _original;
    private bool _entered;
    private bool _disposed;
    private PosixSignalRegistration? _suspend;
    private PosixSignalRegistration? _continue;

    public bool IsTerminal { get; } = HostTerminal.IsTerminal(StandardInput);

    public static bool IsForeground => HostTerminal.IsForeground(StandardInput);

    /// <summary>Enters the mode if that was not done yet; false when this process is in the background.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_entered || _disposed)
            {
                return true;
            }

            if (!IsForeground)
            {
                return false;
            }

            // Looked at once: later it may be what a process that was killed has left.
            if (_suspend is null && OperatingSystem.IsLinux())
            {
                if (!HostTerminal.TryGet(StandardInput, out _original))
                {
                    return false;
                }

                AppDomain.CurrentDomain.ProcessExit += (_, _) => Leave();
                AppDomain.CurrentDomain.UnhandledException += (_, _) => Leave();

                _suspend = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Suspend);
                _continue = PosixSignalRegistration.Create(PosixSignal.SIGCONT, Continue);
            }

            _entered = HostTerminal.TrySet(StandardInput, HostTerminal.ForKeys(in _original));
            return _entered;
        }
    }

    public void Dispose()
    {
        Leave();
        lock (_lock)
        {
            _disposed = true;
        }

        _suspend?.Dispose();
        _continue?.Dispose();
    }

    private void Suspend(PosixSignalContext context)
    {
        // .NET would not stop the process.
        context.Cancel = true;
        Leave();
        HostTerminal.Suspend();
    }

    private void Continue(PosixSignalContext context)
    {
        // .NET would put the terminal back as it was at start.
        context.Cancel = true;
        lock (_lock)
        {
            _entered = false;
        }

        TryEnter();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (_entered && IsForeground)
            {
                HostTerminal.TrySet(StandardInput, in _original);
            }

            _entered = false;
        }
    }
}
