namespace OsDevHv.Devices;

/// <summary>Accesses of one kind that no device answered.</summary>
/// <param name="Address">Port or guest-physical address of the first byte.</param>
/// <param name="Size">Bytes, 1 to 8.</param>
/// <param name="IsWrite">A write; otherwise a read.</param>
/// <param name="Count">How many there were.</param>
public readonly record struct UnclaimedAccess(ulong Address, int Size, bool IsWrite, long Count);

/// <summary>Hears of accesses that no device answers.</summary>
public interface IUnclaimedObserver
{
    /// <summary>
    /// The first access of its kind (address, size and direction). Called on the vCPU's thread that made it, with no lock held,
    /// at most <see cref="UnclaimedAccesses.Capacity"/> times a bus.
    /// </summary>
    void FirstAccess(ulong address, int size, bool isWrite);
}

/// <summary>The count of a bus's unclaimed accesses by address, size and direction. Any thread.</summary>
/// <remarks>
/// The table holds the first <see cref="Capacity"/> kinds, so a guest that sweeps the address space cannot make it grow; accesses of
/// further kinds are only totalled. Counting allocates on the first occurrence of a kind at most.
/// </remarks>
public sealed class UnclaimedAccesses
{
    /// <summary>The number of kinds that are told apart.</summary>
    public const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(ulong Address, int Size, bool IsWrite), long> _counts = [];
    private readonly IUnclaimedObserver? _observer;
    private long _total;
    private long _untabled;

    internal UnclaimedAccesses(IUnclaimedObserver? observer) => _observer = observer;

    /// <summary>All unclaimed accesses.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
            {
                return _total;
            }
        }
    }

    /// <summary>Those of <see cref="Total"/> that found the table full and are missing from <see cref="Snapshot"/>.</summary>
    public long Untabled
    {
        get
        {
            lock (_lock)
            {
                return _untabled;
            }
        }
    }

    /// <summary>The table as it is now, by address, then size, reads before writes.</summary>
    public IReadOnlyList<UnclaimedAccess> Snapshot()
    {
        UnclaimedAccess[] result;
        lock (_lock)
        {
            result = new UnclaimedAccess[_counts.Count];
            int index = 0;
            foreach (((ulong address, int size, bool isWrite), long count) in _counts)
            {
                result[index++] = new UnclaimedAccess(address, size, isWrite, count);
            }
        }

        Array.Sort(result, static (a, b) => (a.Address, a.Size, a.IsWrite).CompareTo((b.Address, b.Size, b.IsWrite)));
        return result;
    }

    internal void Add(ulong address, int size, bool isWrite)
    {
        if (AddAndTellWhetherFirst((address, size, isWrite)))
        {
            _observer?.FirstAccess(address, size, isWrite);
        }
    }

    private bool AddAndTellWhetherFirst((ulong Address, int Size, bool IsWrite) kind)
    {
        lock (_lock)
        {
            _total++;
            if (_counts.TryGetValue(kind, out long count))
            {
                _counts[kind] = count + 1;
                return false;
            }

            if (_counts.Count == Capacity)
            {
                _untabled++;
                return false;
            }

            _counts.Add(kind, 1);
            return true;
        }
    }
}
