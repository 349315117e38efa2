namespace OsDevHv.Gdb.Packets;

/// <summary>LLDB's way to name a thread in a register's packet: <c>;thread:ID;</c> behind it.</summary>
internal static class ThreadSuffix
{
    /// <summary>Makes a handler of the selected thread's registers one that takes the suffix.</summary>
    public static PacketHandler TakenBy(PacketHandler handler) => (session, packet) => Handle(session, packet, handler);

    private static void Handle(GdbSession session, PacketReader packet, PacketHandler handler)
    {
        ReadOnlySpan<byte> name = ";thread:"u8;
        int at = packet.Rest.LastIndexOf(name);
        if (at < 0)
        {
            handler(session, packet);
            return;
        }

        var suffix = new PacketReader(packet.Rest[(at + name.Length)..]);
        if (!suffix.TryReadThread(out ThreadId thread) || !suffix.TryTake(';') || !suffix.AtEnd
            || !thread.TryGetVcpu(session.Target.VcpuCount, out int vcpu))
        {
            session.Reply.Error(RspError.NoThread, "there is no such thread");
            return;
        }

        int selected = session.SelectedVcpu;
        session.SelectedVcpu = vcpu;
        handler(session, new PacketReader(packet.Rest[..at]));
        session.SelectedVcpu = selected;
    }
}
