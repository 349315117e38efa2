using System.Diagnostics;
using OsDevHv.Kvm;
using OsDevHv.Machine;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Judging;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>
/// Runs each case on a machine in this process: one that is booted for it, or one that stands at the snapshot that its suite names. Any
/// thread; many cases at a time.
/// </summary>
/// <param name="artifacts">The directory for the files of attempts that do not pass: <c>CASE/attempt-N/</c> in it.</param>
/// <param name="further">Who else takes what a device's console prints, as it comes and at most what the case may print, by the device's
/// name; null is nobody. The machine waits for it.</param>
public sealed class MachineCaseRunner(string artifacts, Func<string, OutputReceiver?>? further = null) : ICaseRunner, IDisposable
{
    private readonly SnapshotPools<MachineOutput> _pools = new(() =>
    {
        var output = new MachineOutput(further);
        return (output.Options(), output);
    });

    /// <inheritdoc/>
    public Task<Attempt> RunAsync(TestCase testCase, int attempt, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(testCase);
        // A machine is built by the thread that asks for it.
        return Task.Run(() => AttemptAsync(testCase, attempt, stop), CancellationToken.None);
    }

    /// <summary>Lets go of machines and snapshots. When no case runs.</summary>
    public void Dispose() => _pools.Dispose();

    private async Task<Attempt> AttemptAsync(TestCase testCase, int number, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        var files = new AttemptFiles(artifacts, testCase, number);
        Attempt made;
        try
        {
            made = testCase.Snapshot is { } point
                ? await FromSnapshotAsync(testCase, point, files, stop).ConfigureAwait(false)
                : await BootAsync(testCase, files, stop).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever goes wrong on this machine must not end the others; it is told as the attempt's error.
        catch (Exception error)
#pragma warning restore CA1031
        {
            made = new Attempt
            {
                Outcome = AttemptOutcome.Error,
                Message = error.Message.ReplaceLineEndings(" "),
                Details = IsOfTheUsers(error) ? [] : error.ToString().ReplaceLineEndings("\n").Split('\n'),
            };
        }

        return made with { Duration = Stopwatch.GetElapsedTime(start) };
    }

    /// <summary>Whether its message says all that is to be known: a file, a host, a profile that does not fit.</summary>
    private static bool IsOfTheUsers(Exception error) => error is BootException or KvmException or ConsoleException or SnapshotException
        or InsufficientMemoryException or IOException or UnauthorizedAccessException;

    private async Task<Attempt> BootAsync(TestCase testCase, AttemptFiles files, CancellationToken stop)
    {
        bool takesArguments = testCase.Profile.Devices.Any(static device => device is FwCfgProfile);
        if (testCase.Arguments.Length > 0 && !takesArguments)
        {
            throw new SnapshotException("the machine has no fw_cfg device, by which a kernel gets its arguments: add one to its devices");
        }

        var gathered = new MachineOutput(further);
        using var run = new CaseRun(testCase, files, gathered, stop);
        using var machine = VirtualMachine.Create(
            Alone(testCase.Profile), gathered.Options() with { TestArguments = testCase.Arguments.Length > 0 ? testCase.Arguments : null });
        return (await run.RunAsync(machine).ConfigureAwait(false)).Attempt;
    }

    private async Task<Attempt> FromSnapshotAsync(TestCase testCase, SnapshotPoint point, AttemptFiles files, CancellationToken stop)
    {
        // Cases differ in their names and time limits; neither is the machine's.
        MachineProfile profile = Alone(testCase.Profile) with { Name = testCase.Suite };
        SnapshotPool<MachineOutput> pool = _pools.For(
            profile with { Verdict = profile.Verdict with { Timeout = BootTime(profile) } }, point);
        SnapshotBoot<MachineOutput> boot = await pool.BootAsync(stop).ConfigureAwait(false);
        if (boot.Snapshot is null)
        {
            return Unready(boot);
        }

        PooledMachine<MachineOutput> rented = pool.Rent(boot, testCase.Arguments);
        Verdict? verdict = null;
        try
        {
            using var run = new CaseRun(testCase, files, rented.Output, stop);
            rented.Machine.TimeLimit = testCase.Profile.Verdict.Timeout;
            (Attempt attempt, verdict) = await run.RunAsync(rented.Machine).ConfigureAwait(false);
            return attempt;
        }
        finally
        {
            pool.Return(rented, verdict);
        }
    }

    // A case's limit is that from the snapshot on; the boot has the usual one, or more where a case has.
    private static TimeSpan BootTime(MachineProfile profile) =>
        profile.Verdict.Timeout is { } limit && limit > CaseLimits.DefaultTime ? limit : CaseLimits.DefaultTime;

    private static Attempt Unready(SnapshotBoot<MachineOutput> boot) => new()
    {
        Outcome = boot.Ended is null or { Kind: VerdictKind.MachineError or VerdictKind.Stopped } ? AttemptOutcome.Error : AttemptOutcome.Failed,
        Message = (boot.Failure ?? "").ReplaceLineEndings(" "),
        Details = boot.Output is { } output ? [.. output.Messages.ToString().TrimEnd().Split('\n')] : [],
        Verdict = boot.Ended?.Kind,
        ExitCode = boot.Ended?.ExitCode,
        Output = boot.Output?.Printed ?? "",
    };

    /// <summary>The machine without the servers and files that its profile has for a user who sits before it.</summary>
    private static MachineProfile Alone(MachineProfile profile) => profile with
    {
        Gdb = profile.Gdb with { Listen = null, Wait = false },
        View = profile.View with { Listen = null },
        Crash = profile.Crash with { Action = CrashAction.Report },
    };
}
