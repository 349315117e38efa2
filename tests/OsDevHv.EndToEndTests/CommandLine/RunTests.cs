using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary><c>osdevhv run</c> on the test kernels: what is on stdout, the verdict on stderr, the exit code.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("hello64-mb1.elf", "hello from 64-bit mode, booted by multiboot1\nhello\n")]
    [InlineData("hello64-mb2.elf", "hello from 64-bit mode, booted by multiboot2\nhello\n")]
    [InlineData("hello32-mb1.elf", "hello from 32-bit mode, booted by multiboot1\nhello\n")]
    [InlineData("hello32-mb2.elf", "hello from 32-bit mode, booted by multiboot2\nhello\n")]
    [InlineData("hello64-elf.elf", "hello from 64-bit mode, booted by direct\nhello\n")]
    [InlineData("hello64-high.elf", "hello from 64-bit mode, booted by direct\nhello\n")]
    public async Task A_kernel_is_booted_and_its_exit_value_is_the_exit_code_as_on_QEMU(string kernel, string output)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel(kernel));

        run.Exits((0x10 << 1) | 1);
        Assert.Equal(output, run.Output.ReplaceLineEndings("\n"));
        Assert.Matches(@"^osdevhv: exited: .*10h.* \(exit code 33\) after \d+\.\d\d s$", run.LastLine);
    }

    [Theory]
    [InlineData("triple-fault64.elf", 104, "triple fault")]
    [InlineData("triple-fault32.elf", 104, "triple fault")]
    [InlineData("dead-halt64.elf", 106, "halted for good")]
    [InlineData("dead-halt32.elf", 106, "halted for good")]
    [InlineData("reset64.elf", 108, "reset by the guest")]
    [InlineData("poweroff64.elf", 0, "powered off")]
    public async Task Every_end_of_a_guest_has_its_verdict(string kernel, int exitCode, string verdict)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel(kernel));

        run.Exits(exitCode);
        Assert.StartsWith($"osdevhv: {verdict}", run.LastLine, StringComparison.Ordinal);
        Assert.Contains($"(exit code {exitCode}) after ", run.LastLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pass", 0, "passed")]
    [InlineData("fail", 100, "failed")]
    public async Task A_profile_maps_exit_values_to_verdicts(string key, int exitCode, string verdict)
    {
        string kernel = Installation.Kernel("hello64-mb1.elf");
        string profile = _files.Write(
            "machine.yaml", $"extends: pc.yaml\nboot: {{ kernel: {kernel} }}\nverdict: {{ {key}: {{ exit: 0x10 }} }}\n");

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        run.Exits(exitCode);
        Assert.StartsWith($"osdevhv: {verdict}", run.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_matches_the_panic_pattern_is_a_panic_even_when_the_kernel_halts_at_once()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("panic64.elf"), "--set", "verdict.panic=KERNEL PANIC");

        run.Exits(102);
        Assert.StartsWith("osdevhv: panicked: KERNEL PANIC: deliberate", run.LastLine, StringComparison.Ordinal);
        Assert.Contains("KERNEL PANIC: deliberate", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_limit_ends_the_run()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("spinner64.elf"), "--timeout", "500ms");

        run.Exits(124);
        Assert.StartsWith("osdevhv: timed out", run.LastLine, StringComparison.Ordinal);
        Assert.Contains("spinning", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("code=0x21", 0x43)]
    [InlineData("code=0", 1)]
    public async Task The_kernel_gets_its_command_line(string commandLine, int exitCode)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("exit-code64.elf"), "--cmdline", commandLine);

        run.Exits(exitCode);
    }

    [Fact]
    public async Task The_kernel_gets_its_modules_in_order()
    {
        string first = _files.Write("first.bin", "one");
        string second = _files.Write("second.bin", "two");

        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("multiboot-info64-mb2.elf"), "--module", $"{first}=\"root\"", "--module", second);

        run.Exits(33);
        Assert.Contains("\"root\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flat_binary_is_entered_where_the_options_say()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("hello-real.bin"), "--set", "boot.protocol=flat", "--set", "boot.flat.mode=real");

        run.Exits(33);
    }

    [Fact]
    public async Task The_serial_line_may_go_to_a_file_while_the_debug_console_stays_on_stdout()
    {
        string log = _files.Path("serial.log");

        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("hello64-mb1.elf"), "--serial", $"file:{log}");

        run.Exits(33);
        Assert.Equal("hello\n", run.Output);
        string logged = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        Assert.Equal("hello from 64-bit mode, booted by multiboot1\n", logged.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Unclaimed_accesses_are_listed_on_stderr_when_traced()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("unclaimed64.elf"), "--trace", "unclaimed");

        run.Exits(33);
        run.Says("port 5f0h, read of 4 bytes");
        run.Says("memory d0000000h, write of 8 bytes");
    }

    [Fact]
    public async Task Bytes_on_stdin_reach_the_guest_and_the_end_of_input_ends_nothing()
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("echo64.elf"), "--timeout", "60s");
        await run.ReadUntilAsync("ready\n");

        byte[] words = "more than the FIFO of a 16550A holds, \u00e9, then the end: q"u8.ToArray();
        await run.Input.WriteAsync(words, TestContext.Current.CancellationToken);
        run.Input.Close();
        await run.WaitAsync();

        run.Exits(33);
        Assert.StartsWith(Encoding.Latin1.GetString(words), run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_the_run_in_good_order(string signal)
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("spinner64.elf"));
        await run.ReadUntilAsync("spinning");

        await run.SignalAsync(signal);
        await run.WaitAsync();

        run.Exits(130);
        Assert.StartsWith("osdevhv: stopped", run.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_leaves_does_not_change_the_verdict()
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("port-exits64.elf"), "--cmdline", "port=0x3f8 count=20000");
        await run.ReadUntilAsync("begin");

        run.OutputStream.Close();
        await run.WaitForErrorAsync("its reader has gone");
        await run.WaitForErrorAsync("exited");

        run.Says("(exit code 33)");
    }

    [Fact]
    public async Task A_flood_to_a_reader_that_sleeps_neither_grows_the_program_nor_loses_a_byte()
    {
        // Measured on the amd host: after some hundred thousand port exits its emulated processor raises a page fault in a guest that has
        // none.
        Assert.SkipWhen(Installation.IsNestedHost, "the emulated processors of the nested hosts do not last for 400,000 exits");
        const int Count = 400_000;
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("port-exits64.elf"), "--cmdline", $"port=0x3f8 count={Count}");
        run.Input.Close();
        await run.ReadUntilAsync("begin\n");

        // The pipe holds 64 KiB and the program 64 KiB more: it stands still well before a third of the flood.
        long before = await SettledMemoryAsync(run);
        run.ReadOutput();
        await run.WaitAsync();

        run.Exits(33);
        Assert.InRange(before, 1, 64L << 20);
        Assert.EndsWith("port exits: end\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        for (int i = 0; i < Count; i++)
        {
            if (run.Output[i] != (char)(byte)(Count - i))
            {
                Assert.Fail($"byte {i} of the flood is {(int)run.Output[i]}");
            }
        }
    }

    [Fact]
    public async Task The_gdb_server_tells_its_port_and_a_kill_ends_the_run()
    {
        using ProgramRun run = ProgramRun.Start("run", Installation.Kernel("hello64-mb1.elf"), "--gdb=:0", "--wait");
        string line = await run.WaitForErrorAsync("gdb: listening on ");
        IPEndPoint address = IPEndPoint.Parse(line["gdb: listening on ".Length..]);

        using (var client = new TcpClient())
        {
            await client.ConnectAsync(address, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("+$k#6b"u8.ToArray(), TestContext.Current.CancellationToken);
            await run.WaitAsync();
        }

        run.Exits(130);
        Assert.Equal(IPAddress.Loopback, address.Address);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Verbose_says_more_on_stderr_and_nothing_on_stdout()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("poweroff64.elf"), "--verbose");

        run.Exits(0);
        run.Says("osdevhv: machine built in ");
        Assert.Equal("powering off\n", run.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_doctor_finds_this_host_usable_and_names_the_breakpoints()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("doctor");

        run.Exits(0);
        Assert.StartsWith("/dev/kvm: usable", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nBreakpoints: ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("Machines can be run on this host.\n", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The resident memory but for the guest's, in bytes, once the process stands still.</summary>
    private static async Task<long> SettledMemoryAsync(ProgramRun run)
    {
        (long Memory, long Busy) last = (0, -1);
        while (true)
        {
            await Task.Delay(300, TestContext.Current.CancellationToken);
            string[] times = (await File.ReadAllTextAsync($"/proc/{run.Id}/stat", TestContext.Current.CancellationToken)).Split(' ');
            string status = await File.ReadAllTextAsync($"/proc/{run.Id}/status", TestContext.Current.CancellationToken);
            string resident = status.Split('\n').First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            long kibibytes = long.Parse(resident.Where(char.IsAsciiDigit).ToArray(), CultureInfo.InvariantCulture);
            long busy = long.Parse(times[13], CultureInfo.InvariantCulture) + long.Parse(times[14], CultureInfo.InvariantCulture);
            if (busy == last.Busy)
            {
                return kibibytes << 10;
            }

            last = (kibibytes, busy);
        }
    }
}
