using System.Buffers.Binary;

namespace OsDevHv.Tests.Boot;

/// <summary>Little-endian bytes, put together by the order of fields in the specifications.</summary>
internal sealed class Bytes
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public Bytes U8(int value) => Raw((byte)value);

    public Bytes U16(int value) => Raw((byte)value, (byte)(value >> 8));

    public Bytes U32(uint value) => Raw(BitConverter.GetBytes(value));

    public Bytes U64(ulong value) => Raw(BitConverter.GetBytes(value));

    public Bytes Word(bool is64, ulong value) => is64 ? U64(value) : U32((uint)value);

    public Bytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public Bytes Text(string text) => Raw(System.Text.Encoding.UTF8.GetBytes(text)).U8(0);

    public Bytes AlignTo(int alignment)
    {
        while (_bytes.Count % alignment != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}

internal sealed record TestSegment(ulong VirtualAddress, ulong PhysicalAddress, byte[] Content)
{
    public ulong? MemoryBytes { get; init; }

    public ulong? FileBytes { get; init; }

    public ulong? Offset { get; init; }

    public uint Type { get; init; } = 1;

    public uint Flags { get; init; } = 7;

    public ulong Alignment { get; init; } = 0x1000;
}

internal sealed record TestSection(uint Type, ulong Address, byte[] Content)
{
    public ulong? Offset { get; init; }

    public ulong? Size { get; init; }

    public uint Link { get; init; }

    public uint Name { get; init; }

    public ulong Alignment { get; init; } = 1;

    public ulong EntrySize { get; init; }
}

/// <summary>An ELF file as the System V ABI lays it out; every header field can be made wrong.</summary>
internal sealed record TestElf(bool Is64)
{
    public ulong Entry { get; init; } = 0x10_0000;

    public ushort Type { get; init; } = 2;

    public ushort? Machine { get; init; }

    public byte? Class { get; init; }

    public byte Data { get; init; } = 1;

    public byte IdentVersion { get; init; } = 1;

    public uint Version { get; init; } = 1;

    public ulong? ProgramOffset { get; init; }

    public int? ProgramEntryBytes { get; init; }

    public int? ProgramCount { get; init; }

    public ulong? SectionOffset { get; init; }

    public int? SectionEntryBytes { get; init; }

    public int? SectionCount { get; init; }

    public int NamesIndex { get; init; }

    public IReadOnlyList<TestSegment> Segments { get; init; } = [];

    public IReadOnlyList<TestSection> Sections { get; init; } = [];

    public static TestElf WithCode(bool is64, params byte[] content) =>
        new(is64) { Segments = [new TestSegment(0x10_0000, 0x10_0000, content)] };

    public byte[] Build()
    {
        int headerBytes = Is64 ? 64 : 52;
        int programBytes = Is64 ? 56 : 32;
        Bytes contents = new Bytes();
        int contentStart = (headerBytes + (programBytes * Segments.Count) + 63) / 64 * 64;
        List<ulong> segmentOffsets = [], sectionOffsets = [];
        foreach (TestSegment segment in Segments)
        {
            segmentOffsets.Add((ulong)(contentStart + contents.Length));
            contents.Raw(segment.Content).AlignTo(16);
        }

        foreach (TestSection section in Sections)
        {
            sectionOffsets.Add((ulong)(contentStart + contents.Length));
            contents.Raw(section.Content).AlignTo(16);
        }

        ulong sectionTable = Sections.Count == 0 ? 0 : (ulong)(contentStart + contents.Length);
        Bytes file = new Bytes()
            .Raw(0x7f, (byte)'E', (byte)'L', (byte)'F', Class ?? (byte)(Is64 ? 2 : 1), Data, IdentVersion, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            .U16(Type).U16(Machine ?? (Is64 ? 62 : 3)).U32(Version)
            .Word(Is64, Entry).Word(Is64, ProgramOffset ?? (ulong)headerBytes).Word(Is64, SectionOffset ?? sectionTable)
            .U32(0).U16(headerBytes)
            .U16(ProgramEntryBytes ?? programBytes).U16(ProgramCount ?? Segments.Count)
            .U16(SectionEntryBytes ?? (Is64 ? 64 : 40)).U16(SectionCount ?? Sections.Count).U16(NamesIndex);
        for (int index = 0; index < Segments.Count; index++)
        {
            AddProgramHeader(file, Segments[index], segmentOffsets[index]);
        }

        file.AlignTo(64).Raw(contents.ToArray());
        for (int index = 0; index < Sections.Count; index++)
        {
            TestSection section = Sections[index];
            file.U32(section.Name).U32(section.Type).Word(Is64, 0).Word(Is64, section.Address).Word(Is64, section.Offset ?? sectionOffsets[index])
                .Word(Is64, section.Size ?? (ulong)section.Content.Length).U32(section.Link).U32(0).Word(Is64, section.Alignment)
                    .Word(Is64, section.EntrySize);
        }

        return file.ToArray();
    }

    private void AddProgramHeader(Bytes file, TestSegment segment, ulong offset)
    {
        ulong fileBytes = segment.FileBytes ?? (ulong)segment.Content.Length;
        ulong memoryBytes = segment.MemoryBytes ?? fileBytes;
        file.U32(segment.Type);
        if (Is64)
        {
            file.U32(segment.Flags).U64(segment.Offset ?? offset).U64(segment.VirtualAddress).U64(segment.PhysicalAddress).U64(fileBytes)
                .U64(memoryBytes).U64(segment.Alignment);
        }
        else
        {
            file.U32((uint)(segment.Offset ?? offset)).U32((uint)segment.VirtualAddress).U32((uint)segment.PhysicalAddress)
                .U32((uint)fileBytes).U32((uint)memoryBytes).U32(segment.Flags).U32((uint)segment.Alignment);
        }
    }
}

/// <summary>Multiboot headers by the specifications.</summary>
internal static class TestHeaders
{
    public static byte[] Multiboot1(uint flags = 0, params uint[] fields)
    {
        Bytes header = new Bytes().U32(0x1bad_b002).U32(flags).U32(unchecked(0u - 0x1bad_b002u - flags));
        foreach (uint field in fields)
        {
            header.U32(field);
        }

        return header.AlignTo(16).ToArray();
    }

    public static byte[] Tag(int type, int flags, params uint[] fields)
    {
        Bytes tag = new Bytes().U16(type).U16(flags).U32((uint)(8 + (fields.Length * 4)));
        foreach (uint field in fields)
        {
            tag.U32(field);
        }

        return tag.AlignTo(8).ToArray();
    }

    public static byte[] Multiboot2(params byte[][] tags) => Multiboot2WithoutEnd([.. tags, Tag(0, 0)]);

    public static byte[] Multiboot2WithoutEnd(params byte[][] tags)
    {
        byte[] all = [.. tags.SelectMany(tag => tag)];
        uint length = (uint)(16 + all.Length);
        return new Bytes().U32(0xe852_50d6).U32(0).U32(length).U32(unchecked(0u - 0xe852_50d6u - length)).Raw(all).ToArray();
    }

    public static byte[] With(this byte[] image, int offset, byte value)
    {
        image[offset] = value;
        return image;
    }

    public static void PatchU32(this byte[] image, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);
}
