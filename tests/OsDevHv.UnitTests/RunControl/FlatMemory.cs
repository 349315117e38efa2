using OsDevHv.Devices;

namespace OsDevHv.Tests.RunControl;

/// <summary>64 KiB of RAM at 0, of which pages can be made read-only for the guest.</summary>
internal sealed class FlatMemory : IGuestMemory
{
    private readonly HashSet<ulong> _readOnlyPages = [];

    public byte[] Bytes { get; } = new byte[0x10000];

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (address > (ulong)Bytes.Length || (ulong)destination.Length > (ulong)Bytes.Length - address)
        {
            return false;
        }
        Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (address > (ulong)Bytes.Length || (ulong)source.Length > (ulong)Bytes.Length - address)
        {
            return false;
        }
        source.CopyTo(Bytes.AsSpan((int)address));
        return true;
    }

    public bool Contains(ulong address, ulong length) =>
        address <= (ulong)Bytes.Length && length <= (ulong)Bytes.Length - address;

    public void SetReadOnly(IReadOnlyList<ulong> pages)
    {
        _readOnlyPages.Clear();
        _readOnlyPages.UnionWith(pages);
    }

    public bool IsReadOnly(ulong address) => _readOnlyPages.Contains(address & ~0xfffUL);
}
