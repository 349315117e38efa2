using System.Buffers.Binary;
using System.Numerics;

namespace OsDevHv.Machine.Boot.Linux;

/// <summary>
/// The header of a bzImage (Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"): what it asks of the loader, checked.
/// Not supported: images that are loaded below 1 MiB (zImage) and protocols before 2.06 (Linux 2.6.22).
/// </summary>
internal sealed record SetupHeader
{
    /// <summary>Where it begins in the file, and in the zero page.</summary>
    public const int Offset = 0x1f1;

    /// <summary>Where the zero page has something else behind it.</summary>
    public const int LongestEnd = 0x290;

    private const int SectorBytes = 512;
    private const int BootFlagOffset = 0x1fe;
    private const int JumpLengthOffset = 0x201;
    private const int MagicOffset = 0x202;
    private const ushort OldestVersion = 0x206;
    private const ushort VersionWithInitSize = 0x20a;
    private const ushort VersionWithExtendedFlags = 0x20c;

    // Before 2.10 the header does not say what the kernel needs beyond its file while it unpacks itself: what it then usually took.
    private const ulong UnpackFactor = 8;

    private SetupHeader(byte[] bytes) => Bytes = bytes;

    /// <summary>The header as it is in the file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Major in the high byte, minor in the low one.</summary>
    public required ushort Version { get; init; }

    /// <summary>Where in the file the code for protected mode begins; it goes on to the file's end.</summary>
    public required ulong KernelOffset { get; init; }

    /// <summary>Bytes of that code.</summary>
    public required ulong KernelBytes { get; init; }

    /// <summary>Whether it runs wherever it is loaded.</summary>
    public bool IsRelocatable { get; private init; }

    /// <summary>What a relocated kernel's address must be a multiple of.</summary>
    public ulong Alignment { get; private init; }

    /// <summary>Where it is best loaded, or moves itself.</summary>
    public ulong PreferredAddress { get; private init; }

    /// <summary>How much memory it takes from its address on before it looks at the memory map.</summary>
    public ulong InitBytes { get; private init; }

    /// <summary>One past the highest byte that the initial RAM disk may take below 4 GiB.</summary>
    public ulong RamDiskEnd { get; private init; }

    /// <summary>The longest command line in bytes, without its zero.</summary>
    public uint CommandLineBytes { get; private init; }

    /// <summary>Whether it has an entry for 64-bit mode, 200h past its start (XLF_KERNEL_64).</summary>
    public bool Has64BitEntry { get; private init; }

    /// <summary>Whether the RAM disk may be above 4 GiB (XLF_CAN_BE_LOADED_ABOVE_4G).</summary>
    public bool ReachesAbove4GiB { get; private init; }

    /// <summary>Whether a file that begins so is a Linux image.</summary>
    public static bool IsIn(ReadOnlySpan<byte> start) =>
        start.Length >= MagicOffset + 4 && start[BootFlagOffset] == 0x55 && start[BootFlagOffset + 1] == 0xaa
        && start[MagicOffset..].StartsWith("HdrS"u8);

    /// <summary>Reads and checks it.</summary>
    /// <param name="file">The image.</param>
    /// <param name="start">The file's first bytes, with all of the header where the file is long enough.</param>
    /// <exception cref="BootException">It is no header that can be booted by.</exception>
    public static SetupHeader Parse(BootFile file, ReadOnlySpan<byte> start)
    {
        if (!IsIn(start))
        {
            throw file.Bad("this is no Linux bzImage: it does not have 55h AAh at 0x1fe and HdrS at 0x202.");
        }

        byte[] bytes = Extract(file, start);
        ushort version = U16(bytes, 0x206);
        if ((bytes[0x211 - Offset] & 1) == 0)
        {
            throw file.Bad("the kernel is to be loaded below 1 MiB (loadflags bit 0 is 0: a zImage), which is not supported; build a "
                + "bzImage.");
        }

        ulong setupSectors = bytes[0] == 0 ? 4u : bytes[0];
        ulong kernelOffset = (setupSectors + 1) * SectorBytes;
        ulong stated = (ulong)U32(bytes, 0x1f4) * 16;
        if (kernelOffset >= file.Length || stated > (file.Length - kernelOffset + 15) / 16 * 16)
        {
            throw file.Bad($"the kernel's code is to have 0x{stated:x} bytes (syssize) from offset 0x{kernelOffset:x} on, and the file "
                + $"ends at 0x{file.Length:x}; it is truncated or damaged.");
        }

        SetupHeader header = new(bytes) { Version = version, KernelOffset = kernelOffset, KernelBytes = file.Length - kernelOffset };
        return header.WithPlace(file).WithLimits();
    }

    /// <summary>Its bytes, as many as the jump at its beginning spans: the part that this protocol version has.</summary>
    private static byte[] Extract(BootFile file, ReadOnlySpan<byte> start)
    {
        int end = start.Length > JumpLengthOffset ? MagicOffset + start[JumpLengthOffset] : 0;
        ushort version = start.Length >= 0x208 ? BinaryPrimitives.ReadUInt16LittleEndian(start[0x206..]) : (ushort)0;
        if (version < OldestVersion)
        {
            throw file.Bad($"the boot protocol is {version >> 8}.{version & 0xff:d2}; 2.06 (Linux 2.6.22) is the oldest that is "
                + "supported.");
        }

        int needed = version >= VersionWithInitSize ? 0x264 : 0x23c;
        if (end < needed || end > start.Length)
        {
            throw file.Bad($"the setup header ends at 0x{end:x} (the byte at 0x201); one of version {version >> 8}.{version & 0xff:d2} "
                + $"ends at 0x{needed:x} at the least, and within the file.");
        }

        return start[Offset..Math.Min(end, LongestEnd)].ToArray();
    }

    private SetupHeader WithPlace(BootFile file)
    {
        ulong alignment = U32(Bytes, 0x230);
        bool isRelocatable = Bytes[0x234 - Offset] != 0;
        if (isRelocatable && !BitOperations.IsPow2(alignment))
        {
            throw file.Bad($"the kernel asks for an alignment of 0x{alignment:x} (kernel_alignment), which is not a power of two.");
        }

        bool saysNeeds = Version >= VersionWithInitSize;
        ulong preferred = saysNeeds ? U64(Bytes, 0x258) : Memory.MemoryMap.HighMemoryStart;
        ulong needs = saysNeeds ? U32(Bytes, 0x260) : KernelBytes * UnpackFactor;
        return this with
        {
            IsRelocatable = isRelocatable,
            Alignment = isRelocatable ? alignment : 1,
            PreferredAddress = preferred,
            InitBytes = Math.Max(needs, KernelBytes),
        };
    }

    private SetupHeader WithLimits()
    {
        int flags = Version >= VersionWithExtendedFlags ? U16(Bytes, 0x236) : 0;
        return this with
        {
            RamDiskEnd = U32(Bytes, 0x22c) + 1UL,
            CommandLineBytes = U32(Bytes, 0x238),
            Has64BitEntry = (flags & 1) != 0,
            ReachesAbove4GiB = (flags & 2) != 0,
        };
    }

    private static ushort U16(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset - Offset));

    private static uint U32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset - Offset));

    private static ulong U64(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset - Offset));
}
