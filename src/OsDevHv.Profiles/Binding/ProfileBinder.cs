using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Binding;

/// <summary>Makes the record of a merged profile and checks it as a whole. The record counts only if no error was reported.</summary>
internal sealed class ProfileBinder
{
    private const ulong RealModeEnd = 0x100000;
    private const ulong ProtectedModeEnd = 0x1_0000_0000;

    private readonly SectionReader _root;
    private readonly ReadContext _context;

    private ProfileBinder(MapNode root, ReadContext context)
    {
        _context = context;
        _root = SectionReader.Open(root, root.Place, "", ProfileKeys.Root, context);
    }

    /// <summary>Makes the record.</summary>
    /// <param name="root">The merged profile.</param>
    /// <param name="defaultName">The machine's name where none is stated.</param>
    /// <param name="context">The reading.</param>
    public static MachineProfile Bind(MapNode root, string defaultName, ReadContext context) =>
        new ProfileBinder(root, context).Bind(defaultName);

    private MachineProfile Bind(string defaultName)
    {
        var name = _root.Get(ProfileKeys.Name);
        var cpu = BindCpu();
        var clock = new ClockProfile(_root.Get(ProfileKeys.Clock).Get(ProfileKeys.StopsWithDebugger).Value);
        var tables = BindTables();
        var memory = _root.Get(ProfileKeys.Memory);
        var boot = BindBoot(memory);
        var before = _context.Diagnostics.Count;
        var devices = DeviceBinder.Bind(_root, _context);
        var devicesAreKnown = _context.Diagnostics.Count == before && !_context.Incomplete;
        var input = BindInput(devices, devicesAreKnown);
        var verdict = BindVerdict(devices, devicesAreKnown);
        var gdb = BindGdb(out var listen);
        var view = BindView(out var viewPlace);
        var distinct = DeviceChecks.Singles(devices, _context);
        DeviceChecks.Ports(distinct, _context);
        DeviceChecks.Memory(distinct, _context);
        DeviceChecks.Readers(devices, _context);
        var servers = new List<(string Owner, string Listen, Place Place)>();
        if (gdb.Listen is not null)
        {
            servers.Add(("the debugger", gdb.Listen, listen));
        }

        if (view.Listen is not null)
        {
            servers.Add(("the page", view.Listen, viewPlace));
        }

        DeviceChecks.Servers(devices, servers, _context);
        var firmwareConfig = _root.Get(ProfileKeys.FirmwareConfig);
        var symbols = _root.Get(ProfileKeys.Debug).Get(ProfileKeys.Symbols);
        DeviceChecks.Files(devices, Inputs(boot, firmwareConfig.Value, symbols.Value), _context);
        if (devicesAreKnown)
        {
            DeviceChecks.FwCfg(devices, firmwareConfig, _context);
        }

        return new MachineProfile
        {
            Name = name.IsSet ? name.Value : defaultName,
            Cpu = cpu,
            Clock = clock,
            Tables = tables,
            MemoryBytes = memory.Value,
            Boot = boot,
            FirmwareConfig = firmwareConfig.Value,
            Devices = [.. devices.Select(device => device.Device)],
            Input = input,
            Verdict = verdict,
            Gdb = gdb,
            View = view,
            Crash = BindCrash(),
            Symbols = symbols is { IsSet: true, IsValid: true } ? symbols.Value : null,
        };
    }

    private static IReadOnlyList<(string What, string Path)> Inputs(BootProfile boot, IReadOnlyList<FirmwareItem> items, string? symbols) =>
    [
        ("the kernel", boot.Kernel),
        .. boot.InitialRamDisk.Select(path => ("the initial RAM disk", path)),
        .. boot.Modules.Select(module => ("a boot module", module.Path)),
        .. items.Where(item => item.Content == FirmwareItemContent.File).Select(item => ("the content of a fw_cfg item", item.Value)),
        .. symbols is { } path ? [("the file with symbols", path)] : Array.Empty<(string, string)>(),
    ];

