using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// A plain ELF64 executable, entered at e_entry in 64-bit mode with the state of <see cref="InitialState.Long"/>. Segments go to their
/// physical addresses; all memory below 4 GiB and all RAM is mapped to itself, and segments whose p_vaddr differs from p_paddr are mapped
/// at p_vaddr as well. RSP is that of a function called from address 0 on a stack of 16 KiB; all other general registers are 0. Nothing is
/// passed to the kernel: a command line or modules are refused.
/// </summary>
internal static class ElfBoot
{
    public static BootedImage Boot(BootProfile profile, BootFile file, BootMemory memory)
    {
        ElfFile elf = ElfFile.Read(file);
        if (!elf.Is64)
        {
            throw file.Bad("the protocol `elf` enters kernels in 64-bit mode, but this is a 32-bit ELF file; give it a Multiboot header.");
        }

        if (elf.IsPositionIndependent)
        {
            throw file.Bad("this is a position-independent executable (ET_DYN); link it with -no-pie.");
        }

        LongMode.RefuseArguments(profile, file, "elf");
        ImageLayout layout = ImageLayout.OfElf(elf);
        layout.Load(memory, relocation: null);

        PageTableBuilder tables = LongMode.IdentityMap(memory);
        CheckMappings(elf);
        foreach (ElfSegment segment in elf.Segments.Where(segment => segment.VirtualAddress != segment.PhysicalAddress))
        {
            tables.Map(segment.VirtualAddress, segment.PhysicalAddress, segment.MemoryBytes);
        }

        return LongMode.Enter(memory, tables, "elf", elf.Entry);
    }

    private static void CheckMappings(ElfFile elf)
    {
        ElfSegment? previous = null;
        foreach (ElfSegment segment in elf.Segments.OrderBy(segment => segment.VirtualAddress))
        {
            CheckMapping(elf.File, segment);
            if (previous is { } below)
            {
                CheckNeighbours(elf.File, below, segment);
            }

            previous = segment;
        }
    }

    private static void CheckMapping(BootFile file, ElfSegment segment)
    {
        if (!IsCanonical(segment.VirtualAddress) || !IsCanonical(LastByte(segment))
            || (segment.VirtualAddress ^ LastByte(segment)) >> 63 != 0)
        {
            throw file.Bad($"{segment.Name} has a p_vaddr of 0x{segment.VirtualAddress:x}, which is not canonical with four-level paging; "
                + "link it into the lowest or highest 128 TiB.");
        }

        if (segment.VirtualAddress % PageTableBuilder.PageBytes != segment.PhysicalAddress % PageTableBuilder.PageBytes)
        {
            throw file.Bad($"{segment.Name} cannot be mapped: its p_vaddr 0x{segment.VirtualAddress:x} and p_paddr "
                + $"0x{segment.PhysicalAddress:x} are at different places in a page; align them alike in the linker script.");
        }
    }

    /// <summary>Segments may share a page, the last of one and the first of the next, only where both put the same memory there.</summary>
    private static void CheckNeighbours(BootFile file, ElfSegment below, ElfSegment above)
    {
        if (above.VirtualAddress <= LastByte(below))
        {
            throw file.Bad($"{above.Name} (p_vaddr 0x{above.VirtualAddress:x}) overlaps {below.Name} (p_vaddr "
                + $"0x{below.VirtualAddress:x} to 0x{LastByte(below):x}).");
        }

        bool sharePage = above.VirtualAddress / PageTableBuilder.PageBytes == LastByte(below) / PageTableBuilder.PageBytes;
        if (sharePage && above.VirtualAddress - above.PhysicalAddress != below.VirtualAddress - below.PhysicalAddress)
        {
            throw file.Bad($"{above.Name} and {below.Name} share the page of p_vaddr 0x{above.VirtualAddress:x} but not its memory; "
                + "align them to 0x1000 in the linker script.");
        }
    }

    private static ulong LastByte(ElfSegment segment) => segment.VirtualAddress + (segment.MemoryBytes - 1);

    private static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;
}
