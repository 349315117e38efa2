using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Linux;

/// <summary>Debian's cloud kernel with default parameters: to its shell, and off.</summary>
public sealed partial class DebianTests
{
    /// <summary>What it warns of here, by the beginnings of lines, each with its reason.</summary>
    private static readonly string[] s_known =
    [
        // The machine has no PCI.
        "PCI: Fatal: No config space access function found",
        "PCI: System does not support PCI",
        // The nested host's emulated processor tells two sizes of the XSAVE area; on QEMU there it says the same, with the same trace.
        "XSAVE consistency problem",
        // Other work on the machine took the processor away from the host.
        "hrtimer: interrupt took",
        "sched: RT throttling activated",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task It_boots_to_its_shell_answers_on_the_console_and_powers_off(int cpus)
    {
        await using LinuxMachine linux = await LinuxMachine.StartAsync(cpus);

        await linux.UntilItsShellAsync();

        Assert.Equal("answer 42\n", await linux.TypeAsync("echo answer $((6*7))"));
        Assert.Equal($"{cpus}\n", await linux.TypeAsync("grep -c ^processor /proc/cpuinfo"));
        Assert.Equal([], Unknown(await linux.WarningsAsync()));
        Assert.Equal(0, await linux.PowerOffAsync());
        Assert.Contains("powered off: ACPI PM1a_CNT", linux.Machine.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_reaches_its_shell_though_a_debugger_stops_it_a_hundred_times_on_the_way()
    {
        await using LinuxMachine linux = await LinuxMachine.StartAsync(2);
        await using (RspClient client = await RspClient.ConnectAsync(linux.Machine.Port))
        {
            for (int stop = 0; stop < 100; stop++)
            {
                await client.SendAsync("vCont;c");
                await Task.Delay(60, TestContext.Current.CancellationToken);
                await client.InterruptAsync();
                Assert.StartsWith("T", await client.ReceiveStopAsync(), StringComparison.Ordinal);
            }

            Assert.Equal("OK", await client.AskAsync("D"));
        }

        await linux.UntilItsShellAsync();

        Assert.Equal("answer 42\n", await linux.TypeAsync("echo answer $((6*7))"));
        await ItsClockStandsStillWhileItIsStoppedAsync(linux);
        Assert.Equal([], Unknown(await linux.WarningsAsync()));
        Assert.Equal(0, await linux.PowerOffAsync());
    }

    [Fact]
    public async Task Where_it_has_moved_itself_is_told_to_gdb()
    {
        await using LinuxMachine linux = await LinuxMachine.StartAsync(1, "--set", $"debug.symbols={LinuxMachine.Unpacked}");
        await linux.UntilItsShellAsync();
        string start = (await linux.TypeAsync("grep ' _text$' /proc/kallsyms")).Split(' ')[0];

        Transcript session = await DebuggerSession.RunAsync(linux.Machine, LinuxMachine.Unpacked, """
            # files
            info files
            # end
            detach
            """);

        Assert.Matches("^ffffffff[89ab]", start);
        Assert.Matches($"0x{start} - 0xffffffff[0-9a-f]+ is .text", session.Section("files"));
        Assert.Equal(0, await linux.PowerOffAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"_text is at {start}");
    }

    private static async Task ItsClockStandsStillWhileItIsStoppedAsync(LinuxMachine linux)
    {
        TimeSpan stop = TimeSpan.FromSeconds(8);
        long start = Stopwatch.GetTimestamp();
        double before = await UptimeAsync(linux);
        await using (RspClient client = await RspClient.ConnectAsync(linux.Machine.Port))
        {
            await Task.Delay(stop, TestContext.Current.CancellationToken);
            Assert.Equal("OK", await client.AskAsync("D"));
        }

        double passed = await UptimeAsync(linux) - before;

        // All of the guest's time is within ours, and none of it within the stop. It counts hundredths.
        Assert.InRange(passed, 0, (Stopwatch.GetElapsedTime(start) - stop).TotalSeconds + 0.02);
    }

    private static async Task<double> UptimeAsync(LinuxMachine linux) =>
        double.Parse((await linux.TypeAsync("cat /proc/uptime")).Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>The warnings that are not known, without the traces that belong to one that is.</summary>
    private static List<string> Unknown(IReadOnlyList<string> warnings)
    {
        List<string> unknown = [];
        bool inTrace = false;
        foreach (string warning in warnings)
        {
            if (warning.StartsWith("---", StringComparison.Ordinal))
            {
                inTrace = warning.Contains("cut here", StringComparison.Ordinal);
                continue;
            }

            bool isTrace = inTrace && !warning.Contains("problem", StringComparison.Ordinal);
            if (!isTrace && !XsaveLeaf().IsMatch(warning) && !s_known.Any(known => warning.StartsWith(known, StringComparison.Ordinal)))
            {
                unknown.Add(warning);
            }
        }

        return unknown;
    }

    [GeneratedRegex(@"^CPUID\[0d, [0-9a-f]{2}\]: ")]
    private static partial Regex XsaveLeaf();
}
