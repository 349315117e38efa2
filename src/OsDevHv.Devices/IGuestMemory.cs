namespace OsDevHv.Devices;

/// <summary>Guest-physical memory as a bus master sees it: RAM only, no device side effects. Any thread.</summary>
public interface IGuestMemory
{
    /// <summary>
    /// Fills <paramref name="destination"/> from RAM at <paramref name="address"/>; false, and nothing promised of the destination, when
    /// any byte is not RAM.
    /// </summary>
    bool TryRead(ulong address, Span<byte> destination);

    /// <summary>
    /// Copies <paramref name="source"/> to RAM at <paramref name="address"/>; false, and RAM unchanged, when any byte is not RAM.
    /// </summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> source);

    /// <summary>Whether all of <paramref name="length"/> bytes from <paramref name="address"/> on are RAM that one access reaches. Any
    /// numbers; touches no memory, allocates nothing.</summary>
    bool Contains(ulong address, ulong length);
}
