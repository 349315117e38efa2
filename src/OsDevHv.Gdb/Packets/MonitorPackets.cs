using System.Text;

namespace OsDevHv.Gdb.Packets;

/// <summary>gdb's <c>monitor</c>. The commands are the target's.</summary>
internal static class MonitorPackets
{
    /// <summary><c>qRcmd,COMMAND</c> in hexadecimal: the output as console packets, then OK.</summary>
    public static void Command(GdbSession session, PacketReader packet)
    {
        if (!packet.TryTake(','))
        {
            session.Reply.Malformed("qRcmd takes a command in hexadecimal");
            return;
        }

        Span<byte> text = session.Scratch.AsSpan(0, packet.Rest.Length / 2);
        if (!packet.TryReadHexToEnd(text))
        {
            session.Reply.Malformed("qRcmd's command is not in hexadecimal");
            return;
        }

        string output = session.Wait(session.Target.MonitorAsync(Encoding.UTF8.GetString(text), session.SelectedVcpu));
        session.Reply.ShowConsole(session.Target.TakeNotices() + output);
        session.Reply.Ok();
    }
}
