using System.Buffers;

namespace OsDevHv.Gdb;

/// <summary>What <see cref="RspFrameScanner"/> found.</summary>
internal enum RspToken
{
    /// <summary>A frame whose checksum is right; <see cref="RspFrameScanner.Payload"/> is its payload with the escapes undone.</summary>
    Frame,

    /// <summary><c>+</c>.</summary>
    Ack,

    /// <summary><c>-</c>.</summary>
    Nack,

    /// <summary>03h between frames: Ctrl-C.</summary>
    Interrupt,

    /// <summary>A frame whose checksum is wrong or not two hexadecimal digits.</summary>
    BadChecksum,

    /// <summary>A frame with a right checksum and more payload than the announced packet size; the payload was not kept.</summary>
    Oversize,

    /// <summary>A frame with a right checksum that ends inside an escape sequence.</summary>
    BrokenEscape,
}

/// <summary>Cuts a byte stream into frames, acknowledgements and Ctrl-C (GDB manual, appendix E.1).</summary>
/// <remarks>
/// Resumable: what comes out does not depend on how the stream was cut into pieces. A payload is decoded into a buffer of
/// the packet size as it arrives, so nothing of an oversize frame is buffered beyond it. A <c>$</c> inside a payload can only be
/// the start of another frame (a sender must escape it), so it abandons the unfinished one. A character in the
/// checksum's place that is not a hexadecimal digit ends the bad frame and is looked at again, so that a Ctrl-C or a frame behind a
/// truncated one is not lost. Other bytes between frames are skipped. Not thread-safe.
/// </remarks>
/// <param name="maximumPayload">The announced packet size: how many bytes of payload a frame may have as sent, escapes included.</param>
internal sealed class RspFrameScanner(int maximumPayload)
{
    private const byte EscapeMask = 0x20;

    private readonly byte[] payload = new byte[maximumPayload];
    private State state;
    private int length;
    private long rawLength;
    private byte sum;
    private int firstDigit;
    private bool brokenEscape;

    private enum State
    {
        BetweenFrames,
        Payload,
        Escape,
        FirstDigit,
        SecondDigit,
    }

    /// <summary>The last <see cref="RspToken.Frame"/>'s payload; valid until the next call of <see cref="TryScan"/>.</summary>
    public ReadOnlySpan<byte> Payload => payload.AsSpan(0, length);

    /// <summary>Whether the stream so far ends inside a frame.</summary>
    public bool IsInsideFrame => state != State.BetweenFrames;

    /// <summary>
    /// Takes bytes from the front of <paramref name="input"/> up to the end of the next token; false when they are all taken and none
    /// ended.
    /// </summary>
    public bool TryScan(ref ReadOnlySequence<byte> input, out RspToken token)
    {
        long taken = 0;
        foreach (ReadOnlyMemory<byte> segment in input)
        {
            bool found = TryScanSegment(segment.Span, out int used, out token);
            taken += used;
            if (found)
            {
                input = input.Slice(taken);
                return true;
            }
        }

        input = input.Slice(input.End);
        token = default;
        return false;
    }

    private bool TryScanSegment(ReadOnlySpan<byte> bytes, out int used, out RspToken token)
    {
        used = 0;
        while (used < bytes.Length)
        {
            if (state == State.Payload)
            {
                used += TakePayload(bytes[used..]);
                continue;
            }

            RspToken? found = TakeByte(bytes[used], out bool again);
            used += again ? 0 : 1;
            if (found is { } value)
            {
                token = value;
                return true;
            }
        }

        token = default;
        return false;
    }

    /// <summary>Copies up to the next byte with a meaning of its own, and acts on that one; returns how many bytes were taken.</summary>
    private int TakePayload(ReadOnlySpan<byte> bytes)
    {
        int plain = bytes.IndexOfAny((byte)'#', (byte)'$', (byte)'}');
        ReadOnlySpan<byte> run = plain < 0 ? bytes : bytes[..plain];
        Append(run);
        if (plain < 0)
        {
            return bytes.Length;
        }

        switch (bytes[plain])
        {
            case (byte)'#':
                state = State.FirstDigit;
                break;
            case (byte)'$':
                StartFrame();
                break;
            default:
                sum = unchecked((byte)(sum + '}'));
                rawLength++;
                state = State.Escape;
                break;
        }

        return plain + 1;
    }

    /// <summary>Acts on one byte outside the plain payload. <paramref name="again"/>: the byte is not used up.</summary>
    private RspToken? TakeByte(byte value, out bool again)
    {
        again = false;
        switch (state)
        {
            case State.BetweenFrames:
                return TakeBetweenFrames(value);
            case State.Escape:
                TakeEscaped(value);
                return null;
            default:
                return TakeDigit(value, out again);
        }
    }

    private RspToken? TakeBetweenFrames(byte value)
    {
        switch (value)
        {
            case (byte)'+':
                return RspToken.Ack;
            case (byte)'-':
                return RspToken.Nack;
            case 3:
                return RspToken.Interrupt;
            case (byte)'$':
                StartFrame();
                return null;
            default:
                return null;
        }
    }

    private void TakeEscaped(byte value)
    {
        switch (value)
        {
            case (byte)'#':
                brokenEscape = true;
                state = State.FirstDigit;
                break;
            case (byte)'$':
                StartFrame();
                break;
            default:
                // The checksum covers the byte as sent; the payload has it decoded.
                sum = unchecked((byte)(sum + value));
                rawLength++;
                if (rawLength <= payload.Length)
                {
                    payload[length++] = (byte)(value ^ EscapeMask);
                }

                state = State.Payload;
                break;
        }
    }

    private RspToken? TakeDigit(byte value, out bool again)
    {
        again = false;
        int digit = HexDigits.Value(value);
        if (digit < 0)
        {
            again = true;
            state = State.BetweenFrames;
            return RspToken.BadChecksum;
        }

        if (state == State.FirstDigit)
        {
            firstDigit = digit;
            state = State.SecondDigit;
            return null;
        }

        state = State.BetweenFrames;
        if (((firstDigit << 4) | digit) != sum)
        {
            return RspToken.BadChecksum;
        }

        if (rawLength > payload.Length)
        {
            return RspToken.Oversize;
        }

        return brokenEscape ? RspToken.BrokenEscape : RspToken.Frame;
    }

    private void StartFrame()
    {
        state = State.Payload;
        length = 0;
        rawLength = 0;
        sum = 0;
        brokenEscape = false;
    }

    private void Append(ReadOnlySpan<byte> run)
    {
        sum = unchecked((byte)(sum + RspChecksum.Of(run)));
        rawLength += run.Length;
        if (rawLength <= payload.Length)
        {
            run.CopyTo(payload.AsSpan(length));
            length += run.Length;
        }
    }
}
