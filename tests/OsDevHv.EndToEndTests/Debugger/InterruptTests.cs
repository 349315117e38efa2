namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>Ctrl-C, again and again.</summary>
public sealed class InterruptTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task Ctrl_C_works_again_after_continue(int bits)
    {
        string kernel = $"spinner{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");
        await using DebuggerSession session = DebuggerSession.Start(machine, kernel, """
            # first
            continue
            set var $count = spin_count
            # second
            continue
            printf "went on %d\n", spin_count != $count
            # end
            set var spin_stop = 1
            continue
            """);

        await session.UntilItRunsAsync("first");
        await machine.UntilItSaysAsync("spinning");
        await session.InterruptAsync();
        await session.UntilItRunsAsync("second");
        await session.InterruptAsync();
        Transcript transcript = await session.EndAsync();

        transcript.Says("first", "received signal SIGINT");
        transcript.Says("second", "received signal SIGINT");
        transcript.Says("second", "went on 1");
        transcript.Says("end", "exited with code 041");
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    public async Task A_hundred_interrupts_each_stop_the_machine_once()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf", "--wait");
        await using RspClient client = await RspClient.ConnectAsync(machine.Port);
        List<string> stops = [];

        for (int i = 0; i < 100; i++)
        {
            await client.SendAsync("vCont;c");
            await client.InterruptAsync();
            stops.Add(await client.ReceiveStopAsync());
        }

        Assert.All(stops, static stop => Assert.StartsWith("T02", stop, StringComparison.Ordinal));
    }
}
