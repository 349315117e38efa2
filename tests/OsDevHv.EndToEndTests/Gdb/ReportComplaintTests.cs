using System.Net.Sockets;
using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>"A panicked guest is indistinguishable from success": every end has its own exit code and its own words.</summary>
public sealed class Complaint02Tests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("hello64-mb1.elf", "--set verdict.pass.exit=0x10", 0, "passed")]
    [InlineData("hello64-mb1.elf", "--set verdict.fail.exit=0x10", 100, "failed")]
    [InlineData("hello64-mb1.elf", "", 33, "exited")]
    [InlineData("panic64.elf", "--set verdict.panic=PANIC", 102, "panicked")]
    [InlineData("triple-fault64.elf", "", 104, "triple fault")]
    [InlineData("dead-halt64.elf", "", 106, "halted for good")]
    [InlineData("reset64.elf", "", 108, "reset by the guest")]
    [InlineData("spinner64.elf", "--timeout 500ms", 124, "timed out")]
    public async Task Each_end_of_a_guest_is_told_from_every_other(string kernel, string options, int exitCode, string verdict)
    {
        string[] words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using ProgramRun run = await ProgramRun.ToEndAsync(["run", Installation.Kernel(kernel), .. words]);

        run.Exits(exitCode);
        Assert.StartsWith($"osdevhv: {verdict}", run.LastLine, StringComparison.Ordinal);
        Assert.Contains($"(exit code {exitCode})", run.LastLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory: lots\n", 78)]
    [InlineData("boot: { kernel: /nonexistent.elf }\n", 66)]
    public async Task A_wrong_profile_is_none_of_them(string text, int exitCode)
    {
        string profile = _files.Write("machine.yaml", $"extends: pc.yaml\n{text}");

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        run.Exits(exitCode);
    }

    [Fact]
    public async Task A_file_that_is_no_kernel_is_none_of_them()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", _files.Write("kernel.elf", "\u007fELF, and that is all"));

        run.Exits(66);
    }

    [Fact]
    public async Task An_error_of_the_host_is_none_of_them()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();

        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("hello64-mb1.elf"), $"--gdb={taken.LocalEndpoint}");

        run.Exits(74);
    }
}

/// <summary>"There is no way to know what caused this": a triple fault and a hang are explained before anything is reset.</summary>
public sealed class Complaint03Tests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("unmapped", "no IDT was loaded")]
    [InlineData("no-gate", "is empty: no handler was installed")]
    [InlineData("late", "no IDT was loaded")]
    public async Task A_triple_fault_is_explained_by_registers_instruction_gate_and_walk(string how, string gate)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("deaths64.elf"), "--cmdline", $"how={how}");

        run.Exits(104);
        run.Says("---- Triple fault on CPU 0");
        run.Says(gate);
        run.Says("rbx 1122334455667788");
        run.Says("Code at RIP <faulting_store>:");
        run.Says("The instruction writes 0x5ead00000000: #PF, error code 0x2 (not present, write, kernel): the PML4E is not present");
        run.Says("<kernel_main+");
        run.Says("Last exits:");
    }

    [Fact]
    public async Task An_exception_loop_is_told_from_a_mere_hang()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("deaths64.elf"), "--cmdline", "how=loop", "--timeout", "1s");

        run.Exits(124);
        run.Says("CPU 0 is in an exception loop: ");
        run.Says("<faulting_store>");
    }

    [Fact]
    public async Task A_hang_says_what_the_CPU_waits_for()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("deaths64.elf"), "--cmdline", "how=polls", "--timeout", "1s");

        run.Exits(124);
        run.Says("CPU 0 reads port 0x2f0 at ");
    }

    [Fact]
    public async Task A_panic_has_a_report_too()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("panic64.elf"), "--set", "verdict.panic=PANIC");

        run.Exits(102);
        run.Says("---- Panic on CPU 0: KERNEL PANIC: deliberate ----");
    }

    [Fact]
    public async Task On_crash_core_writes_a_core_that_gdb_opens_at_the_fault()
    {
        string core = _files.Path("dead.core");
        string kernel = Installation.Kernel("triple-fault64.elf");

        using ProgramRun run = await ProgramRun.ToEndAsync("run", kernel, "--on-crash", "core", "--set", $"debug.core={core}");

        run.Exits(104);
        run.Says($"core: wrote {core}: ");
        string said = await CoreReader.ReadAsync(kernel, core, "bt", "print/x $rbx");
        Assert.Contains("#0  0x", said, StringComparison.Ordinal);
        Assert.Contains("in fault ()", said, StringComparison.Ordinal);
        Assert.Contains("$1 = 0x1122334455667788", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_crash_core_that_cannot_be_written_leaves_the_verdict_as_it_is()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("triple-fault64.elf"), "--on-crash", "core", "--set", "debug.core=/nonexistent/core");

        run.Exits(104);
        run.Says("core: cannot write /nonexistent/core: ");
    }

    [Theory]
    [InlineData("triple-fault64.elf", 104, "in fault ()")]
    [InlineData("dead-halt64.elf", 106, "kernel_main ()")]
    public async Task On_crash_gdb_keeps_the_machine_until_a_debugger_has_looked(string name, int exitCode, string place)
    {
        string kernel = Installation.Kernel(name);
        using ProgramRun run = ProgramRun.Start("run", kernel, "--on-crash", "gdb");
        string typed = await run.WaitForErrorAsync("target remote ");
        string address = typed[(typed.IndexOf("remote ", StringComparison.Ordinal) + 7)..].TrimEnd('\'', '\r');

        string said = await AttachAsync(kernel, address);

        await run.WaitAsync();
        run.Exits(exitCode);
        Assert.Contains(place, said, StringComparison.Ordinal);
    }

    private static Task<string> AttachAsync(string kernel, string address) =>
        CoreReader.ReadAsync(kernel, "", $"target remote {address}", "bt", "detach");
}

