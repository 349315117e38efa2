using OsDevHv.Kvm.Host;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;

namespace OsDevHv.Testing;

/// <summary>
/// Passes on to stdout, as it comes, what a kernel under test prints on the consoles that lead there. A reader that is slow slows the
/// kernel; one that has gone does not end the test.
/// </summary>
/// <remarks>Any thread: each console has one.</remarks>
internal sealed class KernelOutput : IDisposable
{
    private readonly Lock _lock = new();
    private readonly OutputDescriptor _output;
    private readonly HashSet<string> _devices;

    /// <param name="profile">The machine, whose devices are connected.</param>
    /// <param name="descriptor">stdout; is disposed of with this.</param>
    /// <param name="messages">Where it is told that stdout cannot be written any more.</param>
    public KernelOutput(MachineProfile profile, HostDescriptor descriptor, TextWriter messages)
    {
        _output = new OutputDescriptor(descriptor, "stdout", messages);
        IEnumerable<DeviceProfile> connected = profile.Devices.Where(static device => ConnectionOf(device) is { Kind: ConnectionKind.Stdio });
        _devices = [.. connected.Select(static device => device.Name)];
    }

    /// <summary>Who takes what a device prints; null where its connection is another.</summary>
    public OutputReceiver? Of(string device) => _devices.Contains(device) ? Write : null;

    /// <summary>Nothing is waited for any more; what cannot be written at once is lost.</summary>
    public void Cancel() => _output.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private static Connection? ConnectionOf(DeviceProfile device) => device switch
    {
        UartProfile uart => uart.Connection,
        DebugConsoleProfile console => console.Connection,
        _ => null,
    };

    private void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _output.Write(bytes);
        }
    }
}
