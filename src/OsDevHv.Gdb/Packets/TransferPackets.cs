using System.Text;

namespace OsDevHv.Gdb.Packets;

/// <summary><c>qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH</c>: documents read in pieces.</summary>
internal static class TransferPackets
{
    /// <summary>Any <c>qXfer</c>: an object or operation that we do not have is not supported.</summary>
    public static void Transfer(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        ReadOnlySpan<byte> name = packet.ReadUntil(':');
        ReadOnlySpan<byte> operation = packet.ReadUntil(':');
        bool features = name.SequenceEqual("features"u8);
        bool map = name.SequenceEqual("memory-map"u8);
        bool file = name.SequenceEqual("exec-file"u8);
        bool libraries = name.SequenceEqual("libraries"u8);
        if (!(features || map || file || libraries || name.SequenceEqual("threads"u8)) || !operation.SequenceEqual("read"u8))
        {
            session.Reply.Text([]);
            return;
        }

        ReadOnlySpan<byte> annex = packet.ReadUntil(':');
        if (!packet.TryReadRange(out ulong offset, out ulong length) || !packet.AtEnd)
        {
            session.Reply.Malformed("qXfer takes an object, read, an annex, an offset and a length");
            return;
        }

        if (file)
        {
            SendFileName(session, offset, length);
            return;
        }

        if (!annex.SequenceEqual(features ? "target.xml"u8 : []))
        {
            session.Reply.Malformed(features ? "the only description is target.xml" : "this object takes no annex");
            return;
        }

        if (features)
        {
            session.TransferDocument = session.Layout.Description;
        }
        else if (libraries)
        {
            session.TransferDocument = TransferDocuments.NoLibraries;
        }
        else if (offset == 0)
        {
            string process = session.Reply.Client.HasFlag(ClientFeatures.Multiprocess) ? "p1." : "";
            session.TransferDocument = map
                ? TransferDocuments.MemoryMap(session.Target, session.Layout.Architecture)
                : TransferDocuments.Threads(session, process);
        }

        Send(session, offset, length);
    }

    /// <summary>The path of the kernel's file, whatever process the annex names: there is one.</summary>
    private static void SendFileName(GdbSession session, ulong offset, ulong length)
    {
        if (session.Target.FindKernel() is not { } kernel)
        {
            session.Reply.Error(RspError.Refused, "the kernel was not booted from an ELF file");
            return;
        }

        session.TransferDocument = Encoding.UTF8.GetBytes(kernel.Path);
        Send(session, offset, length);
    }

    private static void Send(GdbSession session, ulong offset, ulong length)
    {
        byte[] document = session.TransferDocument;
        if (offset > (ulong)document.Length)
        {
            session.Reply.Malformed("the offset is beyond the end of the document");
            return;
        }

        ReadOnlySpan<byte> rest = document.AsSpan((int)offset);
        int count = (int)Math.Min(length, (ulong)Math.Min(rest.Length, GdbSession.PacketSize / 2));
        session.Reply.Begin();
        session.Writer.Append(count == rest.Length ? (byte)'l' : (byte)'m');
        session.Writer.AppendBinary(rest[..count]);
        session.Reply.End();
    }
}
