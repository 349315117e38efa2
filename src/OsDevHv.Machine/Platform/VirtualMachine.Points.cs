using OsDevHv.Gdb;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Snapshots;

namespace OsDevHv.Machine;

/// <content>Running to where a snapshot is to be taken.</content>
public sealed partial class VirtualMachine
{
    private bool _isPointPassed;

    /// <summary>
    /// Runs until the machine is at <see cref="MachineOptions.SnapshotAt"/>, and stops it there; or to the verdict, where it ends before.
    /// In place of <see cref="RunAsync"/>, once.
    /// </summary>
    /// <param name="stop">The user ends the run.</param>
    /// <returns>Null where it is stopped at the point; else how the run ended.</returns>
    /// <exception cref="SnapshotException">The kernel has no such symbol, or this host cannot stop there.</exception>
    /// <exception cref="InvalidOperationException">The options name no point.</exception>
    public async Task<Verdict?> RunToPointAsync(CancellationToken stop)
    {
        SnapshotPoint point = _options.SnapshotAt ?? throw new InvalidOperationException("The options name no point for a snapshot.");
        ulong? breakpoint = point.Kind == SnapshotPointKind.Symbol ? PlantAt(point.Text) : null;
        using var ended = new CancellationTokenSource();
        await using var watchdog = new Watchdog(_controller, TimeLimit, debuggable: true, _options.Messages.WriteLine);
        CancellationTokenRegistration registration = stop.Register(() => _controller.End(StoppedBy("the user")));
        await using (registration.ConfigureAwait(false))
        {
            var actions = new ResumeKind[_controller.Vcpus.Count];
            Array.Fill(actions, ResumeKind.Continue);
            Task<StopEvent> stopped = _target.ResumeAsync(actions);
            _ = point.Kind == SnapshotPointKind.Time ? ReachAfterAsync(point.After, ended.Token) : Task.CompletedTask;
            // Whatever it stops for without having ended, it is at the point: nobody debugs it.
            StopEvent at = await stopped.ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            if (at.Kind == StopKind.Exited)
            {
                return await ConcludeAsync(await _controller.Completion.ConfigureAwait(false), new Postmortem(this, _options.Messages), stop)
                    .ConfigureAwait(false);
            }
            if (_controller.IsDead)
            {
                // It is held for a debugger, whom nobody has called.
                _controller.End(new Verdict(VerdictKind.Stopped, "it died on the way to the point of the snapshot", ExitCodes.Stopped));
                return await _controller.Completion.ConfigureAwait(false);
            }
        }
        Volatile.Write(ref _isPointPassed, true);
        if (breakpoint is { } address)
        {
            _ = _target.TryRemoveBreakpoint(BreakpointKind.Software, address, 1, out _);
        }
        _consoles.Drain(stop);
        return null;
    }

    private async Task ReachAfterAsync(TimeSpan time, CancellationToken ended)
    {
        while (_controller.RunningTime is var ran && ran < time)
        {
            await Task.Delay(time - ran, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
            {
                return;
            }
        }
        ReachPoint();
    }

    private ulong PlantAt(string symbol)
    {
        if (!Symbols.TryFindAddress(symbol, out ulong address))
        {
            throw new SnapshotException($"there is no symbol '{symbol}' in {Kernel.File}");
        }
        return _target.TryInsertBreakpoint(BreakpointKind.Software, address, 1, BreakpointCode.None, out string? error)
            ? address
            : throw new SnapshotException($"the machine cannot be stopped at {symbol}: {error}");
    }

    /// <summary>The machine is there: stops it. On a vCPU's or a console's thread.</summary>
    private void ReachPoint()
    {
        if (!Volatile.Read(ref _isPointPassed))
        {
            _controller.RequestStop(new StopRequest(new StopEvent(StopKind.Interrupted, 0, GdbSignal.Interrupt, Message: "at the point of the snapshot")));
        }
    }
}
