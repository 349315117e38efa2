namespace OsDevHv.Machine.RunControl;

/// <summary>The interrupts delivered to a vCPU last. Written by its thread without allocating; read while it is parked.</summary>
internal sealed class InterruptRing
{
    /// <summary>What stands for an NMI in place of a vector.</summary>
    public const int NonMaskable = -1;

    private const int Size = 32;

    private readonly (long Time, int Vector)[] _interrupts = new (long, int)[Size];
    private ulong _count;

    /// <summary>How many were delivered.</summary>
    public ulong Count => _count;

    /// <summary>Remembers a delivery at a machine time in nanoseconds, in place of the oldest.</summary>
    public void Record(long time, int vector) => _interrupts[_count++ % Size] = (time, vector);

    /// <summary>The deliveries, oldest first.</summary>
    public IReadOnlyList<(long Time, int Vector)> Snapshot()
    {
        int count = (int)Math.Min(_count, Size);
        var result = new (long, int)[count];
        for (int i = 0; i < count; i++)
        {
            result[i] = _interrupts[(_count - (ulong)(count - i)) % Size];
        }
        return result;
    }
}
