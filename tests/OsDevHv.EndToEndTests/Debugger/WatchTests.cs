namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>Watchpoints and hardware breakpoints, as far as the host goes.</summary>
public sealed class WatchTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task Watch_stops_after_the_write_with_both_values(int bits)
    {
        Host.NeedsWriteWatchpoints();
        string kernel = $"debuggee{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # start
            break kernel_main
            continue
            # watch
            watch watched
            continue
            backtrace 2
            # end
            delete
            continue
            """);

        session.Says("watch", "Hardware watchpoint 2: watched\n\nOld value = 1\nNew value = 2\n");
        session.Says("watch", "change_watched ()");
        session.GuestSays("watched = 2\n");
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Rwatch_stops_at_the_read_and_not_at_the_write()
    {
        Host.NeedsDataRegisters();
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # start
            break kernel_main
            continue
            # watch
            rwatch watched
            continue
            backtrace 1
            # end
            delete
            continue
            """);

        session.Says("watch", "Hardware read watchpoint 2: watched\n\nValue = 2\n");
        session.Says("watch", "read_watched ()");
    }

    [Fact]
    public async Task Rwatch_is_refused_in_words_where_the_host_cannot()
    {
        Assert.SkipWhen(Host.Abilities.DataRegisters, "data watchpoints fire on this host");
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # refused
            rwatch watched
            continue
            # words
            monitor info vcpus
            # end
            delete
            continue
            """);

        session.Says("refused", "Could not insert hardware");
        session.Says("words", "read watchpoints need debug registers that fire");
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    public async Task Hbreak_is_hit()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # hit
            hbreak inner
            continue
            # end
            continue
            """);

        session.Says("hit", "Breakpoint 1, inner (value=33)");
        session.Says("end", "exited with code 041");
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task More_hardware_breakpoints_than_registers_are_all_hit_or_refused_in_words()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # five
            hbreak outer
            hbreak middle
            hbreak inner
            hbreak register_value
            hbreak add_one
            continue
            continue
            continue
            continue
            continue
            # words
            monitor info vcpus
            # end
            delete
            continue
            """);

        string five = session.Section("five");
        if (five.Contains("Cannot insert hardware breakpoint", StringComparison.Ordinal))
        {
            session.Says("words", "debug register");
        }
        else
        {
            session.Says("five", "Breakpoint 5, add_one (value=41)");
        }
    }
}
