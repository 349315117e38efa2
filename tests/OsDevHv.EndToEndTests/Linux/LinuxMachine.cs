using System.Globalization;
using System.Text.RegularExpressions;

namespace OsDevHv.EndToEndTests.Linux;

/// <summary>Debian's stock cloud kernel, with busybox in its initial RAM disk, its shell on the serial console.</summary>
internal sealed partial class LinuxMachine : IAsyncDisposable
{
    private readonly string _ramDisk;
    private int _marks;

    private LinuxMachine(RunningMachine machine, string ramDisk)
    {
        Machine = machine;
        _ramDisk = ramDisk;
    }

    public RunningMachine Machine { get; }

    /// <summary>The ELF file that is in the kernel's file, without symbols.</summary>
    public static string Unpacked => Path.Combine(Path.GetDirectoryName(Bootable) ?? "", "vmlinux");

    private static string? Bootable => Environment.GetEnvironmentVariable("OSDEVHV_LINUX");

    /// <summary>
    /// Starts it with the kernel's default parameters; skips the test where there is no kernel, or the host cannot run it.
    /// </summary>
    public static async Task<LinuxMachine> StartAsync(int cpus, params string[] options)
    {
        string? kernel = Bootable;
        Assert.SkipUnless(File.Exists(kernel), "OSDEVHV_LINUX names no Linux kernel; 'tests/run' gives the nested hosts' own");
        Assert.SkipUnless(ShellRamDisk.CanBeMade, $"there is no {ShellRamDisk.Busybox}");
        Host.NeedsAllInstructions();
        string ramDisk = Path.GetTempFileName();
        await File.WriteAllBytesAsync(ramDisk, ShellRamDisk.Make(), TestContext.Current.CancellationToken);
        RunningMachine machine = await RunningMachine.StartAsync(
            kernel!, ["--initrd", ramDisk, "--cmdline", "console=ttyS0", "--set", "memory=256M",
                "--set", string.Create(CultureInfo.InvariantCulture, $"cpu.count={cpus}"), .. options]);
        return new LinuxMachine(machine, ramDisk);
    }

    /// <summary>Waits for the shell.</summary>
    public Task UntilItsShellAsync() => Machine.UntilItSaysAsync(ShellRamDisk.Prompt);

    /// <summary>Types a command; returns what it printed.</summary>
    public async Task<string> TypeAsync(string command)
    {
        // The echo of what is typed has the sums, what is printed has their results.
        string number = string.Create(CultureInfo.InvariantCulture, $"{++_marks}");
        await SendLineAsync($"echo begin$(({number})); {command}; echo end$(({number}))");
        await Machine.UntilItSaysAsync($"end{number}\r\n");
        string output = Machine.Output.Replace("\r", "", StringComparison.Ordinal);
        int begin = output.IndexOf($"begin{number}\n", StringComparison.Ordinal) + $"begin{number}\n".Length;
        return output[begin..output.IndexOf($"end{number}\n", begin, StringComparison.Ordinal)];
    }

    /// <summary>The kernel's messages of level warning and above so far, without their times.</summary>
    public async Task<IReadOnlyList<string>> WarningsAsync()
    {
        // The console's own messages must not come between.
        await TypeAsync("dmesg -n 1");
        string log = await TypeAsync("dmesg -r | grep '^<[0-4]>'");
        return [.. log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Head().Replace(line, ""))];
    }

    /// <summary>Turns it off; returns the exit code.</summary>
    public async Task<int> PowerOffAsync()
    {
        await SendLineAsync("poweroff -f");
        return await Machine.ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Machine.DisposeAsync();
        File.Delete(_ramDisk);
    }

    private async Task SendLineAsync(string line)
    {
        await Machine.Input.WriteAsync($"{line}\n".AsMemory(), TestContext.Current.CancellationToken);
        await Machine.Input.FlushAsync(TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"^<\d>\[ *\d+\.\d+\] ?")]
    private static partial Regex Head();
}
