
namespace OsDevHv.Profiles;

/// <summary>A machine as declared: the validated, immutable result of reading a profile. Paths are absolute.</summary>
public sealed record MachineProfile
{
    /// <summary>The machine's name; by default the profile's file name without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>Processors.</summary>
    public required CpuProfile Cpu { get; init; }

    /// <summary>The machine's clock.</summary>
    public ClockProfile Clock { get; init; } = new();

    /// <summary>The firmware tables.</summary>
    public TablesProfile Tables { get; init; } = new();

    /// <summary>RAM in bytes: a multiple of 4 KiB, 1 MiB to 1 TiB.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>What the profile adds to the fw_cfg device; names differ.</summary>
    public IReadOnlyList<FirmwareItem> FirmwareConfig { get; init; } = [];

    /// <summary>What is booted.</summary>
    public required BootProfile Boot { get; init; }

    /// <summary>The devices, in the order of their declaration.</summary>
    public required IReadOnlyList<DeviceProfile> Devices { get; init; }

    /// <summary>What is done at the keyboard.</summary>
    public InputProfile Input { get; init; } = new();

    /// <summary>How a run is judged.</summary>
    public required VerdictProfile Verdict { get; init; }

    /// <summary>The debugger.</summary>
    public required GdbProfile Gdb { get; init; }

    /// <summary>What is done when the guest dies.</summary>
    public CrashProfile Crash { get; init; } = new();

    /// <summary>The page for a browser.</summary>
    public ViewProfile View { get; init; } = new();

    /// <summary>The path of the ELF file with the kernel's symbols; null is the kernel's own file.</summary>
    public string? Symbols { get; init; }

    /// <summary>The path of the file that has the kernel's symbols, if any has.</summary>
    public string SymbolFile => Symbols ?? Boot.Kernel;
}

/// <summary>Processors.</summary>
/// <param name="Count">1 to 64.</param>
/// <param name="X2Apic">Whether CPUID offers x2APIC mode.</param>
/// <param name="TscDeadline">Whether CPUID offers the local APIC timer's TSC deadline mode.</param>
public sealed record CpuProfile(int Count, bool X2Apic = true, bool TscDeadline = true);

/// <summary>The clock from which every timer, the real-time clock and the TSC derive.</summary>
/// <param name="StopsWithDebugger">Whether it stands still while a debugger has stopped the machine.</param>
public sealed record ClockProfile(bool StopsWithDebugger = true);

/// <summary>Which tables firmware leaves for the kernel.</summary>
/// <param name="Acpi">ACPI's.</param>
/// <param name="Mp">The MultiProcessor Specification's.</param>
/// <param name="Smbios">SMBIOS.</param>
public sealed record TablesProfile(bool Acpi = true, bool Mp = true, bool Smbios = true);

/// <summary>The boot protocols.</summary>
public enum BootProtocol
{
    /// <summary>Detected from the file.</summary>
    Auto,

    /// <summary>Multiboot 0.6.96.</summary>
    Multiboot1,

    /// <summary>Multiboot2 2.0.</summary>
    Multiboot2,

    /// <summary>The Limine boot protocol, base revisions 0 to 6.</summary>
    Limine,

    /// <summary>An ELF64 executable entered in long mode with an identity map.</summary>
    Elf,

    /// <summary>A flat binary at a stated address in a stated mode.</summary>
    Flat,

    /// <summary>The Linux boot protocol, entered in 64-bit mode where the kernel can be, else in 32-bit mode.</summary>
    Linux,

    /// <summary>The Linux boot protocol, entered in 64-bit mode.</summary>
    Linux64,

    /// <summary>The Linux boot protocol, entered in 32-bit mode.</summary>
    Linux32,

    /// <summary>The PVH boot protocol.</summary>
    Pvh,
}

/// <summary>The mode in which a flat binary is entered.</summary>
public enum FlatMode
{
    /// <summary>16-bit real mode.</summary>
    Real,

