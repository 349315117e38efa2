using System.Diagnostics;
using System.Globalization;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary><c>osdevhv gdb</c>: the machine and the user's debugger in one command.</summary>
public sealed class GdbCommandTests
{
    private static readonly string[] s_quiet = ["--", "-nx", "-q", "-batch"];

    [Fact]
    public async Task Gdb_has_the_kernels_symbols_and_the_machine_waits_before_its_first_instruction()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            ["gdb", Installation.Kernel("limine-pie.elf"), .. s_quiet, "-ex", "info symbol $pc", "-ex", "break kernel_main", "-ex", "continue"]);

        run.Exits(0);
        Assert.Contains("limine_requested_entry in section .text", run.Output, StringComparison.Ordinal);
        Assert.Contains("Breakpoint 1, kernel_main ()", run.Output, StringComparison.Ordinal);
        run.Says("osdevhv: stopped");
    }

    [Fact]
    public async Task The_exit_code_is_gdbs_and_the_runs_end_is_told_with_the_guests_output_on_stdout()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            ["gdb", Installation.Kernel("hello64-mb1.elf"), .. s_quiet, "-ex", "continue", "-ex", "quit 7"]);

        run.Exits(7);
        Assert.Contains("booted by multiboot1\nhello\n[Inferior 1 (process 1) exited with code 041]\n", run.Output, StringComparison.Ordinal);
        run.Says("(exit code 33)");
    }

    [Fact]
    public async Task What_the_guest_printed_before_a_breakpoint_is_on_stdout_before_gdbs_word_of_it()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            ["gdb", Installation.Kernel("hello64-mb1.elf"), .. s_quiet, "-ex", "break machine_exit", "-ex", "continue", "-ex", "kill"]);

        Assert.Contains("booted by multiboot1\nhello\n\nBreakpoint 1, ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LLDB_is_started_where_it_is_asked_for()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "gdb", Installation.Kernel("limine-pie.elf"), "--with", "lldb", "--", "--no-lldbinit", "-b", "-o", "breakpoint set -n kernel_main",
            "-o", "continue", "-o", "process kill");

        run.Exits(0);
        Assert.Contains("stop reason = breakpoint 1.1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_debugger_that_is_not_there_is_said_with_its_package_before_anything_starts()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("gdb", Installation.Kernel("hello64-mb1.elf"), "--with", "/nowhere/lldb");

        run.Exits(74);
        Assert.Contains("apt install lldb", run.LastLine, StringComparison.Ordinal);
        Assert.DoesNotContain("listening", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_is_not_there_is_said_as_run_does()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("gdb", "/nowhere/kernel.elf");

        run.Exits(66);
    }

    [Fact]
    public async Task Ctrl_C_is_gdbs_alone()
    {
        using ProgramRun run = ProgramRun.Start(
            ["gdb", Installation.Kernel("spinner64.elf"), .. s_quiet, "-ex", "continue", "-ex", "print spin_count > 0", "-ex", "kill"]);
        await run.ReadUntilAsync("spinning");

        await run.SignalAsync("INT");
        await SignalGdbAsync(run.Id);
        await run.WaitAsync();

        run.Exits(0);
        Assert.Contains("received signal SIGINT", run.Output, StringComparison.Ordinal);
        Assert.Contains("$1 = 1", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The processes that a thread has started; none where the thread has ended meanwhile.</summary>
    private static string ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/children");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task SignalGdbAsync(int parent)
    {
        string id = parent.ToString(CultureInfo.InvariantCulture);
        string children = string.Join(' ', Directory.GetDirectories($"/proc/{id}/task").Select(ChildrenOf));
        using Process kill = Process.Start("kill", ["-INT", .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
