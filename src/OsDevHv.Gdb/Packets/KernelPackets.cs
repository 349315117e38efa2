using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Gdb.Packets;

/// <summary>
/// The kernel's file and where the kernel is: what a debugger needs to find symbols by itself. Of all files on this host, a debugger can
/// read that one alone.
/// </summary>
internal static class KernelPackets
{
    /// <summary>errno values of the protocol's File-I/O (GDB manual, appendix E.11).</summary>
    private enum FileError
    {
        NoEntry = 2,
        BadNumber = 9,
        Invalid = 22,
        TooManyOpen = 24,
    }

    /// <summary><c>qOffsets</c>: how far the kernel was moved; no answer where that is not known.</summary>
    /// <remarks>
    /// gdb moves the sections .text, .data and .bss alone by <c>Text</c>, but all of them by <c>TextSeg</c>, the address of the first
    /// segment. LLDB takes the value for an offset in either form. Where nothing was moved gdb is told nothing: the file that it was given
    /// need not be the one that was booted.
    /// </remarks>
    public static void Offsets(GdbSession session, PacketReader packet)
    {
        bool isLldb = session.Reply.Client.HasFlag(ClientFeatures.Lldb);
        if (session.Target.FindKernel() is not { Bias: { } bias, RunAddress: { } address } || (bias == 0 && !isLldb))
        {
            session.Reply.Text([]);
            return;
        }

        session.Reply.Begin();
        if (isLldb)
        {
            session.Writer.Append("Text="u8);
            session.Writer.AppendNumber(bias);
            session.Writer.Append(";Data="u8);
            session.Writer.AppendNumber(bias);
        }
        else
        {
            session.Writer.Append("TextSeg="u8);
            session.Writer.AppendNumber(address);
        }

        session.Reply.End();
    }

    /// <summary><c>qSymbol</c>: gdb offers to look up symbols; we need none.</summary>
    public static void NoSymbols(GdbSession session, PacketReader packet) => session.Reply.Ok();

    /// <summary><c>vFile</c>: the operations that reading a file takes; any other is not supported.</summary>
    public static void File(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        ReadOnlySpan<byte> operation = packet.ReadUntil(':');
        if (operation.SequenceEqual("setfs"u8))
        {
            ReplyResult(session, 0);
        }
        else if (operation.SequenceEqual("open"u8))
        {
            Open(session, packet);
        }
        else if (operation.SequenceEqual("pread"u8))
        {
            Read(session, packet);
        }
        else if (operation.SequenceEqual("fstat"u8))
        {
            Describe(session, packet);
        }
        else if (operation.SequenceEqual("close"u8))
        {
            Close(session, packet);
        }
        else
        {
            session.Reply.Text([]);
        }
    }

    /// <summary><c>open:PATH,FLAGS,MODE</c>, the path in hexadecimal.</summary>
    private static void Open(GdbSession session, PacketReader packet)
    {
        ReadOnlySpan<byte> digits = packet.ReadUntil(',');
        Span<byte> path = session.Scratch.AsSpan(0, digits.Length / 2);
        if (!new PacketReader(digits).TryReadHexToEnd(path) || !packet.TryReadRange(out ulong flags, out _))
        {
            ReplyError(session, FileError.Invalid);
            return;
        }

        const ulong readOnly = 0;
        if (flags != readOnly || session.Target.FindKernel() is not { } kernel || Encoding.UTF8.GetString(path) != kernel.Path)
        {
            ReplyError(session, FileError.NoEntry);
            return;
        }

        SafeFileHandle? file = TryOpen(kernel.Path);
        int number = file is null ? -1 : session.Settings.Add(file);
        if (number >= 0)
        {
            ReplyResult(session, number);
            return;
        }

        file?.Dispose();
        ReplyError(session, file is null ? FileError.NoEntry : FileError.TooManyOpen);
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary><c>pread:FD,COUNT,OFFSET</c>.</summary>
    private static void Read(GdbSession session, PacketReader packet)
    {
        if (!packet.TryReadRange(out ulong number, out ulong count) || !packet.TryTake(',') || !packet.TryReadNumber(out ulong offset)
            || offset > long.MaxValue)
        {
            ReplyError(session, FileError.Invalid);
            return;
        }

        if (session.Settings.File(number) is not { } file)
        {
            ReplyError(session, FileError.BadNumber);
            return;
        }

        Span<byte> bytes = session.Scratch.AsSpan(0, (int)Math.Min(count, GdbSession.PacketSize / 2));
        int read;
        try
        {
            read = RandomAccess.Read(file, bytes, (long)offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ReplyError(session, FileError.Invalid);
            return;
        }

        ReplyData(session, bytes[..read]);
    }

    /// <summary>
    /// <c>fstat:FD</c>: 64 bytes, big-endian (GDB manual, "Protocol-specific Representation of Datatypes"); the size is what counts.
    /// </summary>
    private static void Describe(GdbSession session, PacketReader packet)
    {
        if (!packet.TryReadNumber(out ulong number) || session.Settings.File(number) is not { } file)
        {
            ReplyError(session, FileError.BadNumber);
            return;
        }

        const int modeOffset = 8, linksOffset = 12, sizeOffset = 28;
        const uint regularAndReadable = 0x8000 | 0x124;
        Span<byte> status = stackalloc byte[64];
        status.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(status[modeOffset..], regularAndReadable);
        BinaryPrimitives.WriteUInt32BigEndian(status[linksOffset..], 1);
        BinaryPrimitives.WriteInt64BigEndian(status[sizeOffset..], RandomAccess.GetLength(file));
        ReplyData(session, status);
    }

    private static void Close(GdbSession session, PacketReader packet)
    {
        if (packet.TryReadNumber(out ulong number) && session.Settings.Close(number))
        {
            ReplyResult(session, 0);
            return;
        }

        ReplyError(session, FileError.BadNumber);
    }

    private static void ReplyResult(GdbSession session, int result)
    {
        session.Reply.Begin();
        session.Writer.Append((byte)'F');
        session.Writer.AppendNumber((ulong)result);
        session.Reply.End();
    }

    private static void ReplyData(GdbSession session, ReadOnlySpan<byte> data)
    {
        session.Reply.Begin();
        session.Writer.Append((byte)'F');
        session.Writer.AppendNumber((ulong)data.Length);
        session.Writer.Append((byte)';');
        session.Writer.AppendBinary(data);
        session.Reply.End();
    }

    private static void ReplyError(GdbSession session, FileError error)
    {
        session.Reply.Begin();
        session.Writer.Append("F-1,"u8);
        session.Writer.AppendNumber((ulong)error);
        session.Reply.End();
    }
}
