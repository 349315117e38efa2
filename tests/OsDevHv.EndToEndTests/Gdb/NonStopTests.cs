using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>gdb 13 with <c>set non-stop on</c> and a machine of three CPUs that all count.</summary>
public sealed class NonStopTests
{
    private static readonly string[] s_options = ["--wait", "--cmdline", "cpus=3", "--set", "cpu.count=3"];

    [Fact]
    public async Task A_breakpoint_stops_one_cpu_and_the_others_run_on()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("smp-spin64.elf", s_options);
        await using LiveGdb gdb = await LiveGdb.StartAsync("smp-spin64.elf", "set non-stop on", $"target remote :{machine.Port}");

        string atFirst = await gdb.DoAsync("info threads");
        await gdb.DoAsync("break count_others");
        await gdb.DoAsync("continue -a &");
        await gdb.UntilAllAsync("Thread 2 \"CPU 1\" hit Breakpoint", "Thread 3 \"CPU 2\" hit Breakpoint");
        long others = await gdb.ValueAsync("counts[1] + counts[2]");
        await gdb.UntilAboveAsync("counts[0]", await gdb.ValueAsync("counts[0]") + 1000);
        string threads = await gdb.DoAsync("info threads");

        Assert.Contains("* 1    Thread 1.1 \"CPU 0\" (stopped in 32-bit protected mode, CPL 0)", atFirst, StringComparison.Ordinal);
        Assert.Contains("\"CPU 1\" (waiting for SIPI)", atFirst, StringComparison.Ordinal);
        Assert.Matches("\"CPU 0\" \\(running\\) +\\(running\\)", threads);
        Assert.Matches("\"CPU 1\" \\(stopped in long mode, CPL 0\\) count_others \\(number=1\\)", threads);
        Assert.Equal(others, await gdb.ValueAsync("counts[1] + counts[2]"));
    }

    [Fact]
    public async Task Threads_are_continued_interrupted_and_changed_each_on_its_own()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("smp-spin64.elf", s_options);
        await using LiveGdb gdb = await LiveGdb.StartAsync("smp-spin64.elf", "set non-stop on", $"target remote :{machine.Port}");
        await gdb.DoAsync("continue &");
        await machine.UntilItSaysAsync("spinning on 3");

        await gdb.DoAsync("interrupt -a");
        await gdb.UntilAllAsync("Thread 1 \"CPU 0\" stopped", "Thread 2 \"CPU 1\" stopped", "Thread 3 \"CPU 2\" stopped");
        long[] before = [await gdb.ValueAsync("counts[0]"), await gdb.ValueAsync("counts[1]"), await gdb.ValueAsync("counts[2]")];
        await gdb.DoAsync("thread 2");
        await gdb.DoAsync("continue &");
        await gdb.UntilAboveAsync("counts[1]", before[1] + 1000);
        long first = await gdb.ValueAsync("counts[0]");
        long third = await gdb.ValueAsync("counts[2]");
        // A breakpoint is set in code that the second CPU executes at this moment.
        await gdb.DoAsync("break count_others if number == 1");
        await gdb.DoAsync("thread 3");
        string registers = await gdb.DoAsync("info registers rip");
        await gdb.DoAsync("set var spin_stop = 1");
        await gdb.DoAsync("delete");
        await gdb.DoAsync("continue -a &");
        int code = await machine.ExitAsync();

        Assert.Equal((before[0], before[2]), (first, third));
        Assert.Contains("<count_others", registers, StringComparison.Ordinal);
        Assert.Equal(33, code);
    }

    [Fact]
    public async Task A_thread_steps_while_the_others_run()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("smp-spin64.elf", s_options);
        await using LiveGdb gdb = await LiveGdb.StartAsync("smp-spin64.elf", "set non-stop on", $"target remote :{machine.Port}");
        await gdb.DoAsync("break count_boot");
        await gdb.DoAsync("continue");
        long count = await gdb.ValueAsync("counts[0]");
        long others = await gdb.ValueAsync("counts[1]");

        for (int i = 0; i < 5; i++)
        {
            await gdb.DoAsync("next");
        }

        Assert.InRange(await gdb.ValueAsync("counts[0]"), count + 1, count + 5);
        await gdb.UntilAboveAsync("counts[1]", others);
    }
}
