using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Running;

/// <summary>
/// stdout or stderr for text of ours. The console streams of .NET would read the terminal's description, change its settings and send it a
/// sequence, which is the guest's business here.
/// </summary>
internal sealed class StandardStream : Stream
{
    private const int StandardOutput = 1;

    private readonly HostDescriptor _descriptor;
    private readonly bool _tellsErrors;

    /// <param name="descriptor">1 or 2; stays open.</param>
    public StandardStream(int descriptor)
    {
        _descriptor = new HostDescriptor(new SafeFileHandle(descriptor, ownsHandle: false));

        // Where stderr leads nowhere there is nobody to tell, and a run does not fail for it.
        _tellsErrors = descriptor == StandardOutput;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Text on one of the process's streams; each line leaves at once if <paramref name="autoFlush"/>. Any thread.</summary>
    public static TextWriter OpenText(int descriptor, bool autoFlush) =>
        TextWriter.Synchronized(new StreamWriter(new StandardStream(descriptor)) { AutoFlush = autoFlush, NewLine = "\n" });

    /// <exception cref="IOException">It could not be written. That a reader has gone is no error: it has seen what it wanted.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_descriptor.Write(buffer, out int errno) == StreamResult.Failed && _tellsErrors)
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(errno));
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _descriptor.Dispose();
        base.Dispose(disposing);
    }
}
