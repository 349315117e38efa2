namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>Breakpoints in code that is not there yet, is overwritten, or lies outside the kernel's own mode.</summary>
public sealed class MovingCodeTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task A_breakpoint_is_hit_each_time_that_a_loader_has_overwritten_it(int bits)
    {
        Host.NeedsExecuteRegisters();
        string kernel = $"loader{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # passes
            break second_stage
            continue
            continue
            continue
            # end
            continue
            """);

        session.Says("passes", "second_stage (pass=1)");
        session.Says("passes", "second_stage (pass=2)");
        session.Says("passes", "second_stage (pass=3)");
        session.Says("end", "exited with code 041");
    }

    [Fact]
    public async Task A_breakpoint_is_hit_in_code_that_is_mapped_after_it_was_set()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("mapper64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "mapper64.elf", """
            # first
            break mapped_function
            continue
            # end
            delete
            continue
            """);

        session.Says("first", "Breakpoint 1, mapped_function (pass=1)");
        session.Says("end", "exited with code 041");
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task A_breakpoint_is_hit_after_its_address_was_mapped_to_another_page()
    {
        Host.NeedsExecuteRegisters();
        await using RunningMachine machine = await RunningMachine.StartAsync("mapper64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "mapper64.elf", """
            # passes
            break mapped_function
            continue
            continue
            # end
            continue
            """);

        session.Says("passes", "Breakpoint 1, mapped_function (pass=1)");
        session.Says("passes", "Breakpoint 1, mapped_function (pass=2)");
        session.Says("end", "exited with code 041");
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task A_breakpoint_in_real_mode_is_hit_and_steps_go_on_from_it()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("hello-real.bin", "--wait", "--set", "boot.protocol=flat");

        Transcript session = await DebuggerSession.RunAsync(machine, "hello-real.debug", """
            # architecture
            set architecture i8086
            # hit
            break *print
            continue
            printf "hit %d, cr0.pe %d\n", $pc == (long)&print, $cr0 & 1
            x/2i $pc
            # step
            stepi
            stepi
            printf "moved %d, letter %c\n", $pc - (long)&print, $eax & 0xff
            # end
            delete
            continue
            """);

        session.Says("hit", "hit 1, cr0.pe 0");
        session.Says("hit", "lods");
        session.Says("step", "moved 3, letter h");
        session.GuestSays("hello from real mode\n");
        Assert.Equal(33, await machine.ExitAsync());
    }
}
