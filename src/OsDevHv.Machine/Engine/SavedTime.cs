namespace OsDevHv.Machine.Engine;

/// <summary>What all vCPUs of a machine must agree on when their time stamp counters are saved or restored.</summary>
/// <param name="timeStopped">
/// For how many nanoseconds the machine's time has stood still in all: when saving, the stop that is under way included; when restoring,
/// without it.
/// </param>
public sealed class SavedTime(long timeStopped)
{
    /// <summary>Nanoseconds.</summary>
    public long TimeStopped { get; } = timeStopped;

    /// <summary>What the first vCPU that is restored adds to its saved offset, modulo 2^64; the others add the same.</summary>
    public ulong? Shift { get; set; }

    /// <summary>Registers that were saved and that this host refuses to set, by number; each named once.</summary>
    public SortedSet<uint> Refused { get; } = [];
}
