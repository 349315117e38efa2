namespace OsDevHv.Machine.Boot;

/// <summary>Part of an image: so many bytes of the file at a guest-physical address, the rest of its memory zero.</summary>
internal readonly record struct ImagePiece(string Name, ulong Offset, ulong Address, ulong FileBytes, ulong MemoryBytes);

/// <summary>
/// Where an image that can be relocated may go; addresses are guest-physical, <paramref name="Maximum"/> is one past the last byte.
/// </summary>
internal readonly record struct Relocation(ulong Minimum, ulong Maximum, ulong Alignment, RelocationPreference Preference);

/// <summary>Multiboot2's placement preferences; the numbers are the specification's.</summary>
internal enum RelocationPreference
{
    None = 0,
    Lowest = 1,
    Highest = 2,
}

/// <summary>What of a file goes where, and where execution begins; all guest-physical.</summary>
internal sealed record ImageLayout(BootFile File, IReadOnlyList<ImagePiece> Pieces, ulong Entry)
{
    /// <summary>The lowest address of all pieces.</summary>
    public ulong Start => Pieces.Min(piece => piece.Address);

    /// <summary>
    /// An ELF file by its physical addresses. The entry is taken for a virtual address of a segment; failing that, as kernels linked high
    /// with a low entry have it, for a physical one.
    /// </summary>
    public static ImageLayout OfElf(ElfFile elf)
    {
        return new ImageLayout(
            elf.File,
            [.. elf.Segments.Select(segment =>
                new ImagePiece(segment.Name, segment.Offset, segment.PhysicalAddress, segment.FileBytes, segment.MemoryBytes))],
            PhysicalEntry(elf));
    }

    /// <summary>The same with another entry, which must be in the image.</summary>
    public ImageLayout WithEntry(ulong entry, string what)
    {
        if (!Pieces.Any(piece => entry - piece.Address < piece.FileBytes))
        {
            throw File.Bad($"{what} 0x{entry:x} is outside everything that is loaded from the file.");
        }

        return this with { Entry = entry };
    }

    /// <summary>Loads it; returns what was added to every address, modulo 2^64: 0 unless it was relocated.</summary>
    public ulong Load(BootMemory memory, Relocation? relocation)
    {
        ulong bias = relocation is { } wanted ? Place(memory, wanted) - Start : 0;
        foreach (ImagePiece piece in Pieces)
        {
            memory.ClaimExact(File, piece.Name, piece.Address + bias, piece.MemoryBytes);
        }

        foreach (ImagePiece piece in Pieces)
        {
            memory.Load(File, piece.Name, piece.Offset, piece.FileBytes, piece.Address + bias);
            memory.Zero(piece.Address + bias + piece.FileBytes, piece.MemoryBytes - piece.FileBytes);
        }

        return bias;
    }

    /// <summary>Refuses what a 32-bit protocol cannot describe.</summary>
    public void RequireBelow4GiB()
    {
        foreach (ImagePiece piece in Pieces)
        {
            if (piece.Address > uint.MaxValue || piece.MemoryBytes > (1UL << 32) - piece.Address)
            {
                throw File.Bad($"{piece.Name} (guest-physical 0x{piece.Address:x}, 0x{piece.MemoryBytes:x} bytes) is not below 4 GiB, "
                    + "where Multiboot kernels are loaded; give the linker script a low load address (AT).");
            }
        }
    }

    private static ulong PhysicalEntry(ElfFile elf)
    {
        foreach (ElfSegment segment in elf.Segments)
        {
            if (elf.Entry - segment.VirtualAddress < segment.FileBytes)
            {
                return elf.Entry - segment.VirtualAddress + segment.PhysicalAddress;
            }
        }

        foreach (ElfSegment segment in elf.Segments)
        {
            if (elf.Entry - segment.PhysicalAddress < segment.FileBytes)
            {
                return elf.Entry;
            }
        }

        throw elf.File.Bad($"the entry point 0x{elf.Entry:x} is outside everything that is loaded from the file; check ENTRY in the "
            + "linker script.");
    }

    private ulong Place(BootMemory memory, Relocation wanted)
    {
        ulong start = Start;
        ulong length = 0;
        foreach (ImagePiece piece in Pieces)
        {
            length = Math.Max(length, piece.Address - start + piece.MemoryBytes);
        }

        bool fits = wanted.Maximum >= length && wanted.Minimum <= wanted.Maximum - length;
        if (fits && wanted.Preference == RelocationPreference.None && start % wanted.Alignment == 0 && start >= wanted.Minimum
            && start <= wanted.Maximum - length && memory.IsFree(start, length))
        {
            return start;
        }

        // The first page stays as a PC has it: real-mode vectors and BIOS data.
        ulong from = Math.Max(wanted.Minimum, 0x1000);
        ulong address = 0;
        bool found = fits && (wanted.Preference == RelocationPreference.Highest
            ? memory.TryFindHighest(length, wanted.Alignment, from, wanted.Maximum, out address)
            : memory.TryFindLowest(length, wanted.Alignment, from, wanted.Maximum, out address));
        return found
            ? address
            : throw File.Bad($"the relocatable image (0x{length:x} bytes) fits nowhere in RAM from 0x{wanted.Minimum:x} to "
                + $"0x{wanted.Maximum:x}, aligned to 0x{wanted.Alignment:x}.");
    }
}
