namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>Keys and movements that the user of gdb makes, with real gdb.</summary>
public sealed class InputTests
{
    [Fact]
    public async Task Keys_sent_while_the_machine_is_stopped_arrive_when_it_goes_on()
    {
        const string kernel = "keyboard64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--set", "boot.cmdline=show=yes");
        await using DebuggerSession session = DebuggerSession.Start(machine, kernel, """
            # begin
            continue
            # keys
            monitor sendkey shift-a 20
            monitor sendkey up
            monitor sendkey esc
            monitor sendkey nokey
            monitor info keyboard
            # end
            continue
            """);

        await session.UntilItRunsAsync("begin");
        await machine.UntilItSaysAsync("listening");
        await session.InterruptAsync();
        Transcript transcript = await session.EndAsync();

        transcript.Says("keys", "there is no key 'nokey'");
        transcript.Says("keys", "keyboard: scanning, scan code set 2, LEDs off, repeats after 500.000 ms every 91.667 ms");
        transcript.Says("keys", "8 key movements wait");
        transcript.Says("end", "exited with code 041");
        Assert.Equal("listening 2a 1e 9e aa e0 48 e0 c8 1 81 done", Line(transcript.GuestOutput));
    }

    [Fact]
    public async Task Movements_and_buttons_sent_while_the_machine_is_stopped_arrive_when_it_goes_on()
    {
        const string kernel = "mouse64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--set", "boot.cmdline=show=yes kind=3");
        await using DebuggerSession session = DebuggerSession.Start(machine, kernel, """
            # early
            monitor mouse_move 1 1
            # begin
            continue
            # moves
            monitor info mouse
            monitor mouse_move 200 -5
            monitor mouse_move 0 0 2
            monitor mouse_button 5
            monitor mouse_button 0
            # end
            continue
            """);

        await session.UntilItRunsAsync("begin");
        await machine.UntilItSaysAsync("listening");
        await session.InterruptAsync();
        Transcript transcript = await session.EndAsync();

        transcript.Says("early", "the guest has not enabled the mouse");
        transcript.Says("moves", "mouse: reporting, stream mode, id 3, 80 samples a second, resolution 2, scaling 1:1, buttons up");
        transcript.Says("end", "exited with code 041");
        Assert.Equal("listening 87f0500 8490000 80000fe b000000 8000000 done", Line(transcript.GuestOutput));
    }

    private static string Line(string output) => output.ReplaceLineEndings(" ").Trim();
}
