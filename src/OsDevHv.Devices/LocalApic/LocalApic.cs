namespace OsDevHv.Devices;

/// <summary>The local APIC of one processor, xAPIC and x2APIC.</summary>
/// <remarks>
/// <para>Specification: Intel SDM vol. 3A, chapter 11 (10 in editions before 2022). Where AMD's manual (APM vol. 2, chapter 16) differs it
/// is the SDM that counts.</para>
/// <para>Not modelled: the CMCI entry and AMD's extended registers (they are not announced: the version register tells of six local
/// vectors, and accesses are illegal); system management interrupts, since there is no SMM (an entry that asks for one does nothing; an
/// IPI is returned for the owner to drop); remote reads; the focus processor (its bit is kept); IPIs on a bus that could be busy, so
/// delivery status is always idle; the spurious vector being delivered, since a withdrawn interrupt is noticed in time
/// (<see cref="TryAcknowledge"/>). IPIs of lowest priority are sent, as by QEMU, so the error bit of redirectable IPIs is never set.</para>
/// <para>Choices that the SDM leaves to the model: the xAPIC id can be written (QEMU); an IPI with a vector below 16 is sent, and is an
/// error here and there; an access to the page that is not at a multiple of 16 does nothing.</para>
/// <para>Not thread-safe: every member is called under one lock of the owner, <see cref="OnAlarm"/> too. Nothing calls out but for the
/// clock, the TSC's clock and the log of guest errors: what a write makes happen elsewhere it returns.</para>
/// </remarks>
public sealed partial class LocalApic : ITimedDevice, IKeepsState
{
    /// <summary>Counts a second of the timer before its divider: one is a nanosecond of machine time.</summary>
    public const int TimerFrequency = 1_000_000_000;

    /// <summary>Where the register page is after reset.</summary>
    public const ulong ResetAddress = 0xfee0_0000;

    /// <summary>Vectors below this one are illegal.</summary>
    public const byte FirstVector = 16;

    private const uint SoftwareEnableBit = 0x100;
    private const uint SuppressEoiBroadcastBit = 0x1000;

    private readonly uint _id;
    private readonly bool _isBootProcessor;
    private readonly IGuestErrorLog? _errorLog;
    private readonly LocalApicTimer _timer;
    private readonly VectorSet _requested = new();
    private readonly VectorSet _inService = new();
    private readonly VectorSet _levelTriggered = new();
    private readonly uint[] _localVectors = new uint[6];

    private byte _xApicId;
    private byte _taskPriority;
    private uint _logicalDestination;
    private uint _destinationFormat;
    private uint _spuriousVector;
    private ulong _command;
    private byte? _startUpVector;
    private bool _externalPending;

    /// <summary>A local APIC in its power-on state.</summary>
    /// <param name="id">The APIC id, that of x2APIC mode; its low 8 bits are the xAPIC id.</param>
    /// <param name="isBootProcessor">Whether reset sets the BSP flag of IA32_APIC_BASE.</param>
    /// <param name="clock">Machine time and the alarm of the timer, this local APIC's own.</param>
    /// <param name="tsc">The time stamp counter of the same processor.</param>
    /// <param name="errors">Hears of what the guest does wrong.</param>
    public LocalApic(uint id, bool isBootProcessor, IDeviceClock clock, ITscClock tsc, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(tsc);
        _id = id;
        _isBootProcessor = isBootProcessor;
        _errorLog = errors;
        _timer = new LocalApicTimer(clock, tsc);
        Reset();
    }

