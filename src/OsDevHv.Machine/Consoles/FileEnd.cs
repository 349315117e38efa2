using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>Output goes to a file, emptied first; a FIFO or a device works too. There is no input.</summary>
internal sealed class FileEnd : IHostEnd
{
    private readonly OutputDescriptor _output;

    public FileEnd(string path, TextWriter messages)
    {
        // ReadWrite sharing: the user may well read along, with tail -f for example.
        _output = new OutputDescriptor(
            new HostDescriptor(File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)), path, messages);
    }

    public bool HasInput => false;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => Timeout.InfiniteTimeSpan;

    public void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public int Read(Span<byte> buffer) => 0;

    public void Cancel() => _output.Cancel();

    public void Dispose() => _output.Dispose();
}
