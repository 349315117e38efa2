using System.Text;

namespace OsDevHv.Gdb.Packets;

/// <summary>Extended mode: the machine is started again, in the same session.</summary>
internal static class ExtendedPackets
{
    /// <summary><c>!</c>.</summary>
    public static void Extend(GdbSession session, PacketReader packet)
    {
        session.IsExtended = true;
        session.Reply.Ok();
    }

    /// <summary><c>R XX</c>: switches the machine off and on; it stays stopped. There is no reply unless it fails.</summary>
    public static void Restart(GdbSession session, PacketReader packet) => TryRestart(session, commandLine: null);

    /// <summary>
    /// <c>vRun;FILE[;ARGUMENT]...</c>: switches the machine off and on. The arguments, where there are some, become the kernel's command
    /// line; the file must be empty, for the kernel is the profile's. The reply is the stop before the first instruction.
    /// </summary>
    public static void Run(GdbSession session, PacketReader packet)
    {
        packet.TryTake(';');
        if (!packet.ReadUntil(';').IsEmpty)
        {
            session.Reply.Error(RspError.Refused, "the kernel is the profile's: leave 'set remote exec-file' empty");
            return;
        }

        if (!TryReadArguments(session, packet, out string? commandLine))
        {
            session.Reply.Malformed("vRun's arguments are in hexadecimal");
            return;
        }

        if (TryRestart(session, commandLine))
        {
            session.ReportStop(session.Target.LastStop);
        }
    }

    /// <summary><c>vAttach;PID</c>: we are attached to the only process that there is; the reply is why it stopped.</summary>
    public static void Attach(GdbSession session, PacketReader packet)
    {
        packet.TryTake(';');
        if (!packet.TryReadNumber(out ulong process) || !packet.AtEnd || process != 1)
        {
            session.Reply.Error(RspError.NoThread, "the machine is process 1");
        }
        else if (session.IsKilled)
        {
            session.Reply.Error(RspError.Refused, "the machine was killed; 'run' starts it again");
        }
        else if (session.IsNonStop)
        {
            session.Reply.Ok();
        }
        else
        {
            session.ReportStop(session.Target.LastStop);
        }
    }

    private static bool TryRestart(GdbSession session, string? commandLine)
    {
        if (session.Wait(session.Target.RestartAsync(commandLine)) is { } error)
        {
            session.Reply.Error(RspError.Failed, error);
            return false;
        }

        session.Restarted();
        return true;
    }

    private static bool TryReadArguments(GdbSession session, PacketReader packet, out string? commandLine)
    {
        commandLine = null;
        while (!packet.AtEnd)
        {
            ReadOnlySpan<byte> digits = packet.ReadUntil(';');
            Span<byte> bytes = session.Scratch.AsSpan(0, digits.Length / 2);
            if (!new PacketReader(digits).TryReadHexToEnd(bytes))
            {
                return false;
            }

            string argument = Encoding.UTF8.GetString(bytes);
            commandLine = commandLine is null ? argument : $"{commandLine} {argument}";
        }

        return true;
    }
}
