namespace OsDevHv.Devices;

/// <summary>One timer of an <see cref="Hpet"/>: its registers, and when its comparator matches. Time is in ticks of the main
/// counter.</summary>
/// <remarks>Specification: IA-PC HPET 1.0a, 2.3.8 and 2.3.9. A value: a copy that is advanced leaves the timer as it is.</remarks>
internal struct HpetTimer
{
    /// <summary>What the configuration register holds after reset.</summary>
    public const ulong Capabilities = ((ulong)Hpet.RoutablePins << 32) | MessageCapable | WideCapable | PeriodicCapable;

    private const ulong LevelTriggered = 1 << 1;
    private const ulong InterruptEnable = 1 << 2;
    private const ulong Periodic = 1 << 3;
    private const ulong PeriodicCapable = 1 << 4;
    private const ulong WideCapable = 1 << 5;
    private const ulong ValueSet = 1 << 6;
    private const ulong ForceNarrow = 1 << 8;
    private const ulong MessageEnable = 1 << 14;
    private const ulong MessageCapable = 1 << 15;
    private const int RouteShift = 9;
    private const ulong RouteMask = 0x1f << RouteShift;
    private const ulong Writable = LevelTriggered | InterruptEnable | Periodic | ValueSet | ForceNarrow | MessageEnable | RouteMask;

    /// <summary>The configuration and capability register.</summary>
    public ulong Configuration;

    /// <summary>The comparator register; in periodic mode, the next match.</summary>
    public ulong Comparator;

    /// <summary>What is added at each match in periodic mode: the value written last.</summary>
    public ulong Period;

    /// <summary>The message register: data in the low half, address in the high one.</summary>
    public ulong Message;

    /// <summary>The interrupt line that the timer drives: its status bit if level-triggered, else high from the first match on.</summary>
    public bool IsAsserted;

    public readonly bool IsLevelTriggered => (Configuration & LevelTriggered) != 0;

    public readonly bool IsEnabled => (Configuration & InterruptEnable) != 0;

    public readonly bool IsPeriodic => (Configuration & Periodic) != 0;

    public readonly bool IsNarrow => (Configuration & ForceNarrow) != 0;

    public readonly bool SendsMessages => (Configuration & MessageEnable) != 0;

    public readonly int Route => (int)((Configuration & RouteMask) >> RouteShift);

    /// <summary>The timer can reach the pin of its route field.</summary>
    public readonly bool IsRoutable => (Hpet.RoutablePins >> Route & 1) != 0;

    private readonly ulong Mask => IsNarrow ? uint.MaxValue : ulong.MaxValue;

    /// <summary>Ticks after <paramref name="counter"/> at which the comparator matches next, at least 1; null if not within 2^64.</summary>
    public readonly ulong? TicksToMatch(ulong counter)
    {
        ulong ticks = (Comparator - counter) & Mask;
        if (ticks != 0)
        {
            return ticks;
        }

        return IsNarrow ? 1UL << 32 : null;
    }

    /// <summary>The counter goes on by <paramref name="ticks"/> from <paramref name="counter"/>, which has been looked at.</summary>
    /// <returns>Whether the comparator matched, however often.</returns>
    public bool Advance(ulong counter, ulong ticks)
    {
        if (TicksToMatch(counter) is not { } first || ticks < first)
        {
            return false;
        }

        ulong period = Period & Mask;
        Match(period == 0 ? 0 : (ticks - first) / period);
        return true;
    }

    /// <summary>A match at this tick: the comparator goes on, past <paramref name="further"/> matches more, if periodic.</summary>
    public void Match(ulong further = 0)
    {
        if (IsPeriodic)
        {
            Comparator = (Comparator + (Period * (further + 1))) & Mask;
        }
    }

    /// <summary>The timer matches if the counter stands at <paramref name="counter"/>.</summary>
    public readonly bool MatchesAt(ulong counter) => ((Comparator ^ counter) & Mask) == 0;

    /// <summary>Writes the bits of the comparator register that <paramref name="written"/> names.</summary>
    /// <returns>Whether the comparator changed, and not only the period.</returns>
    public bool WriteComparator(ulong value, ulong written)
    {
        bool setsComparator = !IsPeriodic || (Configuration & ValueSet) != 0;
        written &= Mask;
        Period = (Period & ~written) | (value & written);
        if (setsComparator)
        {
            Comparator = (Comparator & ~written) | (value & written);
        }

        Configuration &= ~ValueSet;
        return setsComparator;
    }

    /// <summary>Writes the bits of the configuration register that <paramref name="written"/> names.</summary>
    /// <returns>What is wrong with that; null if nothing.</returns>
    public string? Configure(ulong value, ulong written)
    {
        string? problem = null;
        if ((value & written & ~(Writable | Capabilities)) != 0)
        {
            problem = "reserved bits of a timer's configuration";
        }

        ulong before = Configuration;
        written &= Writable;
        Configuration = (before & ~written) | (value & written);
        if (((Configuration ^ before) & RouteMask) != 0 && !IsRoutable)
        {
            problem = "route to a pin that the timer cannot reach";
            Configuration = (Configuration & ~RouteMask) | (before & RouteMask);
        }

        if (!IsPeriodic)
        {
            Configuration &= ~ValueSet;
        }

        if (IsNarrow)
        {
            Comparator &= uint.MaxValue;
            Period &= uint.MaxValue;
        }

        ulong changed = Configuration ^ before;
        if ((changed & LevelTriggered) != 0)
        {
            IsAsserted = false;
        }
        else if ((changed & (InterruptEnable | RouteMask | MessageEnable)) != 0)
        {
            ReleaseEdge();
        }

        return problem;
    }

    /// <summary>The line of an edge-triggered timer falls, and is not carried along to where its interrupt goes from now on.</summary>
    public void ReleaseEdge() => IsAsserted &= IsLevelTriggered;

    /// <summary>Saves or restores it.</summary>
    public void ExchangeState(StateExchange state)
    {
        Configuration = state.Of(Configuration);
        Comparator = state.Of(Comparator);
        Period = state.Of(Period);
        Message = state.Of(Message);
        IsAsserted = state.Of(IsAsserted);
    }
}
