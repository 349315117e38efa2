using System.Diagnostics;
using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Kvm;

/// <summary>Snapshots of whole machines: what goes on from one is the machine that was there.</summary>
public sealed class SnapshotTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private static string TimeLimit => Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") is "amd" or "intel" ? "20s" : "5s";

    [Fact]
    public async Task A_case_goes_on_from_the_snapshot_with_its_own_arguments()
    {
        using VirtualMachine machine = Create("cpu.count=1");
        using MachineSnapshot snapshot = await BootAsync(machine);

        Verdict first = await RunAsync(machine, snapshot, "says-fail");
        Verdict second = await RunAsync(machine, snapshot, "gets-arguments");

        Assert.Equal((VerdictKind.Exited, "isa-debug-exit value 11h"), (first.Kind, first.Detail));
        Assert.Equal((VerdictKind.Exited, "isa-debug-exit value 10h"), (second.Kind, second.Detail));
    }

    [Fact]
    public async Task A_second_machine_goes_on_from_the_snapshot_of_the_first()
    {
        using VirtualMachine first = Create("cpu.count=2");
        using MachineSnapshot snapshot = await BootAsync(first);
        using VirtualMachine second = VirtualMachine.Create(first.Profile, Options() with { StartFrom = snapshot });

        Assert.True(second.TrySetTestArguments("case=second-answers"));
        Verdict verdict = await second.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.Equal("isa-debug-exit value 10h", verdict.Detail);
    }

    [Theory]
    [InlineData(2, "leaves-marks-1", "value 10h", "leaves-marks-2")]
    [InlineData(2, "scribbles-1", "value 10h", "scribbles-2")]
    [InlineData(2, "debug-registers-1", "value 10h", "debug-registers-2")]
    [InlineData(2, "control-register-1", "value 10h", "control-register-2")]
    [InlineData(2, "masks-interrupts-1", "value 10h", "masks-interrupts-2")]
    [InlineData(2, "triple-fault", "triple", "timer-ticks")]
    [InlineData(2, "scribbles-tables", "triple", "second-answers")]
    [InlineData(1, "halts-for-good", "halted", "timer-ticks")]
    [InlineData(2, "hangs", "still running", "second-woken")]
    [InlineData(2, "sleeps", "still running", "interrupts-itself")]
    [InlineData(2, "floods", "still running", "says-something")]
    [InlineData(2, "resets-by-8042", "8042", "pit-counts")]
    [InlineData(2, "powers-off", "ACPI", "counter-goes-on")]
    public async Task What_a_case_does_to_its_machine_is_gone_for_the_next(int cpus, string bad, string ending, string good)
    {
        using VirtualMachine machine = Create($"cpu.count={cpus}");
        using MachineSnapshot snapshot = await BootAsync(machine);

        Verdict first = await RunAsync(machine, snapshot, bad);
        Verdict second = await RunAsync(machine, snapshot, good);

        Assert.Contains(ending, first.Kind == VerdictKind.TripleFaulted ? "triple fault" : first.Detail, StringComparison.Ordinal);
        Assert.Equal("isa-debug-exit value 10h", second.Detail);
    }

    [Fact]
    public async Task A_machine_that_differs_is_refused_in_words()
    {
        using VirtualMachine machine = Create("cpu.count=1");
        using MachineSnapshot snapshot = await BootAsync(machine);
        using VirtualMachine other = Create("cpu.count=2");

        var refused = Assert.Throws<SnapshotException>(() => other.Rewind(snapshot));

        Assert.Equal("the snapshot is of a machine with 1 CPUs, and this one has 2: set cpu.count to 1", refused.Message);
    }

    [Fact]
    public async Task Going_back_is_measured()
    {
        const int rounds = 50;
        using VirtualMachine machine = Create("cpu.count=1");
        using MachineSnapshot snapshot = await BootAsync(machine);
        long start = Stopwatch.GetTimestamp();
        (await machine.CaptureAsync()).Dispose();
        TimeSpan capture = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        VirtualMachine.Create(machine.Profile, Options() with { StartFrom = snapshot }).Dispose();
        TimeSpan made = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            machine.Rewind(snapshot);
        }
        TimeSpan rewind = Stopwatch.GetElapsedTime(start) / rounds;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            Verdict verdict = await RunAsync(machine, snapshot, "nothing");
            Assert.Equal("isa-debug-exit value 10h", verdict.Detail);
        }
        TimeSpan run = Stopwatch.GetElapsedTime(start) / rounds;

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"capture {capture.TotalMilliseconds:0.00} ms ({snapshot.MemoryBytes >> 10} KiB), new machine {made.TotalMilliseconds:0.00} ms, "
            + $"rewind {rewind.TotalMilliseconds:0.000} ms, rewind and run {run.TotalMilliseconds:0.000} ms");
    }

    [Fact]
    public async Task A_snapshot_goes_to_a_file_and_comes_back()
    {
        string path = Path.GetTempFileName();
        try
        {
            using VirtualMachine machine = Create("cpu.count=2");
            using (MachineSnapshot snapshot = await BootAsync(machine))
            {
                SnapshotFile.Save(path, snapshot, machine.Profile, KernelFile.Of(machine.Profile.SymbolFile));
            }

            using SavedMachine saved = SnapshotFile.Load(path);
            using VirtualMachine second = VirtualMachine.Create(
                machine.Profile, Options() with { StartFrom = saved.Snapshot, TestArguments = "case=second-answers" });
            saved.Snapshot.Dispose();
            Verdict verdict = await second.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken)
                .WaitAsync(s_limit, TestContext.Current.CancellationToken);

            Assert.Equal(EffectiveProfile.Write(machine.Profile), saved.Profile);
            Assert.Null(saved.Notice);
            Assert.Equal("isa-debug-exit value 10h", verdict.Detail);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_checkpoint_of_a_machine_without_its_kernels_file_keeps_the_symbols()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("osdevhv-test");
        try
        {
            string path = Path.Combine(directory.FullName, "snapshot");
            string kernel = Path.Combine(directory.FullName, "kernel.elf");
            using (VirtualMachine machine = Create("cpu.count=1"))
            using (MachineSnapshot snapshot = await BootAsync(machine))
            {
                File.Copy(machine.Profile.Boot.Kernel, kernel);
                MachineProfile profile = machine.Profile with { Boot = machine.Profile.Boot with { Kernel = kernel } };
                SnapshotFile.Save(path, snapshot, profile, KernelFile.Of(kernel));
                File.Delete(kernel);
                using SavedMachine saved = SnapshotFile.Load(path);
                using VirtualMachine second = VirtualMachine.Create(profile, Options() with { StartFrom = saved.Snapshot });

                using MachineSnapshot checkpoint = await second.CaptureAsync();
                second.Rewind(checkpoint);

                Assert.Equal(saved.Snapshot.Symbols!.File, second.Kernel.File);
                Assert.True(second.Symbols.TryFindAddress("kernel_main", out _));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task No_damaged_file_is_taken()
    {
        string path = Path.GetTempFileName();
        try
        {
            using VirtualMachine machine = Create("cpu.count=1");
            using MachineSnapshot snapshot = await BootAsync(machine);
            SnapshotFile.Save(path, snapshot, machine.Profile, KernelFile.Of(machine.Profile.SymbolFile));
            byte[] good = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

            for (int at = 0; at < good.Length; at += at < 64 ? 1 : 997)
            {
                await File.WriteAllBytesAsync(path, [.. good[..at], (byte)(good[at] ^ 0x10), .. good[(at + 1)..]], TestContext.Current.CancellationToken);
                AssertRefused(path, $"the byte at {at} changed");
                await File.WriteAllBytesAsync(path, good[..at], TestContext.Current.CancellationToken);
                AssertRefused(path, $"cut off at {at}");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertRefused(string path, string how)
    {
        var refused = Record.Exception(() => SnapshotFile.Load(path).Dispose());
        Assert.True(refused is SnapshotException && refused.Message.StartsWith(path, StringComparison.Ordinal), $"{how}: {refused}");
    }

    [Theory]
    [InlineData("symbol:fail", "case=says-fail")]
    [InlineData("serial:line = 2", "case=three-lines")]
    [InlineData("time:300ms", "case=hangs")]
    public async Task A_machine_stops_at_any_kind_of_point(string point, string commandLine)
    {
        Assert.True(SnapshotPoint.TryParse(point, out SnapshotPoint? at, out _));
        using VirtualMachine machine = Create(Options() with { SnapshotAt = at }, "cpu.count=1", $"boot.cmdline={commandLine}");

        Verdict? ended = await machine.RunToPointAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);
        using MachineSnapshot snapshot = await machine.CaptureAsync();
        machine.Rewind(snapshot);
        Verdict verdict = await machine.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken)
            .WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.Null(ended);
        Assert.NotEqual(VerdictKind.MachineError, verdict.Kind);
    }

    [Fact]
    public async Task A_boot_that_does_not_come_to_the_point_says_how_it_ended()
    {
        Assert.True(SnapshotPoint.TryParse("serial:never", out SnapshotPoint? at, out _));
        using VirtualMachine machine = Create(Options() with { SnapshotAt = at }, "cpu.count=1", "boot.cmdline=case=odd-exit");

        Verdict? ended = await machine.RunToPointAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.Equal("isa-debug-exit value 42h", ended?.Detail);
    }

    private static VirtualMachine Create(params string[] settings) => Create(Options(), settings);

    private static VirtualMachine Create(MachineOptions options, params string[] settings) => VirtualMachine.Create(Profile(settings), options);

    /// <summary>The kernel of fifty cases on a PC, its output dropped.</summary>
    internal static MachineProfile Profile(params string[] settings)
    {
        string kernel = Path.Combine(Repository(), "testkernels", "build", "cases64.elf");
        if (!File.Exists(kernel))
        {
            Assert.Skip($"{kernel} is not built: make -C testkernels");
        }
        ProfileOverride[] overrides =
        [
            new ProfileOverride("boot.cmdline=cpus=" + settings[0][^1]),
            .. settings.Select(static setting => new ProfileOverride(setting)),
            new ProfileOverride("memory=8M"),
            // What hangs takes as long; what does not may be slow on an emulated processor.
            new ProfileOverride($"verdict.timeout={TimeLimit}"),
            new ProfileOverride("devices.com1.connect=null"),
            new ProfileOverride("devices.debugcon.connect=null"),
        ];
        ProfileResult result = ProfileReader.ForKernel(kernel, overrides, ProfileUse.Run);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        return result.Profile;
    }

    private static MachineOptions Options() => new()
    {
        Messages = TextWriter.Null,
        SnapshotAt = SnapshotPoint.Ready,
        TestArguments = "",
        ReadsStandardInput = false,
    };

    private static async Task<MachineSnapshot> BootAsync(VirtualMachine machine)
    {
        Verdict? ended = await machine.RunToPointAsync(TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.Null(ended);
        return await machine.CaptureAsync();
    }

    private static async Task<Verdict> RunAsync(VirtualMachine machine, MachineSnapshot snapshot, string name)
    {
        machine.Rewind(snapshot);
        Assert.True(machine.TrySetTestArguments($"case={name}"));
        return await machine.RunAsync(waitForDebugger: false, TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);
    }

    internal static string Repository()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, "testkernels")))
        {
            at = at.Parent;
        }
        return at?.FullName ?? ".";
    }
}
