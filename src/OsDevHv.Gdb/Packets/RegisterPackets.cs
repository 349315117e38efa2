namespace OsDevHv.Gdb.Packets;

/// <summary>Registers of the selected thread, in the order and with the numbers of <see cref="RegisterLayout"/>.</summary>
internal static class RegisterPackets
{
    /// <summary>
    /// <c>g</c>: the registers that QEMU has. Those behind them cost more to read; gdb asks for one with <c>p</c> when it shows it.
    /// </summary>
    public static void ReadAll(GdbSession session, PacketReader packet)
    {
        if (!TryRead(session, RegisterGroups.Core))
        {
            return;
        }

        Span<byte> values = session.Scratch.AsSpan(0, session.Layout.TotalBytes);
        foreach (RegisterDescription register in session.Layout.Registers.AsSpan(0, session.Layout.CoreCount))
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

        if (!TryRead(session, RegisterGroups.Core))
        {
            return;
        }

        foreach (RegisterDescription register in layout.Registers.AsSpan(0, layout.CoreCount))
        {
            if (!register.TryWrite(session.Registers, values.Slice(register.Offset, register.Bytes), out string? error))
            {
                session.Reply.Error(RspError.Refused, error!);
                return;
            }
        }

        Write(session, RegisterGroups.Core);
    }

    /// <summary><c>p N</c>: one that the processor does not have reads as unavailable, a row of <c>x</c>.</summary>
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

        session.Reply.Begin();
        if (register.IsAvailable(session.Registers))
        {
            Span<byte> value = stackalloc byte[RegisterDescription.MaximumBytes];
            register.Read(session.Registers, value);
            session.Writer.AppendHex(value[..register.Bytes]);
        }
        else
        {
            for (int digit = 0; digit < 2 * register.Bytes; digit++)
            {
                session.Writer.Append((byte)'x');
            }
        }

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

        Span<byte> value = stackalloc byte[RegisterDescription.MaximumBytes];
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

        if (!register.IsAvailable(session.Registers))
        {
            session.Reply.Error(RspError.Refused, $"this processor has no {register.Name}");
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
