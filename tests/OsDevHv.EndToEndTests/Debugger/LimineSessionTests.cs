namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>
/// A kernel in the higher half under gdb from its first instruction, and the processors that the boot protocol holds for it.
/// </summary>
public sealed class LimineSessionTests
{
    [Fact]
    public async Task The_kernel_is_stopped_at_its_entry_and_its_processors_wait_until_it_releases_them()
    {
        const string kernel = "limine-r6.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--cmdline", "cpus=3", "--set", "cpu.count=3");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # entry
            info symbol $pc
            printf "stack %d return %d\n", (long) $rsp & 15, *(long *) $rsp
            # main
            break kernel_main
            continue
            backtrace
            info threads
            # step
            next
            # released
            break processor_main
            continue
            print information->lapic_id
            info threads
            # end
            delete
            continue
            """);

        session.Says("entry", "limine_requested_entry in section .text");
        session.Says("entry", "stack 8 return 0");
        session.Says("main", "Breakpoint 1, kernel_main () at kernels/limine.c:");
        session.Says("main", "limine_main () at kernels/limine.c:");
        Assert.Equal(2, session.Section("main").Split("(waiting for release").Length - 1);
        session.Says("released", "Breakpoint 2, processor_main ");
        session.Says("released", "= 1");
        Assert.Equal(1, session.Section("released").Split("(waiting for release").Length - 1);
        session.Says("end", "exited with code 041");
        Assert.Equal(33, await machine.ExitAsync());
    }
}
