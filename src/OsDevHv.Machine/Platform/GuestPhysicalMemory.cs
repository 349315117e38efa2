using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Platform;

/// <summary>The machine's RAM by guest-physical address.</summary>
internal sealed class GuestPhysicalMemory(MemoryMap map, GuestRam ram) : IGuestMemory
{
    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> destination) =>
        map.TryGetRamOffset(address, (ulong)destination.Length, out ulong offset) && ram.TryRead(offset, destination);

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) =>
        map.TryGetRamOffset(address, (ulong)source.Length, out ulong offset) && ram.TryWrite(offset, source);

    /// <inheritdoc/>
    public bool Contains(ulong address, ulong length) => map.TryGetRamOffset(address, length, out _);
}
