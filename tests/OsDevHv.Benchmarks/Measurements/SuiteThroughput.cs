namespace OsDevHv.Benchmarks.Measurements;

/// <summary>
/// Test cases a second: a suite of ours against what kernels' test scripts do, a QEMU for each case, one after the other.
/// </summary>
internal sealed class SuiteThroughput : Measurement
{
    private const int Boots = 100;
    private const int Restores = 1000;
    private const string BootKernel = "hello32-mb1.elf";
    private const string SnapshotKernel = "cases64.elf";
    private const double LimitMilliseconds = 5;

    /// <inheritdoc/>
    public override string Name => "suites";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("osdevhv-bench-");
        try
        {
            string boots = Write(directory, "boots", BootKernel, "", Boots);
            string snapshots = Write(directory, "snapshots", SnapshotKernel, "memory: 8M\nsnapshot: { at: ready }\nargs: case=nothing\n", Restores);
            var medians = new List<double>();
            Samples[] samples = TakeTurns(
                [
                    () => CasesASecond(contenders[0], boots, Boots, []),
                    () => CasesASecond(contenders[0], snapshots, Restores, medians),
                    () => contenders[1].LoopOfAShell(BootKernel, Boots),
                ],
                rounds);
            const string loop = "beside a shell's loop over QEMU, a boot each";
            return
            [
                new Result(
                    "test cases/s, one boot each", $"{Boots} cases of {BootKernel} by osdevhv test, {loop}", samples[0], samples[2], null, Goal.AtLeast, 5),
                new Result(
                    "test cases/s, from a snapshot", $"{Restores} cases of a kernel that was booted once, {loop}", samples[1], samples[2], null, Goal.AtLeast, 20),
                new Result(
                    "a case from a snapshot, median ms",
                    $"as the report has it, beside a boot of that loop; at most {LimitMilliseconds} ms",
                    new Samples(medians.Skip(1)), samples[2].As(static rate => 1000 / rate), new Samples([LimitMilliseconds]), Goal.AtMost, 1),
            ];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Write(DirectoryInfo directory, string name, string kernel, string keys, int cases)
    {
        string path = Path.Combine(directory.FullName, $"{name}.suite.yaml");
        IEnumerable<string> lines = Enumerable.Range(1, cases).Select(static number => $"  case-{number}: {{}}");
        File.WriteAllText(path, $"kernel: '{Repository.Kernel(kernel)}'\n{keys}cases:\n{string.Join('\n', lines)}\n");
        return path;
    }

    private static double CasesASecond(Contender ours, string suite, int cases, List<double> medians)
    {
        SuiteRun run = SuiteRun.ToTheEnd(ours.Program, suite, Path.GetDirectoryName(suite)!);
        medians.Add(run.Durations.Count == cases ? run.Median : throw new BenchException($"{suite}: {run.Durations.Count} cases have run"));
        return cases / run.Elapsed.TotalSeconds;
    }
}
