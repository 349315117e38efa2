using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// Multiboot2 Specification 2.0 for i386 without EFI. Not provided: a choice of video modes (a kernel that asks for one gets the machine's;
/// without a screen it is refused), a boot device, APM, VBE and network tags. ELF files may be 32- or 64-bit; either is entered in 32-bit
/// protected mode.
/// </summary>
internal static class Multiboot2
{
    private enum InfoTag : uint
    {
        End = 0,
        CommandLine = 1,
        LoaderName = 2,
        Module = 3,
        BasicMemory = 4,
        MemoryMap = 6,
        Framebuffer = 8,
        ElfSections = 9,
        Smbios = 13,
        OldAcpi = 14,
        NewAcpi = 15,
        LoadBase = 21,
    }

    /// <summary>Boots a kernel whose header is at <paramref name="headerOffset"/>.</summary>
    public static BootedImage Boot(BootProfile profile, BootFile file, ReadOnlySpan<byte> start, int headerOffset, BootMemory memory)
    {
        Multiboot2Header header = Multiboot2Header.Parse(file, start, headerOffset, memory.Screen);
        MultibootPayload.CheckCommandLines(profile);
        ElfFile? elf = ElfFile.HasMagic(start) ? ElfFile.Read(file) : null;
        ImageLayout layout = LayoutOf(file, header, elf);
        layout.RequireBelow4GiB();
        ulong bias = layout.Load(memory, header.Relocation);

        List<LoadedModule> modules = MultibootPayload.LoadModules(memory, profile.Modules);
        LoadedSections? sections = header.Addresses is not null || elf is null ? null : MultibootPayload.LoadSections(memory, elf, bias);
        uint? loadBase = header.Relocation is null ? null : (uint)(layout.Start + bias);
        ulong gdt = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        InitialState.WriteGdt(memory, gdt);
        byte[] information = BuildInfo(profile.CommandLine, modules, sections, memory, loadBase);
        ulong address = memory.AllocateLow("the boot information", (ulong)information.Length, 16);
        memory.Write(address, information);

        GeneralRegisters general = new() { Rax = 0x36d7_6289, Rbx = address, Rip = layout.Entry + bias, Rflags = ControlBits.RflagsFixed };
        TargetArchitecture architecture = elf?.Is64 == true ? TargetArchitecture.X86_64 : TargetArchitecture.I386;
        return new BootedImage("multiboot2", architecture, general, InitialState.Protected(gdt)) { SymbolBias = bias };
    }

    private static ImageLayout LayoutOf(BootFile file, Multiboot2Header header, ElfFile? elf)
    {
        if (header.Addresses is { } addresses)
        {
            uint entry = header.Entry
                ?? throw file.Bad("the Multiboot2 header has an address tag (2) but no entry address tag (3); an image with addresses "
                    + "needs both.");
            return addresses.ToLayout(file, header.Offset, entry);
        }

        if (elf is null)
        {
            throw file.Bad("the Multiboot2 header has no address tag (2) and the file is not ELF, so nothing says where it is to be "
                + "loaded.");
        }

        if (elf.IsPositionIndependent && header.Relocation is null)
        {
            throw file.Bad("this is a position-independent executable (ET_DYN) without a relocatable tag (10) in its Multiboot2 header; "
                + "add the tag or link it with -no-pie.");
        }

        ImageLayout layout = ImageLayout.OfElf(elf);
        return header.Entry is { } given ? layout.WithEntry(given, "the Multiboot2 header's entry address") : layout;
    }

    /// <summary>The information structure (3.6); it holds no addresses of its own, so it may go anywhere 8-aligned.</summary>
    private static byte[] BuildInfo(
        string commandLine, List<LoadedModule> modules, LoadedSections? sections, BootMemory memory, uint? loadBase)
    {
        StructureBuilder info = new();
        info.U32(0).U32(0);
        Add(info, InfoTag.CommandLine, new StructureBuilder().String(commandLine));
        Add(info, InfoTag.LoaderName, new StructureBuilder().String(MultibootPayload.LoaderName));
        foreach (LoadedModule module in modules)
        {
            Add(info, InfoTag.Module, new StructureBuilder().U32(module.Start).U32(module.End).String(module.CommandLine));
        }

        Add(info, InfoTag.BasicMemory, new StructureBuilder()
            .U32((uint)(MemoryMap.LowMemoryEnd / 1024))
            .U32((uint)((memory.Map.RamEndBelowHole - MemoryMap.HighMemoryStart) / 1024)));
        StructureBuilder ranges = new StructureBuilder().U32(24).U32(0);
        foreach (MemoryMapEntry range in memory.Map.Ranges)
        {
            ranges.U64(range.Start).U64(range.Length).U32((uint)range.Kind).U32(0);
        }

        Add(info, InfoTag.MemoryMap, ranges);
        AddScreen(info, memory.Screen);
        if (sections is not null)
        {
            // The specification's text has 16-bit fields here; its multiboot2.h, every loader and every kernel have 32-bit ones.
            Add(info, InfoTag.ElfSections, new StructureBuilder().U32(sections.Count).U32(sections.EntryBytes).U32(sections.NamesIndex)
                .Bytes(sections.Headers));
        }

        AddFirmware(info, memory.Firmware);
        if (loadBase is { } loadAddress)
        {
            Add(info, InfoTag.LoadBase, new StructureBuilder().U32(loadAddress));
        }

        Add(info, InfoTag.End, new StructureBuilder());
        return info.Patch(0, (uint)info.Length).ToArray();
    }

    private static void AddFirmware(StructureBuilder info, FirmwareTables? firmware)
    {
        if (firmware is { SmbiosEntry.IsEmpty: false })
        {
            // The specification says "SMBIOS tables"; loaders pass the entry point, and kernels follow its address.
            ReadOnlySpan<byte> entry = firmware.SmbiosEntry.Span;
            (byte major, byte minor) = SmbiosTable.VersionOf(entry);
            Add(info, InfoTag.Smbios, new StructureBuilder().U8(major).U8(minor).Zeros(6).Bytes(entry));
        }

        if (firmware is { NewRsdp.IsEmpty: false })
        {
            Add(info, InfoTag.OldAcpi, new StructureBuilder().Bytes(firmware.OldRsdp.Span));
            Add(info, InfoTag.NewAcpi, new StructureBuilder().Bytes(firmware.NewRsdp.Span));
        }
    }

    private static void AddScreen(StructureBuilder info, BootScreen screen)
    {
        if (screen.Describe() is { } frame)
        {
            // The specification's text has an 8-bit reserved field; its multiboot2.h, every loader and every kernel have a 16-bit one.
            Add(info, InfoTag.Framebuffer, new StructureBuilder()
                .U64(frame.Address).U32((uint)frame.Pitch).U32((uint)frame.Width).U32((uint)frame.Height)
                .U8((byte)frame.BitsPerPixel).U8(frame.Type).U16(0).Bytes(frame.ColorInfo()));
        }
    }

    private static void Add(StructureBuilder info, InfoTag tag, StructureBuilder content) =>
        info.U32((uint)tag).U32((uint)(8 + content.Length)).Bytes(content.ToArray()).Align(8);
}