    /// <summary>32-bit protected mode, paging off, flat segments.</summary>
    Protected,

    /// <summary>64-bit long mode, identity-mapped.</summary>
    Long,
}

/// <summary>A boot module.</summary>
/// <param name="Path">Its file, absolute.</param>
/// <param name="CommandLine">The string that the kernel is handed with it.</param>
public sealed record BootModule(string Path, string CommandLine);

/// <summary>What is booted, and how.</summary>
public sealed record BootProfile
{
    /// <summary>The kernel's file, absolute; empty only in a profile that was read with <see cref="ProfileUse.Check"/> and states
    /// none.</summary>
    public required string Kernel { get; init; }

    /// <summary>How to boot it.</summary>
    public BootProtocol Protocol { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The files of the initial RAM disk, absolute, of which the kernel sees one after the other; empty is none.</summary>
    public IReadOnlyList<string> InitialRamDisk { get; init; } = [];

    /// <summary>Modules, in the order in which the kernel is told of them.</summary>
    public IReadOnlyList<BootModule> Modules { get; init; } = [];

    /// <summary>For <see cref="BootProtocol.Flat"/>: where the file goes. Guest-physical.</summary>
    public ulong FlatAddress { get; init; } = 0x7c00;

    /// <summary>For <see cref="BootProtocol.Flat"/>: where execution begins; null is <see cref="FlatAddress"/>.</summary>
    public ulong? FlatEntry { get; init; }

    /// <summary>For <see cref="BootProtocol.Flat"/>: the mode at entry.</summary>
    public FlatMode FlatMode { get; init; }
}

/// <summary>A device: a named line of the profile.</summary>
/// <param name="Name">Its name in the profile.</param>
public abstract record DeviceProfile(string Name);

/// <summary>A 16550A UART.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">First of its 8 ports.</param>
/// <param name="Irq">ISA interrupt, 0 to 15.</param>
/// <param name="Connection">Where its line goes.</param>
public sealed record UartProfile(string Name, ushort Port, int Irq, Connection Connection) : DeviceProfile(Name);

/// <summary>The debug console (Bochs' port E9 hack).</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">Its port.</param>
/// <param name="ReadBack">What a read gives: E9h tells the guest that it is there.</param>
/// <param name="Connection">Where its output goes.</param>
public sealed record DebugConsoleProfile(string Name, ushort Port, byte ReadBack, Connection Connection) : DeviceProfile(Name);

/// <summary>QEMU's isa-debug-exit.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">First of its ports.</param>
/// <param name="Size">How many ports it takes: 1, 2 or 4.</param>
public sealed record DebugExitProfile(string Name, ushort Port, int Size) : DeviceProfile(Name);

/// <summary>QEMU's pc-testdev, which kvm-unit-tests use.</summary>
/// <param name="Name">Its name in the profile.</param>
public sealed record PcTestDeviceProfile(string Name) : DeviceProfile(Name);

/// <summary>The POST code port.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">Its port.</param>
public sealed record PostCodeProfile(string Name, ushort Port) : DeviceProfile(Name);

/// <summary>System control port A: fast A20 and fast reset.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">Its port.</param>
public sealed record SystemControlProfile(string Name, ushort Port) : DeviceProfile(Name);

/// <summary>The 8042 with a keyboard.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="HasMouse">Whether a mouse is connected too.</param>
public sealed record KeyboardControllerProfile(string Name, bool HasMouse = true) : DeviceProfile(Name);

/// <summary>ACPI's PM1 control register, of which the sleep command is modelled.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">The port of PM1a_CNT: 604h as on QEMU, B004h as on Bochs and old QEMU.</param>
public sealed record AcpiShutdownProfile(string Name, ushort Port) : DeviceProfile(Name);

/// <summary>The Bochs power-off port: the string "Shutdown", a byte a write.</summary>
/// <param name="Name">Its name in the profile.</param>
/// <param name="Port">Its port.</param>
public sealed record BochsShutdownProfile(string Name, ushort Port) : DeviceProfile(Name);

/// <summary>The kinds of <see cref="Connection"/>.</summary>
public enum ConnectionKind
{
    /// <summary>Output is dropped, there is no input.</summary>
    Null,

