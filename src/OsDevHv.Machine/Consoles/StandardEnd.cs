using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// The process's stdout and stdin. When stdin is a terminal, keys come through one by one and Ctrl-A is an escape, as in QEMU; when it is
/// not, its bytes are passed as they are and its end is just the end of input.
/// </summary>
internal sealed class StandardEnd(TextWriter messages, Action? quit, bool hasInput) : IHostEnd
{
    private readonly OutputDescriptor _output = new(HostDescriptor.StandardOutput(), "stdout", messages);
    private readonly HostDescriptor _input = HostDescriptor.StandardInput();
    private readonly TerminalMode _terminal = new();
    private readonly EscapeKeys _escape = new(messages, quit);

    public bool HasInput => hasInput;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => Timeout.InfiniteTimeSpan;

    public void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public int Read(Span<byte> buffer)
    {
        if (!_terminal.IsTerminal)
        {
            return _input.Read(buffer, out int bytes, out _) == StreamResult.Done ? bytes : 0;
        }

        while (WaitForForeground() && _input.WaitReadable(out _) == StreamResult.Done)
        {
            // The shell may have put us into the background meanwhile, where a read would stop the whole process.
            if (!TerminalMode.IsForeground)
            {
                continue;
            }

            if (_input.Read(buffer, out int count, out _) != StreamResult.Done)
            {
                return 0;
            }

            int kept = _escape.Filter(buffer[..count]);
            if (kept > 0)
            {
                return kept;
            }
        }

        return 0;
    }

    public void Cancel()
    {
        _output.Cancel();
        _input.Cancel();
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _output.Dispose();
        _input.Dispose();
    }

    private bool WaitForForeground()
    {
        const int LookAgain = 200;
        while (!_terminal.TryEnter())
        {
            // Nothing tells a process that never stopped that it is in the foreground now.
            if (!_input.Pause(LookAgain))
            {
                return false;
            }
        }

        return true;
    }
}
