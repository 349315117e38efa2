namespace OsDevHv.Gdb;

/// <summary>Writes stop replies (GDB manual, appendix E.3).</summary>
internal static class StopReply
{
    private const byte Sigint = 2;
    private const byte Sigtrap = 5;
    private const byte Sigabrt = 6;

    /// <summary>
    /// Writes the payload: <c>W</c> with the exit code, or <c>T</c> with the signal, the reason where the client understands it, the
    /// thread and the expedited registers.
    /// </summary>
    public static void Write(RspFrameWriter writer, StopEvent stop, ClientFeatures client, RegisterLayout layout, RegisterFile? registers)
    {
        if (stop.Kind == StopKind.Exited)
        {
            writer.Append((byte)'W');
            writer.AppendHexByte((byte)stop.Signal);
            if (client.HasFlag(ClientFeatures.Multiprocess))
            {
                writer.Append(";process:1"u8);
            }

            return;
        }

        writer.Append((byte)'T');
        writer.AppendHexByte(SignalOf(stop));
        AppendReason(writer, stop, client);
        writer.Append("thread:"u8);
        ThreadIdText.Append(writer, stop.Vcpu, client);
        writer.Append((byte)';');
        if (registers is not null)
        {
            AppendRegisters(writer, layout, registers);
        }
    }

    /// <summary>gdb's number for the signal that a stop is reported as.</summary>
    public static byte SignalOf(StopEvent stop) => stop.Kind switch
    {
        StopKind.Interrupted => Sigint,
        StopKind.Halted => 0,
        StopKind.Crashed => stop.Signal is > 0 and <= byte.MaxValue ? (byte)stop.Signal : Sigabrt,
        _ => Sigtrap,
    };

    private static void AppendReason(RspFrameWriter writer, StopEvent stop, ClientFeatures client)
    {
        switch (stop.Kind)
        {
            case StopKind.SoftwareBreakpoint when client.HasFlag(ClientFeatures.SoftwareBreakpointReason):
                writer.Append("swbreak:;"u8);
                break;
            case StopKind.HardwareBreakpoint when client.HasFlag(ClientFeatures.HardwareBreakpointReason):
                writer.Append("hwbreak:;"u8);
                break;
            case StopKind.WriteWatchpoint:
                AppendWatch(writer, "watch:"u8, stop.Address);
                break;
            case StopKind.ReadWatchpoint:
                AppendWatch(writer, "rwatch:"u8, stop.Address);
                break;
            case StopKind.AccessWatchpoint:
                AppendWatch(writer, "awatch:"u8, stop.Address);
                break;
        }
    }

    private static void AppendWatch(RspFrameWriter writer, ReadOnlySpan<byte> name, ulong address)
    {
        writer.Append(name);
        writer.AppendNumber(address);
        writer.Append((byte)';');
    }

    private static void AppendRegisters(RspFrameWriter writer, RegisterLayout layout, RegisterFile registers)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        foreach (RegisterDescription register in layout.Expedited)
        {
            register.Read(registers, value);
            writer.AppendHexByte((byte)register.Number);
            writer.Append((byte)':');
            writer.AppendHex(value[..register.Bytes]);
            writer.Append((byte)';');
        }
    }
}
