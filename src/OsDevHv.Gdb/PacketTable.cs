using OsDevHv.Gdb.Packets;

namespace OsDevHv.Gdb;

/// <summary>What holds for a packet.</summary>
[Flags]
internal enum PacketPolicy
{
    /// <summary>Only while the target is stopped; errors are numbers unless the client knows better.</summary>
    None = 0,

    /// <summary>May be handled while the target runs.</summary>
    WhileRunning = 1,

    /// <summary>The reply carries no data, so that every gdb takes <c>E.text</c> for an error and most show it.</summary>
    TextErrors = 2,
}

/// <summary>Handles a packet; writes exactly one reply through the session unless the protocol has none.</summary>
/// <param name="session">The session.</param>
/// <param name="packet">What follows the packet's name.</param>
internal delegate void PacketHandler(GdbSession session, PacketReader packet);

/// <summary>A line of the table.</summary>
internal sealed record PacketEntry(string Name, PacketHandler Handle, PacketPolicy Policy = PacketPolicy.None);

/// <summary>Which packets there are. What is not in the table gets the empty reply, which means "not supported".</summary>
internal static class PacketTable
{
    /// <summary>Packets named by one letter; the rest follows at once.</summary>
    private static readonly PacketEntry[] Letters =
    [
        new("?", ResumePackets.WhyStopped),
        new("g", ThreadSuffix.TakenBy(RegisterPackets.ReadAll)),
        new("G", ThreadSuffix.TakenBy(RegisterPackets.WriteAll), PacketPolicy.TextErrors),
        new("p", ThreadSuffix.TakenBy(RegisterPackets.ReadOne)),
        new("P", ThreadSuffix.TakenBy(RegisterPackets.WriteOne), PacketPolicy.TextErrors),
        new("m", MemoryPackets.ReadHex),
        new("M", MemoryPackets.WriteHex, PacketPolicy.TextErrors),
        new("x", MemoryPackets.ReadBinary),
        new("X", MemoryPackets.WriteBinary, PacketPolicy.TextErrors),
        new("c", ResumePackets.Continue, PacketPolicy.TextErrors),
        new("C", ResumePackets.ContinueWithSignal, PacketPolicy.TextErrors),
        new("s", ResumePackets.Step, PacketPolicy.TextErrors),
        new("S", ResumePackets.StepWithSignal, PacketPolicy.TextErrors),
        new("Z", BreakpointPackets.Insert, PacketPolicy.TextErrors),
        new("z", BreakpointPackets.Remove, PacketPolicy.TextErrors),
        new("H", ThreadPackets.Select, PacketPolicy.TextErrors),
        new("T", ThreadPackets.IsAlive, PacketPolicy.TextErrors),
        new("D", SessionPackets.Detach, PacketPolicy.TextErrors),
        new("k", SessionPackets.Kill, PacketPolicy.WhileRunning),
        new("!", ExtendedPackets.Extend, PacketPolicy.WhileRunning),
        new("R", ExtendedPackets.Restart, PacketPolicy.TextErrors),
    ];

