namespace OsDevHv.Machine.Consoles;

/// <summary>
/// The newest output of a console, for those who look on: bounded, so that one who looks on slowly misses some and learns how much, and
/// nobody else waits for him.
/// </summary>
/// <remarks>Any thread, with any number of readers. The lock is a leaf and held for a copy.</remarks>
public sealed class ConsoleBacklog
{
    /// <summary>Bytes that are kept.</summary>
    public const int Capacity = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _ring = new byte[Capacity];
    private long _written;

    /// <summary>Adds output; what is too old makes room.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _written += Math.Max(0, bytes.Length - Capacity);
            bytes = bytes[Math.Max(0, bytes.Length - Capacity)..];
            while (!bytes.IsEmpty)
            {
                Span<byte> room = _ring.AsSpan((int)(_written % Capacity));
                int count = Math.Min(room.Length, bytes.Length);
                bytes[..count].CopyTo(room);
                bytes = bytes[count..];
                _written += count;
            }
        }
    }

    /// <summary>Reads on from a position; does not wait.</summary>
    /// <param name="position">Bytes since the beginning, 0 for all that is kept; afterwards that after what was read.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <param name="missed">How many bytes at the position are no longer kept; those read come after them.</param>
    /// <returns>How many were read; 0 when there are no more yet.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative or ahead of the output.</exception>
    public int Read(ref long position, Span<byte> buffer, out long missed)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _written);
            missed = Math.Max(0, _written - Capacity - position);
            position += missed;
            int total = (int)Math.Min(_written - position, buffer.Length);
            for (int done = 0; done < total;)
            {
                ReadOnlySpan<byte> kept = _ring.AsSpan((int)((position + done) % Capacity));
                int count = Math.Min(kept.Length, total - done);
                kept[..count].CopyTo(buffer[done..]);
                done += count;
            }

            position += total;
            return total;
        }
    }
}
