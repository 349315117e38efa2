using System.Buffers.Binary;
using System.Numerics;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// A Multiboot2 header (Multiboot2 2.0, 3.1): what its tags ask of the loader. What cannot be met is refused while it is read.
/// </summary>
internal sealed record Multiboot2Header(int Offset, MultibootAddresses? Addresses, uint? Entry, Relocation? Relocation)
{
    /// <summary>The header is within so many bytes of the file's start.</summary>
    public const int SearchBytes = 32768;

    public const uint Magic = 0xe852_50d6;

    private const uint ArchitectureI386 = 0;
    private const int FixedBytes = 16;
    private const uint LastInformationTag = 21;

    private enum Tag : ushort
    {
        End = 0,
        InformationRequest = 1,
        Address = 2,
        EntryAddress = 3,
        ConsoleFlags = 4,
        Framebuffer = 5,
        ModuleAlignment = 6,
        EfiBootServices = 7,
        EfiI386Entry = 8,
        EfiAmd64Entry = 9,
        Relocatable = 10,
    }

    /// <summary>The offset of a valid header in the first bytes of a file, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> start) => FindIn(start[..Math.Min(start.Length, SearchBytes)]);

    /// <summary>The offset of the first valid header for i386 in <paramref name="bytes"/>, or -1.</summary>
    public static int FindIn(ReadOnlySpan<byte> bytes)
    {
        for (int offset = 0; offset + FixedBytes <= bytes.Length; offset += 8)
        {
            uint architecture = U32(bytes, offset + 4);
            if (U32(bytes, offset) == Magic && architecture == ArchitectureI386
                && Magic + architecture + U32(bytes, offset + 8) + U32(bytes, offset + 12) == 0)
            {
                return offset;
            }
        }

        return -1;
    }