/// <summary>"I don't see any way to write to a physical address", "page tables": asked of the machine itself, in any gdb.</summary>
public sealed class Complaint07Tests
{
    [Fact]
    [Trait("Suite", "debugger")]
    public async Task Physical_memory_and_page_tables_are_seen_and_written_from_gdb()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("limine-r3.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "limine-r3.elf", """
            # walk
            break kernel_main
            continue
            monitor walk kernel_main
            # denied
            monitor walk kernel_main w
            # unmapped
            monitor walk 1000 r
            # maps
            monitor maps
            # phys
            monitor gva2gpa ffff800000005123
            # write
            monitor xpw 5120 cafe 4
            monitor xp/1xw 5120
            x/1xw 0xffff800000005120
            # bad
            monitor xp fee00000
            # bt
            monitor bt
            """);

        session.Says("walk", "PML4E at 0x");
        session.Says("walk", "CPL 0 execute: allowed");
        session.Says("denied", "#PF, error code 0x3 (protection, write, kernel): read-only: the PTE has RW 0, and CR0.WP is 1");
        session.Says("unmapped", "the PML4E is not present");
        session.Says("maps", "kernel r-x 4 KiB pages to 0x");
        session.Says("phys", "0xffff800000005123 is physical 0x5123");
        session.Says("write", "0x5120: 0x0000cafe");
        session.Says("write", "0xffff800000005120:\t0x0000cafe");
        session.Says("bad", "physical 0xfee00000 is not RAM");
        session.Says("bt", "#0  0xffffffff");
    }
}

/// <summary>"The format is undocumented": one checked YAML file whose errors name file, line, column, and the way out.</summary>
public sealed class Complaint15Tests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("extends: pc.yaml\nmemroy: 64M\n", ":2:1", "did you mean 'memory'?")]
    [InlineData("extends: pc.yaml\ncpu:\n  count: many\n", ":3:10", "many")]
    [InlineData("extends: pc.yaml\ndebug: { on-crash: reprot }\n", ":2:20", "did you mean 'report'?")]
    public async Task An_error_in_a_profile_has_its_place_and_a_way_out(string text, string place, string wayOut)
    {
        string profile = _files.Write("machine.yaml", text);

        using ProgramRun run = await ProgramRun.ToEndAsync("check", profile);

        run.Exits(78);
        run.Says($"machine.yaml{place}");
        run.Says(wayOut);
    }

    [Fact]
    public async Task The_schema_knows_every_key()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("schema");

        run.Exits(0);
        Assert.Contains("\"on-crash\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"watch-faults\"", run.Output, StringComparison.Ordinal);
    }
}
