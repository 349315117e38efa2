using System.Buffers.Binary;

namespace OsDevHv.Tests.Boot;

/// <summary>
/// A bzImage as Documentation/arch/x86/boot.rst lays it out, by default one that can be relocated, of protocol 2.15, with both entries; a
/// setup of two sectors, then its code.
/// </summary>
internal sealed record TestBzImage
{
    public byte SetupSectors { get; init; } = 1;

    public ushort Version { get; init; } = 0x20f;

    public byte LoadFlags { get; init; } = 1;

    public byte HeaderEnd { get; init; } = 0x6a;

    public uint RamDiskMaximum { get; init; } = 0x7fff_ffff;

    public uint Alignment { get; init; } = 0x20_0000;

    public bool IsRelocatable { get; init; } = true;

    public ushort ExtendedFlags { get; init; } = 3;

    public uint CommandLineBytes { get; init; } = 100;

    public ulong PreferredAddress { get; init; } = 0x20_0000;

    public uint InitBytes { get; init; } = 0x10_0000;

    public uint? Paragraphs { get; init; }

    public byte[] Code { get; init; } = [.. Enumerable.Range(0, 0x400).Select(static index => (byte)index)];

    public byte[] Build()
    {
        int setupBytes = ((SetupSectors == 0 ? 4 : SetupSectors) + 1) * 512;
        byte[] image = [.. new byte[setupBytes], .. Code];
        image[0x1f1] = SetupSectors;
        U32(0x1f4, Paragraphs ?? (uint)(Code.Length + 15) / 16);
        (image[0x1fe], image[0x1ff]) = (0x55, 0xaa);
        (image[0x200], image[0x201]) = (0xeb, HeaderEnd);
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        U16(0x206, Version);
        image[0x211] = LoadFlags;
        U32(0x214, 0x10_0000);
        U32(0x22c, RamDiskMaximum);
        U32(0x230, Alignment);
        image[0x234] = (byte)(IsRelocatable ? 1 : 0);
        U16(0x236, ExtendedFlags);
        U32(0x238, CommandLineBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(0x258), PreferredAddress);
        U32(0x260, InitBytes);
        return image;

        void U16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);
        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);
    }
}

/// <summary>ELF files with Xen's note of the PVH entry.</summary>
internal static class TestPvh
{
    public static byte[] Note(uint type, params byte[] value) =>
        new Bytes().U32(4).U32((uint)value.Length).U32(type).Raw("Xen\0"u8.ToArray()).Raw(value).AlignTo(4).ToArray();

    public static byte[] Entry(uint address) => Note(18, BitConverter.GetBytes(address));

    public static TestElf Kernel(bool is64, params byte[] notes) => new(is64)
    {
        Segments = [new TestSegment(0x10_0000, 0x10_0000, [0xf4, 0xf4]), new TestSegment(0, 0, notes) { Type = 4 }],
    };
}
