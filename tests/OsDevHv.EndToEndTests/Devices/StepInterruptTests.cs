namespace OsDevHv.EndToEndTests.Devices;

/// <summary>Single steps under a timer that interrupts all the time: none leads into its handler.</summary>
public sealed class StepInterruptTests
{
    private const string Kernel = "step-interrupts64.elf";

    [Fact]
    [Trait("Suite", "devices")]
    public Task Sixty_steps_stay_in_the_loop_and_interrupts_come_again_after_them() => StepAsync("");

    [Fact]
    public Task So_do_they_in_x2APIC_mode() => StepAsync("mode=x2apic");

    [Fact]
    public async Task The_other_CPU_goes_on_with_its_interrupts_meanwhile()
    {
        await using RunningMachine machine =
            await RunningMachine.StartAsync(Kernel, "--wait", "--set", "cpu.count=2", "--cmdline", "second=yes");

        Transcript session = await DebuggerSession.RunAsync(machine, Kernel, Script("ticks", "second_ticks != $second_before"));

        AssertSteps(session);
        Assert.Equal(KernelRun.Passed, await machine.ExitAsync());
    }

    private static async Task StepAsync(string commandLine)
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, "--wait", "--cmdline", commandLine);

        Transcript session = await DebuggerSession.RunAsync(machine, Kernel, Script("ticks", "1 == 1"));

        AssertSteps(session);
        Assert.Equal(KernelRun.Passed, await machine.ExitAsync());
    }

    private static void AssertSteps(Transcript session)
    {
        session.Says("steps", "outside 0, ticks 0, other 1");
        session.Says("again", "ticks came 1");
        session.Says("end", "exited with code 041");
        session.GuestSays("PASS: sums");
        session.GuestSays("2 passed, 0 failed");
    }

    /// <summary>The loop is where steps must stay: from step_loop to the branch at its end.</summary>
    private static string Script(string ticks, string other) => $"""
        # start
        break on_timer
        continue
        delete
        break *step_loop
        continue
        delete
        # steps
        set var $before = {ticks}
        set var $second_before = second_ticks
        set var $outside = 0
        set var $i = 0
        while $i < 60
          stepi
          if $pc < (long)&step_loop || $pc > (long)&step_branch
            set var $outside = $outside + 1
          end
          set var $i = $i + 1
        end
        printf "outside %d, ticks %d, other %d\n", $outside, {ticks} - $before, {other}
        # again
        break on_timer thread 1
        continue
        delete
        break *step_loop
        continue
        printf "ticks came %d\n", {ticks} > $before
        # end
        delete
        set var step_stop = 1
        continue
        """;
}
