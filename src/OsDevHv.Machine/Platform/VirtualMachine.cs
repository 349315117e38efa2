using System.Runtime.Intrinsics.X86;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Input;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Memory;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Machine.Time;
using OsDevHv.Profiles;

namespace OsDevHv.Machine;

/// <summary>
/// A machine as its profile declares it: created stopped before its first instruction, run once to a verdict, then disposed.
/// </summary>
/// <remarks>Any thread may call any member; <see cref="RunAsync"/> once, and once more after each <see cref="Rewind"/>.</remarks>
public sealed partial class VirtualMachine : IDisposable
{
    // A reader that does not keep up must not keep the debugger waiting.
    private static readonly TimeSpan s_outputPatience = TimeSpan.FromMilliseconds(100);

    private readonly MachineProfile _profile;
    private string? _commandLine;
    private readonly MachineOptions _options;
    private readonly MemoryMap _map;
    private readonly GuestRam _ram;
    private readonly GuestPhysicalMemory _memory;
    private readonly KvmEngine _engine;
    private readonly PortBus _ports;
    private readonly MmioBus _mmio;
    private readonly ConsoleSet _consoles;
    private readonly FirmwareTables _firmware;
    private readonly MachineTimers _timers;
    private readonly InterruptFabric _fabric;
    private readonly DeviceBoard _board;
    private readonly BootScreen _bootScreen;
    private readonly ExecutionController _controller;
    private readonly MachineDebugTarget _target;
    private readonly Lazy<EngineTraits> _traits = new(() => KvmEngineTraits.From(HostProbe.Run()));
    private readonly MachineClock? _clock;
    private readonly DateTime? _clockDate;
    private readonly Lazy<DebuggerLines> _debuggerLines;
    private BootedImage _image;
    private volatile KernelNames _names;

