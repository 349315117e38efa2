using System.Buffers.Binary;

namespace OsDevHv.Machine.Boot;

/// <summary>A loadable segment: a program header of type PT_LOAD that takes memory; its index is its place in the table, from 0.</summary>
internal readonly record struct ElfSegment(
    int Index,
    ulong Offset,
    ulong VirtualAddress,
    ulong PhysicalAddress,
    ulong FileBytes,
    ulong MemoryBytes)
{
    public string Name => $"segment {Index}";

    /// <summary>p_flags: execute 1, write 2, read 4.</summary>
    public uint Flags { get; init; }

    /// <summary>p_align.</summary>
    public ulong Alignment { get; init; }
}

/// <summary>A section header's fields that matter for loading; its index is its place in the table, from 0.</summary>
internal readonly record struct ElfSection(int Index, uint Type, ulong Address, ulong Offset, ulong Bytes, uint Link, ulong Alignment,
    ulong EntryBytes);

/// <summary>
/// An x86 ELF executable (System V ABI, chapters 4 and 5), 32- or 64-bit. Every field is checked against the file before it is used.
/// Not modelled: 65,535 program headers and more (PN_XNUM).
/// </summary>
internal sealed class ElfFile
{
    public const uint SectionTypeSymbols = 2;
    public const uint SectionTypeStrings = 3;
    public const uint SectionTypeNoBits = 8;

    private const uint SegmentTypeLoad = 1;
    private const uint SegmentTypeDynamic = 2;
    private const uint SegmentTypeNote = 4;
    private const int LongestHeader = 64;
    private const ushort ExtendedIndex = 0xffff;

    private readonly ulong _sectionOffset;
    private readonly int _sectionEntryBytes;
    private readonly uint _sectionCountField;
    private readonly uint _sectionNamesField;

    private ElfFile(BootFile file, ReadOnlySpan<byte> header, bool is64)
    {
        File = file;
        Is64 = is64;
        Type = BinaryPrimitives.ReadUInt16LittleEndian(header[16..]);
        Entry = Word(header, 24, 24);
        ulong programOffset = Word(header, 28, 32);
        _sectionOffset = Word(header, 32, 40);
        ReadOnlySpan<byte> tail = header[(is64 ? 54 : 42)..];
        int programEntryBytes = BinaryPrimitives.ReadUInt16LittleEndian(tail);
        int programCount = BinaryPrimitives.ReadUInt16LittleEndian(tail[2..]);
        _sectionEntryBytes = BinaryPrimitives.ReadUInt16LittleEndian(tail[4..]);
        _sectionCountField = BinaryPrimitives.ReadUInt16LittleEndian(tail[6..]);
        _sectionNamesField = BinaryPrimitives.ReadUInt16LittleEndian(tail[8..]);
        Segments = ReadSegments(programOffset, programEntryBytes, programCount, out List<(ulong, ulong)> notes);
        Notes = notes;
    }

    public BootFile File { get; }

    public bool Is64 { get; }

    /// <summary>e_type.</summary>
    public ushort Type { get; }

    /// <summary>ET_DYN: linked to be relocated, at 0.</summary>
    public bool IsPositionIndependent => Type == 3;

    /// <summary>e_entry, a virtual address.</summary>
    public ulong Entry { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; }

    /// <summary>PT_DYNAMIC, whose file range is unchecked; null where there is none.</summary>
    public ElfSegment? Dynamic { get; private set; }

    /// <summary>Where notes are in the file (PT_NOTE), unchecked.</summary>
    public IReadOnlyList<(ulong Offset, ulong Length)> Notes { get; }

    /// <summary>Bytes of a section header of this class.</summary>
    public int SectionHeaderBytes => Is64 ? 64 : 40;

    private int ProgramHeaderBytes => Is64 ? 56 : 32;

    public static bool HasMagic(ReadOnlySpan<byte> start) => start.StartsWith("\u007fELF"u8);

    /// <summary>Reads the headers; the segments' contents are only checked to be in the file.</summary>
    public static ElfFile Read(BootFile file)
    {
        Span<byte> header = stackalloc byte[LongestHeader];
        header.Clear();
        file.Read(0, header[..16], "the ELF identification");
        if (!HasMagic(header))
        {
            throw file.Bad("this is not an ELF file.");
        }

        bool is64 = header[4] switch
        {
            1 => false,
            2 => true,
            byte other => throw file.Bad($"the ELF class (byte 4) is {other}; it must be 1 (32-bit) or 2 (64-bit)."),
        };
        if (header[5] != 1)
        {
            throw file.Bad($"the ELF data encoding (byte 5) is {header[5]}; an x86 kernel is little-endian (1).");
        }

        file.Read(0, header[..(is64 ? 64 : 52)], "the ELF header");
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(header[16..]);
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        if (machine != (is64 ? 62 : 3))
        {
            string expected = is64 ? "64-bit ELF must be for x86-64 (62)" : "32-bit ELF must be for i386 (3)";
            throw file.Bad($"the ELF machine (e_machine) is {machine}; a {expected}.");
        }

        if (version != 1 || header[6] != 1)
        {
            throw file.Bad($"the ELF version is {(version != 1 ? version : header[6])}; only version 1 exists.");
        }

        return type switch
        {
            2 or 3 => new ElfFile(file, header, is64),
            1 => throw file.Bad("this is a relocatable object file (ET_REL), not an executable; link it with ld."),
            4 => throw file.Bad("this is a core dump (ET_CORE), not an executable."),
            _ => throw file.Bad($"the ELF type (e_type) is {type}; a kernel is an executable (2)."),
        };
    }

