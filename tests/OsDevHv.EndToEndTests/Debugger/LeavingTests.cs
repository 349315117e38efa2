namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>How a session ends: detach, kill, gdb's sudden death. The guest's memory is its own afterwards.</summary>
public sealed class LeavingTests
{
    private const string LookAgain = """
        # memory
        compare-sections .text
        # breakpoints
        monitor info breakpoints
        # progress
        printf "went on %d\n", spin_count > 1000
        # end
        set var spin_stop = 1
        detach
        """;

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task Detach_lets_the_guest_run_on_to_its_exit_code(int bits)
    {
        string kernel = $"debuggee{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # leave
            break inner
            continue
            set var exit_value = 9
            detach
            """);

        session.Says("leave", "detached");
        Assert.Equal(19, await machine.ExitAsync());
        session.GuestSays("debuggee: end\n");
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Kill_ends_the_run()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "spinner64.elf", """
            # kill
            break spin
            continue
            kill
            """);

        session.Says("kill", "killed]");
        Assert.Equal(130, await machine.ExitAsync());
        Assert.Contains("killed by the debugger", machine.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task Detach_on_a_breakpoint_in_a_loop_leaves_memory_as_it_was(int bits)
    {
        string kernel = $"spinner{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        await DebuggerSession.RunAsync(machine, kernel, """
            # leave
            break spin
            continue
            stepi 10
            break *$pc
            continue
            continue
            detach
            """);
        await machine.UntilItSaysAsync("spinning");
        Transcript again = await DebuggerSession.RunAsync(machine, kernel, LookAgain);

        again.Says("memory", ": matched.");
        again.Says("breakpoints", "none");
        again.Says("progress", "went on 1");
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    public async Task After_gdb_is_killed_the_guest_runs_on_and_another_can_attach()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf", "--wait");
        await using (DebuggerSession killed = DebuggerSession.Start(machine, "spinner64.elf", """
            # start
            break spin
            continue
            break kernel_main
            # run
            continue
            """))
        {
            await killed.UntilItRunsAsync("run");
            await killed.KillAsync();
            await killed.EndAsync();
        }

        await RspClient.UntilNoneIsConnectedAsync(machine.Port);
        Transcript again = await DebuggerSession.RunAsync(machine, "spinner64.elf", LookAgain);

        again.Says("memory", ": matched.");
        again.Says("breakpoints", "none");
        again.Says("progress", "went on 1");
        Assert.Equal(33, await machine.ExitAsync());
    }
}
