namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>All CPUs are threads.</summary>
public sealed class CpuTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task Waiting_processors_are_threads_that_say_so(int bits)
    {
        string kernel = $"smp-park{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--cmdline", "wait=yes", "--set", "cpu.count=4");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # threads
            break wait_for_release
            continue
            info threads
            # other
            thread 3
            printf "reset vector %d\n", $cr0 == 0x60000010
            # end
            set var released = 1
            delete
            continue
            """);

        session.Says("threads", "Breakpoint 1, ");
        Assert.Equal(3, session.Section("threads").Split("(waiting for SIPI)").Length - 1);
        session.Says("threads", "\"CPU 3\"");
        session.Says("other", "Switching to thread 3");
        session.Says("end", "exited with code 041");
        Assert.Equal(33, await machine.ExitAsync());
    }
}
