namespace OsDevHv.Gdb;

/// <summary>
/// Run-length encoding of payloads (GDB manual, appendix E.1): <c>0*"</c> is four zeros: behind the star comes a printable character whose
/// code is 29 more than how often the byte is repeated.
/// </summary>
internal static class RunLength
{
    private const int Bias = 29;

    /// <summary>Fewer repetitions are as long as they are encoded.</summary>
    private const int Fewest = 3;

    /// <summary>The largest printable character.</summary>
    private const int Most = '~' - Bias;

    /// <summary>
    /// Encodes a payload in place and returns its new length, never a longer one. What needs an escape in a reply has one already, so a
    /// star in it can only be one of ours.
    /// </summary>
    public static int Encode(Span<byte> payload)
    {
        int written = 0;
        for (int at = 0; at < payload.Length;)
        {
            byte value = payload[at];
            int run = RunOf(payload[at..]);

            // An escaped byte is not repeated: a reader undoes the runs first or the escapes first, as it likes.
            bool escaped = at > 0 && payload[at - 1] == '}';
            if (escaped || value == '}' || run <= Fewest)
            {
                payload[written++] = value;
                at++;
                continue;
            }

            int repeats = Math.Min(run - 1, Most);

            // '#' and '$' would look like the frame's own, '+' and '-' like acknowledgements.
            while (repeats + Bias is '#' or '$' or '+' or '-')
            {
                repeats--;
            }

            payload[written++] = value;
            payload[written++] = (byte)'*';
            payload[written++] = (byte)(repeats + Bias);
            at += repeats + 1;
        }

        return written;
    }

    /// <summary>
    /// Undoes the encoding; false when a run has nothing to repeat, no count or one that is no count, or does not fit
    /// <paramref name="destination"/>.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, Span<byte> destination, out int length)
    {
        length = 0;
        for (int at = 0; at < payload.Length; at++)
        {
            if (payload[at] != '*')
            {
                if (length == destination.Length)
                {
                    return false;
                }

                destination[length++] = payload[at];
                continue;
            }

            at++;
            int repeats = at < payload.Length ? payload[at] - Bias : 0;
            if (repeats < Fewest || repeats > Most || length == 0 || repeats > destination.Length - length)
            {
                return false;
            }

            destination.Slice(length, repeats).Fill(destination[length - 1]);
            length += repeats;
        }

        return true;
    }

    private static int RunOf(ReadOnlySpan<byte> bytes)
    {
        int other = bytes.IndexOfAnyExcept(bytes[0]);
        return other < 0 ? bytes.Length : other;
    }
}