    private CpuProfile BindCpu()
    {
        var section = _root.Get(ProfileKeys.Cpu);
        var features = section.Get(ProfileKeys.CpuFeatures);
        return new CpuProfile(
            section.Get(ProfileKeys.CpuCount).Value, features.Get(ProfileKeys.X2Apic).Value, features.Get(ProfileKeys.TscDeadline).Value);
    }

    private TablesProfile BindTables()
    {
        var section = _root.Get(ProfileKeys.Tables);
        return new TablesProfile(
            section.Get(ProfileKeys.AcpiTables).Value,
            section.Get(ProfileKeys.MpTables).Value,
            section.Get(ProfileKeys.SmbiosTables).Value);
    }

    private BootProfile BindBoot(Field<ulong> memory)
    {
        var section = _root.Get(ProfileKeys.Boot);
        var kernel = section.Get(ProfileKeys.Kernel);
        if (!kernel.IsSet && section.IsClean && _context is { Use: ProfileUse.Run, Incomplete: false })
        {
            _context.Report(DiagnosticCodes.MissingKey, section.Place, "boot.kernel is missing: there is nothing to boot");
        }

        var protocol = section.Get(ProfileKeys.Protocol);
        var commandLine = section.Get(ProfileKeys.CommandLine);
        var initialRamDisk = section.Get(ProfileKeys.InitialRamDisk);
        var modules = section.Get(ProfileKeys.Modules);
        var flat = section.Get(ProfileKeys.Flat);
        var address = flat.Get(ProfileKeys.FlatAddress);
        var entry = flat.Get(ProfileKeys.FlatEntry);
        var mode = flat.Get(ProfileKeys.Mode);
        if (section.Find(ProfileKeys.Flat) is { } stated && protocol is { IsValid: true, Value: not BootProtocol.Flat })
        {
            _context.Report(
                DiagnosticCodes.FlatOptions,
                stated.Place,
                $"boot.flat is for 'protocol: flat', and the protocol is {ProfileKeys.Protocol.Kind.Format(protocol.Value)}; state that "
                + "protocol, or remove this");
        }
        else if (protocol.Value == BootProtocol.Flat && mode.IsValid && memory.IsValid)
        {
            CheckFlatPlace(address, entry, mode.Value, memory.Value);
        }

        return new BootProfile
        {
            Kernel = kernel.Value ?? "",
            Protocol = protocol.Value,
            CommandLine = commandLine.Value,
            InitialRamDisk = initialRamDisk.Value,
            Modules = modules.Value,
            FlatAddress = address.Value,
            FlatEntry = entry is { IsSet: true, IsValid: true } ? entry.Value : null,
            FlatMode = mode.Value,
        };
    }

    private void CheckFlatPlace(Field<ulong> address, Field<ulong> entry, FlatMode mode, ulong memory)
    {
        var (modeEnd, modeName) = mode switch
        {
            FlatMode.Real => (RealModeEnd, "where real mode can execute"),
            FlatMode.Protected => (ProtectedModeEnd, "where protected mode can execute"),
            _ => (ulong.MaxValue, ""),
        };
        var (end, what) = modeEnd < memory ? (modeEnd, modeName) : (memory, "RAM");
        if (address.IsValid && address.Value >= end)
        {
            _context.Report(
                DiagnosticCodes.FlatPlace, address.Place, $"boot.flat.address 0x{address.Value:x} is past {what}, which ends at 0x{end:x}");
        }
        else if (entry is { IsSet: true, IsValid: true } && address.IsValid && (entry.Value < address.Value || entry.Value >= end))
        {
            _context.Report(
                DiagnosticCodes.FlatPlace,
                entry.Place,
                $"boot.flat.entry 0x{entry.Value:x} is not in the binary: that begins at 0x{address.Value:x}, and {what} ends at "
                + $"0x{end:x}");
        }
    }

    private InputProfile BindInput(IReadOnlyList<BoundDevice> devices, bool devicesAreKnown)
    {
        var keys = _root.Get(ProfileKeys.Input).Get(ProfileKeys.Keystrokes);
        if (devicesAreKnown && keys.Value.Count > 0 && !devices.Any(device => device.Device is KeyboardControllerProfile))
        {
            _context.Report(
                DiagnosticCodes.NoKeyboard,
                keys.Place,
                "keys need a keyboard to be pressed on: add keyboard: { type: keyboard-controller } to devices");
        }

        return new InputProfile { Keys = keys.Value };
    }

