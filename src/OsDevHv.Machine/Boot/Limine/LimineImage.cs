using System.Buffers.Binary;

namespace OsDevHv.Machine.Boot.Limine;

/// <summary>
/// The executable in memory ("Memory Layout at Entry"): physically contiguous, with a single offset between its virtual and its physical
/// addresses, in the highest 2 GiB of the address space. A relocatable one that is linked lower slides up to FFFFFFFF80000000h, never
/// further: there is no randomisation.
/// </summary>
internal sealed class LimineImage
{
    /// <summary>The lowest address that an executable may have.</summary>
    public const ulong LowestAddress = 0xffff_ffff_8000_0000;

    private const ulong PageBytes = PageTableBuilder.PageBytes;
    private const ulong LargestAlignment = 1 << 30;
    private const uint ExecuteFlag = 1;
    private const uint WriteFlag = 2;

    private readonly ElfSegment[] _segments;
    private readonly BootMemory _memory;

    private LimineImage(ElfFile elf, ElfSegment[] segments, LimineMemory memory)
    {
        Elf = elf;
        _segments = segments;
        _memory = memory.Boot;
        ulong alignment = AlignmentOf(elf);
        ulong lowest = segments[0].VirtualAddress;
        Slide = elf.IsPositionIndependent && lowest < LowestAddress ? LowestAddress - (lowest / alignment * alignment) : 0;
        ulong first = lowest / PageBytes * PageBytes;
        ulong span = LastByte(segments[^1]) - first;
        VirtualBase = first + Slide;
        if (lowest < LowestAddress && !elf.IsPositionIndependent)
        {
            throw elf.File.Bad($"{segments[0].Name} has a p_vaddr of 0x{lowest:x}; the Limine boot protocol loads executables at "
                + $"0x{LowestAddress:x} and above. Link it there, with -mcmodel=kernel, or as a position-independent executable.");
        }

        if (VirtualBase < LowestAddress || span > ulong.MaxValue - VirtualBase)
        {
            throw elf.File.Bad($"the image is 0x{span:x} bytes from its first byte to its last, and from 0x{LowestAddress:x} up there are "
                + "2 GiB; link its segments closer together.");
        }

        Bytes = (span / PageBytes + 1) * PageBytes;
        PhysicalBase = memory.Allocate("the executable", Bytes, LimineMemoryType.ExecutableAndModules, alignment);
    }

    public ElfFile Elf { get; }

    /// <summary>What was added to every address of the file, modulo 2^64.</summary>
    public ulong Slide { get; }

    /// <summary>Virtual address of the first page.</summary>
    public ulong VirtualBase { get; }

    /// <summary>Guest-physical address of the first page.</summary>
    public ulong PhysicalBase { get; }

    /// <summary>Whole pages.</summary>
    public ulong Bytes { get; }

    /// <summary>Where the contents of segments that come from the file are, as virtual addresses; ascending.</summary>
    public IEnumerable<(ulong Start, ulong Bytes)> Contents =>
        _segments.Select(segment => (segment.VirtualAddress + Slide, segment.FileBytes));

    /// <summary>Loads the segments and relocates what is relocatable.</summary>
    /// <exception cref="BootException">It cannot be loaded.</exception>
    public static LimineImage Load(ElfFile elf, LimineMemory memory)
    {
        ElfSegment[] segments = [.. elf.Segments.Where(static segment => segment.MemoryBytes > 0)
            .OrderBy(static segment => segment.VirtualAddress)];
        for (int index = 1; index < segments.Length; index++)
        {
            if (segments[index].VirtualAddress <= LastByte(segments[index - 1]))
            {
                throw elf.File.Bad($"{segments[index].Name} (p_vaddr 0x{segments[index].VirtualAddress:x}) overlaps "
                    + $"{segments[index - 1].Name} (p_vaddr 0x{segments[index - 1].VirtualAddress:x} to "
                    + $"0x{LastByte(segments[index - 1]):x}).");
            }
        }

        LimineImage image = new(elf, segments, memory);
        image.LoadSegments();
        if (elf.IsPositionIndependent)
        {
            new LimineRelocator(image).Run();
        }

        return image;
    }

