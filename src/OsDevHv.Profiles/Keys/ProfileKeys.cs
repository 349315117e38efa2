namespace OsDevHv.Profiles.Keys;

/// <summary>Every key of a profile but the devices' own. The reader, the printed profile, the JSON Schema and the reference follow this
/// table.</summary>
internal static class ProfileKeys
{
    private const ulong MiB = 1024 * 1024;
    private const ulong TiB = MiB * MiB;

    private static readonly IntegerKind<ulong> s_address = new(0, TiB - 1, hexadecimal: true);
    private static readonly ListKind<uint> s_exitValues = new(
        new IntegerKind<uint>(0, uint.MaxValue, hexadecimal: true), allowSingle: true);

    private static readonly SwitchKind s_switch = new();

    public static readonly Key<IReadOnlyList<string>> Extends = Key<IReadOnlyList<string>>.Optional(
        "extends",
        new ListKind<string>(new TextKind(4096, oneLine: true), allowSingle: true),
        "The profile or profiles that this one changes: files beside it, or shipped ones such as pc.yaml. Maps merge, everything else "
        + "replaces, null un-sets.");

    public static readonly Key<string> Name = Key<string>.Optional(
        "name", new TextKind(100, oneLine: true), "The machine's name in messages and reports; by default the file's, without its "
        + "extension.");

    public static readonly Key<int> CpuCount = Key<int>.WithDefault(
        "count", new IntegerKind<int>(1, 64), 1, "How many processors there are. All but the first wait for INIT and SIPI.");

    public static readonly Key<bool> X2Apic = Key<bool>.WithDefault(
        "x2apic", s_switch, true, "x2APIC mode: the local APIC's registers as MSRs.");

    public static readonly Key<bool> TscDeadline = Key<bool>.WithDefault(
        "tsc-deadline", s_switch, true, "The TSC deadline mode of the local APIC's timer.");

    public static readonly SectionKey CpuFeatures = new("features", [X2Apic, TscDeadline], "What CPUID offers.");

    public static readonly SectionKey Cpu = new("cpu", [CpuCount, CpuFeatures], "The processors.");

    public static readonly Key<bool> StopsWithDebugger = Key<bool>.WithDefault(
        "stops-with-debugger", new BooleanKind(), true, "Whether it stands still while a debugger has stopped the machine.");

    public static readonly SectionKey Clock = new(
        "clock", [StopsWithDebugger], "The machine's clock, from which every timer, the real-time clock and the TSC derive.");

    public static readonly Key<bool> AcpiTables = Key<bool>.WithDefault("acpi", s_switch, true, "ACPI, from the RSDP on.");

    public static readonly Key<bool> MpTables = Key<bool>.WithDefault("mp", s_switch, true, "The MultiProcessor Specification's.");

    public static readonly Key<bool> SmbiosTables = Key<bool>.WithDefault("smbios", s_switch, true, "SMBIOS 3.");

    public static readonly SectionKey Tables = new(
        "tables", [AcpiTables, MpTables, SmbiosTables], "The tables that a kernel finds in the BIOS area.");

    public static readonly Key<ulong> Memory = Key<ulong>.WithDefault(
        "memory", new SizeKind(MiB, TiB, 4096), 128 * MiB, "RAM: a size such as 64M or 2G, a multiple of 4 KiB.");

    public static readonly Key<string> Kernel = Key<string>.Optional(
        "kernel", new PathKind(isInput: true), "The kernel's file. A profile that is run has one; a base for others need not.");

    public static readonly Key<BootProtocol> Protocol = Key<BootProtocol>.WithDefault(
        "protocol",
        new ChoiceKind<BootProtocol>(
            ("auto", BootProtocol.Auto),
            ("multiboot1", BootProtocol.Multiboot1),
            ("multiboot2", BootProtocol.Multiboot2),
            ("limine", BootProtocol.Limine),
            ("elf", BootProtocol.Elf),
            ("flat", BootProtocol.Flat),
            ("linux", BootProtocol.Linux),
            ("linux64", BootProtocol.Linux64),
            ("linux32", BootProtocol.Linux32),
            ("pvh", BootProtocol.Pvh)),
        BootProtocol.Auto,
        "How the kernel is booted. auto looks for a Multiboot2 header, then a Multiboot one, then that of a Linux bzImage, then in an ELF "
        + "executable for requests of the Limine boot protocol and PVH's note, then takes any ELF64 executable; elf enters that in long "
        + "mode, identity-mapped; flat is a bare binary, placed by the map flat. linux enters a bzImage or a vmlinux in 64-bit mode where "
        + "it can be, else in 32-bit mode; linux64 and linux32 say which.");

    public static readonly Key<string> CommandLine = Key<string>.WithDefault(
        "cmdline", new TextKind(65536, oneLine: false), "", "The kernel's command line.");