    private VirtualMachine(MachineProfile profile, MachineOptions options, Resources resources)
    {
        _profile = profile;
        TimeLimit = profile.Verdict.Timeout;
        _names = KernelNames.Of(profile, options.StartFrom?.Symbols);
        _options = options;
        Checkpoints = resources.Keep(new Checkpoints());
        FrameLayout? framebuffer = LinearFramebuffer.Of(profile);
        _map = new MemoryMap(profile.MemoryBytes, framebuffer is { } frame ? LinearFramebuffer.MemoryOf(frame) : null);
        _ram = resources.Keep(new GuestRam(_map.BackingBytes));
        _memory = new GuestPhysicalMemory(_map, _ram);
        // The guest's processor has the family, model and stepping of the host's.
        (int signature, _, _, int cpuFeatures) = X86Base.CpuId(1, 0);
        _firmware = FirmwareTables.Build(
            FirmwareMachine.Of(profile, _map) with { CpuSignature = (uint)signature, CpuFeatures = (uint)cpuFeatures });
        _bootScreen = new BootScreen(framebuffer, profile.Devices.Any(static device => device is VgaTextProfile));
        _clockDate = ClockDate(profile);
        // Before KVM is asked for: a kernel that cannot be booted is said to be so even where there is none.
        _image = options.StartFrom?.Image ?? Load();
        _debuggerLines = new(() => new DebuggerLines(_fabric!));
        FwCfgItems firmwareItems = FirmwareConfiguration.Build(profile, _map, _firmware, options.Messages, options.TestArguments);
        var features = new CpuFeatures(profile.Cpu.Count, profile.Cpu.X2Apic, profile.Cpu.TscDeadline);
        _engine = resources.Keep(new KvmEngine(_ram, features));
        _engine.SetMemoryLayout(_map.Backing);
        Trace = new TraceSwitches(options.Trace);
        var observer = new UnclaimedTrace(options.Messages, Trace);
        _ports = new PortBus(observer.ForPorts);
        _mmio = new MmioBus(observer.ForMemory);
        _consoles = resources.Keep(new ConsoleSet(new ConsoleOptions
        {
            Messages = options.Messages,
            KeepsOutput = options.Viewable,
            ReadsStandardInput = options.ReadsStandardInput,
            PanicPattern = profile.Verdict.Panic,
            Capture = options.Capture,
            OnPanic = Panicked,
            PointPattern = options.SnapshotAt is { Kind: SnapshotPointKind.Serial, Text: var pattern } ? pattern : null,
            OnPoint = _ => ReachPoint(),
            OnQuit = () => _controller!.End(StoppedBy("Ctrl-A x")),
        }));
        var power = new GuestPower(profile.Verdict);
        var clock = new MachineClock { StopsWithMachine = profile.Clock.StopsWithDebugger };
        _clock = clock;
        _timers = resources.Keep(new MachineTimers(clock));
        var errors = new GuestErrorTrace(options.Messages, Trace);
        _fabric = new InterruptFabric(features, _timers, errors);
        var buses = new MachineBuses(_ports, _mmio, _memory, _fabric, power);
        _board = DeviceBoard.Build(profile.Devices, new BoardParts(
            _ports, _mmio, _fabric, _timers, power, _consoles, _map, _memory, firmwareItems, errors)
        {
            KernelIsReady = options.SnapshotAt is { Kind: SnapshotPointKind.Ready } ? ReachPoint : null,
        });
        buses.SetConsoles(_board.Consoles);
        _board.Input.Plan(profile.Input.Keys);
        Screen = new Screen(_board.Screens, _memory);
        Screenshots = new Screenshots(Screen, options.Messages);
        View = new MachineView(this);
        IVcpu[] vcpus = [.. Enumerable.Range(0, profile.Cpu.Count).Select(_engine.CreateVcpu)];
        buses.SetTimers(_timers);
        buses.CollectWrites(_engine, _board.WriteOnlyPorts);
        _controller = resources.Keep(new ExecutionController(vcpus, buses, [.. _fabric.Sources], clock)
        {
            GuestMemory = _memory,
            HoldsDead = profile.Crash.Action == CrashAction.Gdb,
        });
        KeepRegisters(profile.Crash.WatchFaults);
        _fabric.Connect(_controller, vcpus[0].TscKilohertz);
        _timers.Start();
        power.Connect(_controller, RebootOrEnd);
        foreach (HostConsole console in _board.Consoles.Distinct())
        {
            console.OnRoom(_controller.Wake);
        }
        _target = new MachineDebugTarget(_controller, new DebugTargetParts(
            _memory,
            [.. _map.Backing.ToArray().Select(mapping => new Gdb.MemoryRange(mapping.GuestAddress, mapping.Length, IsRam: true))],
            Architecture,
            () => _traits.Value,
            pages => _engine.SetMemoryLayout(ReadOnlyPages.Apply(_map.Backing, pages)),
            (command, vcpu) => new MonitorCommands(this).RunAsync(command, vcpu),
            options.Messages.WriteLine,
            Restart)
        {
            Features = Debug.XstateImage.Features(vcpus[0].Xstate),
            Apics = _fabric.Sources,
            LinearPc = profile.Gdb.LinearPc,
            FindKernel = read => Kernel.Find(_image, profile.Cpu.Count, read),
            SettleOutput = () => _consoles.Settle(s_outputPatience),
            SetCatches = new CaughtAccesses(_engine, _board.WriteOnlyPorts, options.Messages.WriteLine).Set,
        });
    }

    /// <summary>The machine as a debugger sees it.</summary>
    public IDebugTarget DebugTarget => _target;

    /// <summary>The profile.</summary>
    public MachineProfile Profile => _profile;

    /// <summary>The time running after which a run is ended, the profile's at first; null is none. Set it before a run.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>The hands at its keyboard and mouse.</summary>
    public InputDevices Input => _board.Input;

    /// <summary>The machine as one sees it who sits before it.</summary>
    public IMachineView View { get; }

    /// <summary>Accesses to ports that no device answered, with counts.</summary>
    public IReadOnlyList<UnclaimedAccess> UnclaimedPorts => _ports.Unclaimed.Snapshot();