    /// <summary>MAXPHYADDR, 36 to 52: the bits of the page's address that IA32_APIC_BASE has. 46 unless told.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 36 to 52.</exception>
    public int PhysicalAddressBits
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 36);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 52);
            field = value;
        }
    } = 46;

    /// <summary>CPUID announces x2APIC mode; where not, its bit in IA32_APIC_BASE is reserved. True unless told.</summary>
    public bool HasX2Apic { get; init; } = true;

    /// <summary>CPUID announces the TSC-deadline mode; where not, its bit and its MSR are reserved. True unless told.</summary>
    public bool HasTscDeadline { get; init; } = true;

    /// <summary>
    /// The task priority as CR8 has it, TPR[7:4]: 0 to 15; higher bits of what is set are ignored. Setting it is MOV to CR8 and clears
    /// TPR[3:0].
    /// </summary>
    public byte Cr8
    {
        get => (byte)(_taskPriority >> 4);
        set => _taskPriority = (byte)(value << 4);
    }

    /// <summary>
    /// Fixed and lowest priority interrupts are accepted: the local APIC is enabled in IA32_APIC_BASE and in SVR. One that does not is no
    /// candidate for lowest priority delivery.
    /// </summary>
    public bool AcceptsInterrupts => Mode != LocalApicMode.Disabled && SoftwareEnabled;

    /// <summary>The processor is to be interrupted with a vector of this local APIC as soon as its interrupt flag allows: the highest in
    /// IRR is of a class above that of PPR.</summary>
    public bool HasInterrupt => AcceptsInterrupts && (_requested.Highest & 0xf0) > (ProcessorPriority & 0xf0);

    /// <summary>
    /// The processor is to be interrupted with a vector of the 8259A, which the owner acknowledges and tells of by
    /// <see cref="AcknowledgeExternal"/>: a pin with delivery mode ExtINT is asserted and not masked, a message with that mode has arrived,
    /// or the local APIC is disabled in IA32_APIC_BASE and LINT0, then INTR itself, is high.
    /// </summary>
    public bool IsExternalWanted => Mode == LocalApicMode.Disabled
        ? _pinHigh[0]
        : _externalPending || IsExternalAsserted(LocalVector.Lint0) || IsExternalAsserted(LocalVector.Lint1);

    /// <summary>A non-maskable interrupt is waiting for <see cref="TakeNmi"/>.</summary>
    public bool NmiPending { get; private set; }

    /// <summary>An INIT is waiting for <see cref="TakeInit"/>.</summary>
    public bool InitPending { get; private set; }

    /// <summary>A start-up interrupt is waiting for <see cref="TryTakeStartUp"/>.</summary>
    public bool StartUpPending => _startUpVector.HasValue;

    /// <summary>A fixed or lowest priority interrupt arrives. Lost unless <see cref="AcceptsInterrupts"/>; a vector below 16 is an error in
    /// ESR.</summary>
    public void Accept(byte vector, bool level)
    {
        if (AcceptsInterrupts)
        {
            Request(vector, level);
        }
    }

    /// <summary>A non-maskable interrupt arrives. Lost where <see cref="LocalApicMode.Disabled"/>.</summary>
    public void AcceptNmi() => NmiPending |= Mode != LocalApicMode.Disabled;

    /// <summary>An INIT arrives; it ends a start-up interrupt that waits. Lost where <see cref="LocalApicMode.Disabled"/>.</summary>
    public void AcceptInit()
    {
        if (Mode != LocalApicMode.Disabled)
        {
            InitPending = true;
            _startUpVector = null;
        }
    }

    /// <summary>
    /// A start-up interrupt arrives. It is kept until it is taken, or an INIT or reset ends it, so the owner of a processor that does not
    /// wait for one leaves it where it is. Lost where <see cref="LocalApicMode.Disabled"/>.
    /// </summary>
    public void AcceptStartUp(byte vector)
    {
        if (Mode != LocalApicMode.Disabled)
        {
            _startUpVector = vector;
        }
    }

    /// <summary>A message of delivery mode ExtINT arrives. Lost unless <see cref="AcceptsInterrupts"/>.</summary>
    public void AcceptExternal() => _externalPending |= AcceptsInterrupts;

    /// <summary>Takes a non-maskable interrupt for delivery. Returns whether there was one.</summary>
    public bool TakeNmi()
    {
        bool pending = NmiPending;
        NmiPending = false;
        return pending;
    }

    /// <summary>Takes an INIT, upon which the owner resets the processor and calls <see cref="Init"/>. Returns whether there was
    /// one.</summary>
    public bool TakeInit()
    {
        bool pending = InitPending;
        InitPending = false;
        return pending;
    }

    /// <summary>Takes a start-up interrupt, for a processor that waits for one.</summary>
    /// <param name="vector">The page, in units of 4 KiB, at which the processor begins.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTakeStartUp(out byte vector)
    {
        vector = _startUpVector.GetValueOrDefault();
        bool pending = _startUpVector.HasValue;
        _startUpVector = null;
        return pending;
    }

    /// <summary>Takes the interrupt for delivery, from IRR to ISR.</summary>
    /// <param name="vector">Its vector, 16 to 255.</param>
    /// <returns>
    /// Whether there was one, as <see cref="HasInterrupt"/> has it. False, where a processor would be given the spurious vector because TPR
    /// was raised or the interrupt masked between its INTR and its acknowledgement: here the owner asks at once, and delivers nothing.
    /// </returns>
    public bool TryAcknowledge(out byte vector)
    {
        vector = 0;
        if (!HasInterrupt)
        {
            return false;
        }

        vector = _requested.Highest;
        _requested.Remove(vector);
        _inService.Add(vector);
        return true;
    }

    /// <summary>The owner has acknowledged the 8259A: a message of delivery mode ExtINT is done with. A pin is asserted until the 8259A
    /// lets go of it.</summary>
    public void AcknowledgeExternal() => _externalPending = false;

    /// <summary>Whether a message is for this local APIC by its destination field. Never where <see
    /// cref="LocalApicMode.Disabled"/>.</summary>
    /// <param name="destination">The APIC id or the logical destination.</param>
    /// <param name="isLogical">It is a logical destination.</param>
    /// <param name="isWide">
    /// It has 32 bits, of which all ones are the broadcast, as it comes from an x2APIC. Otherwise it has 8, of which FFh is the broadcast;
    /// to an x2APIC these are the low bits of an id or of a logical destination, which reach ids to 254 and the first eight of cluster 0.
    /// </param>
    public bool Matches(uint destination, bool isLogical, bool isWide)
    {
        uint field = isWide ? destination : destination & 0xff;
        if (Mode == LocalApicMode.Disabled)
        {
            return false;
        }

        if (field == (isWide ? uint.MaxValue : 0xff))
        {
            return true;
        }

        if (!isLogical)
        {
            return field == (Mode == LocalApicMode.X2Apic ? _id : _xApicId);
        }

        return Mode == LocalApicMode.X2Apic ? MatchesX2ApicCluster(field) : field <= 0xff && MatchesXApicLogical((byte)field);
    }

    /// <summary>
    /// Sets the local APIC up as PC firmware leaves it to a kernel, in virtual wire mode (MultiProcessor Specification 1.4, 3.6.2.2), with
    /// SeaBIOS' values: enabled in SVR, LINT0 passes the 8259A's interrupts, LINT1 is the NMI. For the boot processor after
    /// <see cref="Reset"/>.
    /// </summary>
    public void EnterVirtualWireMode()
    {
        WriteSpuriousVector(0x1ff);
        WriteLocalVector(LocalVector.Lint0, 0x8700);
        WriteLocalVector(LocalVector.Lint1, 0x8400);
    }

    /// <summary>
    /// Sets the local APIC up for software that brings its own interrupts: enabled in SVR with spurious vector FFh, task priority 0, every
    /// local interrupt masked whose delivery mode is fixed, lowest priority, NMI or ExtINT. In xAPIC mode.
    /// </summary>
    /// <param name="nmiOnLint1">LINT1 becomes the NMI, edge-triggered and active high, masked.</param>
    public void MaskLocalVectors(bool nmiOnLint1)
    {
        const uint nonMaskable = 0x400;
        WriteSpuriousVector(0x1ff);
        _taskPriority = 0;
        foreach (LocalVector which in Enum.GetValues<LocalVector>())
        {
            LocalVectorEntry entry = Entry(which);
            if (entry.DeliveryMode is DeliveryMode.Fixed or DeliveryMode.LowestPriority or DeliveryMode.NonMaskable or DeliveryMode.External)
            {
                uint kept = nmiOnLint1 && which == LocalVector.Lint1 ? nonMaskable : entry.Raw;
                WriteLocalVector(which, kept | LocalVectorEntry.MaskBit);
            }
        }
    }

    /// <summary>Power-up reset: xAPIC mode at <see cref="ResetAddress"/>, disabled in SVR, nothing pending. The levels of the pins are not
    /// the local APIC's to reset.</summary>
    public void Reset()
    {
        Base = ResetAddress | GlobalEnableBit | (_isBootProcessor ? BootProcessorBit : 0);
        _xApicId = (byte)_id;
        InitPending = false;
        _startUpVector = null;
        Init();
    }

    /// <summary>
    /// INIT reset (SDM 11.4.7.3): as power-up, but IA32_APIC_BASE with its mode, and the APIC id, stay; so do an INIT and a start-up
    /// interrupt that have arrived since, for the owner to take.
    /// </summary>
    public void Init()
    {
        NmiPending = false;
        ResetRegisters();
    }

    private void ResetRegisters()
    {
        _requested.Clear();
        _inService.Clear();
        _levelTriggered.Clear();
        _taskPriority = 0;
        _logicalDestination = 0;
        _destinationFormat = uint.MaxValue;
        _spuriousVector = 0xff;
        _command = 0;
        _externalPending = false;
        ResetLocalInterrupts();
    }

    /// <summary>Puts a vector into IRR; returns false, with an error in ESR, for one below 16.</summary>
    private bool Request(byte vector, bool level)
    {
        if (vector < FirstVector)
        {
            RaiseError(LocalApicErrors.ReceiveIllegalVector);
            return false;
        }

        _requested.Add(vector);
        if (level)
        {
            _levelTriggered.Add(vector);
        }
        else
        {
            _levelTriggered.Remove(vector);
        }

        return true;
    }

    private bool MatchesX2ApicCluster(uint destination) =>
        destination >> 16 == LogicalDestination >> 16 && (destination & LogicalDestination & 0xffff) != 0;

    /// <summary>Flat model, where DFR is Fh, and cluster model, where it is 0; with any other, which are reserved, nothing
    /// matches.</summary>
    private bool MatchesXApicLogical(byte destination)
    {
        uint own = _logicalDestination >> 24;
        return (_destinationFormat >> 28) switch
        {
            0xf => (destination & own) != 0,
            0 => destination >> 4 == own >> 4 && (destination & own & 0xf) != 0,
            _ => false,
        };
    }

    private void Report(string problem, ulong value) => _errorLog?.Report("local APIC", problem, value);
}
