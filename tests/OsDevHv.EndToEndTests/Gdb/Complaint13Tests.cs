using System.Globalization;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// "Other CPUs run, threads confuse": Ctrl-C that stops one CPU and not the others, stepping that needs scheduler-locking or hangs, and
/// CPUs that run past a breakpoint while another steps over it.
/// </summary>
public sealed class Complaint13Tests
{
    private static readonly string[] s_options = ["--wait", "--cmdline", "cpus=4", "--set", "cpu.count=4"];

    [Fact]
    public async Task Interrupting_stops_every_cpu_and_stepping_stays_on_its_cpu_without_scheduler_locking()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("smp-spin64.elf", s_options);
        await using LiveGdb gdb = await LiveGdb.StartAsync("smp-spin64.elf", $"target remote :{machine.Port}");
        await gdb.DoAsync("continue &");
        await machine.UntilItSaysAsync("spinning on 4");

        await gdb.DoAsync("interrupt");
        await gdb.UntilAsync("SIGINT");
        string threads = await gdb.DoAsync("info threads");
        long sum = await gdb.ValueAsync("counts[0] + counts[1] + counts[2] + counts[3]");
        long again = await gdb.ValueAsync("counts[0] + counts[1] + counts[2] + counts[3]");
        await gdb.DoAsync("thread 3");
        for (int i = 0; i < 10; i++)
        {
            await gdb.DoAsync("stepi");
        }

        Assert.Equal(3, Regex.Count(threads, "count_others \\(number=[123]\\)"));
        Assert.Equal(sum, again);
        Assert.Equal(3, await gdb.ValueAsync("$_thread"));
        Assert.Contains("count_others (number=2)", await gdb.DoAsync("frame"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_cpu_runs_past_a_breakpoint_while_another_steps_over_it()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("smp-spin64.elf", s_options);
        await using LiveGdb gdb = await LiveGdb.StartAsync("smp-spin64.elf", $"target remote :{machine.Port}");
        // Each of three CPUs comes by here once a round, before it counts.
        await gdb.DoAsync("break smp-spin.c:21");
        int[] hits = new int[4];

        for (int i = 0; i < 20; i++)
        {
            Match hit = Regex.Match(await gdb.DoAsync("continue"), "Thread ([234]) \"CPU [123]\" hit Breakpoint 1");
            Assert.True(hit.Success);
            hits[int.Parse(hit.Groups[1].Value, CultureInfo.InvariantCulture) - 1]++;
        }

        for (int cpu = 1; cpu < 4; cpu++)
        {
            // Counted as often as it was stopped here, but for the last time, which it may stand at.
            Assert.InRange(await gdb.ValueAsync($"counts[{cpu}]"), Math.Max(hits[cpu] - 1, 0), hits[cpu]);
        }
    }
}
