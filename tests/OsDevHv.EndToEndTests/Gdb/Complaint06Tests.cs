using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// Complaint 6: symbols of a relocated kernel. "Pulling my hair out ... breakpoints I set were never hit." A kernel linked at 0 runs in
/// the upper half; no script, offset or address is given to the debugger.
/// </summary>
public sealed class Complaint06Tests
{
    private const string Kernel = "limine-pie.elf";

    private const string Look = """
        # entry
        info symbol $pc
        # main
        break kernel_main
        continue
        backtrace 1
        # data
        print &base_revision
        # symbols
        monitor symbols
        # end
        kill
        """;

    [Fact]
    public async Task Gdb_with_the_kernels_file_hits_its_breakpoints()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, Kernel, Look);

        AssertSymbols(session);
    }

    [Fact]
    public async Task Gdb_without_any_file_has_the_symbols_too()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, symbols: null, Look);

        AssertSymbols(session);
    }

    [Fact]
    [Trait("Suite", "debugger")]
    public async Task LLDB_hits_its_breakpoints()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(Kernel, "--wait");
        await using LldbSession lldb = await LldbSession.AttachAsync(machine, Kernel);

        await lldb.DoAsync("breakpoint set --name kernel_main", "address = 0xffffffff8000");
        await lldb.DoAsync("continue", "stop reason = breakpoint 1.1");
        string backtrace = await lldb.DoAsync("bt", "`limine_main");

        Assert.Contains("limine-pie.elf`kernel_main", backtrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_was_not_moved_is_left_where_its_file_says()
    {
        const string kernel = "hello64-high.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, symbols: null, """
            # main
            break kernel_main
            continue
            # symbols
            monitor symbols
            # end
            kill
            """);

        session.Says("main", "Breakpoint 1, kernel_main ()");
        session.Says("symbols", "bias       0h");
    }

    [Fact]
    public async Task A_file_with_the_symbols_of_a_binary_without_any_is_named_in_the_profile()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(
            "hello64-flat.bin", "--wait", "--set", "boot.protocol=flat", "--set", "boot.flat.mode=long", "--set", "boot.flat.address=0x100000",
            "--set", $"debug.symbols={Installation.Kernel("hello64-elf.elf")}");

        Transcript session = await DebuggerSession.RunAsync(machine, symbols: null, """
            # symbols
            monitor symbols
            info line kernel_main
            # end
            kill
            """);

        session.Says("symbols", "hello64-elf.elf");
        session.Says("symbols", "Line 1");
    }

    private static void AssertSymbols(Transcript session)
    {
        session.Says("entry", "limine_requested_entry in section .text");
        session.Says("main", "Breakpoint 1, kernel_main () at kernels/limine.c:");
        session.Says("data", "0xffffffff8000");
        session.Says("symbols", "runs at    ffffffff80000000h");
        session.Says("symbols", "-o 0xffffffff80000000");
    }
}
