using System.Diagnostics;
using System.Globalization;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>A breakpoint whose condition is false, in a loop, with the gdb that is installed.</summary>
internal sealed class ConditionalBreakpoints : Measurement
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override string Name => "conditional breakpoints";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        // So many that each takes about a second; the rate is the same for a million.
        int[] hits = [10_000, 300];
        Samples[] samples = TakeTurns([.. contenders.Select((contender, at) => (Func<double>)(() => Measure(contender, hits[at])))], rounds);
        return
        [
            new Result(
                "false conditions/s",
                "hits a second of 'hbreak *ADDRESS if spin_count == N' in the loop of spinner32.elf until the condition is true, with gdb attached",
                samples[0], samples[1], null, Goal.AtLeast, 20),
        ];
    }

    private static double Measure(Contender contender, int hits)
    {
        int port = RspClient.FreePort();
        using GuestProcess guest = contender.Start("spinner32.elf", gdbPort: port);
        guest.WaitFor("spinning"u8);
        string[] commands =
        [
            "set confirm off", "set remotetimeout 30",
            $"target remote :{port}",
            string.Create(CultureInfo.InvariantCulture, $"eval \"hbreak *%lu if spin_count == %u\", (unsigned long)$pc, spin_count + {hits}"),
            "shell date +@%s.%N", "continue", "shell date +@%s.%N", "kill",
        ];
        // QEMU describes the 64-bit registers, whatever the kernel is.
        string[] architecture = contender.DescribesLongMode ? ["-ex", "set architecture i386:x86-64"] : [];
        var start = new ProcessStartInfo(
            "gdb", ["-nx", "-q", "-batch", Repository.Kernel("spinner32.elf"), .. architecture, .. commands.SelectMany(static one => new[] { "-ex", one })])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process gdb = Process.Start(start) ?? throw new BenchException("gdb does not start; to install it: tests/setup-packages debug");
        gdb.ErrorDataReceived += static (_, _) => { };
        gdb.BeginErrorReadLine();
        using var limit = new Timer(_ => gdb.Kill(), null, Limit, Timeout.InfiniteTimeSpan);
        string output = gdb.StandardOutput.ReadToEnd();
        gdb.WaitForExit();
        double[] times = [.. output.Split('\n').Where(static line => line.StartsWith('@')).Select(static line =>
            double.Parse(line.AsSpan(1), CultureInfo.InvariantCulture))];
        return times.Length == 2 && output.Contains("Breakpoint 1, ", StringComparison.Ordinal)
            ? hits / (times[1] - times[0])
            : throw new BenchException($"gdb and {contender.Name} did not come to the breakpoint: {output}");
    }
}
