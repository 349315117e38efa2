namespace OsDevHv.Gdb.Packets;

/// <summary>The session itself: what both sides can do, acknowledgements, detaching and killing.</summary>
internal static class SessionPackets
{
    /// <summary><c>qSupported[:FEATURE;...]</c>: notes what the client can do and says what we can.</summary>
    public static void Supported(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        ClientFeatures client = ClientFeatures.None;
        while (!packet.AtEnd)
        {
            ReadOnlySpan<byte> feature = packet.ReadUntil(';');
            client |= feature.SequenceEqual("swbreak+"u8) ? ClientFeatures.SoftwareBreakpointReason
                : feature.SequenceEqual("hwbreak+"u8) ? ClientFeatures.HardwareBreakpointReason
                : feature.SequenceEqual("error-message+"u8) ? ClientFeatures.ErrorMessages
                : feature.SequenceEqual("multiprocess+"u8) ? ClientFeatures.Multiprocess
                : feature.SequenceEqual("no-resumed+"u8) ? ClientFeatures.NoResumed
                : ClientFeatures.None;
        }

        session.Reply.Client = client;
        session.Reply.Begin();
        session.Writer.Append("PacketSize="u8);
        session.Writer.AppendNumber(GdbSession.PacketSize);
        session.Writer.Append(";QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;binary-upload+;ConditionalBreakpoints+;BreakpointCommands+"u8);
        session.Writer.Append(";qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+;qXfer:libraries:read+"u8);
        session.Writer.Append(";QNonStop+;QThreadEvents+;no-resumed+"u8);
        if (session.Target.FindKernel() is not null)
        {
            session.Writer.Append(";qXfer:exec-file:read+"u8);
        }

        if (client.HasFlag(ClientFeatures.Multiprocess))
        {
            session.Writer.Append(";multiprocess+"u8);
        }

        if (client.HasFlag(ClientFeatures.ErrorMessages))
        {
            session.Writer.Append(";error-message+"u8);
        }

        session.Reply.End();
    }

    /// <summary><c>QStartNoAckMode</c>: no acknowledgements from here on; LLDB sends it first of all.</summary>
    public static void StartNoAckMode(GdbSession session, PacketReader packet)
    {
        session.Reply.Ok();
        session.StopAcknowledging();
    }

    /// <summary><c>qAttached</c>: yes, so that gdb offers to detach when it leaves, not to kill.</summary>
    public static void IsAttached(GdbSession session, PacketReader packet) => session.Reply.Text("1"u8);

    /// <summary><c>D[;PID]</c>: lets the machine run on and ends the session.</summary>
    public static void Detach(GdbSession session, PacketReader packet)
    {
        if (!IsOurProcess(session, packet))
        {
            return;
        }

        if (session.IsKilled)
        {
            session.Target.Kill();
            session.End(targetReleased: true);
            session.Reply.Ok();
            return;
        }

        session.End(targetReleased: true);
        session.Wait(session.Target.DetachAsync());
        session.Reply.Ok();
    }

    /// <summary>
    /// <c>k</c>: ends the run. There is no reply; but LLDB wants one, by SIGKILL. From a connection that only watches it ends just that.
    /// </summary>
    public static void Kill(GdbSession session, PacketReader packet)
    {
        if (session.Reply.Client.HasFlag(ClientFeatures.Lldb))
        {
            session.Reply.Text("X09"u8);
        }

        session.Target.Kill();
        session.End(targetReleased: true);
    }

    /// <summary>
    /// <c>vKill;PID</c>: ends the run. A client in extended mode may start the machine again (gdb's <c>run</c> kills first), so there the
    /// machine is kept, stopped, and the run ends when the client leaves without having done so.
    /// </summary>
    public static void KillWithReply(GdbSession session, PacketReader packet)
    {
        if (!IsOurProcess(session, packet))
        {
            return;
        }

        if (session.Target is SharedView { Controls: false } && !session.IsKilled)
        {
            session.Reply.Error(RspError.Refused, SharedView.OnlyWatches);
            return;
        }

        if (session.IsExtended)
        {
            session.StopAsKilled();
            session.Reply.Ok();
            return;
        }

        session.Reply.Ok();
        Kill(session, packet);
    }

    private static bool IsOurProcess(GdbSession session, PacketReader packet)
    {
        if (packet.AtEnd || (packet.TryTake(';') && packet.TryReadNumber(out ulong process) && packet.AtEnd && process == 1))
        {
            return true;
        }

        session.Reply.Error(RspError.NoThread, "the machine is process 1");
        return false;
    }
}
