using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>
/// What the RAM of a machine held at one moment, in memory that any number of machines share until they write to it (memfd_create(2),
/// mmap(2) with MAP_PRIVATE). Pages that are zero take no memory.
/// </summary>
/// <remarks>Written by one thread, then only read, by any. Machines that use it go on when it is disposed of.</remarks>
public sealed unsafe class RamImage : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly ulong[] _pages;

    /// <summary>An image of nothing but zeros.</summary>
    /// <param name="length">Bytes, a multiple of <see cref="GuestRam.PageSize"/> above 0.</param>
    /// <exception cref="InsufficientMemoryException">The host refuses it.</exception>
    public RamImage(ulong length)
    {
        if (length == 0 || length % GuestRam.PageSize != 0 || length > long.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "Guest RAM is a whole number of 4096-byte pages, at least one.");
        }

        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes("guest RAM\0"))
        {
            descriptor = Libc.MemfdCreate(name, Libc.MemfdCloseOnExec);
        }

        int error = Marshal.GetLastPInvokeError();
        _file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (descriptor < 0 || Libc.Ftruncate(descriptor, (nint)length) != 0)
        {
            error = descriptor < 0 ? error : Marshal.GetLastPInvokeError();
            _file.Dispose();
            throw new InsufficientMemoryException($"The host refuses {length} bytes for a snapshot of guest RAM (errno {error}).");
        }

        Length = length;
        _pages = new ulong[(length / GuestRam.PageSize + 63) / 64];
    }

    /// <summary>Bytes in all.</summary>
    public ulong Length { get; }

    /// <summary>How many pages are not zero.</summary>
    public long PageCount => _pages.Sum(static word => (long)System.Numerics.BitOperations.PopCount(word));

    /// <summary>Maps it, private to the mapping, over memory of this process.</summary>
    /// <exception cref="ObjectDisposedException">It is disposed of.</exception>
    internal bool TryMapOver(void* address)
    {
        // Held for the call: the number of a file that is closed meanwhile may be another's.
        bool held = false;
        try
        {
            _file.DangerousAddRef(ref held);
            const int flags = Libc.MapPrivate | Libc.MapFixed | Libc.MapNoReserve;
            return Libc.Mmap(address, (nuint)Length, Libc.ProtRead | Libc.ProtWrite, flags, (int)_file.DangerousGetHandle(), 0) != Libc.MapFailed;
        }
        finally
        {
            if (held)
            {
                _file.DangerousRelease();
            }
        }
    }

    /// <summary>Whether a page may hold something else than zeros.</summary>
    /// <param name="page">Its number; false beyond the end.</param>
    public bool HasPage(ulong page) => page < Length / GuestRam.PageSize && (_pages[page / 64] >> (int)(page % 64) & 1) != 0;

    /// <summary>Puts whole pages into the image.</summary>
    /// <param name="firstPage">The number of the first.</param>
    /// <param name="content">A multiple of the page size.</param>
    /// <exception cref="IOException">The host is out of memory.</exception>
    /// <exception cref="ArgumentException">They are not whole pages of the image.</exception>
    public void Write(ulong firstPage, ReadOnlySpan<byte> content)
    {
        ulong count = (ulong)content.Length / GuestRam.PageSize;
        if ((ulong)content.Length % GuestRam.PageSize != 0 || firstPage > Length / GuestRam.PageSize || count > Length / GuestRam.PageSize - firstPage)
        {
            throw new ArgumentException("Not whole pages of the image.", nameof(content));
        }

        RandomAccess.Write(_file, content, (long)(firstPage * GuestRam.PageSize));
        for (ulong page = firstPage; page < firstPage + count; page++)
        {
            _pages[page / 64] |= 1UL << (int)(page % 64);
        }
    }

    /// <summary>Reads a page.</summary>
    /// <param name="page">Its number.</param>
    /// <param name="content">Filled.</param>
    public void Read(ulong page, Span<byte> content)
    {
        int read = RandomAccess.Read(_file, content, (long)(page * GuestRam.PageSize));
        content[read..].Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
