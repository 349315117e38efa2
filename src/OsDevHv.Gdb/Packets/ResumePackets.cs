namespace OsDevHv.Gdb.Packets;

/// <summary>
/// Running and stepping. The reply is the next stop. A guest has no signals, so those of <c>C</c> and <c>S</c> are read and dropped.
/// </summary>
internal static class ResumePackets
{
    /// <summary>
    /// <c>?</c>: why the target stopped; in non-stop mode the first of the stopped threads, the others being asked for with
    /// <c>vStopped</c>, or OK when all run.
    /// </summary>
    public static void WhyStopped(GdbSession session, PacketReader packet)
    {
        if (session.IsKilled)
        {
            session.Reply.Text("W00"u8);
        }
        else if (session.IsNonStop)
        {
            session.ReportStoppedThreads();
        }
        else
        {
            session.ReportStop(session.Target.LastStop);
        }
    }

    /// <summary><c>vCont?</c>.</summary>
    public static void SupportedActions(GdbSession session, PacketReader packet) => session.Reply.Text("vCont;c;C;s;S;t;r"u8);

    /// <summary><c>c [ADDRESS]</c>.</summary>
    public static void Continue(GdbSession session, PacketReader packet) => ResumeAt(session, packet, ResumeKind.Continue);

    /// <summary><c>s [ADDRESS]</c>.</summary>
    public static void Step(GdbSession session, PacketReader packet) => ResumeAt(session, packet, ResumeKind.Step);

    /// <summary><c>C SIGNAL[;ADDRESS]</c>.</summary>
    public static void ContinueWithSignal(GdbSession session, PacketReader packet) =>
        ResumeWithSignal(session, packet, ResumeKind.Continue);

    /// <summary><c>S SIGNAL[;ADDRESS]</c>.</summary>
    public static void StepWithSignal(GdbSession session, PacketReader packet) =>
        ResumeWithSignal(session, packet, ResumeKind.Step);

    /// <summary>
    /// <c>vCont;ACTION[:THREAD]...</c>: the leftmost action that matches a thread is its; a thread without one stays stopped, or in
    /// non-stop mode goes on with what it does.
    /// </summary>
    public static void ContinueThreads(GdbSession session, PacketReader packet)
    {
        ulong assigned = 0;
        session.Actions.AsSpan().Clear(); // All stay.
        do
        {
            ThreadAction action = default;
            if (!packet.TryTake(';') || !TryReadAction(ref packet, out action))
            {
                session.Reply.Malformed("vCont takes actions c, C, s, S, t and r START,END");
                return;
            }

            ThreadId thread = ThreadId.All;
            if (packet.TryTake(':') && !packet.TryReadThread(out thread))
            {
                session.Reply.Malformed("vCont's ':' is followed by a thread id");
                return;
            }

            if (!TryAssign(session, thread, action, ref assigned))
            {
                session.Reply.Error(RspError.NoThread, $"there is no thread {thread.Number:x}h");
                return;
            }
        }
        while (!packet.AtEnd);

        if (session.IsNonStop)
        {
            session.ResumeThreads(assigned);
        }
        else if (session.Actions.AsSpan().ContainsAnyExcept(ResumeKind.Stay))
        {
            session.Resume();
        }
        else if (session.Reply.Client.HasFlag(ClientFeatures.NoResumed))
        {
            session.Reply.Text("N"u8);
        }
        else
        {
            session.Reply.Malformed("vCont would resume no thread");
        }
    }

    private static bool TryReadAction(ref PacketReader packet, out ThreadAction action)
    {
        action = new ThreadAction(ResumeKind.Continue);
        if (packet.TryTake('c'))
        {
            return true;
        }

        if (packet.TryTake('C'))
        {
            return packet.TryReadNumber(out _);
        }

        if (packet.TryTake('t'))
        {
            action = new ThreadAction(ResumeKind.Stay);
            return true;
        }

        if (packet.TryTake('r'))
        {
            bool read = packet.TryReadRange(out ulong start, out ulong end);
            action = new ThreadAction(ResumeKind.StepRange, start, end);
            return read;
        }

        action = new ThreadAction(ResumeKind.Step);
        return packet.TryTake('s') || (packet.TryTake('S') && packet.TryReadNumber(out _));
    }

    private static bool TryAssign(GdbSession session, ThreadId thread, ThreadAction action, ref ulong assigned)
    {
        if (thread == ThreadId.All)
        {
            for (int vcpu = 0; vcpu < session.Actions.Length; vcpu++)
            {
                Assign(session, vcpu, action, ref assigned);
            }

            return true;
        }

        int one = session.SelectedVcpu;
        if (thread != ThreadId.Any && !thread.TryGetVcpu(session.Actions.Length, out one))
        {
            return false;
        }

        Assign(session, one, action, ref assigned);
        return true;
    }

    private static void Assign(GdbSession session, int vcpu, ThreadAction action, ref ulong assigned)
    {
        ulong bit = 1ul << vcpu;
        if ((assigned & bit) != 0)
        {
            return;
        }

        assigned |= bit;
        session.Actions[vcpu] = action.Kind;
        session.Ranges[vcpu] = (action.Start, action.End);
    }

    private static void ResumeWithSignal(GdbSession session, PacketReader packet, ResumeKind kind)
    {
        if (!packet.TryReadNumber(out _) || (packet.TryTake(';') && packet.AtEnd))
        {
            session.Reply.Malformed("C and S take a signal and perhaps an address");
            return;
        }

        ResumeAt(session, packet, kind);
    }

    private static void ResumeAt(GdbSession session, PacketReader packet, ResumeKind kind)
    {
        bool moves = !packet.AtEnd;
        ulong address = 0;
        if (moves && (!packet.TryReadNumber(out address) || !packet.AtEnd))
        {
            session.Reply.Malformed("resuming takes an address or nothing");
            return;
        }

        // Hc names the one thread that runs; otherwise all run, and a step is the selected thread's.
        bool alone = session.ContinueThread.TryGetVcpu(session.Actions.Length, out int vcpu);
        vcpu = alone ? vcpu : session.SelectedVcpu;
        session.Actions.AsSpan().Fill(alone ? ResumeKind.Stay : ResumeKind.Continue);
        session.Actions[vcpu] = kind;
        if (moves && !TryMove(session, vcpu, address))
        {
            return;
        }

        if (session.IsNonStop)
        {
            session.ResumeThreads(alone ? 1ul << vcpu : ulong.MaxValue);
        }
        else
        {
            session.Resume();
        }
    }

    private static bool TryMove(GdbSession session, int vcpu, ulong address)
    {
        IDebugTarget target = session.Target;
        bool read = target.TryReadRegisters(vcpu, RegisterGroups.General, session.Registers, out string? error);
        session.Registers.Rip = address;
        if (read && target.TryWriteRegisters(vcpu, RegisterGroups.General, session.Registers, out error))
        {
            return true;
        }

        session.Reply.Error(RspError.Refused, error ?? "the instruction pointer cannot be written");
        return false;
    }

    /// <summary>What a thread is told to do.</summary>
    private readonly record struct ThreadAction(ResumeKind Kind, ulong Start = 0, ulong End = 0);
}