    private VerdictProfile BindVerdict(IReadOnlyList<BoundDevice> devices, bool devicesAreKnown)
    {
        var section = _root.Get(ProfileKeys.Verdict);
        var timeout = section.Get(ProfileKeys.Timeout);
        var pass = section.Get(ProfileKeys.Pass).Get(ProfileKeys.PassExit);
        var fail = section.Get(ProfileKeys.Fail).Get(ProfileKeys.FailExit);
        var panic = section.Get(ProfileKeys.Panic);
        foreach (var value in pass.Value.Intersect(fail.Value))
        {
            _context.Report(
                DiagnosticCodes.PassAndFail,
                fail.Place,
                $"the exit value 0x{value:x} means fail here and pass at {pass.Place}; remove it from one");
        }

        var mapped = pass.Value.Count > 0 ? pass : fail;
        if (devicesAreKnown && mapped.Value.Count > 0 && !devices.Any(device => device.Device is DebugExitProfile))
        {
            _context.Report(
                DiagnosticCodes.NoExitDevice,
                mapped.Place,
                "exit values need a device that receives them: add exit: { type: debug-exit } to devices");
        }

        return new VerdictProfile
        {
            Timeout = timeout is { IsSet: true, IsValid: true } ? timeout.Value : null,
            PassValues = pass.Value,
            FailValues = fail.Value,
            Panic = panic.Value,
            OnReset = section.Get(ProfileKeys.OnReset).Value,
        };
    }

    private CrashProfile BindCrash()
    {
        var section = _root.Get(ProfileKeys.Debug);
        var core = section.Get(ProfileKeys.Core);
        return new CrashProfile
        {
            Action = section.Get(ProfileKeys.OnCrash).Value,
            Core = core is { IsSet: true, IsValid: true } ? core.Value : null,
            WatchFaults = section.Get(ProfileKeys.WatchFaults).Value,
        };
    }

    private GdbProfile BindGdb(out Place listenPlace)
    {
        var section = _root.Get(ProfileKeys.Debug).Get(ProfileKeys.Gdb);
        var listen = section.Get(ProfileKeys.Listen);
        var wait = section.Get(ProfileKeys.Wait);
        listenPlace = listen.Place;
        if (wait.Value && !listen.IsSet)
        {
            _context.Report(
                DiagnosticCodes.WaitWithoutListen,
                wait.Place,
                $"nobody could come: debug.gdb.listen is not stated; add listen: {GdbProfile.DefaultListen}, or use --gdb");
        }

        bool awaitsOnCrash = _root.Get(ProfileKeys.Debug).Get(ProfileKeys.OnCrash).Value == CrashAction.Gdb;
        return new GdbProfile
        {
            Listen = listen is { IsSet: true, IsValid: true } ? listen.Value : awaitsOnCrash ? GdbProfile.AnyPort : null,
            Wait = wait.Value,
            Architecture = section.Get(ProfileKeys.Architecture).Value,
            LinearPc = section.Get(ProfileKeys.LinearPc).Value,
        };
    }

    private ViewProfile BindView(out Place listenPlace)
    {
        var listen = _root.Get(ProfileKeys.Debug).Get(ProfileKeys.View).Get(ProfileKeys.ViewListen);
        listenPlace = listen.Place;
        if (listen is not { IsSet: true, IsValid: true })
        {
            return new ViewProfile();
        }

        if (!Endpoint.IsLoopback(listen.Value))
        {
            _context.Report(
                DiagnosticCodes.NotLoopback,
                listen.Place,
                $"debug.view.listen: {listen.Value} is not of this host alone; use 127.0.0.1:PORT, [::1]:PORT or localhost:PORT, and from "
                + "elsewhere a tunnel, such as ssh -L");
        }

        return new ViewProfile { Listen = listen.Value };
    }
}
