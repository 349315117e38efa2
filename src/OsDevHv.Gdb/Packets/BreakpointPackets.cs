namespace OsDevHv.Gdb.Packets;

/// <summary>Breakpoints and watchpoints: <c>Z TYPE,ADDRESS,KIND</c> and <c>z</c>, where the kind is a length in bytes.</summary>
/// <remarks>
/// Conditions follow as <c>;X LENGTH,BYTECODE</c>, any number: the breakpoint stops when one of them is true. Commands follow as
/// <c>;cmds:PERSIST,X LENGTH,BYTECODE</c>: they are executed in place of the stop. Whether they are to outlive the connection is taken and
/// without effect: no breakpoint does. A packet for a breakpoint that is there replaces its conditions and commands.
/// </remarks>
internal static class BreakpointPackets
{
    private const int MaximumExpressions = 64;

    /// <summary><c>Z</c>: what the target cannot do is refused with its words.</summary>
    public static void Insert(GdbSession session, PacketReader packet)
    {
        if (!TryRead(session, ref packet, out BreakpointKind kind, out ulong address, out int length)
            || !TryReadCode(session, packet, out BreakpointCode code))
        {
            return;
        }

        if (session.Target.TryInsertBreakpoint(kind, address, length, code, out string? error))
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

    /// <summary>Expressions come one after the other behind a semicolon, or each behind its own; the commands last.</summary>
    private static bool TryReadCode(GdbSession session, PacketReader packet, out BreakpointCode code)
    {
        List<AgentExpression> conditions = [];
        List<AgentExpression> commands = [];
        code = new BreakpointCode(conditions, commands);
        List<AgentExpression> read = conditions;
        while (!packet.AtEnd)
        {
            packet.TryTake(';');
            if (packet.AtEnd)
            {
                break;
            }

            if (read == conditions && packet.Rest.StartsWith("cmds:"u8))
            {
                packet.ReadUntil(':');
                read = commands;
                if (!packet.TryReadNumber(out _) || !packet.TryTake(','))
                {
                    session.Reply.Malformed("a breakpoint's commands are cmds:PERSIST,Xlength,bytecode");
                    return false;
                }
            }

            if (!TryReadExpression(session, ref packet, read))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadExpression(GdbSession session, ref PacketReader packet, List<AgentExpression> read)
    {
        if (!packet.TryTake('X') || !packet.TryReadNumber(out ulong length) || !packet.TryTake(','))
        {
            session.Reply.Malformed("behind a breakpoint come conditions and commands as ;Xlength,bytecode");
            return false;
        }

        if (length is 0 or > AgentExpression.MaximumLength || read.Count == MaximumExpressions)
        {
            session.Reply.Malformed(
                $"a breakpoint has up to {MaximumExpressions} conditions and commands of 1 to {AgentExpression.MaximumLength} bytes each");
            return false;
        }

        Span<byte> bytes = session.Scratch.AsSpan(0, (int)length);
        if (!packet.TryReadHex(bytes))
        {
            session.Reply.Malformed("a condition's or command's bytecode is not as long as it says, or not in hexadecimal");
            return false;
        }

        read.Add(AgentExpression.Create(bytes, session.Target.Architecture));
        return true;
    }
}
