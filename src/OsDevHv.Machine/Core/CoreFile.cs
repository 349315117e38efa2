using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using OsDevHv.Gdb;

namespace OsDevHv.Machine.Core;

/// <summary>
/// Writes an ELF core dump (System V ABI, chapters 4 and 5): the notes, then RAM once. A program header for each mapping comes first, so
/// that debuggers find memory at the kernel's addresses; then one for each range of RAM, by which tools that translate addresses themselves
/// find it by its physical address. Pages of zeros are holes in the file.
/// </summary>
internal static class CoreFile
{
    /// <summary>The most mappings that a file describes; ELF's own limit is 65,534 headers.</summary>
    public const int MostMappings = 1 << 14;

    /// <summary>
    /// Where debuggers find physical memory in a 64-bit file: at this and the physical address. No address of a program is there, for none
    /// is canonical.
    /// </summary>
    public const ulong PhysicalWindow = 1UL << 62;

    private const int PageSize = 0x1000;
    private const int ChunkSize = 1 << 20;
    private const uint Load = 1;
    private const uint Note = 4;
    private const ulong CoreType = 4;
    private const ulong MachineI386 = 3;
    private const ulong MachineX64 = 62;
    private const ulong FourGiB = 1UL << 32;

    /// <summary>Writes the file, over one that is there.</summary>
    /// <returns>Bytes of RAM in it, holes counted.</returns>
    /// <exception cref="IOException">It cannot be written; what was written is deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public static ulong Write(CoreSource source, string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        try
        {
            return Write(source, file);
        }
        catch (IOException)
        {
            File.Delete(path);
            throw;
        }
    }

    private static ulong Write(CoreSource source, SafeFileHandle file)
    {
        List<MemoryRange> ram = [.. source.Ram.Where(range => range.IsRam && (source.Is64 || range.Start + range.Length <= FourGiB))];
        byte[] notes = CoreNotes.Build(source.Cpus, source.Is64);
        List<CoreMapping> mappings = [.. Clip(source.Mappings, ram).Take(MostMappings)];
        int headers = 1 + mappings.Count + ram.Count;
        int headerBytes = source.Is64 ? 64 + (56 * headers) : 52 + (32 * headers);
        ulong firstData = (ulong)(headerBytes + notes.Length + PageSize - 1) & ~(ulong)(PageSize - 1);

        var start = new List<byte>(headerBytes);
        AddFileHeader(start, source.Is64, headers);
        AddHeader(start, source.Is64, new Header(Note, 0, (ulong)headerBytes, 0, 0, (ulong)notes.Length));
        foreach (CoreMapping mapping in mappings)
        {
            uint flags = 4 | (mapping.Writable ? 2u : 0) | (mapping.Executable ? 1u : 0);
            AddHeader(start, source.Is64, new Header(
                Load, flags, firstData + OffsetOf(ram, mapping.Physical), mapping.Virtual, mapping.Physical, mapping.Length));
        }
        ulong offset = firstData;
        foreach (MemoryRange range in ram)
        {
            ulong window = source.Is64 ? PhysicalWindow : 0;
            AddHeader(start, source.Is64, new Header(Load, 7, offset, window + range.Start, range.Start, range.Length));
            offset += range.Length;
        }
        RandomAccess.Write(file, start.ToArray(), 0);
        RandomAccess.Write(file, notes, headerBytes);
        offset = firstData;
        foreach (MemoryRange range in ram)
        {
            Copy(source, file, range, offset);
            offset += range.Length;
        }
        RandomAccess.SetLength(file, (long)offset);
        return offset - firstData;
    }

    /// <summary>Cuts mappings to what is RAM.</summary>
    private static IEnumerable<CoreMapping> Clip(IReadOnlyList<CoreMapping> mappings, List<MemoryRange> ram)
    {
        foreach (CoreMapping mapping in mappings)
        {
            foreach (MemoryRange range in ram)
            {
                ulong first = Math.Max(mapping.Physical, range.Start);
                ulong last = Math.Min(mapping.Physical + (mapping.Length - 1), range.Start + (range.Length - 1));
                if (first <= last)
                {
                    yield return mapping with
                    {
                        Virtual = unchecked(mapping.Virtual + (first - mapping.Physical)),
                        Physical = first,
                        Length = last - first + 1,
                    };
                }
            }
        }
    }

    private static ulong OffsetOf(List<MemoryRange> ram, ulong physical)
    {
        ulong offset = 0;
        foreach (MemoryRange range in ram)
        {
            if (physical - range.Start < range.Length)
            {
                return offset + (physical - range.Start);
            }
            offset += range.Length;
        }
        return offset;
    }

    private static void Copy(CoreSource source, SafeFileHandle file, in MemoryRange range, ulong offset)
    {
        byte[] chunk = new byte[ChunkSize];
        for (ulong done = 0; done < range.Length; done += ChunkSize)
        {
            Span<byte> bytes = chunk.AsSpan(0, (int)Math.Min(ChunkSize, range.Length - done));
            if (!source.Memory.TryRead(range.Start + done, bytes))
            {
                continue;
            }
            for (int at = 0; at < bytes.Length;)
            {
                int length = RunOf(bytes[at..], out bool isEmpty);
                if (!isEmpty)
                {
                    RandomAccess.Write(file, bytes.Slice(at, length), (long)(offset + done) + at);
                }
                at += length;
            }
        }
    }

    /// <summary>How many bytes from the start are pages of zeros, or are pages of something.</summary>
    private static int RunOf(ReadOnlySpan<byte> bytes, out bool isEmpty)
    {
        isEmpty = IsEmpty(bytes);
        int length = PageSize;
        while (length < bytes.Length && IsEmpty(bytes[length..]) == isEmpty)
        {
            length += PageSize;
        }
        return Math.Min(length, bytes.Length);
    }

    private static bool IsEmpty(ReadOnlySpan<byte> bytes) => !bytes[..Math.Min(PageSize, bytes.Length)].ContainsAnyExcept((byte)0);

    private static void AddFileHeader(List<byte> to, bool is64, int headers)
    {
        to.AddRange([0x7f, (byte)'E', (byte)'L', (byte)'F', (byte)(is64 ? 2 : 1), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Add(to, 2, CoreType);
        Add(to, 2, is64 ? MachineX64 : MachineI386);
        Add(to, 4, 1);
        int word = is64 ? 8 : 4;
        Add(to, word, 0);
        Add(to, word, is64 ? 64u : 52u);
        Add(to, word, 0);
        Add(to, 4, 0);
        Add(to, 2, is64 ? 64u : 52u);
        Add(to, 2, is64 ? 56u : 32u);
        Add(to, 2, (ulong)headers);
        Add(to, 6, 0);
    }

    private static void AddHeader(List<byte> to, bool is64, in Header header)
    {
        int word = is64 ? 8 : 4;
        Add(to, 4, header.Type);
        if (is64)
        {
            Add(to, 4, header.Flags);
        }
        Add(to, word, header.Offset);
        Add(to, word, header.Virtual);
        Add(to, word, header.Physical);
        Add(to, word, header.Length);
        Add(to, word, header.Length);
        if (!is64)
        {
            Add(to, 4, header.Flags);
        }
        Add(to, word, 0);
    }

    private static void Add(List<byte> to, int bytes, ulong value)
    {
        Span<byte> all = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(all, value);
        to.AddRange(all[..bytes]);
    }

    private readonly record struct Header(uint Type, uint Flags, ulong Offset, ulong Virtual, ulong Physical, ulong Length);
}
