using System.Diagnostics;

namespace OsDevHv.Benchmarks;

/// <summary>A program that runs kernels: ours or QEMU. Both get 128 MiB of RAM, COM1 on stdout, isa-debug-exit at F4h.</summary>
internal sealed class Contender
{
    /// <summary>Guest RAM in bytes.</summary>
    public const long RamBytes = 128 << 20;

    private readonly string _program;
    private readonly string[] _common;
    private readonly Func<string, string, int?, string[]> _arguments;
    private readonly Func<int, string[]> _processors;
    private readonly Func<string, string, string[]> _linux;

    private Contender(
        string name,
        string program,
        string[] common,
        Func<string, string, int?, string[]> arguments,
        Func<int, string[]> processors,
        Func<string, string, string[]> linux)
    {
        Name = name;
        _program = program;
        _common = common;
        _arguments = arguments;
        _processors = processors;
        _linux = linux;
    }

    public string Name { get; }

    /// <summary>The program's path.</summary>
    public string Program => _program;

    /// <summary>Its gdb server describes the registers of long mode to a debugger, even of a 32-bit kernel.</summary>
    public bool DescribesLongMode => Name == "QEMU";

    /// <summary>Ours first, then QEMU.</summary>
    /// <exception cref="BenchException">One of them is not there.</exception>
    public static IReadOnlyList<Contender> All()
    {
        string ours = Path.Combine(Repository.Root, "artifacts", "osdevhv");
        return
        [
            new Contender(
                "OsDevHv",
                File.Exists(ours) ? ours : throw new BenchException($"{ours} is missing: make build"),
                ["run", "--set", "memory=128M"],
                static (kernel, line, gdbPort) =>
                    [kernel, "--cmdline", line, .. gdbPort is { } port ? [$"--gdb=:{port}"] : (string[])[]],
                static count => ["--set", $"cpu.count={count}"],
                static (kernel, ramDisk) =>
                    ["run", "--set", "memory=256M", kernel, "--initrd", ramDisk, "--cmdline", "console=ttyS0"]),
            new Contender(
                "QEMU",
                Repository.FindProgram("qemu-system-x86_64")
                    ?? throw new BenchException("qemu-system-x86_64 is missing; to install it: tests/setup-packages bench"),
                // microvm is QEMU's machine for a quick start.
                [
                    "-M", "microvm", "-accel", "kvm", "-m", "128", "-nodefaults", "-no-user-config",
                    "-display", "none", "-serial", "stdio",
                    "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                ],
                static (kernel, line, gdbPort) =>
                    ["-kernel", kernel, "-append", line, .. gdbPort is { } port ? ["-gdb", $"tcp:127.0.0.1:{port}"] : (string[])[]],
                // The last -machine wins, property by property.
                static count => ["-machine", "kernel-irqchip=off", "-smp", $"{count}"],
                // Its default machine. Page faults of the host told by interrupts need KVM's own controller, which this QEMU forgets.
                static (kernel, ramDisk) =>
                [
                    "-machine", "pc,kernel-irqchip=off", "-accel", "kvm", "-cpu", "max,kvm-asyncpf-int=off", "-m", "256", "-nodefaults",
                    "-no-user-config", "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", ramDisk,
                    "-append", "console=ttyS0",
                ]),
        ];
    }

    /// <summary>
    /// Boots a test kernel so many times from a shell, one after the other, as test scripts of kernels do; returns cases a second.
    /// </summary>
    /// <exception cref="BenchException">A boot does not end with the exit code of a passed test, 33.</exception>
    public double LoopOfAShell(string kernel, int boots)
    {
        string command = string.Join(' ', _common.Concat(_arguments(Repository.Kernel(kernel), "", null)).Prepend(_program).Select(Quote));
        string script = $"for i in $(seq {boots}); do {command} > /dev/null < /dev/null; [ $? = 33 ] || exit 1; done";
        long start = Stopwatch.GetTimestamp();
        using Process shell = Process.Start("sh", ["-c", script]);
        shell.WaitForExit();
        return shell.ExitCode == 0
            ? boots / Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new BenchException($"{Name} does not end {kernel} with exit code 33");
    }

    /// <summary>Starts a test kernel.</summary>
    /// <param name="kernel">A file of testkernels/build.</param>
    /// <param name="commandLine">The kernel's options.</param>
    /// <param name="gdbPort">Where on this host to listen for a debugger; null for nowhere.</param>
    public GuestProcess Start(string kernel, string commandLine = "", int? gdbPort = null)
    {
        string[] arguments = [.. _common, .. _arguments(Repository.Kernel(kernel), commandLine, gdbPort)];
        return new GuestProcess(Name, new ProcessStartInfo(_program, arguments));
    }

    /// <summary>Boots Linux on one CPU with 256 MiB, its console on stdout, its interrupt controllers the contender's own.</summary>
    /// <param name="kernel">The path of a bzImage.</param>
    /// <param name="ramDisk">The path of its initial RAM disk.</param>
    public GuestProcess StartLinux(string kernel, string ramDisk) =>
        new(Name, new ProcessStartInfo(_program, _linux(kernel, ramDisk)));

    /// <summary>
    /// Starts a test kernel on a machine whose interrupt controllers are the contender's own, as ours always are, and not KVM's.
    /// </summary>
    /// <param name="kernel">A file of testkernels/build, of a kernel in long mode.</param>
    /// <param name="commandLine">The kernel's options.</param>
    /// <param name="processors">How many, 1 or more.</param>
    /// <param name="gdbPort">Where on this host to listen for a debugger; null for nowhere.</param>
    public GuestProcess StartWithOwnInterrupts(string kernel, string commandLine, int processors, int? gdbPort = null)
    {
        string[] arguments = [.. _common, .. _processors(processors), .. _arguments(Repository.KernelAs32(kernel), commandLine, gdbPort)];
        return new GuestProcess(Name, new ProcessStartInfo(_program, arguments));
    }

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
