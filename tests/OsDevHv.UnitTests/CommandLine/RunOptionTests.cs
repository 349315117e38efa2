using OsDevHv.CommandLine;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Tests.Running;

namespace OsDevHv.Tests.CommandLine;

/// <summary>What the options of <c>osdevhv run</c> make of the profile.</summary>
public sealed class RunOptionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-options");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly string _profilePath;
    private MachineProfile? _profile;
    private MachineOptions? _options;

    public RunOptionTests()
    {
        _profilePath = Path.Combine(_directory.FullName, "machine.yaml");
        File.WriteAllText(_profilePath, """
            extends: pc.yaml
            boot: { kernel: machine.yaml, cmdline: quiet, modules: [{ path: machine.yaml }] }
            verdict: { timeout: 1m }
            """);
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Without_options_the_profile_stands()
    {
        await RunAsync();

        Assert.Equal("quiet", _profile!.Boot.CommandLine);
        Assert.Equal(TimeSpan.FromMinutes(1), _profile.Verdict.Timeout);
        Assert.Null(_profile.Gdb.Listen);
        Assert.False(_options!.Debuggable);
        Assert.Equal(TraceCategories.None, _options.Trace);
    }

    [Fact]
    public async Task Options_win_over_set_wherever_they_stand()
    {
        await RunAsync("--timeout", "5s", "--set", "verdict.timeout=7s", "--set", "cpu.count=2");

        Assert.Equal(TimeSpan.FromSeconds(5), _profile!.Verdict.Timeout);
        Assert.Equal(2, _profile.Cpu.Count);
    }

    [Theory]
    [InlineData("log=debug")]
    [InlineData("{ not: yaml }")]
    [InlineData("\"quoted\" \\ 'and' so on")]
    [InlineData("null")]
    [InlineData("-v --gdb")]
    [InlineData("tab\there, \u00e9 too")]
    [InlineData("")]
    public async Task The_command_line_reaches_the_kernel_as_it_was_typed(string commandLine)
    {
        await RunAsync("--cmdline", commandLine);

        Assert.Equal(commandLine, _profile!.Boot.CommandLine);
    }

    [Fact]
    public async Task Modules_replace_those_of_the_profile_and_have_command_lines()
    {
        string module = Path.Combine(_directory.FullName, "a module.bin");
        await File.WriteAllTextAsync(module, "x", TestContext.Current.CancellationToken);

        await RunAsync("--module", $"{module}=root=/dev/ram \"x\"", "--module", module);

        Assert.Equal([new BootModule(module, "root=/dev/ram \"x\""), new BootModule(module, "")], _profile!.Boot.Modules);
    }

    [Fact]
    public async Task The_initial_RAM_disk_is_the_options_file()
    {
        string file = Path.Combine(_directory.FullName, "an initrd");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);

        await RunAsync("--initrd", file);

        Assert.Equal([file], _profile!.Boot.InitialRamDisk);
    }

    [Fact]
    public async Task The_serial_option_connects_com1()
    {
        await RunAsync("--serial", "null");

        UartProfile com1 = _profile!.Devices.OfType<UartProfile>().Single(uart => uart.Name == "com1");
        Assert.Equal(ConnectionKind.Null, com1.Connection.Kind);
    }

    [Theory]
    [InlineData("--gdb=:0", "127.0.0.1:0")]
    [InlineData("--gdb=0", "127.0.0.1:0")]
    public async Task The_gdb_option_opens_the_machine_for_a_debugger(string option, string listen)
    {
        await RunAsync(option, "--wait");

        Assert.Equal(listen, _profile!.Gdb.Listen);
        Assert.True(_profile.Gdb.Wait);
        Assert.True(_options!.Debuggable);
    }

    [Fact]
    public async Task Waiting_without_a_server_is_an_error_of_the_profile()
    {
        int exitCode = await RunAsync("--wait");

        Assert.Equal(ExitCodes.BadProfile, exitCode);
        Assert.Contains("OSDV065", _error.ToString(), StringComparison.Ordinal);
        Assert.Null(_profile);
    }

    [Fact]
    public async Task Traces_are_named()
    {
        await RunAsync("--trace", "unclaimed");

        Assert.Equal(TraceCategories.Unclaimed, _options!.Trace);
    }

    private Task<int> RunAsync(params string[] options)
    {
        var context = new ProgramContext(_output, TextWriter.Synchronized(_error), (profile, machineOptions) =>
        {
            (_profile, _options) = (profile, machineOptions);
            return new ScriptedMachine((_, _) => Task.FromResult(new Verdict(VerdictKind.PoweredOff, "", 0)));
        });
        return new ProgramCommands(context).RunAsync(["run", _profilePath, .. options]);
    }
}
