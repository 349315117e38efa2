namespace OsDevHv.Devices;

/// <content>What the block is doing, without side effects.</content>
public sealed partial class Hpet
{
    /// <summary>The general capabilities and ID register; ACPI's HPET table holds its low half as the block's id.</summary>
    public ulong Capabilities => CapabilitiesWithoutTimers | ((ulong)(_timers.Length - 1) << TimerCountShift);

    /// <summary>The number of timers.</summary>
    public int TimerCount => _timers.Length;

    /// <summary>The counter runs, and interrupts pass.</summary>
    public bool Enabled => (_configuration & EnableCounter) != 0;

    /// <summary>Timers 0 and 1 stand in for the 8254 on IRQ 0 and the RTC on IRQ 8.</summary>
    public bool LegacyReplacement => (_configuration & LegacyRoute) != 0;

    /// <summary>The main counter now. Has no side effect; call under the device's lock.</summary>
    public ulong Counter => _counter + TicksPassed;

    /// <summary>The general interrupt status register now. Has no side effect; call under the device's lock.</summary>
    public uint InterruptStatus
    {
        get
        {
            uint status = 0;
            for (int i = 0; i < _timers.Length; i++)
            {
                HpetTimer timer = _timers[i];
                bool isSet = timer.IsLevelTriggered && (timer.IsAsserted || timer.Advance(_counter, TicksPassed));
                status |= isSet ? 1u << i : 0;
            }

            return status;
        }
    }

    /// <summary>Machine time in nanoseconds of the next interrupt; <see cref="IDeviceClock.Never"/> if none.</summary>
    public long NextExpiry => _alarm;

    /// <summary>What a timer is doing now. Has no side effect; call under the device's lock.</summary>
    /// <param name="index">0 to <see cref="TimerCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such timer.</exception>
    public HpetTimerState Timer(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _timers.Length);
        HpetTimer timer = _timers[index];
        ulong ticks = TicksPassed;
        timer.Advance(_counter, ticks);
        return new HpetTimerState(
            timer.Configuration,
            timer.Comparator,
            timer.Period,
            timer.Message,
            timer.IsEnabled,
            timer.IsPeriodic,
            timer.IsLevelTriggered,
            timer.SendsMessages,
            LegacyReplacement && index < 2,
            timer.IsRoutable ? timer.Route : null,
            (_linesHigh & LineOf(index)) != 0,
            Enabled ? TimeOfMatch(timer, _counter + ticks, _tick + (long)ticks) : IDeviceClock.Never);
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _configuration = state.Of(_configuration);
        _counter = state.Of(_counter);
        _tick = state.Of(_tick);
        _linesHigh = state.Of(_linesHigh);
        _alarm = state.Of(_alarm);
        foreach (ref HpetTimer timer in _timers.AsSpan())
        {
            timer.ExchangeState(state);
        }
    }
}
