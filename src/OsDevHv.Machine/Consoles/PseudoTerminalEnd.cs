using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>A new pseudo-terminal. Output while nobody has it open is dropped.</summary>
internal sealed class PseudoTerminalEnd : IHostEnd
{
    private const int LookAgain = 100;

    private readonly HostDescriptor _reader;
    private readonly HostDescriptor _writer;

    public PseudoTerminalEnd(string device, TextWriter messages)
    {
        SafeFileHandle master = HostTerminal.OpenPseudoTerminal(out string name);
        _reader = new HostDescriptor(master);
        _writer = new HostDescriptor(new SafeFileHandle(master.DangerousGetHandle(), ownsHandle: false));
        messages.WriteLine($"{device}: connected to {name}");
    }

    public bool HasInput => true;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => TimeSpan.FromSeconds(2);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (!_writer.IsHungUp())
        {
            _writer.Write(bytes, out _);
        }
    }

    public int Read(Span<byte> buffer)
    {
        while (true)
        {
            StreamResult result = _reader.Read(buffer, out int count, out _);
            if (result == StreamResult.Done)
            {
                return count;
            }

            // Nothing tells when the other end is opened (again).
            if (result != StreamResult.Ended || !_reader.Pause(LookAgain))
            {
                return 0;
            }
        }
    }

    public void Cancel()
    {
        _reader.Cancel();
        _writer.Cancel();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }
}
