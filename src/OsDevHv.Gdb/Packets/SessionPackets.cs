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
                : ClientFeatures.None;
        }

        session.Reply.Client = client;
        session.Reply.Begin();
        session.Writer.Append("PacketSize="u8);
        session.Writer.AppendNumber(GdbSession.PacketSize);
        session.Writer.Append(";QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;binary-upload+;ConditionalBreakpoints+"u8);
        session.Writer.Append(";qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+"u8);
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
        session.End(targetReleased: true);
        session.Wait(session.Target.DetachAsync());
        session.Reply.Ok();
    }

    /// <summary><c>k</c>: ends the run. There is no reply.</summary>
    public static void Kill(GdbSession session, PacketReader packet)
    {
        session.Target.Kill();
        session.End(targetReleased: true);
    }

    /// <summary><c>vKill;PID</c>: ends the run.</summary>
    public static void KillWithReply(GdbSession session, PacketReader packet)
    {
        session.Reply.Ok();
        Kill(session, packet);
    }
}
