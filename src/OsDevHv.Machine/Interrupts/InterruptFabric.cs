using System.Numerics;
using OsDevHv.Devices;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Interrupts;

/// <summary>
/// The local APICs, the I/O APIC and the 8259s of a machine, and what connects them: ISA interrupts to pins, messages to destinations, EOIs
/// back. Wired as QEMU's PC: ISA interrupt n goes to the 8259s and to pin n of the I/O APIC, but 0 to pin 2; the 8259s drive LINT0 of every
/// CPU.
/// </summary>
/// <remarks>
/// <para>One lock, <see cref="Lock"/>, guards all of it, because a write to one controller can reach any other. It is inside the locks of
/// devices and of pins; inside of it are only the timers' lock and the kick.</para>
/// <para>What a vCPU has pending is kept in a word a CPU, renewed whenever something changed that may concern it, so that the run loop
/// reads it without the lock.</para>
/// </remarks>
internal sealed class InterruptFabric : IInterruptMessageSink
{
    /// <summary>ISA interrupts.</summary>
    public const int IsaInterrupts = 16;

    private const int TimerPin = 2;

    private readonly LocalApic[] _apics;
    private readonly VcpuInterrupts[] _sources;
    private readonly InterruptPin?[] _isaPins = new InterruptPin?[IsaInterrupts];
    private readonly InterruptPin?[] _pins = new InterruptPin?[IoApic.PinCount];
    private readonly long[] _rises = new long[IoApic.PinCount];
    private IVcpuWaker? _waker;
    private int _lastLowest;

    /// <param name="features">The processors.</param>
    /// <param name="timers">The machine's time.</param>
    /// <param name="errors">Hears of guest errors.</param>
    public InterruptFabric(CpuFeatures features, MachineTimers timers, IGuestErrorLog? errors)
    {
        _apics = new LocalApic[features.Count];
        _sources = new VcpuInterrupts[features.Count];
        for (int i = 0; i < features.Count; i++)
        {
            MachineTimers.Alarm alarm = timers.Add(Lock);
            var counter = new GuestTsc(timers.Clock);
            _apics[i] = new LocalApic((uint)i, isBootProcessor: i == 0, alarm, counter, errors)
            {
                HasX2Apic = features.X2Apic,
                HasTscDeadline = features.TscDeadline,
            };
            _sources[i] = new VcpuInterrupts(this, i, counter);
            alarm.Device = _sources[i];
        }
        HandOver();
    }

    /// <summary>Guards everything here.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The local APICs, by vCPU. With the lock.</summary>
    public IReadOnlyList<LocalApic> LocalApics => _apics;

    /// <summary>The I/O APIC, where the machine has one. With the lock.</summary>
    public IoApic? IoApic { get; private set; }

    /// <summary>The 8259s, where the machine has them. With the lock.</summary>
    public Pic8259Pair? Pics { get; private set; }

    /// <summary>What each vCPU's thread asks, by vCPU.</summary>
    public IReadOnlyList<VcpuInterrupts> Sources => _sources;

    /// <summary>Puts the I/O APIC in. Before the machine runs.</summary>
    public void Add(IoApic ioApic) => IoApic = ioApic;

    /// <summary>Puts the 8259s in. Before the machine runs.</summary>
    public void Add(Pic8259Pair pics) => Pics = pics;

    /// <summary>Connects it to the vCPUs, by index. Before the machine runs.</summary>
    /// <param name="waker">Whom to tell of interrupts.</param>
    /// <param name="tscKilohertz">The rate of the guest's time stamp counters; 0 where it is not known.</param>
    public void Connect(IVcpuWaker waker, uint tscKilohertz)
    {
        _waker = waker;
        foreach (VcpuInterrupts source in _sources)
        {
            source.Counter.Kilohertz = tscKilohertz;
        }
    }

    /// <summary>A line for a device that drives an ISA interrupt, 0 to 15: the input of the 8259s and the pin of the I/O APIC.</summary>
    public IInterruptLine AddIsaLine(int interrupt) =>
        (_isaPins[interrupt] ??= new InterruptPin(new IsaInput(this, interrupt, AddIoApicLine(PinOf(interrupt))))).AddLine();

    /// <summary>A line for a device that drives a pin of the I/O APIC alone, 0 to 23.</summary>
    public IInterruptLine AddIoApicLine(int pin) => (_pins[pin] ??= new InterruptPin(new IoApicInput(this, pin))).AddLine();

