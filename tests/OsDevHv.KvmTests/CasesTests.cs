using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Kvm;

/// <summary>
/// The kernel of fifty cases in both styles: each machine ends as testkernels/suites/cases.endings says, whatever its neighbours do.
/// </summary>
public sealed class CasesTests
{
    private const int Workers = 3;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_case_from_one_snapshot_ends_as_expected()
    {
        using var pool = new SnapshotPool<object>(Profile("cpus=2"), SnapshotPoint.Ready, static () => (Options(), new object()));
        SnapshotBoot<object> boot = await pool.BootAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.Null(boot.Failure);

        IReadOnlyList<string> endings = await AllAsync(async name =>
        {
            PooledMachine<object> rented = pool.Rent(boot, $"case={name}");
            Verdict verdict = await rented.Machine.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken);
            pool.Return(rented, verdict);
            return verdict;
        });

        Assert.Equal(Expected(), endings);
    }

    [Fact]
    public async Task Every_case_with_a_boot_of_its_own_ends_as_expected()
    {
        IReadOnlyList<string> endings = await AllAsync(async name =>
        {
            using VirtualMachine machine = VirtualMachine.Create(Profile($"cpus=2 case={name}"), Options());
            return await machine.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken);
        });

        Assert.Equal(Expected(), endings);
    }

    [Fact]
    public async Task A_boot_that_dies_fails_once_for_all_its_cases()
    {
        int boots = 0;
        using var pool = new SnapshotPool<object>(Profile("case=triple-fault"), SnapshotPoint.Ready, () =>
        {
            Interlocked.Increment(ref boots);
            return (Options(), new object());
        });

        SnapshotBoot<object>[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => pool.BootAsync(TestContext.Current.CancellationToken)))
            .WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.Equal(1, boots);
        Assert.All(answers, static boot => Assert.StartsWith(
            "the boot did not come to the point of the snapshot (ready): TripleFaulted", boot.Failure, StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<string>> AllAsync(Func<string, Task<Verdict>> run)
    {
        if (Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") is "amd" or "intel")
        {
            Assert.Skip("fifty cases, six of which run into their time limit, take too long on one emulated processor");
        }
        string[] names = [.. Expected().Select(static line => line[..line.IndexOf(':', StringComparison.Ordinal)])];
        string[] endings = new string[names.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, names.Length),
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = TestContext.Current.CancellationToken },
            async (index, _) => endings[index] = $"{names[index]}: {Ending(await run(names[index]).WaitAsync(s_limit, TestContext.Current.CancellationToken))}");
        return endings;
    }

    private static string Ending(Verdict verdict) => verdict.Kind == VerdictKind.Exited
        ? verdict.Detail.Replace("isa-debug-exit value", "exit", StringComparison.Ordinal)
        : verdict.Kind.ToString();

    private static string[] Expected() =>
    [
        .. File.ReadLines(Path.Combine(SnapshotTests.Repository(), "testkernels", "suites", "cases.endings")).Where(static line => line[0] != '#'),
    ];

    private static MachineProfile Profile(string commandLine) => SnapshotTests.Profile(
        "cpu.count=2", $"boot.cmdline={commandLine}", "verdict.panic=KERNEL PANIC");

    private static MachineOptions Options() => new() { Messages = TextWriter.Null, TestArguments = "", ReadsStandardInput = false };
}
