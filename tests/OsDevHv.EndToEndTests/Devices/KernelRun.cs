using System.Globalization;
using System.Text.RegularExpressions;
using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>A run of a test kernel that checks what a device does and counts its checks.</summary>
internal static partial class KernelRun
{
    /// <summary>What isa-debug-exit makes of 10h.</summary>
    public const int Passed = 33;

    /// <summary>Runs a kernel of <c>testkernels/build</c> on a machine with that many CPUs to its end.</summary>
    public static Task<ProgramRun> ToEndAsync(string kernel, int cpus, string commandLine, params string[] options)
    {
        string count = string.Create(CultureInfo.InvariantCulture, $"cpu.count={cpus}");
        return ProgramRun.ToEndAsync(["run", Installation.Kernel(kernel), "--set", count, "--cmdline", commandLine, .. options]);
    }

    /// <summary>Asserts that no check failed, that at least so many were made, and that the kernel says it passed.</summary>
    public static void PassesChecks(this ProgramRun run, int minimum)
    {
        run.FailsNoCheck();
        Match summary = Summary().Match(run.Output);
        Assert.True(summary.Success, $"The kernel did not come to its end.\n{Everything(run)}");
        Assert.Equal("0", summary.Groups["failed"].Value);
        int passed = int.Parse(summary.Groups["passed"].ValueSpan, CultureInfo.InvariantCulture);
        Assert.True(passed >= minimum, $"Only {passed} checks were made, not {minimum}.\n{Everything(run)}");
        run.Exits(Passed);
    }

    /// <summary>Asserts that no check failed, of a kernel that ends otherwise than with its count of them.</summary>
    public static void FailsNoCheck(this ProgramRun run)
    {
        IEnumerable<string> failures = run.Output.Split('\n').Where(static line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.False(failures.Any(), $"{string.Join('\n', failures)}\n{Everything(run)}");
        Assert.Contains("PASS: ", run.Output, StringComparison.Ordinal);
    }

    private static string Everything(ProgramRun run) => $"-- stdout:\n{run.Output}\n-- stderr:\n{run.Error}";

    [GeneratedRegex(@"^(?<passed>\d+) passed, (?<failed>\d+) failed$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
