namespace OsDevHv.Gdb.Packets;

/// <summary>Memory, in the address space of the selected thread.</summary>
/// <remarks>
/// A read may give less than was asked for: up to an unmapped edge, or what fits a packet; the client asks again for the rest.
/// </remarks>
internal static class MemoryPackets
{
    /// <summary><c>m ADDRESS,LENGTH</c>: as hexadecimal digits.</summary>
    public static void ReadHex(GdbSession session, PacketReader packet)
    {
        if (TryRead(session, packet, out ReadOnlySpan<byte> data))
        {
            session.Reply.Begin();
            session.Writer.AppendHex(data);
            session.Reply.EndEncoded();
        }
    }

    /// <summary><c>x ADDRESS,LENGTH</c> (<c>binary-upload</c>, gdb 16): <c>b</c> and the bytes, escaped. LLDB wants no <c>b</c>, and
    /// asks by a read of nothing at 0 whether we know it.</summary>
    public static void ReadBinary(GdbSession session, PacketReader packet)
    {
        bool isLldb = session.Reply.Client.HasFlag(ClientFeatures.Lldb);
        if (isLldb && packet.Rest.SequenceEqual("0,0"u8))
        {
            session.Reply.Ok();
            return;
        }

        if (TryRead(session, packet, out ReadOnlySpan<byte> data))
        {
            session.Reply.Begin();
            if (!isLldb)
            {
                session.Writer.Append((byte)'b');
            }

            session.Writer.AppendBinary(data);
            session.Reply.End();
        }
    }

    /// <summary><c>M ADDRESS,LENGTH:DATA</c>: hexadecimal digits.</summary>
    public static void WriteHex(GdbSession session, PacketReader packet)
    {
        if (!TryReadHeader(ref packet, out ulong address, out ulong length) || length > (ulong)session.Scratch.Length)
        {
            session.Reply.Malformed("M takes an address, a length and as many bytes in hexadecimal, inside the address space");
            return;
        }

        Span<byte> data = session.Scratch.AsSpan(0, (int)length);
        if (!packet.TryReadHexToEnd(data))
        {
            session.Reply.Malformed("M's length and data do not agree");
            return;
        }

        Write(session, address, data);
    }

    /// <summary><c>X ADDRESS,LENGTH:DATA</c>: binary; of length 0, the question whether we know it.</summary>
    public static void WriteBinary(GdbSession session, PacketReader packet)
    {
        if (!TryReadHeader(ref packet, out ulong address, out ulong length) || length != (ulong)packet.Rest.Length)
        {
            session.Reply.Malformed("X takes an address, a length and as many bytes, inside the address space");
            return;
        }

        Write(session, address, packet.Rest);
    }

    /// <summary>Reads memory where the client's addresses mean; returns how many bytes, from the start.</summary>
    public static int Read(GdbSession session, ulong address, Span<byte> destination) =>
        session.Settings.PhysicalMemory
            ? session.Target.ReadPhysicalMemory(address, destination)
            : session.Target.ReadMemory(session.SelectedVcpu, address, destination);

    private static bool TryRead(GdbSession session, PacketReader packet, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!packet.TryReadRange(out ulong address, out ulong length) || !packet.AtEnd)
        {
            session.Reply.Malformed("a read takes an address and a length");
            return false;
        }

        ulong toEnd = ulong.MaxValue - address;
        int wanted = (int)Math.Min(length, GdbSession.PacketSize / 2);
        wanted = (ulong)wanted > toEnd ? (int)toEnd + 1 : wanted;
        int read = wanted == 0 ? 0 : Read(session, address, session.Scratch.AsSpan(0, wanted));
        if (read == 0 && wanted > 0)
        {
            session.Reply.Error(RspError.NoMemory, $"no memory at {address:x}h");
            return false;
        }

        data = session.Scratch.AsSpan(0, read);
        return true;
    }

    private static bool TryReadHeader(ref PacketReader packet, out ulong address, out ulong length) =>
        packet.TryReadRange(out address, out length)
        && packet.TryTake(':')
        && (length == 0 || length - 1 <= ulong.MaxValue - address);

    private static void Write(GdbSession session, ulong address, ReadOnlySpan<byte> data)
    {
        string? error = null;
        if (data.IsEmpty
            || (session.Settings.PhysicalMemory
                ? session.Target.TryWritePhysicalMemory(address, data, out error)
                : session.Target.TryWriteMemory(session.SelectedVcpu, address, data, out error)))
        {
            session.Reply.Ok();
            return;
        }

        session.Reply.Error(RspError.NoMemory, error ?? $"the memory at {address:x}h cannot be written");
    }
}
