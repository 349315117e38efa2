namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// "Remote 'g' packet reply is too long": gdb must not lose its session when a kernel goes from real to protected to long mode.
/// </summary>
public sealed class Complaint04Tests
{
    [Fact]
    public async Task A_kernel_that_goes_to_long_mode_is_followed_without_reconnecting_whatever_architecture_the_user_sets()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("modes.bin", ["--wait", .. ModeSession.Flat]);

        Transcript session = await DebuggerSession.RunAsync(machine, "modes.debug", """
            # real
            set architecture i8086
            tbreak real_recorded
            continue
            info registers rip
            # protected
            set architecture i386
            tbreak protected32_recorded
            continue
            info registers rip
            # long
            set architecture i386:x86-64
            tbreak long_recorded
            continue
            info registers rip
            set architecture auto
            stepi
            # end
            continue
            """);

        session.Says("real", "<real_recorded>");
        session.Says("protected", "<protected32_recorded>");
        session.Says("long", "<long_recorded>");
        session.NeverSays("'g' packet");
        session.NeverSays("not compatible");
        session.GuestSays("RpPCLr\n");
    }

    [Fact]
    public async Task A_file_of_32_bit_code_does_not_break_a_session_with_64_bit_registers()
    {
        await using RunningMachine machine =
            await RunningMachine.StartAsync("debuggee32.elf", "--wait", "--set", "debug.gdb.architecture=x86-64");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee32.elf", """
            # break
            tbreak kernel_main
            continue
            info registers rip
            # end
            kill
            """);

        session.Says("break", "Temporary breakpoint 1, ");
        session.Says("break", "<kernel_main");
        session.NeverSays("'g' packet");
        session.NeverSays("rejected");
    }

    [Fact]
    public async Task A_32_bit_kernel_gets_the_registers_that_its_debug_information_numbers()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee32.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee32.elf", """
            # break
            tbreak string_in
            continue
            info registers eip
            backtrace
            # end
            kill
            """);

        session.Says("break", "<string_in");
        session.Says("break", "kernel_main ()");
        session.NeverSays("'g' packet");
    }
}
