using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot.Linux;

/// <summary>
/// The Linux/x86 boot protocol (Linux, Documentation/arch/x86/boot.rst), entered behind the real-mode code: "32-bit boot protocol" and
/// "64-bit boot protocol". A bzImage that can be relocated goes to its preferred address, or to the next that is free; another to 1 MiB,
/// from where it moves itself; a vmlinux (ELF) goes where its segments say. Not provided: the 16-bit and the EFI handover entries, loading
/// the kernel itself above 4 GiB, and the ELF relocations of a vmlinux.
/// </summary>
internal static class LinuxBoot
{
    private const ulong Entry64Offset = 0x200;
    private const uint ElfCommandLineBytes = 2047;

    /// <summary>Boots a bzImage or a vmlinux.</summary>
    /// <param name="profile">What to boot; its protocol says in which mode.</param>
    /// <param name="file">The kernel.</param>
    /// <param name="start">Its first bytes.</param>
    /// <param name="memory">Where to.</param>
    public static BootedImage Boot(BootProfile profile, BootFile file, ReadOnlySpan<byte> start, BootMemory memory)
    {
        if (profile.Modules.Count > 0)
        {
            throw file.Bad("the Linux boot protocol has no modules; an initial RAM disk is stated as `initrd`.");
        }

        return ElfFile.HasMagic(start) ? BootElf(profile, file, memory) : BootImage(profile, file, start, memory);
    }

    private static BootedImage BootImage(BootProfile profile, BootFile file, ReadOnlySpan<byte> start, BootMemory memory)
    {
        SetupHeader header = SetupHeader.Parse(file, start);
        if (profile.Protocol == BootProtocol.Linux64 && !header.Has64BitEntry)
        {
            throw file.Bad("this kernel has no entry for 64-bit mode (XLF_KERNEL_64 in xloadflags is 0, or its boot protocol is older than "
                + "2.12); use `protocol: linux32`.");
        }

        BootStrings.CheckCommandLine(profile.Kernel, profile.CommandLine, header.CommandLineBytes);
        ulong address = Place(file, header, memory);
        memory.Load(file, "the kernel", header.KernelOffset, header.KernelBytes, address);
        var ramDisk = InitialRamDisk.Load(memory, profile.InitialRamDisk, header.RamDiskEnd, header.ReachesAbove4GiB);
        bool is64 = header.Has64BitEntry && profile.Protocol != BootProtocol.Linux32;
        ZeroPage page = new ZeroPage(header.Bytes).Kernel(address);
        ulong zeroPage = Hand(page, profile, memory, ramDisk, header.CommandLineBytes);
        TargetArchitecture architecture = header.Has64BitEntry ? TargetArchitecture.X86_64 : TargetArchitecture.I386;
        return is64
            ? Enter64(memory, architecture, address + Entry64Offset, zeroPage)
            : Enter32(memory, architecture, address, zeroPage);
    }

    private static BootedImage BootElf(BootProfile profile, BootFile file, BootMemory memory)
    {
        ElfFile elf = ElfFile.Read(file);
        if (profile.Protocol != BootProtocol.Linux && elf.Is64 != (profile.Protocol == BootProtocol.Linux64))
        {
            throw file.Bad($"a vmlinux of {(elf.Is64 ? 64 : 32)} bits is entered in that mode only; use `protocol: linux`.");
        }

        if (elf.IsPositionIndependent)
        {
            throw file.Bad("this is a position-independent executable (ET_DYN), which a vmlinux is not.");
        }

        BootStrings.CheckCommandLine(profile.Kernel, profile.CommandLine, ElfCommandLineBytes);
        ImageLayout layout = ImageLayout.OfElf(elf);
        layout.Load(memory, relocation: null);
        var ramDisk = InitialRamDisk.Load(memory, profile.InitialRamDisk, MemoryMap.HoleStart, above4GiB: elf.Is64);
        ulong zeroPage = Hand(new ZeroPage(), profile, memory, ramDisk, ElfCommandLineBytes);
        return elf.Is64
            ? Enter64(memory, TargetArchitecture.X86_64, layout.Entry, zeroPage)
            : Enter32(memory, TargetArchitecture.I386, layout.Entry, zeroPage);
    }

