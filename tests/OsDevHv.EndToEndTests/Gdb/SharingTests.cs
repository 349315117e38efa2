using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>Two gdb at one machine: the first controls it, the second watches; and gdb's extended mode.</summary>
public sealed class SharingTests
{
    [Fact]
    public async Task A_second_gdb_watches_what_the_first_one_does_and_takes_over_when_it_leaves()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf", "--wait");
        await using LiveGdb first = await LiveGdb.StartAsync("spinner64.elf", $"target remote :{machine.Port}");
        await using LiveGdb second = await LiveGdb.StartAsync("spinner64.elf", $"target remote :{machine.Port}");

        string attached = await second.DoAsync("info registers rip");
        string written = await second.DoAsync("set var spin_stop = 1");
        await second.DoAsync("continue &");
        await first.DoAsync("break spin");
        await first.DoAsync("continue");
        string stopped = await second.UntilAsync("spin () at");
        string frame = await second.DoAsync("backtrace");
        await first.DoAsync("delete");
        await first.DoAsync("disconnect");
        while (await second.ValueAsync("spin_stop") == 0)
        {
            // Refused until the first one's session is over.
            await second.DoAsync("set var spin_stop = 1");
        }

        await second.DoAsync("continue &");

        Assert.Contains("<_start", attached, StringComparison.Ordinal);
        Assert.Contains("Cannot access memory", written, StringComparison.Ordinal);
        Assert.Contains("SIGTRAP", stopped, StringComparison.Ordinal);
        Assert.Contains("#0  spin () at", frame, StringComparison.Ordinal);
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    public async Task Run_starts_the_machine_again_with_another_command_line()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf", "--wait");
        await using LiveGdb gdb = await LiveGdb.StartAsync("spinner64.elf", $"target extended-remote :{machine.Port}");

        await gdb.DoAsync("break spin");
        string first = await gdb.DoAsync("continue");
        string second = await gdb.DoAsync("run again=yes");
        await gdb.DoAsync("set var spin_stop = 1");
        string end = await gdb.DoAsync("continue");

        Assert.Contains("Breakpoint 1, spin ()", first, StringComparison.Ordinal);
        Assert.Contains("Breakpoint 1, spin ()", second, StringComparison.Ordinal);
        Assert.Contains("[Inferior 1 (process 1) exited with code 041]", end, StringComparison.Ordinal);
        Assert.Equal(33, await machine.ExitAsync());
    }
}
