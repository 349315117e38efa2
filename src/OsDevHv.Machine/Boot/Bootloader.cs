using OsDevHv.Devices;
using OsDevHv.Machine.Boot.Limine;
using OsDevHv.Machine.Boot.Linux;
using OsDevHv.Machine.Boot.Pvh;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>Puts a kernel and what it is told into guest memory, by the boot protocol that the profile states or the file shows.</summary>
public static class Bootloader
{
    /// <summary>How far a Multiboot header that comes too late is looked for, to say so.</summary>
    private const int LateHeaderBytes = 4 << 20;

    /// <summary>
    /// Loads the kernel and its modules, over what firmware leaves in memory. Memory need not be zero before; but for the firmware tables,
    /// nothing outside usable RAM is written. While no vCPU runs.
    /// </summary>
    /// <param name="profile">What to boot.</param>
    /// <param name="map">Where RAM is.</param>
    /// <param name="memory">That RAM.</param>
    /// <param name="firmware">The tables that a kernel finds in the BIOS area, or is handed; null is none.</param>
    /// <param name="machine">What else a kernel is told of; null is a single processor and nothing more.</param>
    /// <exception cref="BootException">The kernel or a module cannot be booted: one message that names the file, what is wrong, and a
    /// way out.</exception>
    public static BootedImage Load(
        BootProfile profile, MemoryMap map, IGuestMemory memory, FirmwareTables? firmware = null, BootMachine? machine = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(memory);
        using BootFile file = BootFile.Open(profile.Kernel);
        if (file.Length == 0)
        {
            throw file.Bad("the file is empty.");
        }

        firmware?.WriteTo(memory);
        machine ??= new BootMachine();
        BootMemory bootMemory = new(map, memory, profile.Kernel) { Firmware = firmware, Screen = machine.Screen };
        if (profile.Protocol == BootProtocol.Flat)
        {
            InitialRamDisk.Refuse(profile, file, "flat");
            return FlatBoot.Boot(profile, file, bootMemory);
        }

        byte[] start = new byte[Math.Min(file.Length, Multiboot2Header.SearchBytes)];
        file.Read(0, start, "its first bytes");
        BootProtocol protocol = profile.Protocol == BootProtocol.Auto ? Detect(file, start) : profile.Protocol;
        if (protocol is BootProtocol.Multiboot1 or BootProtocol.Multiboot2 or BootProtocol.Elf)
        {
            InitialRamDisk.Refuse(profile, file, NameOf(protocol));
        }

        return protocol switch
        {
            BootProtocol.Multiboot2 =>
                Multiboot2.Boot(profile, file, start, HeaderOf(file, protocol, Multiboot2Header.Find(start)), bootMemory),
            BootProtocol.Multiboot1 =>
                Multiboot1.Boot(profile, file, start, HeaderOf(file, protocol, Multiboot1.FindHeader(start)), bootMemory),
            BootProtocol.Limine => LimineBoot.Boot(profile, file, bootMemory, machine),
            BootProtocol.Linux or BootProtocol.Linux64 or BootProtocol.Linux32 => LinuxBoot.Boot(profile, file, start, bootMemory),
            BootProtocol.Pvh => PvhBoot.Boot(profile, file, bootMemory),
            _ => ElfBoot.Boot(profile, file, bootMemory),
        };
    }

    /// <summary>Whether the kernel is handed a command line: by all protocols but flat binaries' and plain ELF's.</summary>
    /// <exception cref="BootException">The kernel cannot be read, or booted by any protocol.</exception>
    public static bool TakesCommandLine(BootProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Protocol != BootProtocol.Auto)
        {
            return profile.Protocol is not (BootProtocol.Flat or BootProtocol.Elf);
        }

        using BootFile file = BootFile.Open(profile.Kernel);
        byte[] start = new byte[Math.Min(file.Length, Multiboot2Header.SearchBytes)];
        file.Read(0, start, "its first bytes");
        return Detect(file, start) != BootProtocol.Elf;
    }

    private static string NameOf(BootProtocol protocol) => protocol switch
    {
        BootProtocol.Multiboot1 => "multiboot1",
        BootProtocol.Multiboot2 => "multiboot2",
        _ => "elf",
    };

    private static BootProtocol Detect(BootFile file, ReadOnlySpan<byte> start)
    {
        if (Multiboot2Header.Find(start) >= 0)
        {
            return BootProtocol.Multiboot2;
        }

        if (Multiboot1.FindHeader(start) >= 0)
        {
            return BootProtocol.Multiboot1;
        }

        if (SetupHeader.IsIn(start))
        {
            return BootProtocol.Linux;
        }

        bool isElf = ElfFile.HasMagic(start);
        if (isElf)
        {
            ElfFile elf = ElfFile.Read(file);
            if (elf.Is64 && LimineRequests.AreIn(elf))
            {
                return BootProtocol.Limine;
            }

            if (PvhBoot.HasEntry(elf))
            {
                return BootProtocol.Pvh;
            }

            if (elf.Is64)
            {
                return BootProtocol.Elf;
            }
        }

        string looked = $"no Multiboot2 header in its first {Multiboot2Header.SearchBytes} bytes, no Multiboot header in its first "
            + $"{Multiboot1.SearchBytes}";
        string late = DescribeLateHeader(file);
        throw file.Bad(isElf
            ? $"{looked}, no PVH note, and a 32-bit ELF file can be booted in no other way{late}."
            : $"{looked}, and not an ELF file{DescribeKind(start)}{late}. For a raw binary state `protocol: flat` and its address.");
    }

    private static int HeaderOf(BootFile file, BootProtocol protocol, int offset)
    {
        if (offset >= 0)
        {
            return offset;
        }

        bool second = protocol == BootProtocol.Multiboot2;
        string looked = second
            ? "no valid Multiboot2 header (magic 0xe85250d6, architecture 0, 8-aligned, checksum) in its first "
                + $"{Multiboot2Header.SearchBytes} bytes"
            : $"no valid Multiboot header (magic 0x1badb002, 4-aligned, checksum) in its first {Multiboot1.SearchBytes} bytes";
        throw file.Bad($"{looked}{DescribeLateHeader(file)}.");
    }

    private static string DescribeLateHeader(BootFile file)
    {
        byte[] bytes = new byte[Math.Min(file.Length, LateHeaderBytes)];
        ReadOnlySpan<byte> read = bytes.AsSpan(0, file.ReadSome(0, bytes));
        int offset = Multiboot2Header.FindIn(read);
        offset = offset >= 0 ? offset : Multiboot1.FindHeaderIn(read);
        return offset < 0
            ? ""
            : $"; there is a header at offset 0x{offset:x}, which is too late: put its section first in the linker script, and link "
                + "with -z max-page-size=0x1000";
    }

    private static string DescribeKind(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("MZ"u8))
        {
            return " but an EFI or DOS program, which is not supported";
        }

        return start.StartsWith<byte>([0x1f, 0x8b]) ? " but compressed by gzip; unpack it first" : "";
    }
}
