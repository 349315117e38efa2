using System.Buffers.Binary;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// Multiboot Specification 0.6.96. Not provided: a choice of video modes (a kernel that asks for one gets the machine's; without a screen
/// it is refused), VBE, a boot device, drives, a configuration table, APM. ELF files may be 32- or 64-bit; either is entered in 32-bit
/// protected mode, the only state that the specification knows.
/// </summary>
internal static class Multiboot1
{
    /// <summary>The header is within so many bytes of the file's start.</summary>
    public const int SearchBytes = 8192;

    public const uint HeaderMagic = 0x1bad_b002;

    private const int InfoBytes = 116;
    private const uint RequiredFlags = 0xffff;
    private const uint AlignModules = 1 << 0;
    private const uint WantsMemoryInfo = 1 << 1;
    private const uint WantsVideo = 1 << 2;
    private const uint HasAddresses = 1 << 16;

    /// <summary>The offset of a valid header in the first bytes of a file, or -1.</summary>
    public static int FindHeader(ReadOnlySpan<byte> start) => FindHeaderIn(start[..Math.Min(start.Length, SearchBytes)]);

    /// <summary>The offset of the first valid header in <paramref name="bytes"/>, or -1.</summary>
    public static int FindHeaderIn(ReadOnlySpan<byte> bytes)
    {
        for (int offset = 0; offset + 12 <= bytes.Length; offset += 4)
        {
            if (U32(bytes, offset) == HeaderMagic && HeaderMagic + U32(bytes, offset + 4) + U32(bytes, offset + 8) == 0)
            {
                return offset;
            }
        }

        return -1;
    }

