using OsDevHv.Kvm;
using OsDevHv.Kvm.Host;
using OsDevHv.Machine;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Testing;
using OsDevHv.Tests.Suites.Running;
using static OsDevHv.Tests.Suites.SomeCases;

namespace OsDevHv.Tests.Suites.Testing;

/// <summary>One kernel as a test of another runner.</summary>
public sealed class SingleTestTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly string _stdout = Path.GetTempFileName();
    private Func<string, OutputReceiver?>? _further;

    public void Dispose()
    {
        File.Delete(_stdout);
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData(AttemptOutcome.Passed, 0, "passed: s/0 (0.010 s)")]
    [InlineData(AttemptOutcome.Failed, 100, "FAILED: s/0 (0.010 s): why")]
    [InlineData(AttemptOutcome.Skipped, 77, "skipped: s/0 (0.010 s): why")]
    [InlineData(AttemptOutcome.Error, 100, "ERROR: s/0 (0.010 s): why")]
    public async Task Its_exit_code_is_what_runners_know_and_its_output_is_the_kernels(AttemptOutcome outcome, int expected, string words)
    {
        var runner = new ScriptedRunner((_, _, _) =>
        {
            _further!("com1")!("hello\n"u8);
            return Task.FromResult(Attempt(outcome, "why") with { Output = "hello\n", ExitCode = 33 });
        });

        int exitCode = await Test(runner).RunAsync(Plan(Printing), []);

        Assert.Equal(expected, exitCode);
        Assert.Equal("hello\n", Printed);
        Assert.EndsWith($"osdevhv: {words} (exit code {expected})\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_its_profile_tries_again_is_tried_again()
    {
        var runner = new ScriptedRunner(static (_, attempt) => attempt == 1 ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        int exitCode = await Test(runner).RunAsync(Plan(Case("s/a") with { Retries = 1 }), []);

        Assert.Equal(0, exitCode);
        Assert.Contains("osdevhv: FLAKY: s/a", _error.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("osdevhv: it failed and is tried again, attempt 2\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_printed_is_on_stdout_while_the_kernel_runs_and_what_is_not_for_stdio_never()
    {
        string seen = "";
        var runner = new ScriptedRunner((_, _, _) =>
        {
            _further!("com1")!("one\n"u8);
            _further("debugcon")!("two"u8);
            Assert.Null(_further("com2"));
            Assert.Null(_further("nothing of the kind"));
            seen = Printed;
            return Task.FromResult(Attempt(AttemptOutcome.Passed) with { Output = "one two three" });
        });

        await Test(runner).RunAsync(Plan(Printing), []);

        Assert.Equal("one\ntwo", seen);
        Assert.Equal("one\ntwo", Printed);
    }

    [Fact]
    public async Task Nothing_is_lost_where_two_consoles_print_at_a_time()
    {
        var runner = new ScriptedRunner((_, _, _) =>
        {
            _further!("com1")!("one "u8);
            _further("debugcon")!("two\n"u8);
            _further("com1")!("line\n"u8);
            _further("debugcon")!("half a "u8);
            _further("com1")!("prompt: "u8);
            return Task.FromResult(Attempt(AttemptOutcome.Passed));
        });

        await Test(runner).RunAsync(Plan(Printing), []);

        Assert.Equal("two\n".Length + "one line\nhalf a prompt: ".Length, Printed.Length);
        Assert.EndsWith("half a prompt: ", Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_the_end_of_a_line_comes_without_it_too()
    {
        var runner = new ScriptedRunner(async (_, _, stop) =>
        {
            _further!("com1")!("login: "u8);
            _further("debugcon")!("two\n"u8);
            while (Printed != "login: two\n")
            {
                await Task.Delay(1, stop);
            }

            return Attempt(AttemptOutcome.Passed);
        });

        Task<int> run = Test(runner).RunAsync(Plan(Printing), []);

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("", "", "smoke --quick \"two words\" \"\" a=b")]
    [InlineData("root=1", "case=x", "root=1 smoke --quick \"two words\" \"\" a=b")]
    public async Task Arguments_are_appended_to_the_command_line_and_to_those_that_the_kernel_asks_for(
        string before, string asked, string commandLine)
    {
        TestCase? given = null;
        var runner = new ScriptedRunner((testCase, _, _) =>
        {
            given = testCase;
            return Task.FromResult(Attempt(AttemptOutcome.Passed));
        });
        TestCase one = WithBoot(BootProtocol.Multiboot2, new FwCfgProfile("fw-cfg"));
        one = one with { Arguments = asked, Profile = one.Profile with { Boot = one.Profile.Boot with { CommandLine = before } } };

        int exitCode = await Test(runner).RunAsync(Plan(one), ["smoke", "--quick", "two words", "", "a=b"]);

        Assert.Equal(0, exitCode);
        Assert.Equal(commandLine, given!.Profile.Boot.CommandLine);
        Assert.Equal($"{asked} smoke --quick \"two words\" \"\" a=b".TrimStart(), given.Arguments);
        Assert.StartsWith(
            "osdevhv: the kernel's arguments: smoke --quick \"two words\" \"\" a=b (command line and fw_cfg)\n",
            _error.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_go_where_the_machine_can_put_them()
    {
        var given = new List<TestCase>();
        var runner = new ScriptedRunner((testCase, _, _) =>
        {
            given.Add(testCase);
            return Task.FromResult(Attempt(AttemptOutcome.Passed));
        });

        await Test(runner).RunAsync(Plan(WithBoot(BootProtocol.Pvh)), ["a"]);
        await Test(runner).RunAsync(Plan(WithBoot(BootProtocol.Elf, new FwCfgProfile("fw-cfg"))), ["a"]);
        int nowhere = await Test(runner).RunAsync(Plan(WithBoot(BootProtocol.Flat)), ["a"]);

        Assert.Equal([("a", ""), ("", "a")], given.Select(static one => (one.Profile.Boot.CommandLine, one.Arguments)));
        Assert.Equal(ExitCodes.BadImage, nowhere);
        Assert.Contains("there is no way to give it arguments", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_are_refused()
    {
        var runner = new ScriptedRunner(static (_, _) => AttemptOutcome.Passed);

        TestCase one = WithBoot(BootProtocol.Multiboot1, new FwCfgProfile("fw-cfg"));
        int exitCode = await Test(runner).RunAsync(Plan(one), [new string('x', 1024)]);

        Assert.Equal(ExitCodes.BadImage, exitCode);
        Assert.Contains("1023 bytes", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(runner.Began);
    }

    [Fact]
    public async Task Without_KVM_it_is_no_failure_of_the_kernel()
    {
        var context = new ProgramContext(_output, _error, (_, _) => throw new InvalidOperationException("a machine"))
        {
            CreateCaseRunner = (_, _) => throw new KvmUnavailableException(KvmUnavailableReason.NoDevice, "there is no /dev/kvm"),
        };

        int exitCode = await new SingleTest(context, "0.1.0").RunAsync(Plan(1), []);

        Assert.Equal(ExitCodes.NoKvm, exitCode);
        Assert.Contains("there is no /dev/kvm", _error.ToString(), StringComparison.Ordinal);
    }

    private static TestCase Printing => WithBoot(
        BootProtocol.Auto,
        new UartProfile("com1", 0x3f8, 4, new Connection(ConnectionKind.Stdio, "")),
        new UartProfile("com2", 0x2f8, 3, new Connection(ConnectionKind.Null, "")),
        new DebugConsoleProfile("debugcon", 0xe9, 0xe9, new Connection(ConnectionKind.Stdio, "")));

    private string Printed
    {
        get
        {
            using var file = new FileStream(_stdout, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
    }

    private static TestCase WithBoot(BootProtocol protocol, params DeviceProfile[] devices)
    {
        TestCase one = Case("s/0");
        return one with { Profile = one.Profile with { Devices = devices, Boot = one.Profile.Boot with { Protocol = protocol } } };
    }

    private SingleTest Test(ScriptedRunner runner)
    {
        var context = new ProgramContext(_output, _error, (_, _) => throw new InvalidOperationException("a machine"))
        {
            CreateCaseRunner = (_, further) =>
            {
                _further = further;
                return runner;
            },
            OpenOutput = () => new HostDescriptor(File.OpenHandle(_stdout, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)),
        };
        return new SingleTest(context, "0.1.0");
    }
}