    /// <summary>The pin of the I/O APIC to which an ISA interrupt goes.</summary>
    public static int PinOf(int isaInterrupt) => isaInterrupt == 0 ? TimerPin : isaInterrupt;

    /// <summary>Whether any device is wired to a pin.</summary>
    public bool IsWired(int pin) => _pins[pin] is not null;

    /// <summary>Whether a pin is asserted.</summary>
    public bool IsAsserted(int pin) => _pins[pin] is { IsHigh: true };

    /// <summary>How often a pin became asserted since power-on. With the lock.</summary>
    public long Rises(int pin) => _rises[pin];

    /// <summary>INTR of the 8259s, which goes to LINT0 of every CPU. Called with the lock.</summary>
    public IInterruptLine PicOutput => new Output(this);

    /// <inheritdoc/>
    public void Send(in InterruptMessage message)
    {
        lock (Lock)
        {
            Route(message, sender: -1);
        }
    }

    /// <summary>Returns all controllers to their power-on state.</summary>
    public void Reset()
    {
        lock (Lock)
        {
            foreach (LocalApic apic in _apics)
            {
                apic.Reset();
            }
            IoApic?.Reset();
            Pics?.Reset();
            HandOver();
        }
    }

    /// <summary>Saves or restores what is neither a chip's on a bus nor a local APIC's: the lines, the counts, who is next.</summary>
    /// <remarks>With the machine stopped. Local APICs first, lines after the devices that drive them.</remarks>
    public void ExchangeState(StateExchange state)
    {
        foreach (InterruptPin? pin in (ReadOnlySpan<InterruptPin?>)[.. _isaPins, .. _pins])
        {
            // The debugger may have driven one that no device does.
            bool was = state.Of(pin is not null);
            (was ? pin ?? new InterruptPin() : null)?.ExchangeState(state);
        }
        lock (Lock)
        {
            foreach (LocalApic apic in _apics)
            {
                apic.ExchangeState(state);
            }
            state.All(_rises);
            _lastLowest = state.Index(_lastLowest, _apics.Length);
            for (int i = 0; state.IsRestoring && i < _apics.Length; i++)
            {
                _sources[i].Follow();
                Renew(i);
            }
        }
    }

    /// <summary>
    /// Does what a boot protocol does to the controllers after firmware. Before the machine runs, after <see cref="Reset"/>.
    /// </summary>
    public void Apply(InterruptHandover handover)
    {
        const ulong x2Apic = 1 << 10;
        lock (Lock)
        {
            Pics?.Write(Pic8259Pair.MasterOffset + 1, 1, 0xff);
            Pics?.Write(Pic8259Pair.SlaveOffset + 1, 1, 0xff);
            for (int i = 0; i < (handover.IncludesAllProcessors ? _apics.Length : 1); i++)
            {
                if (handover.MasksLocalInterrupts)
                {
                    _apics[i].MaskLocalVectors(handover.HasNmiPin);
                }
                if (handover.EntersX2Apic)
                {
                    _ = _apics[i].TryWriteMsr(LocalApic.BaseMsr, _apics[i].Base | x2Apic, out _);
                }
                _sources[i].Follow();
                Renew(i);
            }
        }
    }

    /// <summary>Whether an NMI can come without a CPU sending it: from a pin that a device drives.</summary>
    public bool ExpectsNonMaskable
    {
        get
        {
            lock (Lock)
            {
                for (int pin = 0; pin < _pins.Length && IoApic is not null; pin++)
                {
                    RedirectionEntry entry = new(IoApic.Redirection(pin));
                    if (_pins[pin] is not null && !entry.IsMasked && entry.Mode == DeliveryMode.NonMaskable)
                    {
                        return true;
                    }
                }
                return false;
            }
        }
    }

    /// <summary>An access to a CPU's own APIC asks for this to happen. With the lock.</summary>
    internal void Carry(in LocalApicEffect effect, int vcpu)
    {
        switch (effect.Kind)
        {
            case LocalApicEffectKind.Message:
                Route(effect.Message, vcpu);
                break;
            case LocalApicEffectKind.EndOfInterrupt:
                IoApic?.EndOfInterrupt(effect.Vector);
                break;
        }
        Renew(vcpu);
    }

    /// <summary>Takes the interrupt that a CPU is to deliver. With the lock.</summary>
    internal bool TryAcknowledge(int vcpu, out byte vector)
    {
        bool taken = true;
        if (WantsExternal(vcpu))
        {
            _apics[vcpu].AcknowledgeExternal();
            vector = Pics!.Acknowledge();
        }
        else
        {
            taken = _apics[vcpu].TryAcknowledge(out vector);
        }
        Renew(vcpu);
        return taken;
    }