    /// <summary>Boots a kernel whose header is at <paramref name="headerOffset"/>.</summary>
    public static BootedImage Boot(BootProfile profile, BootFile file, ReadOnlySpan<byte> start, int headerOffset, BootMemory memory)
    {
        uint flags = U32(start, headerOffset + 4);
        CheckFlags(file, flags, memory.Screen);
        MultibootPayload.CheckCommandLines(profile);
        bool hasAddresses = (flags & HasAddresses) != 0;
        ElfFile? elf = ElfFile.HasMagic(start) ? ElfFile.Read(file) : null;
        ImageLayout layout = hasAddresses ? AddressedLayout(file, start, headerOffset) : ElfLayout(file, elf);
        layout.RequireBelow4GiB();
        layout.Load(memory, relocation: null);

        List<LoadedModule> modules = MultibootPayload.LoadModules(memory, profile.Modules);
        LoadedSections? sections = hasAddresses || elf is null ? null : MultibootPayload.LoadSections(memory, elf, bias: 0);
        ulong gdt = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        InitialState.WriteGdt(memory, gdt);
        int infoBytes = BuildInfo(0, profile.CommandLine, modules, sections, memory).Length;
        ulong info = memory.AllocateLow("the boot information", (ulong)infoBytes, 16);
        memory.Write(info, BuildInfo((uint)info, profile.CommandLine, modules, sections, memory));

        GeneralRegisters general = new() { Rax = 0x2bad_b002, Rbx = info, Rip = layout.Entry, Rflags = ControlBits.RflagsFixed };
        TargetArchitecture architecture = elf?.Is64 == true ? TargetArchitecture.X86_64 : TargetArchitecture.I386;
        return new BootedImage("multiboot1", architecture, general, InitialState.Protected(gdt));
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void CheckFlags(BootFile file, uint flags, BootScreen screen)
    {
        // The mode itself is only a recommendation (3.1.4).
        if ((flags & WantsVideo) != 0 && !screen.Exists)
        {
            throw file.Bad("the Multiboot header requires a video mode (flags bit 2), and this machine has no screen; clear the bit, or "
                + "add a device of the type vga-text or framebuffer.");
        }

        uint unknown = flags & RequiredFlags & ~(AlignModules | WantsMemoryInfo | WantsVideo);
        if (unknown != 0)
        {
            throw file.Bad($"the Multiboot header requires features that Multiboot 0.6.96 does not define (flags 0x{unknown:x}).");
        }
    }

    private static ImageLayout ElfLayout(BootFile file, ElfFile? elf)
    {
        if (elf is null)
        {
            throw file.Bad("the Multiboot header has no addresses (flags bit 16) and the file is not ELF, so nothing says where it is "
                + "to be loaded.");
        }

        if (elf.IsPositionIndependent)
        {
            throw file.Bad("this is a position-independent executable (ET_DYN), which Multiboot 1 cannot relocate; link it with -no-pie.");
        }

        return ImageLayout.OfElf(elf);
    }

    private static ImageLayout AddressedLayout(BootFile file, ReadOnlySpan<byte> start, int headerOffset)
    {
        if (headerOffset + 32 > start.Length)
        {
            throw file.Bad("the file ends within the Multiboot header's address fields; it is truncated.");
        }

        MultibootAddresses addresses = new(
            U32(start, headerOffset + 12), U32(start, headerOffset + 16), U32(start, headerOffset + 20), U32(start, headerOffset + 24));
        return addresses.ToLayout(file, headerOffset, U32(start, headerOffset + 28));
    }

    /// <summary>The information structure (3.3) and all that it points to, for a place below 4 GiB.</summary>
    private static byte[] BuildInfo(
        uint address, string commandLine, List<LoadedModule> modules, LoadedSections? sections, BootMemory booted)
    {
        MemoryMap map = booted.Map;
        StructureBuilder info = new();
        info.Bytes(stackalloc byte[InfoBytes]);
        const uint memory = 1 << 0, command = 1 << 2, moduleList = 1 << 3, elfSections = 1 << 5, memoryMap = 1 << 6, loader = 1 << 9;
        uint screen = AddScreen(info, booted.Screen);
        info.Patch(0, memory | command | moduleList | memoryMap | loader | screen | (sections is null ? 0 : elfSections));
        info.Patch(4, (uint)(MemoryMap.LowMemoryEnd / 1024));
        info.Patch(8, (uint)((map.RamEndBelowHole - MemoryMap.HighMemoryStart) / 1024));

        info.Patch(44, (uint)(map.Ranges.Count * 24)).Patch(48, address + (uint)info.Length);
        foreach (MemoryMapEntry range in map.Ranges)
        {
            info.U32(20).U64(range.Start).U64(range.Length).U32((uint)range.Kind);
        }

        if (sections is not null)
        {
            info.Align(8);
            info.Patch(28, sections.Count).Patch(32, sections.EntryBytes).Patch(36, address + (uint)info.Length)
                .Patch(40, sections.NamesIndex);
            info.Bytes(sections.Headers);
        }

        info.Align(4);
        int moduleTable = info.Length;
        info.Patch(20, (uint)modules.Count).Patch(24, address + (uint)moduleTable);
        foreach (LoadedModule module in modules)
        {
            info.U32(module.Start).U32(module.End).U32(0).U32(0);
        }

        for (int index = 0; index < modules.Count; index++)
        {
            info.Patch(moduleTable + (index * 16) + 8, address + (uint)info.Length);
            info.String(modules[index].CommandLine);
        }

        info.Patch(16, address + (uint)info.Length).String(commandLine);
        info.Patch(64, address + (uint)info.Length).String(MultibootPayload.LoaderName);
        return info.ToArray();
    }

    /// <summary>The framebuffer's fields; returns their flag, or 0 without a screen.</summary>
    private static uint AddScreen(StructureBuilder info, BootScreen screen)
    {
        if (screen.Describe() is not { } frame)
        {
            return 0;
        }

        const uint framebuffer = 1 << 12;
        info.Patch(88, (uint)frame.Address).Patch(96, (uint)frame.Pitch).Patch(100, (uint)frame.Width).Patch(104, (uint)frame.Height);
        Span<byte> kind = stackalloc byte[8];
        (kind[0], kind[1]) = ((byte)frame.BitsPerPixel, frame.Type);
        frame.ColorInfo().CopyTo(kind[2..]);
        info.Patch(108, BinaryPrimitives.ReadUInt32LittleEndian(kind)).Patch(112, BinaryPrimitives.ReadUInt32LittleEndian(kind[4..]));
        return framebuffer;
    }
}