    /// <summary>
    /// Reads the section headers as they are in the file; empty when there are none. <paramref name="namesIndex"/> is the section that
    /// holds the sections' names.
    /// </summary>
    public byte[] ReadSectionHeaders(out uint count, out uint namesIndex)
    {
        count = _sectionCountField;
        namesIndex = _sectionNamesField;
        if (_sectionOffset == 0)
        {
            count = 0;
            namesIndex = 0;
            return [];
        }

        if (_sectionEntryBytes != SectionHeaderBytes)
        {
            throw File.Bad($"a section header (e_shentsize) is {_sectionEntryBytes} bytes; it must be {SectionHeaderBytes}.");
        }

        if (count == 0)
        {
            // More sections than the field holds: the number is in the first header's sh_size.
            byte[] first = new byte[SectionHeaderBytes];
            File.Read(_sectionOffset, first, "the first section header");
            ulong large = SectionAt(first, 0).Bytes;
            count = large <= uint.MaxValue ? (uint)large : throw File.Bad($"the number of sections (sh_size of section 0) is {large}.");
            namesIndex = namesIndex == ExtendedIndex ? SectionAt(first, 0).Link : namesIndex;
        }

        ulong bytes = (ulong)count * (ulong)SectionHeaderBytes;
        if (!File.Contains(_sectionOffset, bytes) || bytes > int.MaxValue)
        {
            throw File.Bad($"the section header table (e_shoff 0x{_sectionOffset:x}, {count} entries) reaches beyond the end of the file; "
                + "it is truncated or damaged.");
        }

        byte[] headers = new byte[bytes];
        File.Read(_sectionOffset, headers, "the section header table");
        return headers;
    }

    /// <summary>A header of what <see cref="ReadSectionHeaders"/> gave.</summary>
    public ElfSection SectionAt(ReadOnlySpan<byte> headers, int index)
    {
        ReadOnlySpan<byte> header = headers.Slice(index * SectionHeaderBytes, SectionHeaderBytes);
        return new ElfSection(
            index,
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            Word(header, 12, 16),
            Word(header, 16, 24),
            Word(header, 20, 32),
            BinaryPrimitives.ReadUInt32LittleEndian(header[(Is64 ? 40 : 24)..]),
            Word(header, 32, 48),
            Word(header, 36, 56));
    }

    /// <summary>Sets sh_addr of a header.</summary>
    public void SetSectionAddress(Span<byte> headers, int index, ulong address)
    {
        Span<byte> header = headers.Slice(index * SectionHeaderBytes, SectionHeaderBytes);
        if (Is64)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)address);
        }
    }

    private ulong Word(ReadOnlySpan<byte> from, int at32, int at64) =>
        Is64 ? BinaryPrimitives.ReadUInt64LittleEndian(from[at64..]) : BinaryPrimitives.ReadUInt32LittleEndian(from[at32..]);

    private List<ElfSegment> ReadSegments(ulong offset, int entryBytes, int count, out List<(ulong Offset, ulong Length)> notes)
    {
        notes = [];
        if (count == 0)
        {
            throw File.Bad("there are no program headers (e_phnum is 0), so there is nothing to load; link it with ld.");
        }

        if (count == ExtendedIndex)
        {
            throw File.Bad("there are 65,535 program headers or more; that many are not supported.");
        }

        if (entryBytes != ProgramHeaderBytes)
        {
            throw File.Bad($"a program header (e_phentsize) is {entryBytes} bytes; it must be {ProgramHeaderBytes}.");
        }

        if (!File.Contains(offset, (ulong)(count * entryBytes)))
        {
            throw File.Bad($"the program header table (e_phoff 0x{offset:x}, {count} entries) reaches beyond the end of the file; "
                + "it is truncated or damaged.");
        }

        byte[] table = new byte[count * entryBytes];
        File.Read(offset, table, "the program header table");
        List<ElfSegment> segments = [];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> header = table.AsSpan(index * entryBytes, entryBytes);
            ElfSegment segment = new(index, Word(header, 4, 8), Word(header, 8, 16), Word(header, 12, 24), Word(header, 16, 32),
                Word(header, 20, 40))
            {
                Flags = BinaryPrimitives.ReadUInt32LittleEndian(header[(Is64 ? 4 : 24)..]),
                Alignment = Word(header, 28, 48),
            };
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (type == SegmentTypeNote)
            {
                notes.Add((segment.Offset, segment.FileBytes));
            }

            if (type == SegmentTypeLoad && (segment.MemoryBytes > 0 || segment.FileBytes > 0))
            {
                segments.Add(Checked(segment));
            }
            else if (type == SegmentTypeDynamic)
            {
                Dynamic ??= segment;
            }
        }

        return segments.Count > 0 ? segments : throw File.Bad("no segment is loadable (PT_LOAD), so there is nothing to load.");
    }

    private ElfSegment Checked(ElfSegment segment)
    {
        if (segment.FileBytes > segment.MemoryBytes)
        {
            throw File.Bad($"{segment.Name} has more bytes in the file (p_filesz 0x{segment.FileBytes:x}) than in memory "
                + $"(p_memsz 0x{segment.MemoryBytes:x}).");
        }

        if (!File.Contains(segment.Offset, segment.FileBytes))
        {
            throw File.Bad($"{segment.Name} (p_offset 0x{segment.Offset:x}, p_filesz 0x{segment.FileBytes:x}) reaches beyond the end of "
                + $"the file (0x{File.Length:x} bytes); it is truncated or damaged.");
        }

        if (segment.VirtualAddress + segment.MemoryBytes < segment.VirtualAddress && segment.VirtualAddress + segment.MemoryBytes != 0)
        {
            throw File.Bad($"{segment.Name} (p_vaddr 0x{segment.VirtualAddress:x}, p_memsz 0x{segment.MemoryBytes:x}) wraps around the "
                + "end of the address space.");
        }

        return segment;
    }
}
