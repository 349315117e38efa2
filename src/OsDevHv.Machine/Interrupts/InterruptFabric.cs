using System.Numerics;
using OsDevHv.Devices;
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
    private readonly InterruptPin?[] _pins = new InterruptPin?[IoApic.PinCount];
    private IVcpuWaker? _waker;
    private ulong _externalWanted;
    private int _lastLowest;

    /// <param name="vcpus">How many vCPUs there are.</param>
    /// <param name="timers">The machine's time.</param>
    /// <param name="errors">Hears of guest errors.</param>
    public InterruptFabric(int vcpus, MachineTimers timers, IGuestErrorLog? errors)
    {
        _apics = new LocalApic[vcpus];
        _sources = new VcpuInterrupts[vcpus];
        for (int i = 0; i < vcpus; i++)
        {
            MachineTimers.Alarm alarm = timers.Add(Lock);
            var counter = new GuestTsc(timers.Clock);
            _apics[i] = new LocalApic((uint)i, isBootProcessor: i == 0, alarm, counter, errors);
            _sources[i] = new VcpuInterrupts(this, i, counter);
            alarm.Device = _sources[i];
        }
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

    /// <summary>Says whom to wake. Before the machine runs.</summary>
    public void Connect(IVcpuWaker waker) => _waker = waker;

    /// <summary>A line for a device that drives an ISA interrupt, 0 to 15.</summary>
    public IInterruptLine AddIsaLine(int interrupt) =>
        Pin(interrupt == 0 ? TimerPin : interrupt, interrupt).AddLine();

    /// <summary>A line for a device that drives a pin of the I/O APIC that is no ISA interrupt's.</summary>
    public IInterruptLine AddIoApicLine(int pin) => Pin(pin, pin is TimerPin or >= IsaInterrupts ? null : pin).AddLine();

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
            _externalWanted = 0;
            RenewAll();
        }
    }

    /// <summary>Whether an NMI can come without a CPU sending it: from a timer, a pin or a device.</summary>
    public bool ExpectsNonMaskable
    {
        get
        {
            lock (Lock)
            {
                return Array.Exists(_apics, static apic => apic.ExpectsNonMaskable) || IoApic is { ExpectsNonMaskable: true };
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
        ulong bit = 1UL << vcpu;
        bool external = Pics is { IsInterruptRequested: true } && (_apics[vcpu].IsExternalWanted || (_externalWanted & bit) != 0);
        if (external)
        {
            _externalWanted &= ~bit;
            vector = Pics!.Acknowledge();
        }
        else if (!_apics[vcpu].TryAcknowledge(out vector))
        {
            Renew(vcpu);
            return false;
        }
        Renew(vcpu);
        return true;
    }

    /// <summary>Looks again at what a CPU has pending, and wakes it when there is something new. With the lock.</summary>
    internal void Renew(int vcpu)
    {
        LocalApic apic = _apics[vcpu];
        VcpuSignals pending = VcpuSignals.None;
        bool external = Pics is { IsInterruptRequested: true } && (apic.IsExternalWanted || (_externalWanted & (1UL << vcpu)) != 0);
        if (external || apic.HasInterrupt)
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

    private void RenewAll()
    {
        for (int i = 0; i < _apics.Length; i++)
        {
            Renew(i);
        }
    }

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
            if (_apics[vcpu].SoftwareEnabled && IsFor(message, vcpu, sender)
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
                _externalWanted |= 1UL << vcpu;
                break;
        }
        Renew(vcpu);
    }

    private InterruptPin Pin(int pin, int? isaInterrupt) =>
        _pins[pin] ??= new InterruptPin(new Input(this, pin, isaInterrupt));

    /// <summary>A pin's level on its way to the controllers.</summary>
    private sealed class Input(InterruptFabric fabric, int pin, int? isaInterrupt) : IInterruptLine
    {
        public void Set(bool high)
        {
            lock (fabric.Lock)
            {
                if (isaInterrupt is { } interrupt)
                {
                    fabric.Pics?.SetInput(interrupt, high);
                }
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

/// <summary>Makes a vCPU look at what its interrupt source has.</summary>
internal interface IVcpuWaker
{
    /// <summary>Any thread, with the interrupt fabric's lock held.</summary>
    void InterruptArrived(int vcpu);
}