    /// <summary>The terminal: output on stdout, input from stdin.</summary>
    Stdio,

    /// <summary>Output goes to a file, emptied first.</summary>
    File,

    /// <summary>A TCP server on HOST:PORT, one client at a time.</summary>
    Tcp,

    /// <summary>A Unix socket server at a path, one client at a time.</summary>
    Unix,

    /// <summary>A new pseudo-terminal, whose name is told on stderr.</summary>
    Pty,
}

/// <summary>Where a line goes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Target">A path, absolute, or HOST:PORT; empty where none is needed.</param>
public sealed record Connection(ConnectionKind Kind, string Target = "")
{
    /// <summary>Nowhere.</summary>
    public static Connection None { get; } = new(ConnectionKind.Null);
}

/// <summary>What the machine does when the guest resets it.</summary>
public enum ResetAction
{
    /// <summary>The run ends; the verdict says that the guest reset.</summary>
    Stop,

    /// <summary>The machine boots again.</summary>
    Reboot,
}

/// <summary>How a run is judged.</summary>
public sealed record VerdictProfile
{
    /// <summary>The run ends after this much time running (stops by the debugger not counted), 1 ms to 500 h; null is never.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>isa-debug-exit values that mean the guest passed.</summary>
    public IReadOnlyList<uint> PassValues { get; init; } = [];

    /// <summary>isa-debug-exit values that mean the guest failed.</summary>
    public IReadOnlyList<uint> FailValues { get; init; } = [];

    /// <summary>
    /// A regular expression (<see cref="GuestPattern"/>); a line of serial or debug-console output that matches is the guest's panic. Null
    /// is none.
    /// </summary>
    public string? Panic { get; init; }

    /// <summary>What a guest's reset does.</summary>
    public ResetAction OnReset { get; init; }
}

/// <summary>The page that shows a machine in a browser.</summary>
public sealed record ViewProfile
{
    /// <summary>The address where none is stated: any free port, on this host only.</summary>
    public const string DefaultListen = "127.0.0.1:0";

    /// <summary>
    /// The address of the server, HOST:PORT with a loopback host (IPv6 in brackets; port 0 is any free one); null is no page.
    /// </summary>
    public string? Listen { get; init; }
}

/// <summary>The register description for gdb.</summary>
public enum GdbArchitecture
{
    /// <summary>x86-64, but i386 for a kernel file of 32-bit code that is not in long mode when the session begins.</summary>
    Auto,

    /// <summary>i8086: for 16-bit code.</summary>
    I8086,

    /// <summary>i386.</summary>
    I386,

    /// <summary>x86-64.</summary>
    X86_64,
}

/// <summary>The debugger.</summary>
public sealed record GdbProfile
{
    /// <summary>The address on which a debugger is awaited where none is stated: what gdb's users type as <c>:1234</c>.</summary>
    public const string DefaultListen = "127.0.0.1:1234";

    /// <summary>The address where a debugger is awaited only when the guest has died, and none is stated: any free port.</summary>
    public const string AnyPort = "127.0.0.1:0";

    /// <summary>The address of the server, HOST:PORT (IPv6 in brackets; port 0 is any free one); null is no server.</summary>
    public string? Listen { get; init; }

    /// <summary>Wait for a debugger before the first instruction.</summary>
    public bool Wait { get; init; }

    /// <summary>The register description.</summary>
    public GdbArchitecture Architecture { get; init; }

    /// <summary>gdb is shown the linear address of the next instruction as its PC, rather than the offset in CS.</summary>
    public bool LinearPc { get; init; } = true;
}
