namespace OsDevHv.Devices;

/// <content>What there is to see, for those who explain: nothing here changes anything.</content>
public sealed partial class LocalApic
{
    /// <summary>The mode that <see cref="Base"/> selects.</summary>
    public LocalApicMode Mode => ModeOf(Base);

    /// <summary>IA32_APIC_BASE as it reads.</summary>
    public ulong Base { get; private set; }

    /// <summary>The physical address of the register page, which is there in xAPIC mode only.</summary>
    public ulong Address => Base & ~0xfffUL;

    /// <summary>The BSP flag of <see cref="Base"/>: after INIT this processor begins at the reset vector, others wait for a start-up
    /// interrupt.</summary>
    public bool IsBootProcessor => (Base & BootProcessorBit) != 0;

    /// <summary>The APIC id to which physical destinations are compared: 8 bits in xAPIC mode, 32 in x2APIC mode.</summary>
    public uint Id => Mode == LocalApicMode.X2Apic ? _id : _xApicId;

    /// <summary>The spurious-interrupt vector register.</summary>
    public uint Svr => _spuriousVector;

    /// <summary>Enabled in SVR (bit 8).</summary>
    public bool SoftwareEnabled => (_spuriousVector & SoftwareEnableBit) != 0;

    /// <summary>The task-priority register.</summary>
    public byte TaskPriority => _taskPriority;

    /// <summary>The processor-priority register: of TPR and the highest vector in service, the higher class.</summary>
    public byte ProcessorPriority
    {
        get
        {
            byte inService = _inService.Highest;
            return _taskPriority >> 4 >= inService >> 4 ? _taskPriority : (byte)(inService & 0xf0);
        }
    }

    /// <summary>
    /// The arbitration-priority register: of TPR and the highest vectors requested and in service, the higher class. The lowest wins an
    /// interrupt of lowest priority.
    /// </summary>
    public byte ArbitrationPriority
    {
        get
        {
            int requested = _requested.Highest & 0xf0;
            int inService = _inService.Highest & 0xf0;
            int task = _taskPriority & 0xf0;
            return task >= requested && task > inService ? _taskPriority : (byte)Math.Max(task, Math.Max(requested, inService));
        }
    }

    /// <summary>The logical destination register; in x2APIC mode it follows from the id (SDM 11.12.10.2).</summary>
    public uint LogicalDestination =>
        Mode == LocalApicMode.X2Apic ? ((_id >> 4) << 16) | (1u << (int)(_id & 0xf)) : _logicalDestination;

    /// <summary>The destination format register: Fh in bits 31:28 is the flat model, 0 the cluster model; without a meaning in x2APIC
    /// mode.</summary>
    public uint DestinationFormat => _destinationFormat;

    /// <summary>The error status register as the guest reads it: the errors before its last write to it.</summary>
    public LocalApicErrors Esr { get; private set; }

    /// <summary>Errors since the guest's last write to ESR, which would make them readable.</summary>
    public LocalApicErrors DetectedErrors { get; private set; }

    /// <summary>The interrupt command register as last written, 64 bits; the destination is in its highest 8, in x2APIC mode 32.</summary>
    public ulong Icr => _command;

    /// <summary>The timer's mode.</summary>
    public LocalApicTimerMode TimerMode => _timer.Mode;

    /// <summary>The initial count register.</summary>
    public uint TimerInitialCount => _timer.InitialCount;

    /// <summary>The current count register as of now.</summary>
    public uint TimerCurrentCount => _timer.CurrentCount;

    /// <summary>The divide configuration register.</summary>
    public uint TimerDivideConfiguration => _timer.DivideConfiguration;

    /// <summary>By how much the timer divides, 1 to 128: one count takes so many nanoseconds of machine time.</summary>
    public int TimerDivisor => _timer.Divisor;

    /// <summary>IA32_TSC_DEADLINE; 0 where none is set. One that has passed shows until the alarm comes.</summary>
    public ulong TscDeadline => _timer.Deadline;

    /// <summary>The machine time, in nanoseconds, at which the timer expires next, masked or not; <see cref="IDeviceClock.Never"/> where it
    /// is disarmed. A time that has passed means that the alarm is about to come.</summary>
    public long TimerExpiry => _timer.NextExpiry;

    /// <summary>An entry of the local vector table.</summary>
    public LocalVectorEntry Entry(LocalVector which) => new(_localVectors[(int)which]);

    /// <summary>The level of the pin LINT0 or LINT1 (<paramref name="pin"/> 0 or 1), whatever its polarity.</summary>
    public bool IsPinHigh(int pin) => _pinHigh[pin];

    /// <summary>IRR: the vector has arrived and waits.</summary>
    public bool IsRequested(byte vector) => _requested.Contains(vector);

    /// <summary>ISR: the vector was delivered and has not seen its EOI.</summary>
    public bool IsInService(byte vector) => _inService.Contains(vector);

    /// <summary>TMR: the vector last arrived level-triggered, so that its EOI is broadcast.</summary>
    public bool IsLevel(byte vector) => _levelTriggered.Contains(vector);

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Base = state.Of(Base);
        _timer.ExchangeState(state);
        _requested.ExchangeState(state);
        _inService.ExchangeState(state);
        _levelTriggered.ExchangeState(state);
        state.All(_localVectors);
        _xApicId = state.Of(_xApicId);
        _taskPriority = state.Of(_taskPriority);
        _logicalDestination = state.Of(_logicalDestination);
        _destinationFormat = state.Of(_destinationFormat);
        _spuriousVector = state.Of(_spuriousVector);
        _command = state.Of(_command);
        _startUpVector = state.Of(_startUpVector);
        _externalPending = state.Of(_externalPending);
        state.All(_pinHigh);
        state.Bytes(_pinVectors);
        _errorInterruptIsArmed = state.Of(_errorInterruptIsArmed);
        Esr = (LocalApicErrors)state.Of((uint)Esr);
        DetectedErrors = (LocalApicErrors)state.Of((uint)DetectedErrors);
        NmiPending = state.Of(NmiPending);
        InitPending = state.Of(InitPending);
    }
}