    public static readonly Key<IReadOnlyList<string>> InitialRamDisk = Key<IReadOnlyList<string>>.WithDefault(
        "initrd",
        new ListKind<string>(new PathKind(isInput: true), allowSingle: true),
        [],
        "The initial RAM disk of a Linux or PVH kernel: a file, or several that are handed over as one, each at a multiple of 4 bytes.");

    public static readonly Key<string> ModulePath = Key<string>.Required("path", new PathKind(isInput: true), "The module's file.");

    public static readonly Key<string> ModuleCommandLine = Key<string>.WithDefault(
        "cmdline", new TextKind(65536, oneLine: false), "", "The string that the kernel is handed with the module.");

    /// <summary>The keys of a module.</summary>
    public static readonly IReadOnlyList<Key> Module = [ModulePath, ModuleCommandLine];

    public static readonly Key<IReadOnlyList<BootModule>> Modules = Key<IReadOnlyList<BootModule>>.WithDefault(
        "modules", new ListKind<BootModule>(new ModuleKind(), allowSingle: false), [], "Boot modules, in the order in which the kernel "
        + "is told of them.");

    public static readonly Key<ulong> FlatAddress = Key<ulong>.WithDefault(
        "address", s_address, 0x7c00, "Where the file goes, guest-physical. 0x7c00 is where a BIOS puts a boot sector.");

    public static readonly Key<ulong> FlatEntry = Key<ulong>.Optional(
        "entry", s_address, "Where execution begins; by default at the address.");

    public static readonly Key<FlatMode> Mode = Key<FlatMode>.WithDefault(
        "mode",
        new ChoiceKind<FlatMode>(("real", FlatMode.Real), ("protected", FlatMode.Protected), ("long", FlatMode.Long)),
        FlatMode.Real,
        "The processor's mode at entry: 16-bit real, 32-bit protected without paging, or 64-bit long, identity-mapped.");

    public static readonly SectionKey Flat = new(
        "flat", [FlatAddress, FlatEntry, Mode], "Where a flat binary goes; for 'protocol: flat' alone.");

    public static readonly SectionKey Boot = new(
        "boot", [Kernel, Protocol, CommandLine, InitialRamDisk, Modules, Flat], "What is booted, and how.");

    public static readonly DevicesKey Devices = new(
        "devices", "The devices by name. A device of a profile that this one extends is changed by stating some of its keys, and removed "
        + "by null.");

    public static readonly Key<IReadOnlyList<FirmwareItem>> FirmwareConfig = Key<IReadOnlyList<FirmwareItem>>.WithDefault(
        "firmware-config", new FirmwareConfigKind(), [], "Items that the fw_cfg device has beside the machine's own, by name; as QEMU's "
        + "-fw_cfg. Names of yours begin with opt/, best followed by a domain of yours: opt/org.example/seed.");

    public static readonly Key<TimeSpan> KeysAt = Key<TimeSpan>.Optional(
        "at",
        new DurationKind(TimeSpan.FromMilliseconds(1), DurationText.Longest),
        "When, in machine time since power-on, such as 1500ms; by default at once.");

    public static readonly Key<string> SendKeys = Key<string>.Optional(
        "send", new ChordsKind(), "Keys by name, joined by '-' where they are pressed together and by spaces where one after the other: "
        + "ctrl-alt-delete, down down ret. The names are those of QEMU's sendkey.");

    public static readonly Key<string> TypeText = Key<string>.Optional(
        "type", new TypedTextKind(), "Text, typed on the US layout; in double quotes \\n is Return.");

