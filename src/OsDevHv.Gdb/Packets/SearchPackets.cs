namespace OsDevHv.Gdb.Packets;

/// <summary>Work on memory that is done here, so that the memory need not be sent: searching and check sums.</summary>
internal static class SearchPackets
{
    /// <summary>The longest pattern in bytes.</summary>
    private const int LongestPattern = 0x1000;

    private const int Chunk = GdbSession.PacketSize / 2;

    /// <summary>How many unreadable places a search passes by before it gives up: mapped addresses behind which there is no RAM.</summary>
    private const int MostHoles = 0x10000;

    /// <summary>
    /// <c>qSearch:memory:ADDRESS;LENGTH;PATTERN</c>: where the pattern is first, of what is mapped; what is not is passed by.
    /// </summary>
    public static void Search(GdbSession session, PacketReader packet)
    {
        packet.TryTake(':');
        if (!packet.ReadUntil(':').SequenceEqual("memory"u8))
        {
            session.Reply.Text([]);
            return;
        }

        if (!packet.TryReadNumber(out ulong address) || !packet.TryTake(';')
            || !packet.TryReadNumber(out ulong length) || !packet.TryTake(';')
            || packet.Rest.Length is 0 or > LongestPattern)
        {
            session.Reply.Malformed($"qSearch:memory takes an address, a length and a pattern of 1 to {LongestPattern} bytes");
            return;
        }

        if (length < (ulong)packet.Rest.Length)
        {
            session.Reply.Text("0"u8);
            return;
        }

        ulong last = length - 1 > ulong.MaxValue - address ? ulong.MaxValue : address + (length - 1);
        Search(session, packet.Rest, address, last);
    }

    /// <summary>
    /// <c>qCRC:ADDRESS,LENGTH</c>: the check sum of memory (GDB manual, appendix E.4): polynomial 04C11DB7h, from FFFFFFFFh.
    /// </summary>
    public static void Checksum(GdbSession session, PacketReader packet)
    {
        if (!packet.TryTake(':') || !packet.TryReadRange(out ulong address, out ulong length) || !packet.AtEnd
            || (length != 0 && length - 1 > ulong.MaxValue - address))
        {
            session.Reply.Malformed("qCRC takes an address and a length, inside the address space");
            return;
        }

        uint sum = uint.MaxValue;
        while (length > 0)
        {
            Span<byte> bytes = session.Scratch.AsSpan(0, (int)Math.Min(length, Chunk));
            int read = MemoryPackets.Read(session, address, bytes);
            if (read == 0)
            {
                session.Reply.Error(RspError.NoMemory, $"no memory at {address:x}h");
                return;
            }

            sum = Add(sum, bytes[..read]);
            address = unchecked(address + (ulong)read);
            length -= (ulong)read;
        }

        session.Reply.Begin();
        session.Writer.Append((byte)'C');
        session.Writer.AppendNumber(sum);
        session.Reply.End();
    }

    private static void Search(GdbSession session, ReadOnlySpan<byte> pattern, ulong address, ulong last)
    {
        int holes = 0;
        while (last - address >= (ulong)pattern.Length - 1)
        {
            ulong size = last - address;
            int wanted = size < Chunk ? (int)size + 1 : Chunk;
            ReadOnlySpan<byte> bytes = session.Scratch.AsSpan(0, MemoryPackets.Read(session, address, session.Scratch.AsSpan(0, wanted)));
            int found = bytes.IndexOf(pattern);
            if (found >= 0)
            {
                session.Reply.Begin();
                session.Writer.Append("1,"u8);
                session.Writer.AppendNumber(address + (ulong)found);
                session.Reply.End();
                return;
            }

            ulong next;
            if (bytes.Length == wanted)
            {
                // What begins in this piece may end in the next.
                next = unchecked(address + (ulong)(wanted - pattern.Length + 1));
            }
            else if (++holes > MostHoles)
            {
                session.Reply.Error(RspError.Failed, $"searched up to {address:x}h, and gave up: too much there is mapped to no RAM");
                return;
            }
            else
            {
                next = Behind(session, unchecked(address + (ulong)bytes.Length));
            }

            if (next <= address)
            {
                break; // The end of the address space.
            }

            address = next;
            if (address > last)
            {
                break;
            }
        }

        session.Reply.Text("0"u8);
    }

    /// <summary>
    /// The first address behind a hole: behind what is not mapped, or behind the page where that is no RAM. 0: there is none.
    /// </summary>
    private static ulong Behind(GdbSession session, ulong hole)
    {
        const ulong page = 0x1000;
        if (!session.Settings.PhysicalMemory
            && session.Target.FindMemoryRegion(session.SelectedVcpu, hole) is { Access: MemoryAccess.None } region)
        {
            return unchecked(region.Last + 1);
        }

        return unchecked((hole | (page - 1)) + 1);
    }

    private static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            sum = (sum << 8) ^ Table[(sum >> 24) ^ value];
        }

        return sum;
    }

    private static readonly uint[] Table = MakeTable();

    private static uint[] MakeTable()
    {
        const uint polynomial = 0x04C1_1DB7;
        uint[] table = new uint[256];
        for (uint value = 0; value < table.Length; value++)
        {
            uint sum = value << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum << 1) ^ ((sum >> 31) * polynomial);
            }

            table[value] = sum;
        }

        return table;
    }
}
