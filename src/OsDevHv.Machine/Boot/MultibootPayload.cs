using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>A module in guest memory; <paramref name="End"/> is one past its last byte.</summary>
internal readonly record struct LoadedModule(uint Start, uint End, string CommandLine);

/// <summary>Section headers for the kernel, sh_addr saying where each section's contents are.</summary>
internal sealed record LoadedSections(byte[] Headers, uint Count, uint EntryBytes, uint NamesIndex);

/// <summary>What both Multiboot versions put into memory beside the kernel.</summary>
internal static class MultibootPayload
{
    /// <summary>The boot loader name that kernels are told.</summary>
    public const string LoaderName = "OsDevHv";

    /// <summary>The longest command line, in bytes of UTF-8 without the terminating zero.</summary>
    public const int LongestCommandLine = 65_535;

    /// <summary>Refuses strings that cannot be handed over whole.</summary>
    public static void CheckCommandLines(BootProfile profile)
    {
        BootStrings.CheckCommandLine(profile.Kernel, profile.CommandLine, LongestCommandLine);
        foreach (BootModule module in profile.Modules)
        {
            BootStrings.CheckCommandLine(module.Path, module.CommandLine, LongestCommandLine);
        }
    }

    /// <summary>Loads the modules above the kernel, each page-aligned, whether or not the kernel asks for that.</summary>
    public static List<LoadedModule> LoadModules(BootMemory memory, IReadOnlyList<BootModule> modules)
    {
        List<LoadedModule> loaded = [];
        foreach (BootModule module in modules)
        {
            using BootFile file = BootFile.Open(module.Path);
            ulong address = memory.AllocateHigh($"module {module.Path}", file.Length, PageTableBuilder.PageBytes);
            memory.Load(file, "the module", 0, file.Length, address);
            loaded.Add(new LoadedModule((uint)address, (uint)(address + file.Length), module.CommandLine));
        }

        return loaded;
    }

    /// <summary>
    /// Section headers, with the contents of sections that no segment holds (symbols, debug information) loaded below 4 GiB and their
    /// sh_addr set, as GRUB does. Null when the file has none.
    /// </summary>
    /// <param name="memory">Where to.</param>
    /// <param name="elf">The kernel.</param>
    /// <param name="bias">What was added to the addresses of a relocated image.</param>
    public static LoadedSections? LoadSections(BootMemory memory, ElfFile elf, ulong bias)
    {
        byte[] headers = elf.ReadSectionHeaders(out uint count, out uint namesIndex);
        if (count == 0)
        {
            return null;
        }

        for (int index = 0; index < count; index++)
        {
            ElfSection section = elf.SectionAt(headers, index);
            if (section.Address != 0)
            {
                elf.SetSectionAddress(headers, index, section.Address + bias);
            }
            else if (section.Bytes != 0 && section.Type is not (0 or ElfFile.SectionTypeNoBits))
            {
                string name = $"section {index}";
                if (!elf.File.Contains(section.Offset, section.Bytes))
                {
                    throw elf.File.Bad($"{name} (sh_offset 0x{section.Offset:x}, sh_size 0x{section.Bytes:x}) reaches beyond the end of "
                        + "the file; it is truncated or damaged.");
                }

                ulong alignment = Math.Max(section.Alignment, 1);
                if (alignment > PageTableBuilder.PageBytes)
                {
                    throw elf.File.Bad($"{name} asks for an alignment of 0x{alignment:x} (sh_addralign); 0x1000 is the most.");
                }

                ulong address = memory.AllocateHigh(name, section.Bytes, alignment);
                memory.Load(elf.File, name, section.Offset, section.Bytes, address);
                elf.SetSectionAddress(headers, index, address);
            }
        }

        return new LoadedSections(headers, count, (uint)elf.SectionHeaderBytes, namesIndex);
    }
}
