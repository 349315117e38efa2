namespace OsDevHv.Gdb.Packets;

/// <summary>Breakpoints and watchpoints: <c>Z TYPE,ADDRESS,KIND</c> and <c>z</c>, where the kind is a length in bytes.</summary>
/// <remarks>
/// Conditions follow as <c>;X LENGTH,BYTECODE</c>, any number: the breakpoint stops when one of them is true. A packet for a breakpoint that
/// is there replaces its conditions. Commands are not announced, so a packet that has them is malformed.
/// </remarks>
internal static class BreakpointPackets
{
    private const int MaximumConditions = 64;

    /// <summary><c>Z</c>: what the target cannot do is refused with its words.</summary>
    public static void Insert(GdbSession session, PacketReader packet)
    {
        if (!TryRead(session, ref packet, out BreakpointKind kind, out ulong address, out int length)
            || !TryReadConditions(session, packet, out IReadOnlyList<AgentExpression> conditions))
        {
            return;
        }

        if (session.Target.TryInsertBreakpoint(kind, address, length, conditions, out string? error))
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
        if (TryRead(session, ref packet, out BreakpointKind kind, out ulong address, out int length))
        {
            session.Target.TryRemoveBreakpoint(kind, address, length, out _);
            session.Reply.Ok();
        }
    }

    private static bool TryRead(GdbSession session, ref PacketReader packet, out BreakpointKind kind, out ulong address, out int length)
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

        if (!packet.TryReadRange(out address, out ulong size) || packet.Rest is not ([] or [(byte)';', ..]))
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

    /// <summary>Conditions come one after the other behind a semicolon, or each behind its own.</summary>
    private static bool TryReadConditions(GdbSession session, PacketReader packet, out IReadOnlyList<AgentExpression> conditions)
    {
        List<AgentExpression> read = [];
        conditions = read;
        while (!packet.AtEnd)
        {
            packet.TryTake(';');
            if (packet.AtEnd)
            {
                break;
            }

            if (!packet.TryTake('X') || !packet.TryReadNumber(out ulong length) || !packet.TryTake(','))
            {
                session.Reply.Malformed("behind a breakpoint come conditions as ;Xlength,bytecode");
                return false;
            }

            if (length is 0 or > AgentExpression.MaximumLength || read.Count == MaximumConditions)
            {
                session.Reply.Malformed(
                    $"a breakpoint has up to {MaximumConditions} conditions of 1 to {AgentExpression.MaximumLength} bytes each");
                return false;
            }

            Span<byte> code = session.Scratch.AsSpan(0, (int)length);
            if (!packet.TryReadHex(code))
            {
                session.Reply.Malformed("a condition's bytecode is not as long as it says, or not in hexadecimal");
                return false;
            }

            read.Add(AgentExpression.Create(code, session.Target.Architecture));
        }

        return true;
    }
}