    /// <summary>Looks again at what a CPU has pending, and wakes it when there is something new. With the lock.</summary>
    internal void Renew(int vcpu)
    {
        LocalApic apic = _apics[vcpu];
        VcpuSignals pending = VcpuSignals.None;
        if (WantsExternal(vcpu) || apic.HasInterrupt)
        {
            pending |= VcpuSignals.Interrupt;
        }
        pending |= apic.NmiPending ? VcpuSignals.NonMaskable : 0;
        pending |= apic.InitPending ? VcpuSignals.Init : 0;
        pending |= apic.StartUpPending ? VcpuSignals.StartUp : 0;
        if (_sources[vcpu].SetPending(pending))
        {
            _waker?.InterruptArrived(vcpu);
        }
    }

    /// <summary>
    /// What PC firmware leaves to a kernel: the boot processor's APIC on, with the 8259s' INTR and the NMI on its pins (MP specification
    /// 1.4, 3.6.2.2, virtual wire mode; the values are SeaBIOS').
    /// </summary>
    private void HandOver()
    {
        _apics[0].EnterVirtualWireMode();
        for (int i = 0; i < _apics.Length; i++)
        {
            _sources[i].Follow();
            Renew(i);
        }
    }

    private bool WantsExternal(int vcpu) => Pics is { IsInterruptRequested: true } && _apics[vcpu].IsExternalWanted;

    private void Route(in InterruptMessage message, int sender)
    {
        if (message.Mode == DeliveryMode.LowestPriority)
        {
            RouteToLowest(message, sender);
            return;
        }
        for (int i = 0; i < _apics.Length; i++)
        {
            if (IsFor(message, i, sender))
            {
                Deliver(message, i);
            }
        }
    }

    private bool IsFor(in InterruptMessage message, int vcpu, int sender) => message.Shorthand switch
    {
        DestinationShorthand.Self => vcpu == sender,
        DestinationShorthand.AllIncludingSelf => true,
        DestinationShorthand.AllExcludingSelf => vcpu != sender,
        _ => _apics[vcpu].Matches(message.Destination, message.IsLogical, message.IsWide),
    };

    /// <summary>The destination with the lowest arbitration priority; among equals they take turns.</summary>
    private void RouteToLowest(in InterruptMessage message, int sender)
    {
        int lowest = -1;
        for (int i = 1; i <= _apics.Length; i++)
        {
            int vcpu = (_lastLowest + i) % _apics.Length;
            if (_apics[vcpu].AcceptsInterrupts && IsFor(message, vcpu, sender)
                && (lowest < 0 || _apics[vcpu].ArbitrationPriority < _apics[lowest].ArbitrationPriority))
            {
                lowest = vcpu;
            }
        }
        if (lowest >= 0)
        {
            _lastLowest = lowest;
            _apics[lowest].Accept(message.Vector, message.IsLevel);
            Renew(lowest);
        }
    }

    private void Deliver(in InterruptMessage message, int vcpu)
    {
        LocalApic apic = _apics[vcpu];
        switch (message.Mode)
        {
            case DeliveryMode.Fixed:
                apic.Accept(message.Vector, message.IsLevel);
                break;
            case DeliveryMode.NonMaskable:
                apic.AcceptNmi();
                break;
            case DeliveryMode.Init:
                apic.AcceptInit();
                break;
            case DeliveryMode.StartUp:
                apic.AcceptStartUp(message.Vector);
                break;
            case DeliveryMode.External:
                apic.AcceptExternal();
                break;
        }
        Renew(vcpu);
    }

    private sealed class IsaInput(InterruptFabric fabric, int interrupt, IInterruptLine ioApicLine) : IInterruptLine
    {
        public void Set(bool high)
        {
            lock (fabric.Lock)
            {
                fabric.Pics?.SetInput(interrupt, high);
            }
            ioApicLine.Set(high);
        }
    }

    private sealed class IoApicInput(InterruptFabric fabric, int pin) : IInterruptLine
    {
        public void Set(bool high)
        {
            lock (fabric.Lock)
            {
                fabric._rises[pin] += high ? 1 : 0;
                fabric.IoApic?.SetPin(pin, high);
            }
        }
    }

    private sealed class Output(InterruptFabric fabric) : IInterruptLine
    {
        public void Set(bool high)
        {
            for (int i = 0; i < fabric._apics.Length; i++)
            {
                fabric._apics[i].SetLint(0, high);
                fabric.Renew(i);
            }
        }
    }
}
