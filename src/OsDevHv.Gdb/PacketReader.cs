using System.Buffers;

namespace OsDevHv.Gdb;

/// <summary>Reads the parts of a packet from left to right; every read says whether the packet has what was asked for.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> text)
{
    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = text;

    /// <summary>Whether all has been read.</summary>
    public readonly bool AtEnd => Rest.IsEmpty;

    /// <summary>Takes <paramref name="separator"/> when it comes next.</summary>
    public bool TryTake(char separator)
    {
        if (Rest.IsEmpty || Rest[0] != separator)
        {
            return false;
        }

        Rest = Rest[1..];
        return true;
    }

    /// <summary>
    /// Reads an unsigned hexadecimal number of any number of digits; false without digits or when it needs more than 64 bits.
    /// </summary>
    public bool TryReadNumber(out ulong value)
    {
        value = 0;
        int used = 0;
        while (used < Rest.Length && HexDigits.Value(Rest[used]) is int digit and >= 0)
        {
            if (value >> 60 != 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
            used++;
        }

        Rest = Rest[used..];
        return used > 0;
    }

    /// <summary>Reads <c>ADDRESS,LENGTH</c>.</summary>
    public bool TryReadRange(out ulong address, out ulong length)
    {
        length = 0;
        return TryReadNumber(out address) && TryTake(',') && TryReadNumber(out length);
    }

    /// <summary>
    /// Reads a thread id: a number, -1 for all threads, or <c>pPROCESS.THREAD</c>, where a process without a thread means all of them.
    /// </summary>
    public bool TryReadThread(out ThreadId thread)
    {
        if (!TryTake('p'))
        {
            return TryReadNumberOrAll(out thread);
        }

        thread = ThreadId.All;
        if (!TryReadNumberOrAll(out ThreadId process) || (TryTake('.') && !TryReadNumberOrAll(out thread)))
        {
            return false;
        }

        // 0 is any process and -1 all of them: ours.
        thread = process.Number <= 1 || process == ThreadId.All ? thread : ThreadId.OfNoProcess;
        return true;
    }

    private bool TryReadNumberOrAll(out ThreadId thread)
    {
        if (Rest is [(byte)'-', (byte)'1', ..])
        {
            Rest = Rest[2..];
            thread = ThreadId.All;
            return true;
        }

        bool read = TryReadNumber(out ulong number);
        thread = new ThreadId(number);
        return read;
    }

    /// <summary>Reads up to <paramref name="separator"/>, which is used up, or to the end.</summary>
    public ReadOnlySpan<byte> ReadUntil(char separator)
    {
        int at = Rest.IndexOf((byte)separator);
        ReadOnlySpan<byte> part = at < 0 ? Rest : Rest[..at];
        Rest = at < 0 ? default : Rest[(at + 1)..];
        return part;
    }

    /// <summary>Reads pairs of hexadecimal digits that fill <paramref name="bytes"/>; more may follow.</summary>
    public bool TryReadHex(scoped Span<byte> bytes)
    {
        if (Rest.Length < 2L * bytes.Length || Convert.FromHexString(Rest[..(2 * bytes.Length)], bytes, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        Rest = Rest[(2 * bytes.Length)..];
        return true;
    }

    /// <summary>Reads the rest as pairs of hexadecimal digits that fill <paramref name="bytes"/> exactly.</summary>
    public bool TryReadHexToEnd(scoped Span<byte> bytes)
    {
        if (Rest.Length != 2L * bytes.Length)
        {
            return false;
        }

        bool read = Convert.FromHexString(Rest, bytes, out _, out _) == OperationStatus.Done;
        Rest = default;
        return read;
    }
}
