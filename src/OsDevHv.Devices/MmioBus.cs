using System.Diagnostics.CodeAnalysis;

namespace OsDevHv.Devices;

/// <summary>Guest-physical addresses that are not RAM. Models neither bus timing nor caching.</summary>
/// <remarks>
/// <para>Any thread: vCPUs access it concurrently; each device is called under the lock of its <see cref="DeviceSlot"/>. An access
/// allocates nothing, but for the first of each kind that no device answers.</para>
/// <para>An access that a device does not take whole is split, lowest address first, into aligned powers of two of at most its
/// <see cref="IBusDevice.AccessSize"/>; so are the odd sizes into which an access over a page boundary falls. The part beyond a device's
/// end goes on to whatever is next. What no device answers reads as ones, ignores writes, and is counted in <see cref="Unclaimed"/>.</para>
/// </remarks>
public sealed class MmioBus
{
    private readonly AddressDecoder _decoder;

    /// <summary>An empty bus.</summary>
    /// <param name="observer">Hears of accesses that no device answers; null is nobody.</param>
    public MmioBus(IUnclaimedObserver? observer = null)
    {
        Unclaimed = new UnclaimedAccesses(observer);
        _decoder = new AddressDecoder(ulong.MaxValue, "addresses", Unclaimed);
    }

    /// <summary>What answers where, ascending. Any thread.</summary>
    public IReadOnlyList<BusRange> Map => _decoder.Map;

    /// <summary>The accesses that no device answered.</summary>
    public UnclaimedAccesses Unclaimed { get; }

    /// <summary>Maps a device. Accesses under way see the map before or after it.</summary>
    /// <param name="slot">The device.</param>
    /// <param name="firstAddress">Guest-physical address of its first byte.</param>
    /// <param name="count">Its number of bytes, at least 1.</param>
    /// <param name="firstOffset">The offset by which the device knows <paramref name="firstAddress"/>: 0, but for a device with several
    /// ranges.</param>
    /// <param name="error">What is wrong, naming both devices and the addresses where two overlap.</param>
    /// <returns>False, and nothing mapped, when the range overlaps another or leaves the address space.</returns>
    public bool TryMap(DeviceSlot slot, ulong firstAddress, ulong count, ulong firstOffset, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return _decoder.TryMap(slot, firstAddress, count, firstOffset, out error);
    }

    /// <summary>Reads <paramref name="size"/> bytes (1 to 8) from <paramref name="address"/> on; the bytes above are zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The caller, not the guest, made up a size that no access has.</exception>
    public ulong Read(ulong address, int size)
    {
        ThrowIfNotOfMemory(size);
        return _decoder.Read(address, size);
    }

    /// <summary>Writes the low <paramref name="size"/> bytes (1 to 8) of <paramref name="value"/> from <paramref name="address"/>
    /// on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The caller, not the guest, made up a size that no access has.</exception>
    public void Write(ulong address, int size, ulong value)
    {
        ThrowIfNotOfMemory(size);
        _decoder.Write(address, size, value);
    }

    private static void ThrowIfNotOfMemory(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 8);
    }
}
