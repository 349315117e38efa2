namespace OsDevHv.Devices;

/// <content>Sources of the local vector table (SDM 11.5): pins, timer, thermal sensor, performance counters, errors.</content>
public sealed partial class LocalApic
{
    private readonly bool[] _pinHigh = new bool[2];

    /// <summary>The vector with which each pin's level-triggered interrupt was accepted: its EOI clears remote IRR, whatever the entry says
    /// by then.</summary>
    private readonly byte[] _pinVectors = new byte[2];

    private bool _errorInterruptIsArmed;

    /// <summary>The pin LINT0 or LINT1 takes a level. In the state <see cref="LocalApicMode.Disabled"/> a rising LINT1 is an NMI.</summary>
    /// <param name="pin">0 or 1.</param>
    /// <param name="high">The electrical level; the entry's polarity says which is the asserted one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pin"/> is not 0 or 1.</exception>
    public void SetLint(int pin, bool high)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pin, 1);
        if (_pinHigh[pin] == high)
        {
            return;
        }

        _pinHigh[pin] = high;
        LocalVector which = LocalVector.Lint0 + (byte)pin;
        if (Mode == LocalApicMode.Disabled)
        {
            NmiPending |= pin == 1 && high;
        }
        else if (Entry(which).IsLevelTriggered)
        {
            RequestPinLevel(pin);
        }
        else if (IsAsserted(which))
        {
            Deliver(which);
        }
    }

    /// <summary>The thermal sensor interrupts. Returns whether its entry let it pass.</summary>
    public bool RaiseThermal() => Deliver(LocalVector.Thermal);

    /// <summary>A performance monitoring counter overflows. Returns whether the entry let it pass, which masks the entry.</summary>
    public bool RaisePerformanceCounter()
    {
        if (Entry(LocalVector.PerformanceCounter).IsMasked)
        {
            return false;
        }

        bool passed = Deliver(LocalVector.PerformanceCounter);
        _localVectors[(int)LocalVector.PerformanceCounter] |= LocalVectorEntry.MaskBit;
        return passed;
    }

    /// <inheritdoc/>
    public void OnAlarm()
    {
        CatchUpTimer();
        _timer.SetAlarm();
    }

    private void ResetLocalInterrupts()
    {
        Array.Fill(_localVectors, LocalVectorEntry.MaskBit);
        Esr = LocalApicErrors.None;
        DetectedErrors = LocalApicErrors.None;
        _errorInterruptIsArmed = true;
        _timer.Reset();
    }

    private void CatchUpTimer()
    {
        if (_timer.CatchUp())
        {
            Deliver(LocalVector.Timer);
        }
    }

    private bool IsAsserted(LocalVector which) => _pinHigh[which - LocalVector.Lint0] != Entry(which).IsActiveLow;

    private bool IsExternalAsserted(LocalVector which)
    {
        LocalVectorEntry entry = Entry(which);
        return !entry.IsMasked && entry.DeliveryMode == DeliveryMode.External && IsAsserted(which);
    }

    /// <summary>Delivers an edge as the entry says. Returns whether anything came of it.</summary>
    private bool Deliver(LocalVector which)
    {
        LocalVectorEntry entry = Entry(which);
        bool isPin = which is LocalVector.Lint0 or LocalVector.Lint1;
        if (entry.IsMasked)
        {
            return false;
        }

        switch (entry.DeliveryMode)
        {
            case DeliveryMode.Fixed:
                return Request(entry.Vector, level: false);
            case DeliveryMode.NonMaskable:
                NmiPending = true;
                return true;
            case DeliveryMode.Init when isPin:
                AcceptInit();
                return true;
            default:
                // ExtINT of a pin is a level, which is looked at and not delivered.
                return false;
        }
    }

    /// <summary>Requests the level-triggered interrupt of a pin, where it is asserted and the one before has seen its EOI.</summary>
    private void RequestPinLevel(int pin)
    {
        LocalVector which = LocalVector.Lint0 + (byte)pin;
        LocalVectorEntry entry = Entry(which);
        if (entry.IsLevelTriggered && !entry.IsMasked && !entry.RemoteIrr && IsAsserted(which) && Request(entry.Vector, level: true))
        {
            _pinVectors[pin] = entry.Vector;
            _localVectors[(int)which] |= LocalVectorEntry.RemoteIrrBit;
        }
    }

    /// <summary>The EOI of a vector: a pin that is still asserted requests it again.</summary>
    private void EndPinLevel(byte vector)
    {
        for (int pin = 0; pin < _pinHigh.Length; pin++)
        {
            ref uint entry = ref _localVectors[(int)LocalVector.Lint0 + pin];
            if (_pinVectors[pin] == vector && (entry & LocalVectorEntry.RemoteIrrBit) != 0)
            {
                entry &= ~LocalVectorEntry.RemoteIrrBit;
                RequestPinLevel(pin);
            }
        }
    }

    private void WriteLocalVector(LocalVector which, uint value)
    {
        if (which == LocalVector.Timer)
        {
            CatchUpTimer();
        }

        LocalVectorEntry entry = new(value & LocalVectorEntry.WritableBits(which, HasTscDeadline));
        if (entry.IsLevelTriggered)
        {
            // Remote IRR has no meaning without the level trigger, and would never be cleared.
            entry = new(entry.Raw | (_localVectors[(int)which] & LocalVectorEntry.RemoteIrrBit));
        }

        _localVectors[(int)which] = entry.Raw | (SoftwareEnabled ? 0 : LocalVectorEntry.MaskBit);
        ReportLocalVector(which, entry);
        switch (which)
        {
            case LocalVector.Timer:
                _timer.SetMode((LocalApicTimerMode)((entry.Raw >> 17) & 3));
                break;
            case LocalVector.Lint0 or LocalVector.Lint1:
                RequestPinLevel(which - LocalVector.Lint0);
                break;
            default:
                break;
        }
    }

    private void ReportLocalVector(LocalVector which, LocalVectorEntry entry)
    {
        bool isPin = which is LocalVector.Lint0 or LocalVector.Lint1;
        bool isModeValid = entry.DeliveryMode switch
        {
            DeliveryMode.Fixed or DeliveryMode.NonMaskable => true,
            DeliveryMode.Init or DeliveryMode.External => isPin,
            _ => false,
        };
        if (!isModeValid)
        {
            Report("delivery mode of a local vector that is reserved or not modelled", entry.Raw);
        }

        if (which == LocalVector.Timer && (entry.Raw >> 17) == (uint)LocalApicTimerMode.Reserved)
        {
            Report("reserved timer mode", entry.Raw);
        }

        if (which == LocalVector.Lint1 && entry.IsLevelTriggered)
        {
            Report("LINT1 as a level-triggered interrupt, which processors do not support", entry.Raw);
        }

        if (!entry.IsMasked && !SoftwareEnabled)
        {
            Report("local vector unmasked while SVR disables the local APIC", entry.Raw);
        }
    }

    /// <summary>
    /// Notes an error. It interrupts at most once between two writes to ESR, as the SDM says of rearming; one that finds the entry masked
    /// does not use that up.
    /// </summary>
    private void RaiseError(LocalApicErrors error)
    {
        DetectedErrors |= error;
        if (_errorInterruptIsArmed && !Entry(LocalVector.Error).IsMasked)
        {
            // Disarmed first: an illegal vector in the entry is an error itself.
            _errorInterruptIsArmed = false;
            Deliver(LocalVector.Error);
        }
    }

    private void LatchErrors()
    {
        Esr = DetectedErrors;
        DetectedErrors = LocalApicErrors.None;
        _errorInterruptIsArmed = true;
    }
}
