using System.Globalization;
using System.Runtime.InteropServices;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>SIGUSR1 takes a screenshot: to the first file of <c>--screenshot</c>, else to a new file in the current directory.</summary>
internal sealed class ScreenshotSignal : IDisposable
{
    // SIGUSR1 has no name in PosixSignal; numbers above 0 are the system's own.
    private const PosixSignal UserSignal1 = (PosixSignal)10;

    private readonly IMachine _machine;
    private readonly string? _file;
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration _registration;
    private int _count;
    private bool _isOver;

    public ScreenshotSignal(IMachine machine, IReadOnlyList<ScreenshotRequest> requests)
    {
        _machine = machine;
        _file = requests is [var first, ..] ? first.File : null;
        _registration = PosixSignalRegistration.Create(UserSignal1, Handle);
    }

    /// <summary>Waits for one that is being taken.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        lock (_lock)
        {
            _isOver = true;
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (!_isOver)
            {
                _count++;
                string numbered = string.Create(CultureInfo.InvariantCulture, $"osdevhv-{Environment.ProcessId}-{_count}.png");
                _machine.TakeScreenshot(_file ?? numbered);
            }
        }
    }
}
