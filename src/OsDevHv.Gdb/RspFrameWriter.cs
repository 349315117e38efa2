using System.Buffers;

namespace OsDevHv.Gdb;

/// <summary>
/// Builds frames and acknowledgements and writes them out (GDB manual, appendix E.1). The one writer of a session's stream.
/// </summary>
/// <remarks>
/// Output collects in one buffer and goes out with <see cref="Flush"/>, so that an acknowledgement and the answer behind it are one
/// segment. The last frame stays in the buffer for retransmission. Not thread-safe: used under the session's gate.
/// </remarks>
/// <param name="output">Where the bytes go; its exceptions pass through <see cref="Flush"/>.</param>
internal sealed class RspFrameWriter(Stream output)
{
    private const int FlushThreshold = 64 * 1024;
    private const int ShortestEncoded = 512;
    private const int LongestEncoded = 16 * 1024;

    /// <summary>
    /// What must be escaped in a reply's binary data; <c>*</c> because it would announce a run (GDB manual, appendix E.1).
    /// </summary>
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create("#$}*"u8);

    private byte[] buffer = new byte[4096];
    private int end;
    private int flushed;
    private int frameStart;
    private int frameEnd;

    /// <summary>Whether a frame was written that <see cref="Retransmit"/> can repeat.</summary>
    public bool HasLastFrame => frameEnd > frameStart;

    /// <summary>The bytes of the last finished frame, <c>$</c> and checksum included; for the protocol trace.</summary>
    public ReadOnlySpan<byte> LastFrame => buffer.AsSpan(frameStart, frameEnd - frameStart);

    /// <summary>Writes <c>+</c>.</summary>
    public void Ack() => Append((byte)'+');

    /// <summary>Writes <c>-</c>.</summary>
    public void Nack() => Append((byte)'-');

    /// <summary>Starts a frame.</summary>
    public void Begin() => Begin((byte)'$');

    /// <summary>
    /// Starts a notification (GDB manual, appendix E.9): a frame that answers nothing, is not acknowledged and not sent again.
    /// </summary>
    public void BeginNotification() => Begin((byte)'%');

    /// <summary>The last frame was a notification: it is not to be sent again.</summary>
    public void ForgetLastFrame() => frameStart = frameEnd;

    private void Begin(byte mark)
    {
        if (end - flushed >= FlushThreshold)
        {
            Flush();
        }

        // The last frame is no longer wanted; what is not out yet moves to the front.
        Buffer.BlockCopy(buffer, flushed, buffer, 0, end - flushed);
        end -= flushed;
        flushed = 0;

        frameStart = end;
        frameEnd = end;
        Append(mark);
    }

    /// <summary>
    /// Ends the frame with its payload run-length encoded, where that is worth it: in a short one it saves nothing that counts, and clients
    /// made in an hour do not know it; in a long one, which is memory, it costs both sides more than it saves on a local socket.
    /// </summary>
    public void EndEncoded()
    {
        int length = end - frameStart - 1;
        if (length is >= ShortestEncoded and <= LongestEncoded)
        {
            end = frameStart + 1 + RunLength.Encode(buffer.AsSpan(frameStart + 1, length));
        }

        End();
    }

    /// <summary>Ends the frame with its checksum.</summary>
    public void End()
    {
        byte sum = RspChecksum.Of(buffer.AsSpan(frameStart + 1, end - frameStart - 1));
        Append((byte)'#');
        AppendHexByte(sum);
        frameEnd = end;
    }

    /// <summary>Appends a byte as it is.</summary>
    public void Append(byte value)
    {
        Reserve(1);
        buffer[end++] = value;
    }

    /// <summary>Appends text that needs no escapes.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(buffer.AsSpan(end));
        end += text.Length;
    }

    /// <summary>Appends bytes as pairs of hexadecimal digits.</summary>
    public void AppendHex(ReadOnlySpan<byte> bytes)
    {
        Reserve(2 * bytes.Length);
        HexDigits.Write(bytes, buffer.AsSpan(end));
        end += 2 * bytes.Length;
    }

    /// <summary>Appends one byte as two hexadecimal digits.</summary>
    public void AppendHexByte(byte value)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        Append(digits[value >> 4]);
        Append(digits[value & 15]);
    }

    /// <summary>Appends a number in hexadecimal without leading zeros.</summary>
    public void AppendNumber(ulong value)
    {
        Reserve(16);
        value.TryFormat(buffer.AsSpan(end), out int written, "x");
        end += written;
    }

    /// <summary>Appends binary data with the escapes it needs.</summary>
    public void AppendBinary(ReadOnlySpan<byte> data)
    {
        Reserve(2 * data.Length);
        while (true)
        {
            int plain = data.IndexOfAny(MustEscape);
            ReadOnlySpan<byte> run = plain < 0 ? data : data[..plain];
            run.CopyTo(buffer.AsSpan(end));
            end += run.Length;
            if (plain < 0)
            {
                return;
            }

            buffer[end++] = (byte)'}';
            buffer[end++] = (byte)(data[plain] ^ 0x20);
            data = data[(plain + 1)..];
        }
    }

    /// <summary>
    /// Writes the last frame again. With several frames on their way (console output before a stop) it repeats only the last.
    /// </summary>
    public void Retransmit()
    {
        Flush();
        output.Write(LastFrame);
    }

    /// <summary>Hands all that is finished to the stream.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    public void Flush()
    {
        if (end > flushed)
        {
            output.Write(buffer.AsSpan(flushed, end - flushed));

            // Acknowledgements behind the last frame are done with; dropping them keeps a stream of bad frames from filling the buffer.
            end = frameEnd;
            flushed = frameEnd;
        }
    }

    private void Reserve(int count)
    {
        if (buffer.Length - end < count)
        {
            Array.Resize(ref buffer, Math.Max(2 * buffer.Length, end + count));
        }
    }
}
