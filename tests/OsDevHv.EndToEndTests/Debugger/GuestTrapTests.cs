namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>INT3s and debug registers of the guest stay the guest's under a debugger.</summary>
public sealed class GuestTrapTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task The_guests_own_int3_goes_to_its_handler(int bits)
    {
        Host.NeedsGuestInt3(bits);
        string kernel = $"int3-handler{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # ours
            break on_breakpoint
            continue
            continue
            continue
            printf "handled before the third %d\n", breakpoints
            # end
            continue
            """);

        session.Says("ours", "handled before the third 2");
        session.Says("end", "exited with code 041");
        session.GuestSays("guest INT3s = 3\nreturn addresses right = 3\n");
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task The_guest_reads_what_it_wrote_to_its_debug_registers(int bits)
    {
        string kernel = $"debug-registers{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # ours
            hbreak kernel_main
            break *print_hex_value
            continue
            continue
            # end
            delete
            continue
            """);

        session.Says("ours", "Breakpoint 1, kernel_main");
        session.Says("ours", "Breakpoint 2, ");
        session.GuestSays("addresses kept = 4\ndr7 = 400\n");
        Assert.Equal(33, await machine.ExitAsync());
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task The_guests_own_debug_registers_fire_in_the_guest_when_no_breakpoint_of_ours_is_left()
    {
        Host.NeedsDataRegisters();
        await using RunningMachine machine = await RunningMachine.StartAsync("debug-registers64.elf", "--wait", "--cmdline", "fire=yes");

        Transcript session = await DebuggerSession.RunAsync(machine, "debug-registers64.elf", """
            # ours
            break fire
            continue
            # end
            delete
            continue
            """);

        session.Says("ours", "Breakpoint 1, fire");
        session.Says("end", "exited with code 041");
        session.GuestSays("breakpoints fired = 1\nwatchpoints fired = 1\n");
    }
}
