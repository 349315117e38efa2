using System.Runtime.InteropServices;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// Puts the terminal on stdin into a mode in which keys come through one by one, and back: on <see cref="Dispose"/>, when the process exits or an
/// exception ends it, and while it is suspended (Ctrl-Z). It leaves the terminal alone while another process has it.
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

            if (!IsForeground || !HostTerminal.TryGet(StandardInput, out _original))
            {
                return false;
            }

            if (_suspend is null && OperatingSystem.IsLinux())
            {
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Leave();
                AppDomain.CurrentDomain.UnhandledException += (_, _) => Leave();

                // Not cancelled: the process is suspended after the handler ran.
                _suspend = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => Leave());
                _continue = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => TryEnter());
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