    /// <summary>
    /// Maps each segment's pages with its permissions. Where segments share a page, that has the permissions of both.
    /// </summary>
    public void Map(PageTableBuilder tables)
    {
        ulong? lastPage = null;
        PageAccess lastAccess = PageAccess.Read;
        foreach (ElfSegment segment in _segments)
        {
            PageAccess access = ((segment.Flags & WriteFlag) != 0 ? PageAccess.Write : 0)
                | ((segment.Flags & ExecuteFlag) != 0 ? PageAccess.Execute : 0);
            ulong start = segment.VirtualAddress + Slide;
            ulong firstPage = start / PageBytes * PageBytes;
            ulong endPage = (LastByte(segment) + Slide) / PageBytes * PageBytes;
            tables.Map(start, PhysicalOf(start), segment.MemoryBytes, access);
            bool isShared = firstPage == lastPage;
            if (isShared)
            {
                tables.Map(firstPage, PhysicalOf(firstPage), PageBytes, access | lastAccess);
            }

            lastAccess = isShared && endPage == firstPage ? access | lastAccess : access;
            lastPage = endPage;
        }
    }

    /// <summary>Whether all these bytes are in the image's pages.</summary>
    public bool Contains(ulong address, ulong length) =>
        address >= VirtualBase && address - VirtualBase <= Bytes && length <= Bytes - (address - VirtualBase);

    /// <summary>Whether a byte is in a segment.</summary>
    public bool IsLoaded(ulong address) => _segments.Any(segment => address - Slide - segment.VirtualAddress < segment.MemoryBytes);

    /// <summary>The guest-physical address of a byte of the image.</summary>
    public ulong PhysicalOf(ulong address) => address - VirtualBase + PhysicalBase;

    /// <summary>Reads bytes of the image, which <see cref="Contains"/> them.</summary>
    public void Read(ulong address, Span<byte> destination) => _memory.Read(PhysicalOf(address), destination);

    /// <summary>Reads 8 bytes; <paramref name="what"/> names what wants them should they not be in the image.</summary>
    public ulong ReadU64(ulong address, string what)
    {
        Require(address, sizeof(ulong), what);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Replaces 8 bytes.</summary>
    public void WriteU64(ulong address, ulong value, string what)
    {
        Require(address, sizeof(ulong), what);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _memory.Write(PhysicalOf(address), bytes);
    }

    private static ulong LastByte(ElfSegment segment) => segment.VirtualAddress + (segment.MemoryBytes - 1);

    private static ulong AlignmentOf(ElfFile elf)
    {
        ulong alignment = PageBytes;
        foreach (ElfSegment segment in elf.Segments)
        {
            if ((segment.Alignment & (segment.Alignment - 1)) != 0 || segment.Alignment > LargestAlignment)
            {
                throw elf.File.Bad($"{segment.Name} asks for an alignment of 0x{segment.Alignment:x} (p_align); it must be a power of two "
                    + $"and not above 0x{LargestAlignment:x}.");
            }

            alignment = Math.Max(alignment, segment.Alignment);
        }

        return alignment;
    }

    private void Require(ulong address, ulong length, string what)
    {
        if (!Contains(address, length))
        {
            throw Elf.File.Bad($"{what} (virtual address 0x{address:x}, 0x{length:x} bytes) is outside the image (0x{VirtualBase:x} to "
                + $"0x{VirtualBase + (Bytes - 1):x}).");
        }
    }

    private void LoadSegments()
    {
        ulong done = PhysicalBase;
        foreach (ElfSegment segment in _segments)
        {
            ulong start = PhysicalOf(segment.VirtualAddress + Slide);
            _memory.Zero(done, start - done);
            _memory.Load(Elf.File, segment.Name, segment.Offset, segment.FileBytes, start);
            done = start + segment.FileBytes;
        }

        _memory.Zero(done, PhysicalBase + Bytes - done);
    }
}
