using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary><c>monitor dump</c>: stock gdb opens the file with the kernel's memory at its addresses and each CPU as a thread.</summary>
public sealed class CoreDumpTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("debuggee64.elf")]
    [InlineData("debuggee32.elf")]
    [Trait("Suite", "debugger")]
    public async Task Gdb_shows_calls_variables_and_all_CPUs_of_a_core(string kernel)
    {
        string core = await DumpAsync(kernel, "inner", "--set", "cpu.count=2");

        string said = await CoreReader.ReadAsync(
            Installation.Kernel(kernel), core, "info threads", "bt", "print knob", "x/2i $pc");

        Assert.Contains("* 1    LWP 1", said, StringComparison.Ordinal);
        Assert.Contains("  2    LWP 2", said, StringComparison.Ordinal);
        Assert.Contains("#0  inner (value=33)", said, StringComparison.Ordinal);
        Assert.Contains("in outer (value=", said, StringComparison.Ordinal);
        Assert.Contains("$1 = 1\n", said, StringComparison.Ordinal);
        Assert.Contains("<inner>:\tpush", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_in_the_upper_half_is_found_at_its_addresses_and_physical_memory_at_its_window()
    {
        const string kernel = "limine-r3.elf";
        string core = await DumpAsync(kernel, "kernel_main");

        string said = await CoreReader.ReadAsync(
            Installation.Kernel(kernel), core, "bt", "x/i $pc", "x/1xb 0x4000000000100000", "x/1xb 0xffffffff80000000", "x/1xb 0x100000");

        Assert.Contains("#0  kernel_main ()", said, StringComparison.Ordinal);
        Assert.Contains("in limine_start ()", said, StringComparison.Ordinal);
        string physical = Line(said, "0x4000000000100000:")[^4..];
        string mapped = Line(said, "0xffffffff80000000")[^4..];
        Assert.Equal(physical, mapped);
        Assert.Contains("Cannot access memory at address 0x100000", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_core_takes_no_room_for_memory_that_is_zero()
    {
        string core = await DumpAsync("debuggee64.elf", "inner");

        Assert.True(new FileInfo(core).Length > 128 << 20);
        using var du = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("du", ["-k", core]) { RedirectStandardOutput = true })!;
        string used = await du.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.InRange(int.Parse(used.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), 1, 8 << 10);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_said_so_and_the_session_goes_on()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # dump
            monitor dump /nonexistent/directory/core
            monitor dump
            # on
            break inner
            continue
            """);

        session.Says("dump", "cannot write /nonexistent/directory/core: ");
        session.Says("dump", "dump to which file?");
        session.Says("on", "inner (value=33)");
    }

    private static string Line(string said, string begin) =>
        said.Split('\n').First(line => line.StartsWith(begin, StringComparison.Ordinal)).TrimEnd();

    private async Task<string> DumpAsync(string kernel, string place, params string[] arguments)
    {
        string core = _files.Path("core");
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, ["--wait", .. arguments]);
        Transcript session = await DebuggerSession.RunAsync(machine, kernel, $"""
            # dump
            break {place}
            continue
            monitor dump {core}
            kill
            """);
        session.Says("dump", $"wrote {core}: ");
        return core;
    }
}
