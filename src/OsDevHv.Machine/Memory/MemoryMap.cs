using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Memory;

/// <summary>What a range of guest-physical memory is for; the numbers are those of ACPI's address range types (ACPI 6.5, 15.1).</summary>
public enum MemoryKind
{
    /// <summary>RAM that the kernel may use.</summary>
    Usable = 1,

    /// <summary>Not for the kernel's use.</summary>
    Reserved = 2,
}

/// <summary>A range of guest-physical memory as the kernel is told of it.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes, above 0.</param>
/// <param name="Kind">What it is for.</param>
public readonly record struct MemoryMapEntry(ulong Start, ulong Length, MemoryKind Kind)
{
    /// <summary>One past the last byte.</summary>
    public ulong End => Start + Length;
}

/// <summary>Memory of a framebuffer, which is not RAM.</summary>
/// <param name="Address">Guest-physical address of its first page, from <see cref="MemoryMap.HoleStart"/> on.</param>
/// <param name="Length">Bytes, a multiple of 4 KiB above 0; it ends below <see cref="MemoryMap.HoleEnd"/> at the latest.</param>
public readonly record struct VideoMemory(ulong Address, ulong Length);

/// <summary>
/// Where a PC's RAM is: from 0 up to the PCI hole at 3 GiB, the rest from 4 GiB. Immutable; any thread.
/// </summary>
/// <remarks>
/// 9FC00h-FFFFFh, a PC's EBDA, video memory and BIOS, is backed by RAM but reserved in the map: a scan for firmware tables or a write
/// to text memory costs no exit.
/// </remarks>
public sealed class MemoryMap
{
    /// <summary>The least RAM: 1 MiB.</summary>
    public const ulong MinimumRam = 1UL << 20;

    /// <summary>The most RAM: 1 TiB.</summary>
    public const ulong MaximumRam = 1UL << 40;

    /// <summary>First byte of the extended BIOS data area, where low memory for the kernel ends: 639 KiB.</summary>
    public const ulong LowMemoryEnd = 0x9fc00;

    /// <summary>Where high memory begins: 1 MiB.</summary>
    public const ulong HighMemoryStart = 0x10_0000;

    /// <summary>First byte of the hole for PCI and the interrupt controllers, where RAM below 4 GiB ends at the latest.</summary>
    public const ulong HoleStart = 0xc000_0000;

    /// <summary>First byte after that hole.</summary>
    public const ulong HoleEnd = 1UL << 32;

    private readonly MemoryMapEntry[] _ranges;
    private readonly MemoryMapping[] _backing;

    /// <summary>Lays out <paramref name="ramBytes"/> of RAM: a multiple of 4 KiB from 1 MiB to 1 TiB.</summary>
    /// <param name="ramBytes">The RAM.</param>
    /// <param name="video">A framebuffer's memory, reserved in the map; null is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not, or the framebuffer is not in the hole.</exception>
    public MemoryMap(ulong ramBytes, VideoMemory? video = null)
    {
        if (ramBytes is < MinimumRam or > MaximumRam || ramBytes % 0x1000 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(ramBytes), ramBytes, "RAM is a multiple of 4 KiB from 1 MiB to 1 TiB.");
        }

        if (video is var (address, length) && (address < HoleStart || length == 0 || length > HoleEnd - HoleStart
            || address > HoleEnd - length || (address | length) % 0x1000 != 0))
        {
            throw new ArgumentOutOfRangeException(nameof(video), video, "A framebuffer is whole pages of the hole below 4 GiB.");
        }

        RamBytes = ramBytes;
        BackingBytes = ramBytes + (video?.Length ?? 0);
        RamEndBelowHole = Math.Min(ramBytes, HoleStart);
        ulong above = ramBytes - RamEndBelowHole;
        List<MemoryMapEntry> ranges =
        [
            new(0, LowMemoryEnd, MemoryKind.Usable),
            new(LowMemoryEnd, HighMemoryStart - LowMemoryEnd, MemoryKind.Reserved),
        ];
        List<MemoryMapping> backing = [new(0, 0, RamEndBelowHole, ReadOnly: false)];
        if (RamEndBelowHole > HighMemoryStart)
        {
            ranges.Add(new MemoryMapEntry(HighMemoryStart, RamEndBelowHole - HighMemoryStart, MemoryKind.Usable));
        }

        RamEnd = RamEndBelowHole;
        if (video is { } memory)
        {
            ranges.Add(new MemoryMapEntry(memory.Address, memory.Length, MemoryKind.Reserved));
            backing.Add(new MemoryMapping(memory.Address, ramBytes, memory.Length, ReadOnly: false));
        }

        if (above > 0)
        {
            RamEnd = HoleEnd + above;
            ranges.Add(new MemoryMapEntry(HoleEnd, above, MemoryKind.Usable));
            backing.Add(new MemoryMapping(HoleEnd, RamEndBelowHole, above, ReadOnly: false));
        }

        _ranges = [.. ranges];
        _backing = [.. backing];
    }

    /// <summary>All RAM, bytes.</summary>
    public ulong RamBytes { get; }

    /// <summary>One past the last byte of RAM below 4 GiB.</summary>
    public ulong RamEndBelowHole { get; }

    /// <summary>One past the highest byte of RAM.</summary>
    public ulong RamEnd { get; }

    /// <summary>All memory that the host gives: RAM, and behind it the framebuffer's.</summary>
    public ulong BackingBytes { get; }

    /// <summary>What the kernel is told: ascending, not overlapping.</summary>
    public IReadOnlyList<MemoryMapEntry> Ranges => _ranges;

    /// <summary>Which memory is where: ascending, not overlapping; RAM's offsets are contiguous from 0, a framebuffer's follow
    /// them.</summary>
    public ReadOnlySpan<MemoryMapping> Backing => _backing;

    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="start"/> are in one usable range.</summary>
    public bool IsUsable(ulong start, ulong length)
    {
        foreach (MemoryMapEntry range in _ranges)
        {
            if (range.Kind == MemoryKind.Usable && start >= range.Start && start - range.Start <= range.Length
                && length <= range.Length - (start - range.Start))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Where in the host's memory <paramref name="length"/> bytes from guest-physical <paramref name="address"/> are; false when any of
    /// them is neither RAM nor a framebuffer's. Allocates nothing.
    /// </summary>
    public bool TryGetRamOffset(ulong address, ulong length, out ulong offset)
    {
        foreach (MemoryMapping mapping in _backing)
        {
            ulong into = address - mapping.GuestAddress;
            if (address >= mapping.GuestAddress && into < mapping.Length && length <= mapping.Length - into)
            {
                offset = mapping.RamOffset + into;
                return true;
            }
        }

        offset = 0;
        return false;
    }
}
