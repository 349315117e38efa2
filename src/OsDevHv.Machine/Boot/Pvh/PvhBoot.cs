using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot.Pvh;

/// <summary>
/// The PVH boot protocol, version 1 (Xen, docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h): an ELF file with Xen's
/// note of its 32-bit entry. EBX has the start information. The modules are the initial RAM disk, where there is one, and then the
/// profile's. Not provided: Xen's hypercalls, and so everything that a kernel would ask of them.
/// </summary>
internal static class PvhBoot
{
    /// <summary>The longest command line, in bytes of UTF-8 without the terminating zero.</summary>
    private const int LongestCommandLine = 65_535;

    private const uint StartMagic = 0x336e_c578;
    private const uint StartVersion = 1;
    private const int StartBytes = 56;
    private const int ModuleBytes = 32;
    private const int RangeBytes = 24;

    /// <summary>Whether a kernel can be booted so.</summary>
    public static bool HasEntry(ElfFile elf) => PvhNote.TryFindEntry(elf, out _);

    /// <summary>Boots it.</summary>
    public static BootedImage Boot(BootProfile profile, BootFile file, BootMemory memory)
    {
        ElfFile elf = ElfFile.Read(file);
        if (!PvhNote.TryFindEntry(elf, out uint entry))
        {
            throw file.Bad("there is no ELF note of owner Xen and type 18 (XEN_ELFNOTE_PHYS32_ENTRY) below 4 GiB, which says where PVH "
                + "enters the kernel; put one in a section .note, and give that a program header of type PT_NOTE.");
        }

        if (elf.IsPositionIndependent)
        {
            throw file.Bad("this is a position-independent executable (ET_DYN), which PVH cannot relocate; link it with -no-pie.");
        }

        BootStrings.CheckCommandLine(profile.Kernel, profile.CommandLine, LongestCommandLine);
        foreach (BootModule module in profile.Modules)
        {
            BootStrings.CheckCommandLine(module.Path, module.CommandLine, LongestCommandLine);
        }

        ImageLayout layout = ImageLayout.OfElf(elf).WithEntry(entry, "the entry of Xen's note");
        layout.RequireBelow4GiB();
        layout.Load(memory, relocation: null);
        ulong start = WriteStart(memory, profile.CommandLine, LoadModules(memory, profile));
        ulong gdt = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        InitialState.WriteGdt(memory, gdt);
        SystemRegisters system = InitialState.Protected(gdt);
        // The protocol's own: a task state segment of the least length.
        system.Tr = system.Tr with { Limit = 0x67 };
        GeneralRegisters general = new() { Rbx = start, Rip = entry, Rflags = ControlBits.RflagsFixed };
        return new BootedImage("pvh", elf.Is64 ? TargetArchitecture.X86_64 : TargetArchitecture.I386, general, system);
    }

    private static List<Module> LoadModules(BootMemory memory, BootProfile profile)
    {
        List<Module> modules = [];
        if (InitialRamDisk.Load(memory, profile.InitialRamDisk, MemoryMap.HoleStart, above4GiB: false) is { } ramDisk)
        {
            modules.Add(new Module(ramDisk.Address, ramDisk.Length, ""));
        }

        foreach (BootModule module in profile.Modules)
        {
            using BootFile file = BootFile.Open(module.Path);
            ulong address = memory.AllocateHigh($"module {module.Path}", file.Length, PageTableBuilder.PageBytes);
            memory.Load(file, "the module", 0, file.Length, address);
            modules.Add(new Module(address, file.Length, module.CommandLine));
        }

        return modules;
    }

    /// <summary>hvm_start_info and all that it points to, in one piece.</summary>
    private static ulong WriteStart(BootMemory memory, string commandLine, List<Module> modules)
    {
        ulong length = (ulong)Build(0).Length;
        ulong address = memory.AllocateLow("the start information", length, 16);
        memory.Write(address, Build(address));
        return address;

        byte[] Build(ulong address)
        {
            List<byte[]> strings = [.. modules.Select(static module => Text(module.CommandLine)), Text(commandLine)];
            ulong moduleTable = address + StartBytes;
            ulong ranges = moduleTable + ((ulong)modules.Count * ModuleBytes);
            ulong text = ranges + ((ulong)memory.Map.Ranges.Count * RangeBytes);
            ulong lastText = text + (ulong)strings.Take(modules.Count).Sum(static one => one.Length);
            StructureBuilder start = new();
            start.U32(StartMagic).U32(StartVersion).U32(0).U32((uint)modules.Count);
            start.U64(modules.Count == 0 ? 0 : moduleTable).U64(lastText).U64(memory.Firmware?.RsdpAddress ?? 0);
            start.U64(ranges).U32((uint)memory.Map.Ranges.Count).U32(0);
            for (int index = 0; index < modules.Count; index++)
            {
                start.U64(modules[index].Address).U64(modules[index].Length).U64(text).U64(0);
                text += (ulong)strings[index].Length;
            }

            foreach (MemoryMapEntry range in memory.Map.Ranges)
            {
                start.U64(range.Start).U64(range.Length).U32((uint)range.Kind).U32(0);
            }

            strings.ForEach(one => start.Bytes(one));
            return start.ToArray();
        }
    }

    private static byte[] Text(string value) => [.. Encoding.UTF8.GetBytes(value), 0];

    private readonly record struct Module(ulong Address, ulong Length, string CommandLine);
}
