using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>What OS developers complain about most in other debuggers' breakpoints, in the same situation and solved.</summary>
public sealed class BreakpointComplaintTests
{
    /// <summary>Complaint 1: set before the kernel is loaded, a breakpoint is overwritten by the loader and never hit.</summary>
    [Fact]
    public async Task Complaint_1_a_breakpoint_set_before_its_code_is_loaded_is_hit()
    {
        Host.NeedsExecuteRegisters();
        await using RunningMachine machine = await RunningMachine.StartAsync("loader64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "loader64.elf", """
            # hit
            break second_stage
            continue
            monitor breakpoints
            # end
            delete
            continue
            """);

        session.Says("hit", "Breakpoint 1, second_stage (pass=1)");
        session.Says("hit", "gdb's break; hits 1, passed 0; everywhere");
        session.Says("end", "exited with code 041");
    }

    /// <summary>Complaint 1: set before its page is mapped, a breakpoint is refused or ignored.</summary>
    [Fact]
    public async Task Complaint_1_a_breakpoint_set_before_its_page_is_mapped_is_hit()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("mapper64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "mapper64.elf", """
            # hit
            tbreak kernel_main
            continue
            break mapped_function
            continue
            # end
            delete
            continue
            """);

        session.Says("hit", "Breakpoint 2, mapped_function (pass=1)");
        session.Says("end", "exited with code 041");
    }

    /// <summary>Complaint 8: with a timer running, stepping lands in its interrupt handler and makes no progress.</summary>
    [Fact]
    public async Task Complaint_8_steps_past_a_breakpoint_under_a_timer_stay_in_the_code()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("step-interrupts64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "step-interrupts64.elf", """
            # steps
            break on_timer
            continue
            delete
            break *step_loop if step_count > 2
            continue
            set $round = step_count
            set $outside = 0
            set $i = 0
            while $i < 12
            stepi
            if $pc < (long)&step_loop || $pc > (long)&step_branch
            set $outside = $outside + 1
            end
            set $i = $i + 1
            end
            printf "outside %d, rounds %d\n", $outside, step_count - $round
            # end
            delete
            set var step_stop = 1
            continue
            """);

        session.Says("steps", "outside 0, rounds 3");
        session.Says("end", "exited with code 041");
    }

    /// <summary>Complaint 12: four watchpoints at most, of 1, 2, 4 or 8 aligned bytes, and nobody says why the fifth is refused.</summary>
    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Complaint_12_write_watches_beyond_four_and_of_odd_lengths_work_and_are_said_to_be_slower()
    {
        Host.NeedsWriteWatchpoints();
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # start
            break kernel_main
            continue
            delete
            # many
            set can-use-hw-watchpoints 1
            watch *(char(*)[3])0x300041
            watch *(char(*)[8])0x300048
            watch *(char(*)[8])0x300050
            watch *(char(*)[8])0x300058
            watch watched
            continue
            # list
            monitor breakpoints
            # end
            delete
            continue
            """);

        session.Says("many", "Old value = 1\nNew value = 2\n");
        session.Says("list", "read-only memory (each write to the page exits, which is slower)");
        session.Says("many", "every write to that page costs an exit, which is slower");
        session.Says("end", "exited with code 041");
    }

    /// <summary>Complaint 12: when the debug registers are spent, the message does not say who holds them.</summary>
    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Complaint_12_a_refused_watch_names_who_holds_the_registers()
    {
        Host.NeedsDataRegisters();
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # start
            break kernel_main
            continue
            delete
            # five
            set can-use-hw-watchpoints 1
            awatch *(char(*)[8])0x300040
            awatch *(char(*)[8])0x300048
            awatch *(char(*)[8])0x300050
            awatch *(char(*)[8])0x300058
            awatch watched
            continue
            # words
            monitor breakpoints
            # end
            delete
            continue
            """);

        session.Says("words", "4 of 4 are held by gdb's awatch of ");
        session.Says("words", "gdb's awatch of 8 bytes at 300048h");
    }

    /// <summary>Complaint 14: the guest's own INT3 is taken for the debugger's, or the debugger wants it and cannot have it.</summary>
    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Complaint_14_the_guests_int3_is_caught_when_asked_for_and_still_reaches_its_handler()
    {
        Host.NeedsGuestInt3(64);
        await using RunningMachine machine = await RunningMachine.StartAsync("int3-handler64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "int3-handler64.elf", """
            # caught
            tbreak execute_int3
            continue
            monitor catch int3
            continue
            continue
            monitor catch
            monitor uncatch all
            # end
            continue
            """);

        session.Says("caught", "catch 1 (int3): ");
        session.Says("caught", "; hits 2");
        session.GuestSays("guest INT3s = 3\nreturn addresses right = 3\n");
        session.Says("end", "exited with code 041");
    }
}
