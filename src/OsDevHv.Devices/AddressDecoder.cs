using System.Diagnostics.CodeAnalysis;

namespace OsDevHv.Devices;

/// <summary>A range of a bus and the device that answers there.</summary>
/// <param name="First">The first address.</param>
/// <param name="Last">The last address.</param>
/// <param name="Device">The device's name.</param>
public readonly record struct BusRange(ulong First, ulong Last, string Device);

/// <summary>What both buses do: find the devices that an access reaches, split it among them, and answer for nobody where there is
/// none.</summary>
/// <remarks>
/// Ranges are kept in an array sorted by address that is replaced, never changed, so an access reads it without a lock.
/// A machine has some tens of ranges: a search is five or six comparisons, where a table of all ports would be 64 KiB of cache.
/// </remarks>
internal sealed class AddressDecoder
{
    private readonly Lock _mapping = new();
    private readonly ulong _lastAddress;
    private readonly string _noun;
    private readonly UnclaimedAccesses _unclaimed;
    private volatile MappedRange[] _ranges = [];

    /// <param name="lastAddress">The highest address, all ones in binary; an access past it goes on at 0.</param>
    /// <param name="noun">What addresses are called in messages.</param>
    /// <param name="unclaimed">Where accesses that no device answers are counted.</param>
    public AddressDecoder(ulong lastAddress, string noun, UnclaimedAccesses unclaimed)
    {
        _lastAddress = lastAddress;
        _noun = noun;
        _unclaimed = unclaimed;
    }

    public bool TryMap(DeviceSlot slot, ulong first, ulong count, ulong firstOffset, [NotNullWhen(false)] out string? error)
    {
        if (count == 0)
        {
            error = $"{slot.Name} claims nothing at {first:X}h; a device needs at least one.";
            return false;
        }

        if (count - 1 > _lastAddress - first)
        {
            error = $"{slot.Name} claims {count} {_noun} from {first:X}h on, beyond the last, {_lastAddress:X}h.";
            return false;
        }

        lock (_mapping)
        {
            MappedRange added = new(first, first + (count - 1), firstOffset, slot, slot.Device.AccessSize);
            int place = 0;
            foreach (MappedRange other in _ranges)
            {
                ulong overlapFirst = Math.Max(added.First, other.First);
                ulong overlapLast = Math.Min(added.Last, other.Last);
                if (overlapFirst <= overlapLast)
                {
                    error = $"{slot.Name} and {other.Slot.Name} both claim {_noun} {overlapFirst:X}h-{overlapLast:X}h.";
                    return false;
                }

                place += other.First < added.First ? 1 : 0;
            }

            _ranges = [.. _ranges[..place], added, .. _ranges[place..]];
        }

        error = null;
        return true;
    }

    public IReadOnlyList<BusRange> Map => [.. _ranges.Select(static range => new BusRange(range.First, range.Last, range.Slot.Name))];

    public ulong Read(ulong address, int size)
    {
        MappedRange[] ranges = _ranges;
        ulong result = 0;
        for (int done = 0; done < size;)
        {
            ulong at = unchecked(address + (ulong)done) & _lastAddress;
            int index = IndexAtOrBelow(ranges, at);
            int part;
            ulong value;
            if (index >= 0 && at <= ranges[index].Last)
            {
                ref readonly MappedRange range = ref ranges[index];
                part = range.TakenPart(at, size - done);
                lock (range.Slot.Lock)
                {
                    value = range.Slot.Device.Read(range.Offset(at), part) & Ones(part);
                }
            }
            else
            {
                part = UnclaimedPart(ranges, index + 1, at, size - done);
                value = Ones(part);
                _unclaimed.Add(at, part, isWrite: false);
            }

            result |= value << (8 * done);
            done += part;
        }

        return result;
    }

    public void Write(ulong address, int size, ulong value)
    {
        MappedRange[] ranges = _ranges;
        for (int done = 0; done < size;)
        {
            ulong at = unchecked(address + (ulong)done) & _lastAddress;
            int index = IndexAtOrBelow(ranges, at);
            int part;
            if (index >= 0 && at <= ranges[index].Last)
            {
                ref readonly MappedRange range = ref ranges[index];
                part = range.TakenPart(at, size - done);
                lock (range.Slot.Lock)
                {
                    range.Slot.Device.Write(range.Offset(at), part, (value >> (8 * done)) & Ones(part));
                }
            }
            else
            {
                part = UnclaimedPart(ranges, index + 1, at, size - done);
                _unclaimed.Add(at, part, isWrite: true);
            }

            done += part;
        }
    }

    private static ulong Ones(int size) => ulong.MaxValue >> (64 - 8 * size);

    /// <summary>The range with the highest first address that is not above <paramref name="address"/>; -1 when there is none.</summary>
    private static int IndexAtOrBelow(MappedRange[] ranges, ulong address)
    {
        int low = 0;
        int high = ranges.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (ranges[middle].First <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>The bytes before the next device and before the end of the address space, of <paramref name="wanted"/>.</summary>
    private int UnclaimedPart(MappedRange[] ranges, int next, ulong at, int wanted)
    {
        ulong lastUnclaimed = next < ranges.Length ? ranges[next].First - 1 : _lastAddress;
        ulong after = lastUnclaimed - at;
        return after < (ulong)wanted - 1 ? (int)after + 1 : wanted;
    }

    private readonly record struct MappedRange(ulong First, ulong Last, ulong FirstOffset, DeviceSlot Slot, int AccessSize)
    {
        public ulong Offset(ulong address) => unchecked(FirstOffset + (address - First));

        /// <summary>The bytes of an access of <paramref name="wanted"/> that the device takes in one call: a power of two, aligned, in its
        /// range.</summary>
        public int TakenPart(ulong address, int wanted)
        {
            ulong offset = Offset(address);
            ulong after = Last - address;
            int part = AccessSize;
            while (part > wanted || (ulong)(part - 1) > after || (offset & (ulong)(part - 1)) != 0)
            {
                part >>= 1;
            }

            return part;
        }
    }
}
