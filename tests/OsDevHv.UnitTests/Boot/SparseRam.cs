using OsDevHv.Devices;
using OsDevHv.Machine.Memory;
using Xunit;

namespace OsDevHv.Tests.Boot;

/// <summary>RAM laid out by a <see cref="MemoryMap"/>, kept page by page; notes every attempt to write elsewhere.</summary>
internal sealed class SparseRam(MemoryMap map) : IGuestMemory
{
    private readonly Dictionary<ulong, byte[]> _pages = [];

    public int WritesOutsideRam { get; private set; }

    /// <summary>Pages that hold something.</summary>
    public int PagesTouched => _pages.Count;

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!map.TryGetRamOffset(address, (ulong)destination.Length, out ulong offset))
        {
            return false;
        }

        for (int done = 0; done < destination.Length;)
        {
            int within = (int)(offset % 4096);
            int count = Math.Min(destination.Length - done, 4096 - within);
            Span<byte> part = destination.Slice(done, count);
            if (_pages.TryGetValue(offset / 4096, out byte[]? page))
            {
                page.AsSpan(within, count).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            done += count;
            offset += (ulong)count;
        }

        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!map.TryGetRamOffset(address, (ulong)source.Length, out ulong offset))
        {
            WritesOutsideRam++;
            return false;
        }

        for (int done = 0; done < source.Length;)
        {
            int within = (int)(offset % 4096);
            int count = Math.Min(source.Length - done, 4096 - within);
            if (!_pages.TryGetValue(offset / 4096, out byte[]? page))
            {
                _pages.Add(offset / 4096, page = new byte[4096]);
            }

            source.Slice(done, count).CopyTo(page.AsSpan(within));
            done += count;
            offset += (ulong)count;
        }

        return true;
    }

    public bool Contains(ulong address, ulong length) => map.TryGetRamOffset(address, length, out _);

    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.True(TryRead(address, bytes), $"0x{address:x} is not RAM");
        return bytes;
    }

    public ushort U16(ulong address) => BitConverter.ToUInt16(Read(address, 2));

    public uint U32(ulong address) => BitConverter.ToUInt32(Read(address, 4));

    public ulong U64(ulong address) => BitConverter.ToUInt64(Read(address, 8));

    public string String(ulong address)
    {
        List<byte> bytes = [];
        for (byte next; (next = Read(address++, 1)[0]) != 0;)
        {
            bytes.Add(next);
        }

        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }
}