    /// <summary>Packets named by a word; it ends at the packet's end or at one of <c>: ; ,</c>. The frequent ones come first.</summary>
    private static readonly PacketEntry[] Words =
    [
        new("vCont", ResumePackets.ContinueThreads, PacketPolicy.TextErrors),
        new("vCont?", ResumePackets.SupportedActions, PacketPolicy.WhileRunning),
        new("vKill", SessionPackets.KillWithReply, PacketPolicy.WhileRunning | PacketPolicy.TextErrors),
        new("vCtrlC", ModePackets.Interrupt, PacketPolicy.WhileRunning | PacketPolicy.TextErrors),
        new("vStopped", ModePackets.NextStopped, PacketPolicy.TextErrors),
        new("vRun", ExtendedPackets.Run, PacketPolicy.TextErrors),
        new("vAttach", ExtendedPackets.Attach, PacketPolicy.TextErrors),
        new("QNonStop", ModePackets.SetNonStop, PacketPolicy.TextErrors),
        new("QThreadEvents", ModePackets.SetThreadEvents, PacketPolicy.WhileRunning | PacketPolicy.TextErrors),
        new("qSupported", SessionPackets.Supported, PacketPolicy.WhileRunning),
        new("QStartNoAckMode", SessionPackets.StartNoAckMode, PacketPolicy.WhileRunning),
        new("qAttached", SessionPackets.IsAttached, PacketPolicy.WhileRunning),
        new("qC", ThreadPackets.Current),
        new("qfThreadInfo", ThreadPackets.First),
        new("qsThreadInfo", ThreadPackets.Next),
        new("qThreadExtraInfo", ThreadPackets.Describe),
        new("qXfer", TransferPackets.Transfer),
        new("qRcmd", MonitorPackets.Command, PacketPolicy.TextErrors),
        new("qSearch", SearchPackets.Search),
        new("qCRC", SearchPackets.Checksum),
        new("qOffsets", KernelPackets.Offsets),
        new("qSymbol", KernelPackets.NoSymbols, PacketPolicy.WhileRunning),
        new("vFile", KernelPackets.File, PacketPolicy.WhileRunning),
        new("qqemu.PhyMemMode", QemuPackets.IsPhysical, PacketPolicy.WhileRunning),
        new("Qqemu.PhyMemMode", QemuPackets.SetPhysical, PacketPolicy.WhileRunning),
        new("qqemu.sstepbits", QemuPackets.StepBits, PacketPolicy.WhileRunning),
        new("qqemu.sstep", QemuPackets.Step, PacketPolicy.WhileRunning),
        new("jThreadsInfo", LldbPackets.Threads),
        new("qMemoryRegionInfo", LldbPackets.MemoryRegion, PacketPolicy.WhileRunning),
        new("qHostInfo", LldbPackets.HostInfo, PacketPolicy.WhileRunning),
        new("qProcessInfo", LldbPackets.ProcessInfo),
        new("qGDBServerVersion", LldbPackets.ServerVersion, PacketPolicy.WhileRunning),
        new("QThreadSuffixSupported", LldbPackets.ThreadSuffixes, PacketPolicy.WhileRunning),
        new("QListThreadsInStopReply", LldbPackets.ListThreads, PacketPolicy.WhileRunning),
        new("QEnableErrorStrings", LldbPackets.EnableErrorStrings, PacketPolicy.WhileRunning),
    ];

    /// <summary>Packets whose name a number follows at once.</summary>
    private static readonly PacketEntry[] NumberedWords =
    [
        new("qRegisterInfo", RegisterInfoPackets.Describe, PacketPolicy.WhileRunning),
        new("Qqemu.sstep=", QemuPackets.SetStep, PacketPolicy.WhileRunning),
    ];

    private static readonly PacketEntry?[] ByLetter = IndexLetters();

    /// <summary>Finds the packet's line; <paramref name="nameLength"/> is how many bytes its name takes.</summary>
    public static bool TryFind(ReadOnlySpan<byte> payload, out PacketEntry? entry, out int nameLength)
    {
        entry = null;
        nameLength = 1;
        if (payload.IsEmpty || payload[0] >= ByLetter.Length)
        {
            return false;
        }

        entry = ByLetter[payload[0]];
        return entry is not null || TryFindWord(payload, out entry, out nameLength);
    }

    private static bool TryFindWord(ReadOnlySpan<byte> payload, out PacketEntry? entry, out int nameLength)
    {
        int end = payload.IndexOfAny((byte)':', (byte)';', (byte)',');
        ReadOnlySpan<byte> name = end < 0 ? payload : payload[..end];
        nameLength = name.Length;
        foreach (PacketEntry candidate in Words)
        {
            if (System.Text.Ascii.Equals(name, candidate.Name))
            {
                entry = candidate;
                return true;
            }
        }

        foreach (PacketEntry candidate in NumberedWords)
        {
            nameLength = candidate.Name.Length;
            if (payload.Length >= nameLength && System.Text.Ascii.Equals(payload[..nameLength], candidate.Name))
            {
                entry = candidate;
                return true;
            }
        }

        entry = null;
        return false;
    }

    private static PacketEntry?[] IndexLetters()
    {
        PacketEntry?[] index = new PacketEntry?[128];
        foreach (PacketEntry entry in Letters)
        {
            index[entry.Name[0]] = entry;
        }

        return index;
    }
}