    /// <summary>Accesses to memory that is neither RAM nor a device's, with counts.</summary>
    public IReadOnlyList<UnclaimedAccess> UnclaimedMemory => _mmio.Unclaimed.Snapshot();

    /// <summary>How long the machine has been running, stops excluded. Any thread.</summary>
    public TimeSpan RunningTime => _controller.RunningTime;

    /// <summary>How often guest code was left so far, on all vCPUs. Any thread.</summary>
    public long Exits => (long)_controller.Vcpus.Aggregate(0UL, static (sum, vcpu) => sum + vcpu.LastExits.Count);

    /// <summary>What this host's engine can do for a debugger; measured at the first call.</summary>
    internal EngineTraits Traits => _traits.Value;

    internal InterruptFabric Fabric => _fabric;

    internal IGuestMemory Memory => _memory;

    /// <summary>Names for the addresses of the kernel as it is loaded now.</summary>
    internal ElfSymbols Symbols => _names.Symbols.At(_target.FindKernel()?.Bias ?? _image.SymbolBias);

    /// <summary>What is traced.</summary>
    internal TraceSwitches Trace { get; }

    /// <summary>The buses, for a list of what is on them.</summary>
    internal (PortBus Ports, MmioBus Memory) Buses => (_ports, _mmio);

    /// <summary>What drives interrupt lines for the debugger.</summary>
    internal DebuggerLines DebuggerLines => _debuggerLines.Value;

    internal DeviceBoard Board => _board;

    /// <summary>What is shown.</summary>
    internal Screen Screen { get; }

    internal Screenshots Screenshots { get; }

    /// <summary>Where the kernel's symbols are.</summary>
    internal KernelLocator Kernel => _names.Locator;

    /// <summary>What was booted last.</summary>
    internal BootedImage Image => _image;

    internal Chipset Chipset => _board.Chipset;

    internal ExecutionController Controller => _controller;

    internal MachineDebugTarget Target => _target;

