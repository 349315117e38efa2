namespace OsDevHv.Devices;

/// <summary>What one counter of an 8254 is doing, for people to read.</summary>
/// <param name="Mode">The mode, 0 to 5.</param>
/// <param name="IsBcd">It counts four decimal digits.</param>
/// <param name="Count">The counting element as the bus would read it; in BCD, each digit has four bits.</param>
/// <param name="Reload">The count that is loaded next: 1 to 65,536 ticks; 0 if none was written since the control word.</param>
/// <param name="NullCount">The count written last is not loaded yet.</param>
/// <param name="Gate">The level of GATE.</param>
/// <param name="Out">The level of OUT.</param>
/// <param name="NextRise">Machine time in nanoseconds at which OUT rises next; <see cref="IDeviceClock.Never"/> if it does not.</param>
public readonly record struct PitCounterState(
    int Mode,
    bool IsBcd,
    ushort Count,
    int Reload,
    bool NullCount,
    bool Gate,
    bool Out,
    long NextRise);
