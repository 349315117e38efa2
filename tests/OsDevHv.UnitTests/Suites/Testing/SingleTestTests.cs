using OsDevHv.Kvm;
using OsDevHv.Machine;
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

    public void Dispose()
    {
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
        var runner = new ScriptedRunner((_, _, _) => Task.FromResult(Attempt(outcome, "why") with { Output = "hello\n", ExitCode = 33 }));

        int exitCode = await Test(runner).RunAsync(Plan(1));

        Assert.Equal(expected, exitCode);
        Assert.Equal("hello\n", _output.ToString());
        Assert.EndsWith($"osdevhv: {words} (exit code {expected})\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_its_profile_tries_again_is_tried_again()
    {
        var runner = new ScriptedRunner(static (_, attempt) => attempt == 1 ? AttemptOutcome.Failed : AttemptOutcome.Passed);

        int exitCode = await Test(runner).RunAsync(Plan(Case("s/a") with { Retries = 1 }));

        Assert.Equal(0, exitCode);
        Assert.Contains("osdevhv: FLAKY: s/a", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_KVM_it_is_no_failure_of_the_kernel()
    {
        var context = new ProgramContext(_output, _error, (_, _) => throw new InvalidOperationException("a machine"))
        {
            CreateCaseRunner = _ => throw new KvmUnavailableException(KvmUnavailableReason.NoDevice, "there is no /dev/kvm"),
        };

        int exitCode = await new SingleTest(context, "0.1.0").RunAsync(Plan(1));

        Assert.Equal(ExitCodes.NoKvm, exitCode);
        Assert.Contains("there is no /dev/kvm", _error.ToString(), StringComparison.Ordinal);
    }

    private SingleTest Test(ScriptedRunner runner) => new(
        new ProgramContext(_output, _error, (_, _) => throw new InvalidOperationException("a machine")) { CreateCaseRunner = _ => runner }, "0.1.0");
}