    /// <summary>
    /// Loads the kernel and builds the machine, stopped before its first instruction; or where the options' snapshot was taken.
    /// </summary>
    /// <exception cref="SnapshotException">The options' snapshot is of another machine.</exception>
    /// <exception cref="BootException">The kernel or a module cannot be booted.</exception>
    /// <exception cref="KvmException">KVM is missing, forbidden or refuses.</exception>
    /// <exception cref="ConsoleException">A connection cannot be had.</exception>
    /// <exception cref="InsufficientMemoryException">The host refuses the RAM.</exception>
    public static VirtualMachine Create(MachineProfile profile, MachineOptions options)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(options);
        var resources = new Resources();
        try
        {
            var machine = new VirtualMachine(profile, options, resources) { Owned = resources };
            machine._controller.StartAsync().GetAwaiter().GetResult();
            if (options.StartFrom is not { } snapshot)
            {
                machine.EnterImage();
            }
            else
            {
                machine.Rewind(snapshot);
            }
            return machine;
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    private Resources? Owned { get; init; }

    /// <summary>Runs to the verdict. Once, and again after each <see cref="Rewind"/>.</summary>
    /// <param name="waitForDebugger">Stay stopped before the first instruction until a debugger resumes.</param>
    /// <param name="stop">The user ends the run.</param>
    public async Task<Verdict> RunAsync(bool waitForDebugger, CancellationToken stop)
    {
        await using var watchdog = new Watchdog(_controller, TimeLimit, _options.Debuggable, _options.Messages.WriteLine);
        CancellationTokenRegistration registration = stop.Register(() => _controller.End(StoppedBy("the user")));
        await using (registration.ConfigureAwait(false))
        {
            var postmortem = new Postmortem(this, _options.Messages);
            _ = TellWhenHeldAsync(postmortem);
            Screenshots.Start(_options.Screenshots, () => _controller.RunningTime);
            if (!waitForDebugger)
            {
                _controller.ResumeUnlessDebugged();
            }
            Verdict verdict = await _controller.Completion.ConfigureAwait(false);
            return await ConcludeAsync(verdict, postmortem, stop).ConfigureAwait(false);
        }
    }

    private async Task<Verdict> ConcludeAsync(Verdict verdict, Postmortem postmortem, CancellationToken stop)
    {
        _consoles.Drain(stop);
        TraceUnclaimed();
        // What was printed before the end counts, even if the end came first to our ears.
        verdict = _consoles.PanicLine is { } line ? PanicVerdict(line) : verdict;
        await Screenshots.FinishAsync(_options.Screenshots, verdict.Kind).ConfigureAwait(false);
        return postmortem.Examine(verdict);
    }

    /// <summary>Writes what the screen shows to a PNG file, over one that is there, and says so; or says why it cannot.</summary>
    public void TakeScreenshot(string file) => Screenshots.TakeAndTell(file);

    /// <summary>Boots the machine again from its files. With every vCPU parked.</summary>
    /// <exception cref="BootException">A file changed and cannot be booted any more.</exception>
    private void Reboot()
    {
        _board.Reset();
        _fabric.Reset();
        _image = Load();
        LeaveCopy();
        EnterImage();
    }

    /// <summary>What is booted is the file as it is now, whatever a snapshot has kept of an older one.</summary>
    private void LeaveCopy()
    {
        if (_names.Copy is not null)
        {
            _names = KernelNames.Of(_profile, copy: null);
            _options.Messages.WriteLine($"snapshot: the machine was reset and has booted {_profile.Boot.Kernel} as it is now");
        }
    }

    private void PowerCycle()
    {
        _ram.Clear();
        Reboot();
    }

    /// <summary>AMD's processors lose a vCPU's registers in a triple fault (and Hygon's, which are theirs).</summary>
    private void KeepRegisters(FaultWatch wanted)
    {
        (_, int first, int third, int second) = X86Base.CpuId(0, 0);
        bool loses = (first, second, third) is (0x6874_7541, 0x6974_6e65, 0x444d_4163) or (0x6f67_7948, 0x6e65_476e, 0x656e_6975);
        foreach (VcpuThread vcpu in _controller.Vcpus)
        {
            vcpu.Replay = wanted == FaultWatch.On || (wanted == FaultWatch.Auto && loses) ? new FaultReplay(_memory) : null;
        }
    }

    private async Task TellWhenHeldAsync(Postmortem postmortem)
    {
        Verdict verdict = await _controller.Held.ConfigureAwait(false);
        postmortem.Report(verdict);
        _options.OnHeld?.Invoke(verdict);
    }

    /// <summary>
    /// Switches the stopped machine off and on: RAM is empty then, other than after a reset that the guest has asked for, which leaves what
    /// the loader does not write as it is. Returns why it cannot be booted again, or null.
    /// </summary>
    private string? Restart(string? commandLine)
    {
        _commandLine = commandLine ?? _commandLine;
        try
        {
            _controller.Service(PowerCycle);
            return null;
        }
        catch (Exception failure) when (failure is BootException or InsufficientMemoryException)
        {
            return $"cannot boot again: {failure.Message}";
        }
    }

    private void RebootOrEnd()
    {
        try
        {
            Reboot();
        }
        catch (BootException failure)
        {
            _controller.End(new Verdict(VerdictKind.MachineError, $"cannot boot again: {failure.Message}", ExitCodes.BadImage));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Owned?.Dispose();

    /// <summary>
    /// A file of 32-bit code is debugged with 32-bit registers, because its debug information numbers those; all else, and what has gone on
    /// to long mode, with the wide ones, which show every mode.
    /// </summary>
    private TargetArchitecture Architecture() => _profile.Gdb.Architecture switch
    {
        GdbArchitecture.I8086 => TargetArchitecture.I8086,
        GdbArchitecture.I386 => TargetArchitecture.I386,
        GdbArchitecture.X86_64 => TargetArchitecture.X86_64,
        _ => IsInLongMode() ? TargetArchitecture.X86_64 : (_profile.Symbols is null ? null : Kernel.Architecture) ?? _image.Architecture,
    };

    private bool IsInLongMode() =>
        _controller.IsStopped && (_controller.Vcpus[0].Snapshot.System.Efer & Engine.ControlBits.EferLma) != 0;

    private BootedImage Load() => Bootloader.Load(_profile.Boot with { CommandLine = _commandLine ?? _profile.Boot.CommandLine }, _map, _memory, _firmware, new BootMachine
    {
        CpuCount = _profile.Cpu.Count,
        HasX2Apic = _profile.Cpu.X2Apic,
        Screen = _bootScreen,
        HasFiveLevelPaging = KvmEngine.HasFiveLevelPaging,
        Date = _clockDate?.AddTicks((_clock?.Now ?? 0) / (long)TimeSpan.NanosecondsPerTick),
    });

    /// <summary>What the real-time clock shows when the machine is switched on; null where there is none.</summary>
    private static DateTime? ClockDate(MachineProfile profile) => profile.Devices.OfType<RtcProfile>().FirstOrDefault()?.Base switch
    {
        null => null,
        { Kind: RtcBaseKind.Instant } stated => stated.Instant.UtcDateTime,
        { Kind: RtcBaseKind.LocalTime } => DateTime.Now,
        _ => DateTime.UtcNow,
    };

    private void EnterImage()
    {
        if (_image.Interrupts is { } interrupts)
        {
            _fabric.Apply(interrupts);
        }
        foreach (VcpuThread vcpu in _controller.Vcpus)
        {
            vcpu.Execute(cpu =>
            {
                cpu.ResetState();
                if (vcpu.Index == 0)
                {
                    _image.TscFrequency?.Give(_memory, cpu.TscKilohertz);
                    Enter(cpu, _image.General, _image.System);
                    vcpu.Restart(waitsForSipi: false);
                }
                else if (vcpu.Index <= _image.OtherProcessors.Count)
                {
                    ParkedProcessor parked = _image.OtherProcessors[vcpu.Index - 1];
                    Enter(cpu, parked.General, parked.System);
                    vcpu.Restart(waitsForSipi: false, () => IsReleased(parked.ReleaseAddress));
                }
                else
                {
                    vcpu.Restart(waitsForSipi: true);
                }
            });
        }
    }

    private void Enter(IVcpu cpu, in GeneralRegisters general, in SystemRegisters system)
    {
        const uint pageAttributeTable = 0x277;
        if (!cpu.TrySetSystem(system)
            || (_image.PageAttributes is { } attributes && !cpu.TrySetMsr(pageAttributeTable, attributes)))
        {
            throw new KvmException($"KVM refuses the state in which {_image.Protocol} enters a kernel.");
        }
        cpu.SetGeneral(general);
    }

    private bool IsReleased(ulong address)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        return _memory.TryRead(address, word) && word.ContainsAnyExcept((byte)0);
    }

    private void Panicked(string line)
    {
        Verdict verdict = PanicVerdict(line);
        _controller.RequestStop(new StopRequest(new StopEvent(StopKind.Crashed, 0, GdbSignal.Abort, Message: $"panic: {line}"), verdict));
    }

    private static Verdict PanicVerdict(string detail) => new(VerdictKind.Panicked, detail, ExitCodes.Panicked);

    private static Verdict StoppedBy(string who) => new(VerdictKind.Stopped, $"by {who}", ExitCodes.Stopped);

    private void TraceUnclaimed()
    {
        if (Trace.IsOn(TraceCategories.Unclaimed))
        {
            UnclaimedTrace.WriteSummary(_options.Messages, UnclaimedPorts, UnclaimedMemory);
        }
    }

    /// <summary>What was created so far, in order, so that it can be let go in reverse.</summary>
    private sealed class Resources : IDisposable
    {
        private readonly Stack<IDisposable> _held = new();

        public T Keep<T>(T resource) where T : IDisposable
        {
            _held.Push(resource);
            return resource;
        }

        public void Dispose()
        {
            while (_held.TryPop(out IDisposable? resource))
            {
                resource.Dispose();
            }
        }
    }
}
