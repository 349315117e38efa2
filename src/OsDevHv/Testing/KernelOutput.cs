using System.Buffers;
using OsDevHv.Kvm.Host;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;

namespace OsDevHv.Testing;

/// <summary>
/// Passes on to stdout, as it comes, what a kernel under test prints on the consoles that lead there. A reader that is slow slows the
/// kernel; one that has gone does not end the test. Consoles come each on a thread of its own, so what one prints while another's line is
/// not at its end is held back for a moment: lines stay whole.
/// </summary>
/// <remarks>Any thread: each console has one.</remarks>
internal sealed class KernelOutput : IDisposable
{
    private const int MostHeld = 4096;
    private static readonly TimeSpan s_longestHeld = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly OutputDescriptor _output;
    private string? _lineOf;
    private string _heldOf = "";
    private readonly HashSet<string> _devices;

    /// <param name="profile">The machine, whose devices are connected.</param>
    /// <param name="descriptor">stdout; is disposed of with this.</param>
    /// <param name="messages">Where it is told that stdout cannot be written any more.</param>
    public KernelOutput(MachineProfile profile, HostDescriptor descriptor, TextWriter messages)
    {
        _output = new OutputDescriptor(descriptor, "stdout", messages);
        _timer = new Timer(_ => Release());
        IEnumerable<DeviceProfile> connected = profile.Devices
            .Where(static device => ConnectionOf(device) is { Kind: ConnectionKind.Stdio });
        _devices = [.. connected.Select(static device => device.Name)];
    }

    /// <summary>Who takes what a device prints; null where its connection is another.</summary>
    public OutputReceiver? Of(string device) => _devices.Contains(device) ? bytes => Write(device, bytes) : null;

    /// <summary>Nothing is waited for any more; what cannot be written at once is lost.</summary>
    public void Cancel() => _output.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        _timer.Dispose();
        _output.Dispose();
    }

    private static Connection? ConnectionOf(DeviceProfile device) => device switch
    {
        UartProfile uart => uart.Connection,
        DebugConsoleProfile console => console.Connection,
        _ => null,
    };

    private void Write(string device, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_lineOf is null || _lineOf == device)
            {
                PassOn(device, bytes);
                if (_lineOf is null)
                {
                    Release();
                }

                return;
            }

            if (_held.WrittenCount == 0)
            {
                _timer.Change(s_longestHeld, Timeout.InfiniteTimeSpan);
            }

            _held.Write(bytes);
            _heldOf = device;
            if (_held.WrittenCount > MostHeld)
            {
                Release();
            }
        }
    }

    private void Release()
    {
        lock (_lock)
        {
            if (_held.WrittenCount > 0)
            {
                PassOn(_heldOf, _held.WrittenSpan);
                _held.ResetWrittenCount();
            }
        }
    }

    private void PassOn(string device, ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _lineOf = bytes.EndsWith("\n"u8) ? null : device;
    }
}
