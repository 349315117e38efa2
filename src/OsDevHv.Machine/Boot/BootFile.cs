using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// A kernel or module on disk, read by offset so that nothing of its size is ever held in memory. Every failure is a
/// <see cref="BootException"/> that begins with the path.
/// </summary>
internal sealed class BootFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private BootFile(string path, SafeFileHandle handle, ulong length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    public string Path { get; }

    /// <summary>Bytes, when it was opened.</summary>
    public ulong Length { get; }

    public static BootFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new BootException($"{path}: this is a directory, not a file.");
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            return new BootFile(path, handle, (ulong)RandomAccess.GetLength(handle));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            handle?.Dispose();
            string reason = error switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "the file may not be read; check its permissions",
                NotSupportedException => "this is not a regular file",
                _ => error.Message,
            };
            throw new BootException($"{path}: {reason}.", error);
        }
    }

    /// <summary>An error about this file.</summary>
    public BootException Bad(string message) => new($"{Path}: {message}");

    /// <summary>
    /// Fills <paramref name="destination"/> from <paramref name="offset"/>; <paramref name="what"/> names it should the file end before.
    /// </summary>
    public void Read(ulong offset, Span<byte> destination, string what)
    {
        if (!Contains(offset, (ulong)destination.Length))
        {
            throw Bad($"the file ends within {what} (offset 0x{offset:x}, 0x{destination.Length:x} bytes; the file has 0x{Length:x}); "
                + "it is truncated or damaged.");
        }

        if (ReadSome(offset, destination) != destination.Length)
        {
            throw Bad($"the file became shorter while {what} was read.");
        }
    }

    /// <summary>Reads what there is, up to <paramref name="destination"/>'s length.</summary>
    public int ReadSome(ulong offset, Span<byte> destination)
    {
        int done = 0;
        try
        {
            while (done < destination.Length && offset + (ulong)done < Length)
            {
                int count = RandomAccess.Read(_handle, destination[done..], (long)offset + done);
                if (count == 0)
                {
                    break;
                }

                done += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BootException($"{Path}: reading failed: {error.Message}", error);
        }

        return done;
    }

    /// <summary>Whether the file has these bytes.</summary>
    public bool Contains(ulong offset, ulong length) => offset <= Length && length <= Length - offset;

    public uint ReadUInt32(ulong offset, string what)
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(offset, bytes, what);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Dispose() => _handle.Dispose();
}
