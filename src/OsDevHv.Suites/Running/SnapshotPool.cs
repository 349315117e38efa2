using System.Collections.Concurrent;
using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;

namespace OsDevHv.Suites.Running;

/// <summary>How the one boot went from whose snapshot cases start.</summary>
/// <typeparam name="TOutput">What gathers a machine's output.</typeparam>
/// <param name="Snapshot">The snapshot; null where the boot did not come to its point.</param>
/// <param name="Failure">Why not, one line for every case; null where it did.</param>
/// <param name="Ended">How the machine ended before its point; null where it did not, or there was none.</param>
/// <param name="Output">What the boot printed; null where there was no machine.</param>
public sealed record SnapshotBoot<TOutput>(MachineSnapshot? Snapshot, string? Failure, Verdict? Ended, TOutput? Output)
    where TOutput : class;

/// <summary>A machine that stands at the snapshot, with a case's arguments.</summary>
/// <typeparam name="TOutput">What gathers its output.</typeparam>
/// <param name="Machine">The machine: run it once with <see cref="VirtualMachine.RunAsync"/>.</param>
/// <param name="Output">What gathers its output, of earlier cases on this machine too: the caller begins anew.</param>
public sealed record PooledMachine<TOutput>(VirtualMachine Machine, TOutput Output)
    where TOutput : class;

/// <summary>
/// Machines of one profile for cases that start from one snapshot: the kernel boots once, and a machine that has run a case is rewound for
/// the next. There are never more than cases at a time.
/// </summary>
/// <remarks>
/// Any thread. A case that leaves its machine in whatever state touches no other: all of the machine goes back. One that an error of the
/// program itself has ended is not used again, nor one whose end was looked into by stepping its CPUs: a processor can keep a debug
/// exception pending behind a step (Intel SDM vol. 3C, 25.4.2) that KVM has no call to take back.
/// </remarks>
/// <typeparam name="TOutput">What gathers a machine's output, and is its own.</typeparam>
public sealed class SnapshotPool<TOutput> : IDisposable
    where TOutput : class
{
    private readonly MachineProfile _profile;
    private readonly SnapshotPoint _point;
    private readonly Func<(MachineOptions Options, TOutput Output)> _prepare;
    private readonly ConcurrentBag<PooledMachine<TOutput>> _idle = [];
    private readonly Lock _lock = new();
    private Task<SnapshotBoot<TOutput>>? _boot;
    private volatile bool _isDisposed;

    /// <summary>A pool; nothing is booted yet.</summary>
    /// <param name="profile">The machine.</param>
    /// <param name="point">Where the snapshot is taken.</param>
    /// <param name="prepare">Makes the options of a new machine, with what gathers its output. Called on several threads.</param>
    public SnapshotPool(MachineProfile profile, SnapshotPoint point, Func<(MachineOptions Options, TOutput Output)> prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        _profile = profile;
        _point = point;
        _prepare = prepare;
    }

    /// <summary>How the boot went. Whoever asks first boots, all others wait; one that fails is not tried again.</summary>
    /// <param name="stop">The run is to end; the first one's counts.</param>
    public Task<SnapshotBoot<TOutput>> BootAsync(CancellationToken stop)
    {
        lock (_lock)
        {
            return _boot ??= Task.Run(() => BootOnceAsync(stop), CancellationToken.None);
        }
    }

    /// <summary>A machine at the snapshot, once the boot came to it. <see cref="Return"/> it.</summary>
    /// <param name="boot">What <see cref="BootAsync"/> gave.</param>
    /// <param name="arguments">What the kernel is told when it asks for its arguments.</param>
    /// <exception cref="SnapshotException">The machine cannot go back to the snapshot, or takes no arguments.</exception>
    public PooledMachine<TOutput> Rent(SnapshotBoot<TOutput> boot, string arguments)
    {
        ArgumentNullException.ThrowIfNull(boot);
        ArgumentNullException.ThrowIfNull(arguments);
        MachineSnapshot snapshot = boot.Snapshot ?? throw new SnapshotException(boot.Failure ?? "there is no snapshot");
        PooledMachine<TOutput> rented = Rewound(snapshot) ?? Create(snapshot);
        if (arguments.Length > 0 && !rented.Machine.TrySetTestArguments(arguments))
        {
            Return(rented, verdict: null);
            throw new SnapshotException("the machine has no fw_cfg device, by which a kernel gets its arguments: add one to its devices");
        }
        return rented;
    }

    /// <summary>Gives a machine back, whose run is over.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="verdict">How it ended; null where it did not run.</param>
    public void Return(PooledMachine<TOutput> machine, Verdict? verdict)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (_isDisposed || machine.Machine.IsDamaged
            || verdict is { Kind: VerdictKind.MachineError or VerdictKind.TimedOut or VerdictKind.TripleFaulted })
        {
            machine.Machine.Dispose();
            return;
        }
        _idle.Add(machine);
    }

    /// <summary>Lets go of the idle machines and the snapshot. When no case runs.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out PooledMachine<TOutput>? machine))
        {
            machine.Machine.Dispose();
        }
        if (_boot is { IsCompletedSuccessfully: true } boot)
        {
            boot.Result.Snapshot?.Dispose();
        }
    }

    private PooledMachine<TOutput>? Rewound(MachineSnapshot snapshot)
    {
        while (_idle.TryTake(out PooledMachine<TOutput>? machine))
        {
            try
            {
                machine.Machine.Rewind(snapshot);
                return machine;
            }
            catch (SnapshotException)
            {
                // A new one can: what this one's last case did to it is not the next one's fault.
                machine.Machine.Dispose();
            }
        }
        return null;
    }

    private PooledMachine<TOutput> Create(MachineSnapshot snapshot)
    {
        (MachineOptions options, TOutput output) = _prepare();
        return new PooledMachine<TOutput>(
            VirtualMachine.Create(_profile, options with { StartFrom = snapshot, TestArguments = "", SnapshotAt = null }), output);
    }

    private async Task<SnapshotBoot<TOutput>> BootOnceAsync(CancellationToken stop)
    {
        (MachineOptions options, TOutput output) = _prepare();
        var machine = VirtualMachine.Create(_profile, options with { SnapshotAt = _point, TestArguments = "" });
        bool isKept = false;
        try
        {
            if (await machine.RunToPointAsync(stop).ConfigureAwait(false) is { } ended)
            {
                return new SnapshotBoot<TOutput>(
                    null, $"the boot did not come to the point of the snapshot ({_point}): {ended.Kind}, {ended.Detail}", ended, output);
            }
            MachineSnapshot snapshot = await machine.CaptureAsync().ConfigureAwait(false);
            _idle.Add(new PooledMachine<TOutput>(machine, output));
            isKept = true;
            return new SnapshotBoot<TOutput>(snapshot, null, null, output);
        }
        catch (SnapshotException error)
        {
            return new SnapshotBoot<TOutput>(null, error.Message, null, output);
        }
        finally
        {
            if (!isKept)
            {
                machine.Dispose();
            }
        }
    }
}
