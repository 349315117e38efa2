using System.Globalization;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// The installed lldb against the real program: what a kernel developer does with it first. (Complaint 9: LLDB incompatibility.)
/// </summary>
[Trait("Suite", "debugger")]
public sealed partial class LldbTests
{
    private const string Kernel = "debuggee64.elf";

    [Fact]
    public async Task Breakpoints_by_name_and_by_address_stop_with_their_number_and_the_backtrace_is_whole()
    {
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("breakpoint set --name inner", "Breakpoint 1: where = debuggee64.elf`inner");
        await session.Lldb.DoAsync("continue", "stop reason = breakpoint 1.1");
        string backtrace = await session.Lldb.DoAsync("bt", "`_start");
        string address = Number().Match(await session.Lldb.DoAsync("expression -- (unsigned long)&tick", "(unsigned long) $")).Groups[1].Value;
        await session.Lldb.DoAsync($"breakpoint set --address {address}", "Breakpoint 2: where = debuggee64.elf`tick");
        await session.Lldb.DoAsync("continue", "stop reason = breakpoint 2.1");

        Assert.Matches(@"`inner\((?s:.*)`middle\((?s:.*)`outer\((?s:.*)`kernel_main", backtrace);
    }

    [Fact]
    public async Task Steps_and_finish_arrive_where_they_should()
    {
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("breakpoint set --name inner", "Breakpoint 1:");
        await session.Lldb.DoAsync("continue", "stop reason = breakpoint 1.1");
        await session.Lldb.DoAsync("thread step-inst", "stop reason = instruction step into");
        await session.Lldb.DoAsync("next", "stop reason = step over");
        string finished = await session.Lldb.DoAsync("finish", "`middle");

        Assert.Contains("stop reason = step out", finished, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registers_and_memory_are_read_and_written_and_the_guest_sees_it()
    {
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("breakpoint set --name inner", "Breakpoint 1:");
        await session.Lldb.DoAsync("continue", "stop reason = breakpoint 1.1");
        string registers = await session.Lldb.DoAsync("register read rip cr0 efer", "efer = ");
        await session.Lldb.DoAsync("register write r15 0x1234", "(lldb)");
        await session.Lldb.DoAsync("register read r15", "r15 = 0x0000000000001234");
        await session.Lldb.DoAsync("expression knob = 7", " = 7");
        await session.Lldb.DoAsync("memory read --size 4 --format d --count 1 &knob", ": 7");
        await session.Lldb.DoAsync("memory read 0xdead00000000", "error:");
        string code = await session.Lldb.DoAsync("disassemble --count 3", "<+4>");
        await session.Lldb.DoAsync("breakpoint delete --force", "All breakpoints removed");
        await session.Lldb.DoAsync("detach", "detached");

        Assert.Matches("rip = 0x0000000000[0-9a-f]+ +debuggee64.elf`inner", registers);
        Assert.Contains("cr0 = 0x0000000080000011", registers, StringComparison.Ordinal);
        Assert.Contains("pushq  %rbp", code, StringComparison.Ordinal);
        Assert.Equal(33, await session.Machine.ExitAsync());
        Assert.Contains("knob = 7\n", session.Machine.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regions_of_memory_follow_the_page_tables()
    {
        await using Session session = await Session.StartAsync();

        string mapped = await session.Lldb.DoAsync("memory region 0x100000", "[0x0000000000000000-");
        string gap = await session.Lldb.DoAsync("memory region 0x800000000000", "[0x0000000100000000-");

        Assert.Contains("-0x0000000100000000) rwx", mapped, StringComparison.Ordinal);
        Assert.Contains(") ---", gap, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_CPU_is_a_thread_with_its_own_registers_and_monitor_commands_work()
    {
        await using Session session = await Session.StartAsync("--set", "cpu.count=2");

        string threads = await session.Lldb.DoAsync("thread list", "name = 'CPU 1'");
        await session.Lldb.DoAsync("thread select 2", "* thread #2");
        await session.Lldb.DoAsync("register read rip", "rip = 0x00000000fffffff0");
        await session.Lldb.DoAsync("process plugin packet monitor info vcpus", "vCPU 1: waiting for SIPI");

        Assert.Contains("name = 'CPU 0', stop reason = signal SIGTRAP", threads, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_machine_is_interrupted_and_goes_on()
    {
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("expression spin_requested = 1", " = 1");
        await session.Lldb.DoAsync("continue", "Process 1 resuming");
        await session.Machine.UntilItSaysAsync("interrupts opened and closed\n");
        await session.Lldb.DoAsync("process interrupt", "stop reason = signal SIGINT");
        await session.Lldb.DoAsync("memory region 0x100000", ") rwx");
        await session.Lldb.DoAsync("bt", "`kernel_main");
        await session.Lldb.DoAsync("expression spin_requested = 0", " = 0");
        await session.Lldb.DoAsync("continue", "Process 1 exited with status = 33");

        Assert.Equal(33, await session.Machine.ExitAsync());
    }

    [Fact]
    public async Task A_watchpoint_stops_at_the_write()
    {
        Host.NeedsWriteWatchpoints();
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("watchpoint set variable watched", "Watchpoint created: Watchpoint 1");
        await session.Lldb.DoAsync("continue", "stop reason = watchpoint 1");
        string backtrace = await session.Lldb.DoAsync("bt", "`kernel_main");

        Assert.Contains("`change_watched", backtrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_ends_the_run()
    {
        await using Session session = await Session.StartAsync();

        await session.Lldb.DoAsync("process kill", "Process 1 exited with status = 9");

        Assert.Equal(130, await session.Machine.ExitAsync());
    }

    [GeneratedRegex(@"\$\d+ = (\d+)")]
    private static partial Regex Number();

    private sealed record Session(RunningMachine Machine, LldbSession Lldb) : IAsyncDisposable
    {
        public static async Task<Session> StartAsync(params string[] options)
        {
            RunningMachine machine = await RunningMachine.StartAsync(Kernel, ["--wait", .. options]);
            return new Session(machine, await LldbSession.AttachAsync(machine, Kernel));
        }

        public async ValueTask DisposeAsync()
        {
            await Lldb.DisposeAsync();
            await Machine.DisposeAsync();
        }
    }
}
