using System.Runtime.InteropServices;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <content>Copies of all of it, and going back to one.</content>
public sealed unsafe partial class GuestRam
{
    // Bit 63 and 62 of a page's entry in /proc/self/pagemap: it is in memory, or swapped out.
    private const ulong Touched = 3UL << 62;
    private const int EntriesAtOnce = 8192;
    private const ulong LongestRun = 256;

    private RamImage? _image;

    /// <summary>RAM that holds what <paramref name="image"/> does, and shares it until it is written to.</summary>
    /// <exception cref="InsufficientMemoryException">The host refuses that much address space.</exception>
    public GuestRam(RamImage image)
        : this((image ?? throw new ArgumentNullException(nameof(image))).Length) => Restore(image);

    /// <summary>Copies all that is not zero. While no guest runs.</summary>
    /// <exception cref="InsufficientMemoryException">The host refuses the memory.</exception>
    /// <exception cref="IOException">The host is out of memory.</exception>
    public RamImage Capture()
    {
        using var access = new Access(this);
        var image = new RamImage(_length);
        try
        {
            CopyTo(image);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes all of it what the image holds, at the same place of this process, so that guests that have it mapped see that. While no guest
    /// runs and nobody else looks.
    /// </summary>
    /// <exception cref="ArgumentException">The image is of another length; nothing has changed.</exception>
    /// <exception cref="InsufficientMemoryException">The host refuses.</exception>
    public void Restore(RamImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var access = new Access(this);
        if (image.Length != _length)
        {
            throw new ArgumentException($"The image has {image.Length} bytes, the RAM {_length}.", nameof(image));
        }

        // Where it is the image's own copy already, dropping what was written is all there is to do.
        if (ReferenceEquals(image, _image))
        {
            if (Libc.Madvise(_base, (nuint)_length, Libc.MadviseDontNeed) != 0)
            {
                throw Refused();
            }

            return;
        }

        if (!image.TryMapOver(_base))
        {
            throw Refused();
        }

        _image = image;
    }

    private static InsufficientMemoryException Refused() =>
        new($"The host refuses to put guest RAM back (errno {Marshal.GetLastPInvokeError()}).");

    private void CopyTo(RamImage image)
    {
        using FileStream map = new("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        ulong pages = _length / PageSize;
        ulong[] entries = new ulong[EntriesAtOnce];
        ulong run = 0;
        for (ulong first = 0; first < pages; first += EntriesAtOnce)
        {
            int count = (int)Math.Min(EntriesAtOnce, pages - first);
            Span<ulong> wanted = entries.AsSpan(0, count);
            map.Position = (long)(((ulong)_base / PageSize + first) * sizeof(ulong));
            map.ReadExactly(MemoryMarshal.AsBytes(wanted));
            for (int i = 0; i < count; i++)
            {
                ulong page = first + (ulong)i;
                bool mayHold = (wanted[i] & Touched) != 0 || (_image?.HasPage(page) ?? false);
                bool holds = mayHold && PageAt(page).ContainsAnyExcept((byte)0);
                if (holds && ++run < LongestRun)
                {
                    continue;
                }

                Flush(image, holds ? page + 1 : page, ref run);
            }
        }

        Flush(image, pages, ref run);
    }

    /// <summary>Copies the pages that were found to hold something, those just before <paramref name="end"/>.</summary>
    private void Flush(RamImage image, ulong end, ref ulong run)
    {
        if (run != 0)
        {
            ulong first = end - run;
            image.Write(first, new ReadOnlySpan<byte>(_base + (first * PageSize), (int)(run * PageSize)));
            run = 0;
        }
    }

    private ReadOnlySpan<byte> PageAt(ulong page) => new(_base + (page * PageSize), (int)PageSize);
}
