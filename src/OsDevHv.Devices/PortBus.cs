using System.Diagnostics.CodeAnalysis;

namespace OsDevHv.Devices;

/// <summary>The 64 Ki I/O ports. Models neither bus timing nor the aliases of ISA's 10-bit decoding.</summary>
/// <remarks>
/// <para>Any thread: vCPUs access it concurrently; each device is called under the lock of its <see cref="DeviceSlot"/>. An access
/// allocates nothing, but for the first of each kind that no device answers.</para>
/// <para>An access that a device does not take whole is split as on an ISA bus, lowest address first: a 16-bit access to two 8-bit ports is
/// two accesses, and the part beyond a device's end goes on to whatever is next. After port FFFFh comes port 0. What no device answers
/// reads as ones, ignores writes, and is counted in <see cref="Unclaimed"/>.</para>
/// </remarks>
public sealed class PortBus
{
    private readonly AddressDecoder _decoder;

    /// <summary>An empty bus.</summary>
    /// <param name="observer">Hears of accesses that no device answers; null is nobody.</param>
    public PortBus(IUnclaimedObserver? observer = null)
    {
        Unclaimed = new UnclaimedAccesses(observer);
        _decoder = new AddressDecoder(ushort.MaxValue, "ports", Unclaimed);
    }

    /// <summary>What answers where, ascending. Any thread.</summary>
    public IReadOnlyList<BusRange> Map => _decoder.Map;

    /// <summary>The accesses that no device answered.</summary>
    public UnclaimedAccesses Unclaimed { get; }

    /// <summary>Maps a device. Accesses under way see the map before or after it.</summary>
    /// <param name="slot">The device.</param>
    /// <param name="firstPort">Its first port.</param>
    /// <param name="count">Its number of ports, 1 to 10000h - <paramref name="firstPort"/>.</param>
    /// <param name="firstOffset">The offset by which the device knows <paramref name="firstPort"/>: 0, but for a device with several
    /// ranges.</param>
    /// <param name="error">What is wrong, naming both devices and the ports where two overlap.</param>
    /// <returns>False, and nothing mapped, when the range overlaps another or leaves the port space.</returns>
    public bool TryMap(DeviceSlot slot, ushort firstPort, int count, ulong firstOffset, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return _decoder.TryMap(slot, firstPort, (ulong)count, firstOffset, out error);
    }

    /// <summary>Reads <paramref name="size"/> bytes (1 to 4) from <paramref name="port"/> on; the bytes above are zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The caller, not the guest, made up a size that IN does not have.</exception>
    public uint Read(ushort port, int size)
    {
        ThrowIfNotOfPorts(size);
        return (uint)_decoder.Read(port, size);
    }

    /// <summary>Writes the low <paramref name="size"/> bytes (1 to 4) of <paramref name="value"/> from <paramref name="port"/>
    /// on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The caller, not the guest, made up a size that OUT does not have.</exception>
    public void Write(ushort port, int size, uint value)
    {
        ThrowIfNotOfPorts(size);
        _decoder.Write(port, size, value);
    }

    private static void ThrowIfNotOfPorts(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 4);
    }
}
