using System.Diagnostics;
using System.Net;
using OsDevHv.Gdb;
using OsDevHv.Tests.Gdb;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>The installed gdb understands our server: every command a kernel developer uses first, for both descriptions.</summary>
public sealed class StockGdbTests
{
    [Theory]
    [InlineData(TargetArchitecture.I386, "eip            0x1000")]
    [InlineData(TargetArchitecture.X86_64, "rip            0x1000")]
    public async Task Info_registers_shows_general_and_system_registers(TargetArchitecture architecture, string instructionPointer)
    {
        FakeMachine machine = new(architecture);
        machine.Cpu(0).Cr0 = 0x8000_0011;
        machine.Cpu(0).Selectors[0] = 8;

        GdbRun gdb = await GdbRun.ExecuteAsync(
            machine, ["info registers", "print $cr0", "print $st0", "print $xmm0.uint128", "print/x $mxcsr"]);

        gdb.Says(instructionPointer);
        gdb.Says("cs             0x8");
        gdb.Says("$1 = [ PE ET PG ]");
        gdb.Says("$2 = 0");
        gdb.Says("$3 = 0");
        gdb.Says("$4 = 0x1f80");
        gdb.DoesNotSay("warning: while parsing");
        gdb.DoesNotSay("remote 'g' packet");
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.X86_64)]
    public async Task Info_threads_lists_all_cpus_with_what_they_do(TargetArchitecture architecture)
    {
        FakeMachine machine = new(architecture) { Description = "waiting for SIPI & <more>" };

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["info threads", "thread 2", "print/x $pc"]);

        gdb.Says("Thread 1.1 \"CPU 0\" (waiting for SIPI & <more>)");
        gdb.Says("Thread 1.2 \"CPU 1\"");
        gdb.Says("Switching to thread 2");
        gdb.Says("$1 = 0x1000");
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.X86_64)]
    public async Task Memory_is_read_and_written(TargetArchitecture architecture)
    {
        FakeMachine machine = new(architecture);
        machine.Memory(0x1800)[0] = 0x42;

        GdbRun gdb = await GdbRun.ExecuteAsync(
            machine,
            [
                "x/2xb 0x1800", "set {int}0x1804 = 0x11223344", "x/1xw 0x1804", "x/2i $pc", "x/1xb 0x5000",
                "find 0x1800, 0x1900, (int)0x11223344",
            ]);

        gdb.Says("0x1800:\t0x42\t0x90");
        gdb.Says("0x1804:\t0x11223344");
        gdb.Says("=> 0x1000:\tnop");
        gdb.Says("Cannot access memory at address 0x5000");
        gdb.Says("1 pattern found");
        Assert.Equal(new byte[] { 0x44, 0x33, 0x22, 0x11 }, machine.Memory(0x1804)[..4].ToArray());
    }

    [Fact]
    public async Task Binary_data_with_every_byte_value_arrives_unchanged()
    {
        FakeMachine machine = new();
        byte[] all = [.. Enumerable.Range(0, 2048).Select(static n => (byte)n)];
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, all, TestContext.Current.CancellationToken);

        GdbRun gdb = await GdbRun.ExecuteAsync(
            machine, [$"restore {file} binary 0x1400", $"dump binary memory {file} 0x1400 0x1c00"]);

        gdb.Says("Restoring binary file");
        Assert.Equal(all, machine.Memory(0x1400)[..2048].ToArray());
        Assert.Equal(all, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        File.Delete(file);
    }

    [Fact]
    public async Task The_upper_half_is_reachable_although_the_memory_map_is_physical()
    {
        FakeMachine machine = new();
        machine.Memory(FakeMachine.HighBase)[0] = 0x55;

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["x/1xb 0xffffffff80100000", "info mem"]);

        gdb.Says("0xffffffff80100000:\t0x55");
        gdb.Says("0x000000000000f000 0x0000000000010000 ro");
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.X86_64)]
    public async Task Steps_breakpoints_and_registers_work_together(TargetArchitecture architecture)
    {
        FakeMachine machine = new(architecture);

        GdbRun gdb = await GdbRun.ExecuteAsync(
            machine,
            [
                "stepi", "stepi", "print/x $pc", "break *0x1010", "continue", "print/x $pc",
                "hbreak *0x1020", "continue", "set $pc = 0x1100", "stepi", "print/x $pc",
            ]);

        gdb.Says("$1 = 0x1002");
        gdb.Says("Breakpoint 1, 0x");
        gdb.Says("$2 = 0x1010");
        gdb.Says("Breakpoint 2, 0x");
        gdb.Says("$3 = 0x1101");
        Assert.Equal(0x1101ul, machine.Cpu(0).Rip);
        Assert.Contains("insert Software 1010 1", machine.Calls);
        Assert.Contains("insert Hardware 1020 1", machine.Calls);
        Assert.Equal(0x90, machine.Memory(0x1010)[0]);
    }

    [Fact]
    public async Task A_watchpoint_is_set_and_reported()
    {
        FakeMachine machine = new();

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["rwatch *(int*)0x1800", "continue"], whenSpinning: _ =>
        {
            machine.Stop(new StopEvent(StopKind.ReadWatchpoint, 0, 5, 0x1800));
            return Task.CompletedTask;
        });

        gdb.Says("Hardware read watchpoint 1");
        gdb.Says("Value = -1869574000");
        Assert.Contains("insert ReadWatch 1800 4", machine.Calls);
    }

    [Theory]
    [InlineData(TargetArchitecture.I386)]
    [InlineData(TargetArchitecture.X86_64)]
    public async Task Ctrl_C_stops_a_spinning_machine(TargetArchitecture architecture)
    {
        FakeMachine machine = new(architecture);
        machine.Memory(0x1008)[0] = 0xEB;
        machine.Memory(0x1009)[0] = 0xFE;

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["continue", "print/x $pc", "stepi", "print 6*7"], whenSpinning: static async gdb =>
        {
            using Process kill = Process.Start("kill", ["-INT", gdb.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        });

        gdb.Says("received signal SIGINT");
        gdb.Says("$1 = 0x1008");
        gdb.Says("$2 = 42");
        Assert.Contains("interrupt", machine.Calls);
    }

    [Fact]
    public async Task Monitor_output_of_any_length_is_shown()
    {
        string line = new('x', 3000);
        FakeMachine machine = new() { MonitorOutput = $"first {line}\nlast line\n" };

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["monitor info cpus"]);

        gdb.Says(machine.MonitorOutput);
        Assert.Contains("monitor info cpus", machine.Calls);
    }

    [Fact]
    public async Task A_crash_shows_its_message_and_keeps_the_state()
    {
        FakeMachine machine = new();
        machine.Memory(0x1004)[0] = 0x0F;
        machine.Memory(0x1005)[0] = 0x0B;

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["continue", "print/x $pc"]);

        gdb.Says("triple fault");
        gdb.Says("received signal SIGSEGV");
        gdb.Says("$1 = 0x1004");
    }

    [Fact]
    public async Task The_end_of_the_run_is_an_exit_with_its_code()
    {
        FakeMachine machine = new();
        machine.Memory(0x1004)[0] = 0xF4;

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["continue", "print $_exitcode"]);

        gdb.Says("exited with code 041");
        gdb.Says("$1 = 33");
        Assert.Single(machine.Calls, "detach");
    }

    [Fact]
    public async Task A_refused_register_is_refused_in_words()
    {
        FakeMachine machine = new() { Refusal = "CS cannot be loaded: no such descriptor" };

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["set $cs = 0x18", "set $cr8 = 16"]);

        gdb.Says("CS cannot be loaded: no such descriptor");
        gdb.Says("cr8 has 4 bits, 10h does not fit");
    }

    [Fact]
    public async Task A_refused_breakpoint_is_not_run_past_and_its_reason_is_shown()
    {
        FakeMachine machine = new() { Refusal = "no debug register is free", MonitorOutput = "done\n" };

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["hbreak *0x1010", "continue", "monitor help"]);

        gdb.Says("Cannot insert hardware breakpoint 1");
        gdb.Says("no debug register is free");
        Assert.DoesNotContain(machine.Calls, static call => call.StartsWith("resume", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Detach_lets_the_machine_go_once()
    {
        FakeMachine machine = new();

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["break *0x1010", "detach"]);

        gdb.Says("[Inferior 1 (process 1) detached]");
        Assert.Single(machine.Calls, "detach");
    }

    [Fact]
    public async Task Kill_ends_the_run_without_detaching()
    {
        FakeMachine machine = new();

        GdbRun gdb = await GdbRun.ExecuteAsync(machine, ["kill"]);

        gdb.Says("[Inferior 1 (process 1) killed]");
        Assert.Single(machine.Calls, "kill");
        Assert.DoesNotContain("detach", machine.Calls);
    }

    [Fact]
    public async Task A_second_gdb_watches_and_cannot_write()
    {
        FakeMachine machine = new();
        await using GdbServer server = GdbServer.Start(machine, new IPEndPoint(IPAddress.Loopback, 0));
        using System.Net.Sockets.TcpClient first = new();
        await first.ConnectAsync(server.LocalEndPoint, TestContext.Current.CancellationToken);

        GdbRun second = await GdbRun.ConnectAsync(server, ["print/x $pc", "x/1xb 0x1800", "set $pc = 0x1900", "info threads"]);

        second.Says("$1 = 0x1000");
        second.Says("0x1800:\t0x90");
        second.Says("this connection only watches");
        second.Says("Thread 1.2 \"CPU 1\"");
        Assert.Equal(["attach"], machine.Calls.Where(static call => call != "look"));
    }
}