    /// <summary>Reads the header at <paramref name="offset"/> of the file's first bytes.</summary>
    /// <exception cref="BootException">It is broken, or requires what there is not.</exception>
    public static Multiboot2Header Parse(BootFile file, ReadOnlySpan<byte> start, int offset, BootScreen screen)
    {
        uint length = U32(start, offset + 8);
        int room = Math.Min(start.Length, SearchBytes) - offset;
        if (length < FixedBytes + 8 || length > (uint)room)
        {
            throw file.Bad($"the Multiboot2 header at offset 0x{offset:x} says that it has {length} bytes; it must have at least "
                + $"{FixedBytes + 8} and end within the file's first {SearchBytes}.");
        }

        Multiboot2Header header = new(offset, null, null, null);
        ReadOnlySpan<byte> tags = start.Slice(offset, (int)length);
        for (int at = FixedBytes; ;)
        {
            if (at + 8 > tags.Length)
            {
                throw file.Bad($"the tags of the Multiboot2 header at offset 0x{offset:x} have no end tag (type 0, size 8) within its "
                    + $"{length} bytes.");
            }

            Tag type = (Tag)BinaryPrimitives.ReadUInt16LittleEndian(tags[at..]);
            bool optional = (BinaryPrimitives.ReadUInt16LittleEndian(tags[(at + 2)..]) & 1) != 0;
            uint size = U32(tags, at + 4);
            if (size < 8 || size > (uint)(tags.Length - at))
            {
                throw file.Bad($"the Multiboot2 header tag of type {(ushort)type} at offset 0x{offset + at:x} has a size of {size}; it "
                    + "must be at least 8 and end within the header.");
            }

            if (type == Tag.End)
            {
                return header;
            }

            ReadOnlySpan<byte> tag = tags.Slice(at, (int)size);
            if (!optional)
            {
                CheckScreen(file, type, tag, screen);
            }

            header = header.With(file, type, optional, tag);
            at += (int)((size + 7) & ~7u);
        }
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Require(BootFile file, Tag type, ReadOnlySpan<byte> tag, int bytes)
    {
        if (tag.Length < bytes)
        {
            throw file.Bad($"the Multiboot2 header tag of type {(ushort)type} has a size of {tag.Length}; it must be {bytes}.");
        }
    }

    private static void CheckRequests(BootFile file, ReadOnlySpan<byte> tag)
    {
        for (int at = 8; at + 4 <= tag.Length; at += 4)
        {
            uint wanted = U32(tag, at);
            if (wanted > LastInformationTag)
            {
                throw file.Bad($"the Multiboot2 header requires boot information of type {wanted}, which Multiboot2 2.0 does not define; "
                    + "mark the request optional (flags bit 0).");
            }
        }
    }

    /// <summary>
    /// A kernel that requires a screen needs one; the mode of its framebuffer tag is only a recommendation (3.1.9, 3.1.10).
    /// </summary>
    private static void CheckScreen(BootFile file, Tag type, ReadOnlySpan<byte> tag, BootScreen screen)
    {
        const uint consoleRequired = 1, textSupported = 2;
        const string wayOut = "add a device of the type vga-text or framebuffer, or mark the tag optional (flags bit 0).";
        if (type == Tag.Framebuffer && !screen.Exists)
        {
            throw file.Bad($"the Multiboot2 header requires a framebuffer (tag 5), and this machine has no screen; {wayOut}");
        }

        if (type != Tag.ConsoleFlags)
        {
            return;
        }

        Require(file, type, tag, 12);
        uint flags = U32(tag, 8);
        if ((flags & consoleRequired) != 0 && !screen.Exists)
        {
            throw file.Bad($"the Multiboot2 header requires a console (console_flags bit 0), and this machine has no screen; {wayOut}");
        }

        if ((flags & consoleRequired) != 0 && (flags & textSupported) == 0 && screen.Frame is null)
        {
            throw file.Bad("the Multiboot2 header requires a console and does not support EGA text (console_flags bits 0 and 1), which is "
                + "all that this machine has; add a device of the type framebuffer.");
        }
    }

    private static Relocation ReadRelocation(BootFile file, ReadOnlySpan<byte> tag)
    {
        uint minimum = U32(tag, 8), maximum = U32(tag, 12), alignment = Math.Max(U32(tag, 16), 1), preference = U32(tag, 20);
        if (!BitOperations.IsPow2(alignment))
        {
            throw file.Bad($"the Multiboot2 header's relocatable tag asks for an alignment of 0x{alignment:x}, which is not a power of "
                + "two.");
        }

        if (minimum > maximum)
        {
            throw file.Bad($"the Multiboot2 header's relocatable tag has min_addr 0x{minimum:x} above max_addr 0x{maximum:x}.");
        }

        if (preference > (uint)RelocationPreference.Highest)
        {
            throw file.Bad($"the Multiboot2 header's relocatable tag has preference {preference}; only 0, 1 and 2 exist.");
        }

        return new Relocation(minimum, maximum, alignment, (RelocationPreference)preference);
    }

    private Multiboot2Header With(BootFile file, Tag type, bool optional, ReadOnlySpan<byte> tag)
    {
        switch (type)
        {
            case Tag.InformationRequest:
                if (!optional)
                {
                    CheckRequests(file, tag);
                }

                return this;
            case Tag.Address:
                Require(file, type, tag, 24);
                return this with { Addresses = new MultibootAddresses(U32(tag, 8), U32(tag, 12), U32(tag, 16), U32(tag, 20)) };
            case Tag.EntryAddress:
                Require(file, type, tag, 12);
                return this with { Entry = U32(tag, 8) };
            case Tag.Relocatable:
                Require(file, type, tag, 24);
                return this with { Relocation = ReadRelocation(file, tag) };
            // Modules are page-aligned anyway; the EFI tags concern EFI machines alone; a screen was looked at before.
            case Tag.ConsoleFlags or Tag.Framebuffer or Tag.ModuleAlignment or Tag.EfiBootServices or Tag.EfiI386Entry or Tag.EfiAmd64Entry:
                return this;
            default:
                return optional
                    ? this
                    : throw file.Bad($"the Multiboot2 header has a tag of type {(ushort)type}, which Multiboot2 2.0 does not define; "
                        + "mark it optional (flags bit 0).");
        }
    }
}
