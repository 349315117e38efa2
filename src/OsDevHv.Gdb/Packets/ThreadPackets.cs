using System.Text;

namespace OsDevHv.Gdb.Packets;

/// <summary>vCPUs as threads: the id is the vCPU's index + 1.</summary>
internal static class ThreadPackets
{
    /// <summary><c>H g THREAD</c> and <c>H c THREAD</c>: the thread that further packets mean.</summary>
    public static void Select(GdbSession session, PacketReader packet)
    {
        bool forContinue = packet.TryTake('c');
        if (!(forContinue || packet.TryTake('g')) || !packet.TryReadThread(out ThreadId thread) || !packet.AtEnd)
        {
            session.Reply.Malformed("H takes g or c and a thread id");
            return;
        }

        bool one = thread.TryGetVcpu(session.Actions.Length, out int vcpu);
        if (!one && thread != ThreadId.Any && thread != ThreadId.All)
        {
            ReplyNoThread(session);
            return;
        }

        if (forContinue)
        {
            session.ContinueThread = thread;
        }
        else if (one)
        {
            session.SelectedVcpu = vcpu;
        }

        session.Reply.Ok();
    }

    /// <summary><c>T THREAD</c>: whether it exists.</summary>
    public static void IsAlive(GdbSession session, PacketReader packet)
    {
        if (TryReadVcpu(session, packet, out _))
        {
            session.Reply.Ok();
        }
    }

    /// <summary><c>qC</c>: the selected thread.</summary>
    public static void Current(GdbSession session, PacketReader packet)
    {
        session.Reply.Begin();
        session.Writer.Append("QC"u8);
        session.Reply.AppendThread(session.SelectedVcpu);
        session.Reply.End();
    }

    /// <summary>
    /// <c>qfThreadInfo</c>: all threads; 64 of them fit any packet. None while a killed machine waits to be started again.
    /// </summary>
    public static void First(GdbSession session, PacketReader packet)
    {
        if (session.IsKilled)
        {
            session.Reply.Text("l"u8);
            return;
        }

        session.Reply.Begin();
        session.Writer.Append((byte)'m');
        for (int vcpu = 0; vcpu < session.Actions.Length; vcpu++)
        {
            if (vcpu > 0)
            {
                session.Writer.Append((byte)',');
            }

            session.Reply.AppendThread(vcpu);
        }

        session.Reply.End();
    }

    /// <summary><c>qsThreadInfo</c>: no more.</summary>
    public static void Next(GdbSession session, PacketReader packet) => session.Reply.Text("l"u8);

    /// <summary><c>qThreadExtraInfo,THREAD</c>: what the vCPU is doing, in words.</summary>
    public static void Describe(GdbSession session, PacketReader packet)
    {
        if (!packet.TryTake(','))
        {
            session.Reply.Malformed("qThreadExtraInfo takes a thread id");
            return;
        }

        if (TryReadVcpu(session, packet, out int vcpu))
        {
            session.Reply.Begin();
            session.Writer.AppendHex(Encoding.UTF8.GetBytes(session.DescribeVcpu(vcpu)));
            session.Reply.End();
        }
    }

    private static bool TryReadVcpu(GdbSession session, PacketReader packet, out int vcpu)
    {
        vcpu = 0;
        if (!packet.TryReadThread(out ThreadId thread) || !packet.AtEnd)
        {
            session.Reply.Malformed("a thread id is a hexadecimal number");
            return false;
        }

        if (!thread.TryGetVcpu(session.Actions.Length, out vcpu))
        {
            ReplyNoThread(session);
            return false;
        }

        return true;
    }

    private static void ReplyNoThread(GdbSession session) =>
        session.Reply.Error(RspError.NoThread, $"threads are 1 to {session.Actions.Length:x}h");
}
