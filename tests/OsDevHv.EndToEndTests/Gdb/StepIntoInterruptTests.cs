using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// Single steps into the handler of a timer that interrupts all the time, where the user asks for that; by default none leads there.
/// </summary>
public sealed class StepIntoInterruptTests
{
    [Theory]
    [InlineData("monitor step interrupts on", "monitor step interrupts off")]
    [InlineData("maintenance packet Qqemu.sstep=0x5", "maintenance packet Qqemu.sstep=0x7")]
    public async Task A_step_ends_at_the_handlers_first_instruction_and_the_guest_goes_on_unharmed(string on, string off)
    {
        const string kernel = "step-interrupts64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, $"""
            # start
            break on_timer
            continue
            delete
            tbreak *step_loop
            continue
            # in
            {on}
            set var $before = ticks
            set var $i = 0
            while $i < 100 && $pc >= (long) &step_loop && $pc <= (long) &step_branch
              stepi
              set var $i = $i + 1
            end
            info symbol $pc
            print *(long *) $rsp >= (long) &step_loop && *(long *) $rsp <= (long) &step_branch
            print (((long *) $rsp)[2] & 0x100) == 0 && (((long *) $rsp)[2] & 0x200) != 0 && ($eflags & 0x200) == 0
            print ticks == $before
            {off}
            # handler
            tbreak on_timer
            continue
            # end
            set var step_stop = 1
            continue
            """);

        session.Says("in", "vector_entries");
        session.Says("in", "$1 = 1");
        session.Says("in", "$2 = 1");
        session.Says("in", "$3 = 1");
        session.Says("handler", "on_timer (");
        session.GuestSays("2 passed, 0 failed");
        Assert.Equal(33, await machine.ExitAsync());
    }
}
