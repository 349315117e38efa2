using System.Text;

namespace OsDevHv.Suites.Running;

/// <summary>The end of what was printed. One thread at a time.</summary>
internal sealed class OutputTail
{
    /// <summary>How much of it, in bytes.</summary>
    public const int Size = 64 << 10;

    private byte[] _ring = [];
    private long _written;

    /// <summary>Takes what comes next.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> kept = bytes.Length > Size ? bytes[^Size..] : bytes;
        _written += bytes.Length - kept.Length;
        Grow(kept.Length);
        foreach (byte value in kept)
        {
            _ring[(int)(_written++ % Size)] = value;
        }
    }

    /// <summary>The text, without a character that was cut in two at its beginning.</summary>
    public override string ToString()
    {
        int length = (int)Math.Min(_written, Size);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = _ring[(int)((_written - length + i) % Size)];
        }

        const int continuationMask = 0xc0;
        const int continuation = 0x80;
        int start = 0;
        while (_written > Size && start < length && (bytes[start] & continuationMask) == continuation)
        {
            start++;
        }

        return Encoding.UTF8.GetString(bytes, start, length - start);
    }

    // Most cases print a line or two.
    private void Grow(int more)
    {
        long needed = Math.Min(_written + more, Size);
        if (needed > _ring.Length)
        {
            Array.Resize(ref _ring, (int)Math.Min(Math.Max(needed * 2, 256), Size));
        }
    }
}