    public static readonly Key<TimeSpan> HoldKeys = Key<TimeSpan>.Optional(
        "hold",
        new DurationKind(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
        "How long each is held; by default 100ms for send, 20ms for type. From 500ms on a key repeats.");

    /// <summary>The keys of an item of what is typed.</summary>
    public static readonly IReadOnlyList<Key> KeyInput = [KeysAt, SendKeys, TypeText, HoldKeys];

    public static readonly Key<IReadOnlyList<KeyInput>> Keystrokes = Key<IReadOnlyList<KeyInput>>.WithDefault(
        "keys", new ListKind<KeyInput>(new KeyInputKind(), allowSingle: false), [], "Keys that are pressed by themselves, once; each waits "
        + "until the guest has read the one before, so that none is lost.");

    public static readonly SectionKey Input = new("input", [Keystrokes], "What is done at the keyboard.");

    public static readonly Key<TimeSpan> Timeout = Key<TimeSpan>.Optional(
        "timeout",
        new DurationKind(TimeSpan.FromMilliseconds(1), DurationText.Longest),
        "The run ends after this much time running, such as 30s; time stopped in the debugger does not count. By default never.");

    public static readonly Key<IReadOnlyList<uint>> PassExit = Key<IReadOnlyList<uint>>.WithDefault(
        "exit", s_exitValues, [], "Values written to the debug-exit device that mean the guest passed.");

    public static readonly SectionKey Pass = new("pass", [PassExit], "How the guest says that it passed.");

    public static readonly Key<IReadOnlyList<uint>> FailExit = Key<IReadOnlyList<uint>>.WithDefault(
        "exit", s_exitValues, [], "Values written to the debug-exit device that mean the guest failed.");

    public static readonly SectionKey Fail = new("fail", [FailExit], "How the guest says that it failed.");

    public static readonly Key<string> Panic = Key<string>.Optional(
        "panic",
        new PatternKind(),
        "A regular expression; a line of serial or debug-console output that it matches is the guest's panic. "
        + ".NET's syntax without back references and look-around.");

    public static readonly Key<ResetAction> OnReset = Key<ResetAction>.WithDefault(
        "on-reset",
        new ChoiceKind<ResetAction>(("stop", ResetAction.Stop), ("reboot", ResetAction.Reboot)),
        ResetAction.Stop,
        "What a reset by the guest does: end the run, or boot again. RAM stays as it is then but for what the loader writes, as in a PC; "
        + "gdb's and monitor's reset switch the machine off and on, and RAM is empty.");

    public static readonly SectionKey Verdict = new("verdict", [Timeout, Pass, Fail, Panic, OnReset], "How a run is judged.");

    public static readonly Key<string> Listen = Key<string>.Optional(
        "listen",
        new EndpointKind(),
        $"The debugger's address, such as {GdbProfile.DefaultListen}; without a host it is the loopback one, and port 0 is any free one. "
        + "By default there is no server.");

    public static readonly Key<bool> Wait = Key<bool>.WithDefault(
        "wait", new BooleanKind(), false, "Whether the first instruction waits for a debugger.");

    public static readonly Key<GdbArchitecture> Architecture = Key<GdbArchitecture>.WithDefault(
        "architecture",
        new ChoiceKind<GdbArchitecture>(
            ("auto", GdbArchitecture.Auto),
            ("i8086", GdbArchitecture.I8086),
            ("i386", GdbArchitecture.I386),
            ("x86-64", GdbArchitecture.X86_64)),
        GdbArchitecture.Auto,
        "The registers that gdb is told of, for a whole session, and so how it disassembles. x86-64 shows every mode's registers whole; "
        + "auto is x86-64, but i386 for a 32-bit ELF kernel that is not in long mode when gdb connects, because its debug information "
        + "numbers those registers; i8086 is for boot sectors and other 16-bit code.");

    public static readonly Key<bool> LinearPc = Key<bool>.WithDefault(
        "linear-pc",
        new BooleanKind(),
        true,
        "Whether gdb's $pc is the linear address of the next instruction, with the base of CS added, so that x/i $pc, breakpoints and steps "
        + "work in real mode; $ip is always the offset in CS. If false, $pc is that offset too.");

    public static readonly SectionKey Gdb = new("gdb", [Listen, Wait, Architecture, LinearPc], "The server for gdb.");

    public static readonly Key<string> ViewListen = Key<string>.Optional(
        "listen",
        new EndpointKind(),
        "The page's address, on this host only, such as 127.0.0.1:8080; without a host it is 127.0.0.1, and port 0 is any free one. "
        + "By default there is no page.");

    public static readonly SectionKey View = new(
        "view", [ViewListen], "The page that shows the screen, the first serial port and the processors in a browser.");

    public static readonly Key<CrashAction> OnCrash = Key<CrashAction>.WithDefault(
        "on-crash",
        new ChoiceKind<CrashAction>(("report", CrashAction.Report), ("gdb", CrashAction.Gdb), ("core", CrashAction.Core)),
        CrashAction.Report,
        "What is done when the guest dies (triple fault, halt for good, time limit, panic, machine error) and no debugger is there. There "
        + "is a report always; gdb keeps the machine as it is until a debugger comes, core writes a core file.");

    public static readonly Key<string> Core = Key<string>.Optional(
        "core", new PathKind(isInput: false), "The core file of on-crash: core. By default the machine's name and .core, in the current directory.");

    public static readonly Key<FaultWatch> WatchFaults = Key<FaultWatch>.WithDefault(
        "watch-faults",
        new ChoiceKind<FaultWatch>(("auto", FaultWatch.Auto), ("on", FaultWatch.On), ("off", FaultWatch.Off)),
        FaultWatch.Auto,
        "Whether registers are kept each time a processor enters the guest, so that a triple fault can be explained where the host loses "
        + "them in it, as AMD processors do; auto is on for those. It makes an exit cost about a fifth more.");

    public static readonly Key<string> Symbols = Key<string>.Optional(
        "symbols",
        new PathKind(isInput: true),
        "The ELF file with the kernel's symbols, such as a vmlinux, for debuggers and crash reports; by default the kernel's own file.");

    public static readonly SectionKey Debug = new(
        "debug", [Gdb, View, Symbols, OnCrash, Core, WatchFaults], "Debuggers, who looks on, and what is done when the guest dies.");

    /// <summary>The keys of a profile.</summary>
    public static readonly IReadOnlyList<Key> Root =
        [Extends, Name, Cpu, Memory, Clock, Boot, Devices, Input, Tables, FirmwareConfig, Verdict, Debug];
}
