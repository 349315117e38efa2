using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Snapshots;

namespace OsDevHv.Machine;

/// <content>Snapshots: all of the machine at one moment, and going back to it.</content>
public sealed partial class VirtualMachine
{
    /// <summary>
    /// Takes a snapshot, with every vCPU parked: of a stopped machine at once, of a running one in a pause that nobody notices.
    /// </summary>
    /// <exception cref="SnapshotException">The host refuses the memory.</exception>
    public async Task<MachineSnapshot> CaptureAsync()
    {
        MachineSnapshot? snapshot = null;
        Exception? failure = null;
        await _controller.LookAsync(() =>
        {
            try
            {
                snapshot = Capture();
            }
            catch (Exception error) when (error is InsufficientMemoryException or IOException or UnauthorizedAccessException)
            {
                failure = error;
            }
        }).ConfigureAwait(false);
        return snapshot ?? throw new SnapshotException($"no snapshot could be taken: {failure?.Message}", failure!);
    }

    /// <summary>
    /// Makes the machine what a snapshot of it, or of one like it, says: stopped there, ready to run on. The machine is stopped, or its run
    /// is over; memory that it has written since is dropped, and output that it has printed is passed on.
    /// </summary>
    /// <exception cref="SnapshotException">
    /// It is of another machine, or this one is running, or an error of the machine's own ended its run; it is to be disposed of where it
    /// was changed in part (<see cref="IsDamaged"/>).
    /// </exception>
    public void Rewind(MachineSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.Shape.WhyNotOn(Shape(0)) is { } obstacle)
        {
            throw new SnapshotException(obstacle);
        }
        if (IsDamaged || !_controller.Revive())
        {
            throw new SnapshotException(_controller.IsStopped
                ? "the machine cannot run any more, and has to be made anew"
                : "the machine is running; stop it first");
        }
        _consoles.Drain(CancellationToken.None);
        _consoles.StartAnew();
        Restore(snapshot);
    }

    /// <summary>The snapshots that the debugger keeps.</summary>
    internal Checkpoints Checkpoints { get; }

    /// <summary>A snapshot was restored in part only: the machine is in no state to run.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>
    /// Gives the kernel a test's arguments, by the fw_cfg item of the test protocol. While the machine is stopped; false where it has no
    /// such item: it was made without <see cref="MachineOptions.TestArguments"/>, or has no fw_cfg.
    /// </summary>
    /// <exception cref="ArgumentException">They do not fit; see <see cref="TestArguments.Fit"/>.</exception>
    public bool TrySetTestArguments(string arguments) => _board.TrySetFirmwareItem(TestArguments.ItemName, TestArguments.Encode(arguments));

    private MachineSnapshot Capture()
    {
        var state = new StateWriter();
        long now = _controller.Clock.Now;
        ExchangeState(state, new SavedTime(_controller.Clock.TimeStoppedSoFar));
        return new MachineSnapshot(Shape(now), _ram.Capture(), state.ToArray(), _image) { Symbols = _names.Copy };
    }

    private void Restore(MachineSnapshot snapshot)
    {
        IsDamaged = true;
        try
        {
            _ram.Restore(snapshot.Memory);
            _controller.Clock.Set(snapshot.Shape.Time);
            var time = new SavedTime(_controller.Clock.TimeStopped);
            var state = new StateReader(snapshot.State);
            ExchangeState(state, time);
            if (!state.IsAtEnd)
            {
                throw new StateException("the saved state is that of another version of this program");
            }
            TellRefused(time);
        }
        catch (Exception error) when (error is StateException or InsufficientMemoryException or KvmException)
        {
            throw new SnapshotException($"the snapshot cannot be restored: {error.Message}", error);
        }
        _image = snapshot.Image;
        _names = KernelNames.Of(_profile, snapshot.Symbols, _names);
        IsDamaged = false;
    }

    /// <summary>
    /// CPUs and devices first, then the lines that devices drive and the controllers, the alarms last: what input does to a device
    /// meanwhile is seen a second time at worst, but not lost.
    /// </summary>
    private void ExchangeState(StateExchange state, SavedTime time)
    {
        foreach (VcpuThread vcpu in _controller.Vcpus)
        {
            state.Begin($"CPU {vcpu.Index}");
            Exception? failure = null;
            vcpu.Execute(_ =>
            {
                try
                {
                    vcpu.ExchangeState(state, time, ReleaseOf(vcpu.Index));
                }
                catch (Exception error) when (error is StateException or KvmException)
                {
                    // It must not end the vCPU's thread.
                    failure = error;
                }
            });
            if (failure is not null)
            {
                throw failure is StateException ? new StateException(failure.Message, failure) : failure;
            }
            state.End();
        }
        state.Begin("clock");
        _engine.ExchangeClock(state, time);
        state.End();
        _board.ExchangeState(state);
        state.Begin("interrupts");
        _fabric.ExchangeState(state);
        state.End();
        state.Begin("timers");
        _timers.ExchangeState(state);
        state.End();
    }

    private Func<bool>? ReleaseOf(int vcpu)
    {
        if (vcpu == 0 || vcpu > _image.OtherProcessors.Count)
        {
            return null;
        }
        ulong address = _image.OtherProcessors[vcpu - 1].ReleaseAddress;
        return () => IsReleased(address);
    }

    private SnapshotShape Shape(long time)
    {
        IReadOnlyList<CpuidLeaf> cpuid = [];
        uint kilohertz = 0;
        _controller.Vcpus[0].Execute(cpu => (cpuid, kilohertz) = (cpu.CpuidLeaves, cpu.TscKilohertz));
        return SnapshotShape.Of(_profile, _map.BackingBytes) with { TscKilohertz = kilohertz, Cpuid = cpuid, Time = time };
    }

    private void TellRefused(SavedTime time)
    {
        if (time.Refused.Count != 0)
        {
            _options.Messages.WriteLine(
                $"snapshot: this host's KVM does not let these registers be set: {string.Join(", ", time.Refused.Select(static index => $"{index:x}h"))}");
        }
    }
}