    /// <summary>Claims the memory that the kernel takes before it knows the memory map, and says where its file goes.</summary>
    private static ulong Place(BootFile file, SetupHeader header, BootMemory memory)
    {
        if (!header.IsRelocatable)
        {
            // It moves itself to its preferred address, of which only 2.10 speaks; the file goes to 1 MiB.
            const ulong low = MemoryMap.HighMemoryStart;
            ulong end = Math.Max(low + header.KernelBytes, header.PreferredAddress + header.InitBytes);
            if (header.PreferredAddress < low || end < header.PreferredAddress)
            {
                throw file.Bad($"the kernel cannot run at 0x{header.PreferredAddress:x} (pref_address).");
            }

            memory.ClaimExact(file, "the kernel", low, end - low);
            return low;
        }

        ulong lowest = Math.Max(header.PreferredAddress, MemoryMap.HighMemoryStart);
        return memory.TryAllocate("the kernel", header.InitBytes, header.Alignment, lowest, MemoryMap.HoleStart, out ulong address)
            ? address
            : throw memory.NoRoom($"the kernel, which unpacks itself from 0x{lowest:x} on", header.InitBytes);
    }

    private static ulong Hand(
        ZeroPage page, BootProfile profile, BootMemory memory, (ulong Address, ulong Length)? ramDisk, uint commandLineBytes)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(profile.CommandLine), 0];
        ulong commandLine = memory.AllocateLow("the command line", (ulong)text.Length, 16);
        memory.Write(commandLine, text);
        page.CommandLine(commandLine, commandLineBytes).Memory(memory.Map.Ranges).Rsdp(memory.Firmware?.RsdpAddress).Screen(memory.Screen);
        if (ramDisk is { } loaded)
        {
            page.RamDisk(loaded.Address, loaded.Length);
        }

        ulong address = memory.AllocateLow("the boot parameters", ZeroPage.Length, PageTableBuilder.PageBytes);
        memory.Write(address, page.Bytes);
        return address;
    }

    private static BootedImage Enter64(BootMemory memory, TargetArchitecture architecture, ulong entry, ulong zeroPage)
    {
        PageTableBuilder tables = LongMode.IdentityMap(memory);
        ulong pageTables = memory.AllocateLow("the page tables", tables.Bytes, PageTableBuilder.PageBytes);
        tables.Write(memory, pageTables);
        SystemRegisters system = InitialState.Long(WriteGdt(memory, is64: true), pageTables);
        GeneralRegisters general = new() { Rip = entry, Rsi = zeroPage, Rflags = ControlBits.RflagsFixed };
        return new BootedImage("linux64", architecture, general, WithBootSegments(system));
    }

    private static BootedImage Enter32(BootMemory memory, TargetArchitecture architecture, ulong entry, ulong zeroPage)
    {
        SystemRegisters system = InitialState.Protected(WriteGdt(memory, is64: false));
        GeneralRegisters general = new() { Rip = entry, Rsi = zeroPage, Rflags = ControlBits.RflagsFixed };
        return new BootedImage("linux32", architecture, general, WithBootSegments(system));
    }

    /// <summary>Flat code at __BOOT_CS (10h) and flat data at __BOOT_DS (18h).</summary>
    private static ulong WriteGdt(BootMemory memory, bool is64)
    {
        ulong address = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        byte codeFlags = (byte)(is64 ? 0xaf : 0xcf);
        ReadOnlySpan<byte> table =
        [
            0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0,
            0xff, 0xff, 0, 0, 0, 0x9b, codeFlags, 0,
            0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
        ];
        memory.Write(address, table);
        return address;
    }

    private static SystemRegisters WithBootSegments(SystemRegisters system)
    {
        const ushort bootCode = 0x10, bootData = 0x18;
        system.Cs = system.Cs with { Selector = bootCode };
        Segment data = system.Ds with { Selector = bootData };
        (system.Ds, system.Es, system.Ss, system.Fs, system.Gs) = (data, data, data, data, data);
        return system;
    }
}
