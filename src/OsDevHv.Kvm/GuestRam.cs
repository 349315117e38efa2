using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>
/// The RAM of a machine: anonymous zeroed memory that costs nothing until touched. Needs no KVM.
/// </summary>
/// <remarks>
/// Offsets are from the start of this allocation, not guest-physical addresses. Any thread may read and write while the guest runs;
/// a copy is then no more atomic than the guest's own accesses are. There is no span over it all: guest RAM may exceed 2 GiB.
/// </remarks>
public sealed unsafe partial class GuestRam : SafeHandle
{
    /// <summary>Bytes of a page, the unit of lengths and mappings.</summary>
    public const ulong PageSize = 4096;

    private byte* _base;
    private ulong _length;

    /// <summary>Allocates <paramref name="length"/> bytes, a multiple of <see cref="PageSize"/> above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is 0, not of whole pages, or beyond an address space.</exception>
    /// <exception cref="InsufficientMemoryException">The host refuses that much address space.</exception>
    public GuestRam(ulong length) : base(0, ownsHandle: true)
    {
        if (length == 0 || length % PageSize != 0 || length > long.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "Guest RAM is a whole number of 4096-byte pages, at least one.");
        }

        const int flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve;
        var memory = Libc.Mmap(null, (nuint)length, Libc.ProtRead | Libc.ProtWrite, flags, -1, 0);
        if (memory == Libc.MapFailed)
        {
            throw new InsufficientMemoryException(
                $"The host refuses {length} bytes of guest RAM (errno {Marshal.GetLastPInvokeError()}): give the machine less memory.");
        }

        _base = (byte*)memory;
        _length = length;
        SetHandle((nint)memory);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes in all; 0 once disposed.</summary>
    public ulong Length => _length;

    /// <summary>Where the memory is in this process, for mapping it into a guest.</summary>
    internal ulong HostAddress => (ulong)handle;

    /// <summary>Copies from <paramref name="offset"/>; false, and the destination unchanged, when any byte is beyond the end.</summary>
    /// <exception cref="ObjectDisposedException">The RAM is gone.</exception>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        using var access = new Access(this);
        if (!Contains(offset, (ulong)destination.Length))
        {
            return false;
        }

        new ReadOnlySpan<byte>(_base + offset, destination.Length).CopyTo(destination);
        return true;
    }

    /// <summary>Copies to <paramref name="offset"/>; false, and RAM unchanged, when any byte is beyond the end.</summary>
    /// <exception cref="ObjectDisposedException">The RAM is gone.</exception>
    public bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        using var access = new Access(this);
        if (!Contains(offset, (ulong)source.Length))
        {
            return false;
        }

        source.CopyTo(new Span<byte>(_base + offset, source.Length));
        return true;
    }

    /// <summary>
    /// Sets <paramref name="length"/> bytes to <paramref name="value"/>; false, and RAM unchanged, when any is beyond the end.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The RAM is gone.</exception>
    public bool TryFill(ulong offset, ulong length, byte value)
    {
        using var access = new Access(this);
        if (!Contains(offset, length))
        {
            return false;
        }

        NativeMemory.Fill(_base + offset, (nuint)length, value);
        return true;
    }

    /// <summary>
    /// Makes all of it zeros again, and gives the host its memory back: what switching the machine off does. Guests see it at once.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">The host refuses the address space; what the RAM holds is not known then.</exception>
    /// <exception cref="ObjectDisposedException">The RAM is gone.</exception>
    public void Clear()
    {
        // A new mapping over the old one is zeros whatever was mapped there.
        const int flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve | Libc.MapFixed;
        using var access = new Access(this);
        if (Libc.Mmap(_base, (nuint)_length, Libc.ProtRead | Libc.ProtWrite, flags, -1, 0) == Libc.MapFailed)
        {
            throw new InsufficientMemoryException($"The host refuses to clear guest RAM (errno {Marshal.GetLastPInvokeError()}).");
        }

        _image = null;
    }

    /// <summary>
    /// Reads one byte for the cost of a bounds check. Unlike the others it does not hold the memory against a concurrent
    /// <see cref="SafeHandle.Dispose()"/>: for the threads that the owner of the machine waits for before it disposes of the RAM.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPeek(ulong offset, out byte value)
    {
        if (offset >= _length)
        {
            value = 0;
            return false;
        }

        value = Volatile.Read(ref _base[offset]);
        return true;
    }

    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="offset"/> are inside, with no overflow.</summary>
    public bool Contains(ulong offset, ulong length) => length <= _length && offset <= _length - length;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        var length = _length;
        _length = 0;
        _base = null;
        return Libc.Munmap((void*)handle, (nuint)length) == 0;
    }

    /// <summary>Keeps the memory mapped while a copy runs.</summary>
    private readonly ref struct Access
    {
        private readonly GuestRam _ram;

        public Access(GuestRam ram)
        {
            var added = false;
            ram.DangerousAddRef(ref added);
            _ram = ram;
        }

        public void Dispose() => _ram.DangerousRelease();
    }
}
