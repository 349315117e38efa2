using System.Diagnostics;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>The side that vCPU threads see, and what happens when the last of them has parked.</content>
internal sealed partial class ExecutionController
{
    /// <summary>The vCPU is parked: waits for something to do.</summary>
    internal VcpuOrder Park(VcpuThread vcpu)
    {
        bool stepped;
        long pulses;
        lock (_gate)
        {
            _parked++;
            ReportIfAllParked();
            if (_stepOffs.Count > 0)
            {
                // Whoever is to run alone may be waiting for just this one.
                Pulse();
            }
            stepped = _stopped && vcpu.Action == ResumeKind.Step;
            pulses = _pulses;
        }
        if (stepped)
        {
            LookOutForPulse(pulses);
        }
        lock (_gate)
        {
            VcpuOrder order;
            while ((order = OrderFor(vcpu)) == VcpuOrder.Wait)
            {
                Monitor.Wait(_gate);
            }
            _parked--;
            vcpu.Attention = false;
            return order;
        }
    }

    /// <summary>
    /// After a step the next one often follows at once: a debugger goes over a line instruction by instruction. Waking a thread that sleeps
    /// costs more than the step.
    /// </summary>
    private void LookOutForPulse(long seen)
    {
        const int pauses = 10;
        long start = Stopwatch.GetTimestamp();
        while (Environment.ProcessorCount > 1 && Volatile.Read(ref _pulses) == seen && Stopwatch.GetElapsedTime(start) < NextStepWait)
        {
            Thread.SpinWait(pauses);
        }
    }

    /// <summary>Something has changed for whoever waits for the lock's signal. With the lock held.</summary>
    private void Pulse()
    {
        Volatile.Write(ref _pulses, _pulses + 1);
        Monitor.PulseAll(_gate);
    }

