using System.Buffers.Binary;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Boot.Linux;

/// <summary>
/// struct boot_params, which a Linux kernel is handed (Linux, Documentation/arch/x86/zero-page.rst and boot.rst). Not provided: what BIOS
/// services tell (APM, EDD, disks, video modes beyond the screen), EFI, a seed for random numbers and other setup_data.
/// </summary>
internal sealed class ZeroPage
{
    public const int Length = 4096;

    private const int RsdpOffset = 0x70;
    private const int ExtendedRamDiskAddress = 0xc0;
    private const int ExtendedRamDiskBytes = 0xc4;
    private const int RangeCountOffset = 0x1e8;
    private const int RangesOffset = 0x2d0;
    private const int RangeBytes = 20;
    private const int MostRanges = 128;

    // "Assigned boot loader ids": a loader that has none.
    private const byte UnknownLoader = 0xff;

    private readonly byte[] _bytes = new byte[Length];

    /// <summary>One for an image with a setup header, which it begins with.</summary>
    public ZeroPage(ReadOnlySpan<byte> setupHeader)
    {
        setupHeader.CopyTo(_bytes.AsSpan(SetupHeader.Offset, SetupHeader.LongestEnd - SetupHeader.Offset));
        _bytes[0x210] = UnknownLoader;
    }

    /// <summary>One for an ELF file, which has no header: what a kernel looks at of one.</summary>
    public ZeroPage()
    {
        _bytes[0x1fe] = 0x55;
        _bytes[0x1ff] = 0xaa;
        "HdrS"u8.CopyTo(_bytes.AsSpan(0x202));
        Put16(0x206, 0x20f);
        _bytes[0x210] = UnknownLoader;
        // Loaded high.
        _bytes[0x211] = 1;
        Put32(0x230, 0x100_0000);
    }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Where the code for protected mode is.</summary>
    public ZeroPage Kernel(ulong address)
    {
        Put32(0x214, (uint)address);
        return this;
    }

    /// <summary>Where the command line is, below 4 GiB.</summary>
    public ZeroPage CommandLine(ulong address, uint longest)
    {
        Put32(0x228, (uint)address);
        Put32(0x238, longest);
        return this;
    }

    /// <summary>Where the initial RAM disk is.</summary>
    public ZeroPage RamDisk(ulong address, ulong length)
    {
        Put32(0x218, (uint)address);
        Put32(0x21c, (uint)length);
        Put32(ExtendedRamDiskAddress, (uint)(address >> 32));
        Put32(ExtendedRamDiskBytes, (uint)(length >> 32));
        return this;
    }

    /// <summary>The memory map; what does not fit in the table is left out.</summary>
    public ZeroPage Memory(IReadOnlyList<MemoryMapEntry> ranges)
    {
        int count = Math.Min(ranges.Count, MostRanges);
        _bytes[RangeCountOffset] = (byte)count;
        for (int index = 0; index < count; index++)
        {
            int at = RangesOffset + (index * RangeBytes);
            Put64(at, ranges[index].Start);
            Put64(at + 8, ranges[index].Length);
            Put32(at + 16, (uint)ranges[index].Kind);
        }

        return this;
    }

    /// <summary>ACPI's root pointer; kernels since 5.0 look here first.</summary>
    public ZeroPage Rsdp(ulong? address)
    {
        Put64(RsdpOffset, address ?? 0);
        return this;
    }

    /// <summary>struct screen_info; with all zeros a kernel has no screen.</summary>
    public ZeroPage Screen(BootScreen screen)
    {
        if (screen.Frame is { } frame)
        {
            ScreenInfo.WriteLinear(_bytes, frame);
        }
        else if (screen.HasText)
        {
            ScreenInfo.WriteText(_bytes);
        }

        return this;
    }

    private void Put16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(offset), value);

    private void Put32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset), value);

    private void Put64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(offset), value);
}
