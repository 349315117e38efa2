namespace OsDevHv.Gdb.Packets;

/// <summary>Breakpoints and watchpoints: <c>Z TYPE,ADDRESS,KIND</c> and <c>z</c>, where the kind is a length in bytes.</summary>
/// <remarks>Conditions and commands are not announced, so a packet that has them is malformed.</remarks>
internal static class BreakpointPackets
{
    /// <summary><c>Z</c>: what the target cannot do is refused with its words.</summary>
    public static void Insert(GdbSession session, PacketReader packet)
    {
        if (!TryRead(session, packet, out BreakpointKind kind, out ulong address, out int length))
        {
            return;
        }

        if (session.Target.TryInsertBreakpoint(kind, address, length, out string? error))
        {
            session.Reply.Ok();
            return;
        }

        // gdb up to 15 reports only that it failed.
        string text = error ?? $"no breakpoint can be set at {address:x}h";
        session.Reply.KeepNotice(text);
        session.Reply.Error(RspError.Refused, text);
    }

    /// <summary><c>z</c>. Repeatable, as the manual demands for retransmitted packets: removing what is not there succeeds.</summary>
    public static void Remove(GdbSession session, PacketReader packet)
    {
        if (TryRead(session, packet, out BreakpointKind kind, out ulong address, out int length))
        {
            session.Target.TryRemoveBreakpoint(kind, address, length, out _);
            session.Reply.Ok();
        }
    }

    private static bool TryRead(GdbSession session, PacketReader packet, out BreakpointKind kind, out ulong address, out int length)
    {
        (kind, address, length) = (default, 0, 0);
        if (!packet.TryReadNumber(out ulong type) || !packet.TryTake(','))
        {
            session.Reply.Malformed("a breakpoint has a type, an address and a length");
            return false;
        }

        if (type > (ulong)BreakpointKind.AccessWatch)
        {
            session.Reply.Text([]); // A type that we do not know: not supported.
            return false;
        }

        if (!packet.TryReadRange(out address, out ulong size) || !packet.AtEnd)
        {
            session.Reply.Malformed("a breakpoint has a type, an address and a length");
            return false;
        }

        if (size is 0 or > int.MaxValue || size - 1 > ulong.MaxValue - address)
        {
            session.Reply.Malformed("a breakpoint's length is at least 1 and stays inside the address space");
            return false;
        }

        (kind, length) = ((BreakpointKind)type, (int)size);
        return true;
    }
}