    /// <summary>
    /// Sleeps while <paramref name="waits"/> says so and nothing else is wanted of the vCPU; <see cref="Wake"/> makes it look again.
    /// </summary>
    internal void WaitWhile<TState>(VcpuThread vcpu, TState state, Func<TState, bool> waits)
    {
        lock (_gate)
        {
            while (!vcpu.Attention && waits(state))
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>
    /// A vCPU ran into a breakpoint that does not count for it: it will step off alone, as soon as the others have parked. To be called by
    /// its thread, which then parks.
    /// </summary>
    internal void QueueStepOff(VcpuThread vcpu)
    {
        lock (_gate)
        {
            if (!_stopped && !_stepOffs.Contains(vcpu.Index))
            {
                _stepOffs.Enqueue(vcpu.Index);
                _stepOffStarted = Stopwatch.GetTimestamp();
                AlertAll();
            }
        }
    }

    /// <summary>
    /// The traps stand in the wrong places by now: parks every vCPU, plans anew and goes on, as each was told to. Any thread; nothing when
    /// the machine stops anyway.
    /// </summary>
    internal void Rearm()
    {
        lock (_gate)
        {
            if (_over || _stopped || _rearming || PlanTraps is null)
            {
                return;
            }
            _rearming = true;
            _stopWanted = true;
            AlertAll();
        }
    }

    /// <summary>The vCPU that ran alone has stepped off its breakpoint, or could not in time.</summary>
    internal void StepOffDone(VcpuThread vcpu)
    {
        lock (_gate)
        {
            if (_stepOffs.TryPeek(out int alone) && alone == vcpu.Index)
            {
                _stepOffs.Dequeue();
                if (_stepOffs.Count > 0)
                {
                    // The next one steps off alone, too, so this one may not run yet.
                    AlertAll();
                }
            }
            Pulse();
        }
    }

    /// <summary>A vCPU went to sleep for good or for an interrupt: when none can wake, the guest is dead.</summary>
    internal void CheckForDeadHalt()
    {
        bool dead;
        lock (_gate)
        {
            dead = !_stopWanted && !_stopped && Array.TrueForAll(_vcpus, static vcpu => vcpu.IsAsleepForGood);
        }
        if (dead)
        {
            const string why = "every CPU is halted with interrupts off";
            RequestStop(new StopRequest(
                new StopEvent(StopKind.Crashed, 0, GdbSignal.Quit, Message: why), new Verdict(VerdictKind.DeadHalt, why, ExitCodes.DeadHalt)));
        }
    }

    /// <summary>Runs <paramref name="request"/> on the vCPU's thread and waits for it. Once the machine is closed it is dropped.</summary>
    internal void Deliver(VcpuThread vcpu, Action request)
    {
        using var done = new ManualResetEventSlim();
        lock (_gate)
        {
            if (vcpu.MustQuit)
            {
                return;
            }
            vcpu.Mailbox.Enqueue(() =>
            {
                request();
                done.Set();
            });
            vcpu.Attention = true;
            Pulse();
        }
        vcpu.Kick();
        done.Wait();
    }

    /// <summary>Takes the next request of a mailbox, or null.</summary>
    internal Action? NextRequest(VcpuThread vcpu)
    {
        lock (_gate)
        {
            return vcpu.Mailbox.TryDequeue(out Action? request) ? request : null;
        }
    }

    private VcpuOrder OrderFor(VcpuThread vcpu)
    {
        if (vcpu.Mailbox.Count > 0)
        {
            return VcpuOrder.Serve;
        }
        if (vcpu.MustQuit)
        {
            return VcpuOrder.Quit;
        }
        if (_over || _stopped || _stopWanted || _serving || vcpu.Action == ResumeKind.Stay)
        {
            return VcpuOrder.Wait;
        }
        if (_stepOffs.TryPeek(out int alone))
        {
            if (alone != vcpu.Index || _parked != _vcpus.Length)
            {
                return VcpuOrder.Wait;
            }
            _stepOffStarted = Stopwatch.GetTimestamp();
            return VcpuOrder.StepOff;
        }
        return vcpu.Action == ResumeKind.Continue ? VcpuOrder.Run : VcpuOrder.Step;
    }

    private void QueueStepOffs(ArmedTraps traps)
    {
        _stepOffs.Clear();
        _stepOffStarted = Stopwatch.GetTimestamp();
        foreach (VcpuThread vcpu in _vcpus)
        {
            // One that stays, or waits for its turn when the next stop comes, keeps what was reported of it for when it goes on.
            if (vcpu.Action == ResumeKind.Stay)
            {
                continue;
            }
            if (vcpu.ReportedPc is { } pc && pc == vcpu.Snapshot.LinearPc && traps.TrapsExecutionAt(pc, vcpu.Snapshot.System))
            {
                _stepOffs.Enqueue(vcpu.Index);
            }
            else
            {
                vcpu.ReportedPc = null;
            }
        }
    }

    private void AlertAll()
    {
        foreach (VcpuThread vcpu in _vcpus)
        {
            vcpu.Attention = true;
            vcpu.Kick();
        }
        Pulse();
        // A vCPU that has not left its place since the last stop is still parked, and need not say so again.
        ReportIfAllParked();
    }

    private void ReportIfAllParked()
    {
        if (!_stopWanted || _stopped || _serving || _parked != _vcpus.Length)
        {
            return;
        }
        _running.Stop();
        Clock.Stop();
        _traps.Lift();
        if (_end is not null)
        {
            Finish(_end);
            return;
        }
        if (_service is not null || _looks.Count > 0)
        {
            RunService();
            return;
        }
        if (_reason is not { } reason)
        {
            if (_rearming)
            {
                RearmAndGoOn();
            }
            return;
        }
        _rearming = false;
        Culprit = reason.Event.Vcpu;
        if (reason.Death is not null && !_debuggerAttached && !HoldsDead)
        {
            Finish(reason.Death);
            return;
        }
        Report(reason);
        if (reason.Death is not null && !_debuggerAttached)
        {
            _held.TrySetResult(reason.Death);
        }
    }

    private void LetRun()
    {
        _reason = null;
        _stopWanted = false;
        _rearming = false;
        _running.Start();
        Clock.Start();
        Pulse();
    }

    /// <summary>With all vCPUs parked, as <see cref="RunService"/>, but every vCPU goes on with what it was doing.</summary>
    private void RearmAndGoOn()
    {
        _rearming = false;
        _serving = true;
        _ = Task.Run(() =>
        {
            ArmedTraps traps = _traps;
            try
            {
                traps = PlanTraps!();
            }
#pragma warning disable CA1031 // As above.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                End(new Verdict(VerdictKind.MachineError, failure.Message, ExitCodes.MachineError));
            }
            lock (_gate)
            {
                _serving = false;
                if (_end is not null || _reason is not null || _service is not null)
                {
                    ReportIfAllParked();
                    return;
                }
                Volatile.Write(ref _traps, traps);
                traps.Plant();
                QueueStepOffs(traps);
                LetRun();
            }
        });
    }

    private void RunService()
    {
        Action? service = _service;
        _service = null;
        _serving = true;
        _ = Task.Run(() =>
        {
            try
            {
                service?.Invoke();
                while (NextLook() is { } look)
                {
                    look();
                }
            }
#pragma warning disable CA1031 // Nobody awaits it: an error of ours must end the run with a verdict, not leave the machine standing.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                End(new Verdict(VerdictKind.MachineError, failure.Message, ExitCodes.MachineError));
            }
            lock (_gate)
            {
                _serving = false;
                RunOnAfterService(restarted: service is not null);
            }
        });
    }

    private Action? NextLook()
    {
        lock (_gate)
        {
            return _looks.TryDequeue(out Action? look) ? look : null;
        }
    }

    private void RunOnAfterService(bool restarted)
    {
        for (int i = 0; restarted && i < _vcpus.Length; i++)
        {
            _vcpus[i].Action = ResumeKind.Continue;
            _vcpus[i].Pending = null;
            _vcpus[i].ReportedPc = null;
        }
        if (_end is not null || _reason is not null || _service is not null || _looks.Count > 0)
        {
            ReportIfAllParked();
            return;
        }
        _traps.Plant();
        QueueStepOffs(_traps);
        LetRun();
    }

    private void Report(in StopRequest request)
    {
        _stopped = true;
        _death = request.Death;
        Epoch++;
        LastStop = request.Event;
        VcpuThread vcpu = _vcpus[request.Event.Vcpu];
        // Ctrl-C may land on a breakpoint that was not reached yet; it must still be hit. A reported one must be stepped off.
        vcpu.ReportedPc = request.Event.Kind is StopKind.Interrupted or StopKind.Attached ? null : vcpu.Snapshot.LinearPc;
        _stop.TrySetResult(request.Event);
    }

    private void Finish(Verdict verdict)
    {
        _over = true;
        _stopped = true;
        _stopWanted = true;
        LastStop = new StopEvent(StopKind.Exited, 0, verdict.ExitCode, Message: verdict.Detail);
        if (_looks.Count > 0)
        {
            // Whoever wanted to look learns that the run is over.
            _ = Task.Run(() =>
            {
                while (NextLook() is { } look)
                {
                    look();
                }
            });
        }
        _stop.TrySetResult(LastStop);
        _verdict.TrySetResult(verdict);
        Pulse();
    }
}
