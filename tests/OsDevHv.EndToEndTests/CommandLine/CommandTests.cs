using System.Net;
using System.Net.Sockets;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>All of the command line that needs no machine.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("schema")]
    [InlineData("doctor")]
    [InlineData("version")]
    public async Task Help_names_every_command_and_each_has_its_own(string command)
    {
        using ProgramRun all = await ProgramRun.ToEndAsync("--help");
        using ProgramRun own = await ProgramRun.ToEndAsync(command, "--help");

        all.Exits(0);
        own.Exits(0);
        Assert.Contains($"\n  {command} ", all.Output, StringComparison.Ordinal);
        Assert.Contains($"osdevhv {command}", own.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0  passed")]
    [InlineData("odd  2v+1")]
    [InlineData("64  wrong command line")]
    [InlineData("66  FILE, kernel or module unusable")]
    [InlineData("70  machine error")]
    [InlineData("72  no usable KVM")]
    [InlineData("74  host error")]
    [InlineData("78  wrong profile")]
    [InlineData("100  failed")]
    [InlineData("102  panicked")]
    [InlineData("104  triple fault")]
    [InlineData("106  halted for good")]
    [InlineData("108  reset")]
    [InlineData("124  timed out")]
    [InlineData("130  stopped")]
    [InlineData("osdevhv run kernel.elf --gdb --wait")]
    [InlineData("Ctrl-A x")]
    public async Task Help_of_run_explains_exit_codes_keys_and_debugging(string words)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", "--help");

        Assert.Contains(words, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task The_version_is_one_line(string command)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(command);

        run.Exits(0);
        Assert.Matches(@"^osdevhv \d+\.\d+\.\d+\n$", run.Output);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("a command is missing")]
    [InlineData("unknown command 'chek'; did you mean 'check'?", "chek", "machine.yaml")]
    [InlineData("unknown option '--timeot'; did you mean '--timeout'?", "run", "--timeot", "3s", "kernel.elf")]
    [InlineData("unknown option '--efective'; did you mean '--effective'?", "check", "machine.yaml", "--efective")]
    [InlineData("unknown option '--zzz'", "run", "kernel.elf", "--zzz")]
    [InlineData("FILE is missing", "run")]
    [InlineData("FILE is missing", "run", "--gdb")]
    [InlineData("'b.elf' is one argument too many", "run", "a.elf", "b.elf")]
    [InlineData("--trace: unknown category 'everything'; known: unclaimed", "run", "kernel.elf", "--trace", "everything")]
    [InlineData("--timeout", "run", "kernel.elf", "--timeout")]
    public async Task A_wrong_command_line_is_told_on_stderr_with_the_way_out(string words, params string[] arguments)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(arguments);

        run.Exits(64);
        run.Says(words);
        run.Says("--help'.");
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_file_without_a_command_is_answered_with_the_right_command()
    {
        string file = _files.Write("kernel.elf", "x");

        using ProgramRun run = await ProgramRun.ToEndAsync(file);

        run.Exits(64);
        run.Says($"osdevhv run {file}");
    }

    [Fact]
    public async Task A_valid_profile_is_said_to_be_valid()
    {
        string profile = _files.Write("machine.yaml", "extends: pc.yaml\nmemory: 64M\n");

        using ProgramRun run = await ProgramRun.ToEndAsync("check", profile);

        run.Exits(0);
        Assert.Equal($"{profile}: valid\n", run.Output);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public async Task Errors_of_a_profile_are_on_stderr_with_place_and_code(string command)
    {
        string profile = _files.Write("machine.yaml", "extends: pc.yaml\nmemroy: 64M\ncpu: { count: 65 }\n");

        using ProgramRun run = await ProgramRun.ToEndAsync(command, profile);

        run.Exits(78);
        run.Says($"{profile}:2:1: error OSDV020: ");
        run.Says("did you mean 'memory'?");
        run.Says($"{profile}:3:15: error OSDV026: ");
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("--timeout", "soon")]
    [InlineData("--serial", "smoke-signals")]
    [InlineData("--gdb=nowhere")]
    [InlineData("--set", "cpu.count=many")]
    public async Task A_wrong_value_of_an_option_is_an_error_that_names_the_option(string option, params string[] value)
    {
        string profile = _files.Write("machine.yaml", "extends: pc.yaml\nboot: { kernel: machine.yaml }\n");

        using ProgramRun run = await ProgramRun.ToEndAsync(["run", profile, option, .. value]);

        run.Exits(78);
        run.Says(option.Split('=')[0]);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task The_effective_profile_is_itself_a_profile_with_the_same_meaning()
    {
        string profile = _files.Write("machine.yaml", "extends: pc.yaml\nname: same\n");

        using ProgramRun first = await ProgramRun.ToEndAsync("check", profile, "--effective", "--set", "memory=48M");
        string written = _files.Write("effective.yaml", first.Output);
        using ProgramRun second = await ProgramRun.ToEndAsync("check", written, "--effective");

        first.Exits(0);
        Assert.Contains("memory: 48M", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("extends", first.Output, StringComparison.Ordinal);
        Assert.Equal(first.Output, second.Output);
    }

    [Fact]
    public async Task The_schema_is_the_one_that_the_shipped_profiles_point_to()
    {
        string shipped = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "machine.schema.json"), TestContext.Current.CancellationToken);

        using ProgramRun run = await ProgramRun.ToEndAsync("schema");

        run.Exits(0);
        Assert.Equal(shipped, run.Output);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_bad_input()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", _files.Path("missing.elf"));

        run.Exits(66);
        run.Says("missing.elf");
    }

    [Fact]
    public async Task A_kernel_that_is_not_there_is_bad_input()
    {
        string profile = _files.Write("machine.yaml", "extends: pc.yaml\nboot: { kernel: missing.elf }\n");

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        run.Exits(66);
        run.Says($"{profile}:2:17: error OSDV070: ");
    }

    [Theory]
    [InlineData("\u007fELF")]
    [InlineData("\0\0\0\0 no kernel of any kind")]
    public async Task A_kernel_that_cannot_be_booted_is_bad_input(string content)
    {
        string kernel = _files.Write("broken.elf", content);

        using ProgramRun run = await ProgramRun.ToEndAsync("run", kernel);

        run.Exits(66);
        Assert.StartsWith($"osdevhv: {kernel}: ", run.LastLine, StringComparison.Ordinal);
        Assert.EndsWith("(exit code 66)", run.LastLine, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("/nowhere/kvm")]
    [InlineData("/dev/null")]
    public async Task The_doctor_says_why_there_is_no_KVM(string device)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("doctor", "--device", device);

        run.Exits(72);
        Assert.StartsWith($"{device}: not usable\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("Machines cannot be run on this host.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_serial_line_to_a_file_that_cannot_be_written_is_a_host_error()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("hello64-mb1.elf"), "--serial", "file:/nowhere/serial.log");

        run.Exits(74);
        run.Says("com1: cannot open file:/nowhere/serial.log: ");
    }

    [Theory]
    [InlineData("--gdb=", "gdb: cannot listen on ")]
    [InlineData("--serial=tcp:", "com1: cannot open tcp:")]
    public async Task An_address_in_use_is_a_host_error(string option, string words)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel("hello64-mb1.elf"), $"{option}{other.LocalEndpoint}");

        run.Exits(74);
        run.Says($"{words}{other.LocalEndpoint}: ");
        Assert.Equal("", run.Output);
    }
}
