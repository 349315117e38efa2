namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>A guest that dies under a debugger is stopped and can be looked at; after that its verdict stands.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task A_triple_fault_is_a_signal_and_then_the_verdict(int bits)
    {
        string kernel = $"triple-fault{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # crash
            continue
            # registers
            info registers
            # end
            continue
            """);

        session.Says("crash", "received signal SIGSEGV");
        session.Says("crash", "triple");
        session.Says("registers", "cr3");
        session.Says("end", "exited with code 0150");
        Assert.Equal(104, await machine.ExitAsync());
    }

    [Fact]
    public async Task A_halt_for_good_is_a_signal_and_then_the_verdict()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("dead-halt64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "dead-halt64.elf", """
            # crash
            continue
            backtrace
            # end
            continue
            """);

        session.Says("crash", "received signal SIGQUIT");
        session.Says("crash", "kernel_main ()");
        session.Says("end", "exited with code 0152");
        Assert.Equal(106, await machine.ExitAsync());
    }
}
