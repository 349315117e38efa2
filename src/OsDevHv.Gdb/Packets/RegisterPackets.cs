namespace OsDevHv.Gdb.Packets;

/// <summary>Registers of the selected thread, in the order and with the numbers of <see cref="RegisterLayout"/>.</summary>
internal static class RegisterPackets
{
    /// <summary><c>g</c>.</summary>
    public static void ReadAll(GdbSession session, PacketReader packet)
    {
        if (!TryRead(session, RegisterGroups.All))
        {
            return;
        }

        Span<byte> values = session.Scratch.AsSpan(0, session.Layout.TotalBytes);
        foreach (RegisterDescription register in session.Layout.Registers)
        {
            register.Read(session.Registers, values[register.Offset..]);
        }

        session.Reply.Begin();
        session.Writer.AppendHex(values);
        session.Reply.EndEncoded();
    }

    /// <summary><c>G DATA</c>: all registers, or nothing when one cannot take its value.</summary>
    public static void WriteAll(GdbSession session, PacketReader packet)
    {
        RegisterLayout layout = session.Layout;
        Span<byte> values = session.Scratch.AsSpan(0, layout.TotalBytes);
        if (!packet.TryReadHexToEnd(values))
        {
            session.Reply.Malformed($"G takes {2 * layout.TotalBytes} hexadecimal digits");
            return;
        }

        if (!TryRead(session, RegisterGroups.All))
        {
            return;
        }

        foreach (RegisterDescription register in layout.Registers)
        {
            if (!register.TryWrite(session.Registers, values.Slice(register.Offset, register.Bytes), out string? error))
            {
                session.Reply.Error(RspError.Refused, error!);
                return;
            }
        }

        Write(session, RegisterGroups.All);
    }

    /// <summary><c>p N</c>.</summary>
    public static void ReadOne(GdbSession session, PacketReader packet)
    {
        if (!TryReadRegister(session, ref packet, out RegisterDescription? register) || !packet.AtEnd)
        {
            session.Reply.Malformed("p takes the number of a register");
            return;
        }

        if (!TryRead(session, register!.Group))
        {
            return;
        }

        Span<byte> value = stackalloc byte[16];
        register.Read(session.Registers, value);
        session.Reply.Begin();
        session.Writer.AppendHex(value[..register.Bytes]);
        session.Reply.End();
    }

    /// <summary><c>P N=VALUE</c>.</summary>
    public static void WriteOne(GdbSession session, PacketReader packet)
    {
        if (!TryReadRegister(session, ref packet, out RegisterDescription? register) || !packet.TryTake('='))
        {
            session.Reply.Malformed("P takes the number of a register, '=' and its value");
            return;
        }

        Span<byte> value = stackalloc byte[16];
        value = value[..register!.Bytes];
        if (!packet.TryReadHexToEnd(value))
        {
            session.Reply.Malformed($"{register.Name} takes {2 * register.Bytes} hexadecimal digits");
            return;
        }

        if (!TryRead(session, register.Group))
        {
            return;
        }

        if (!register.TryWrite(session.Registers, value, out string? error))
        {
            session.Reply.Error(RspError.Refused, error!);
            return;
        }

        Write(session, register.Group);
    }

    private static bool TryReadRegister(GdbSession session, ref PacketReader packet, out RegisterDescription? register)
    {
        bool exists = packet.TryReadNumber(out ulong number) && number < (ulong)session.Layout.Count;
        register = exists ? session.Layout.Registers[(int)number] : null;
        return exists;
    }

    private static bool TryRead(GdbSession session, RegisterGroups groups)
    {
        if (session.IsNonStop && session.Threads.Runs(session.SelectedVcpu))
        {
            session.Reply.Error(RspError.Running, "the thread is running; stop it first");
            return false;
        }

        if (session.Target.TryReadRegisters(session.SelectedVcpu, groups, session.Registers, out string? error))
        {
            return true;
        }

        session.Reply.Error(RspError.Failed, error ?? "the registers cannot be read");
        return false;
    }

    private static void Write(GdbSession session, RegisterGroups groups)
    {
        if (session.Target.TryWriteRegisters(session.SelectedVcpu, groups, session.Registers, out string? error))
        {
            session.Reply.Ok();
            return;
        }

        session.Reply.Error(RspError.Refused, error ?? "the register cannot be written");
    }
}
