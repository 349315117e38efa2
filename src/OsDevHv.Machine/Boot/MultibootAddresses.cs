namespace OsDevHv.Machine.Boot;

/// <summary>
/// The load addresses in a Multiboot header, which replace an executable format's (Multiboot 0.6.96, 3.1.3; Multiboot2 2.0, 3.1.5).
/// </summary>
internal readonly record struct MultibootAddresses(uint Header, uint Load, uint LoadEnd, uint BssEnd)
{
    /// <summary>
    /// Multiboot2's load_addr for "from the file's beginning"; never a sound address, since load_addr is not above header_addr.
    /// </summary>
    private const uint FromFileStart = uint.MaxValue;

    /// <summary>The part of the file that they describe; <paramref name="entry"/> must be in it.</summary>
    public ImageLayout ToLayout(BootFile file, int headerOffset, uint entry)
    {
        bool fromStart = Load == FromFileStart;
        uint before = fromStart ? (uint)headerOffset : Header - Load;
        if (before > Header || (!fromStart && Load > Header) || before > (uint)headerOffset)
        {
            throw file.Bad($"the Multiboot header's addresses do not fit the file: header_addr 0x{Header:x} and load_addr 0x{Load:x} "
                + $"with the header at offset 0x{headerOffset:x} would begin before the file or before address 0.");
        }

        ulong load = Header - before;
        ulong offset = (uint)headerOffset - before;
        ulong fileBytes = LoadEnd == 0 ? file.Length - offset : LoadEnd - load;
        if (LoadEnd != 0 && LoadEnd < load)
        {
            throw file.Bad($"the Multiboot header's load_end_addr 0x{LoadEnd:x} is below its load_addr 0x{load:x}.");
        }

        if (!file.Contains(offset, fileBytes))
        {
            throw file.Bad($"the Multiboot header asks for 0x{fileBytes:x} bytes from offset 0x{offset:x} (load_addr to load_end_addr); "
                + $"the file has 0x{file.Length:x} bytes.");
        }

        ulong loadEnd = load + fileBytes;
        if (BssEnd != 0 && BssEnd < loadEnd)
        {
            throw file.Bad($"the Multiboot header's bss_end_addr 0x{BssEnd:x} is below the end of the data 0x{loadEnd:x}.");
        }

        ulong memoryBytes = BssEnd == 0 ? fileBytes : BssEnd - load;
        ImageLayout layout = new(file, [new ImagePiece("the image", offset, load, fileBytes, memoryBytes)], load);
        return layout.WithEntry(entry, "the Multiboot header's entry_addr");
    }
}
