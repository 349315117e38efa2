namespace OsDevHv.Devices;

/// <summary>What one timer of an HPET is doing, for people to read.</summary>
/// <param name="Configuration">The configuration and capability register.</param>
/// <param name="Comparator">The comparator register: the counter's value at the next match.</param>
/// <param name="Period">What is added at each match in periodic mode, in ticks.</param>
/// <param name="Message">The FSB interrupt route register: data in the low half, address in the high one.</param>
/// <param name="IsEnabled">Its interrupt is enabled.</param>
/// <param name="IsPeriodic">It is in periodic mode.</param>
/// <param name="IsLevelTriggered">Its interrupt is level-triggered.</param>
/// <param name="SendsMessages">Its interrupt is a message; nothing else of the routing counts.</param>
/// <param name="IsLegacy">Legacy replacement routes it: timer 0 to IRQ 0, 1 to IRQ 8.</param>
/// <param name="Route">The I/O APIC pin configured; null if that is none that the timer can be routed to, so its interrupt goes
/// nowhere.</param>
/// <param name="LineIsHigh">It drives its line high.</param>
/// <param name="NextMatch">Machine time in nanoseconds of the next match; <see cref="IDeviceClock.Never"/> if none, or halted.</param>
public readonly record struct HpetTimerState(
    ulong Configuration,
    ulong Comparator,
    ulong Period,
    ulong Message,
    bool IsEnabled,
    bool IsPeriodic,
    bool IsLevelTriggered,
    bool SendsMessages,
    bool IsLegacy,
    int? Route,
    bool LineIsHigh,
    long NextMatch);
