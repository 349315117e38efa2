namespace OsDevHv.Gdb.Packets;

/// <summary>Non-stop mode: vCPUs stop and run each on its own.</summary>
internal static class ModePackets
{
    /// <summary><c>QNonStop:1</c> and <c>QNonStop:0</c>. Going back to all-stop mode stops every thread without a word.</summary>
    public static void SetNonStop(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        if (packet.Rest is not [(byte)'0' or (byte)'1'])
        {
            session.Reply.Malformed("QNonStop takes 0 or 1");
            return;
        }

        bool wanted = packet.Rest[0] == '1';
        if (wanted && session.Target is SharedView { Controls: false })
        {
            session.Reply.Error(RspError.Refused, "a connection that only watches has no non-stop mode");
            return;
        }

        session.SetNonStop(wanted);
        session.Reply.Ok();
    }

    /// <summary><c>vStopped</c>: the client has seen a stop; the next one, or OK when there is none.</summary>
    public static void NextStopped(GdbSession session, PacketReader packet) => session.ReportNextStopped();

    /// <summary><c>vCtrlC</c>: as Ctrl-C. In non-stop mode it stops the thread that was resumed last.</summary>
    public static void Interrupt(GdbSession session, PacketReader packet)
    {
        session.Reply.Ok();
        session.Interrupt();
    }

    /// <summary>
    /// <c>QThreadEvents:1</c>: taken and without effect: a vCPU is a thread from the first to the last, waiting for its SIPI too, so none
    /// comes or goes.
    /// </summary>
    public static void SetThreadEvents(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        if (packet.Rest is [(byte)'0' or (byte)'1'])
        {
            session.Reply.Ok();
        }
        else
        {
            session.Reply.Malformed("QThreadEvents takes 0 or 1");
        }
    }
}
