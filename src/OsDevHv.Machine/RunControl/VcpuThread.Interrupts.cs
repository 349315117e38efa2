using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.RunControl;

/// <content>Interrupts, INIT and SIPI, sleep, and the time that a stop took.</content>
internal sealed partial class VcpuThread
{
    /// <summary>The interrupts that it delivered last; read while it is parked.</summary>
    public InterruptRing LastInterrupts { get; } = new();

    /// <summary>Milliseconds.</summary>
    private const int LongestReleaseWait = 16;

    private VcpuSignals Signals => _interrupts?.Pending ?? VcpuSignals.None;

    private void ObeyInitAndStartUp()
    {
        VcpuSignals signals = Signals;
        if ((signals & (VcpuSignals.Init | VcpuSignals.StartUp)) == 0)
        {
            return;
        }
        if ((signals & VcpuSignals.Init) != 0 && _interrupts!.TryTakeInit())
        {
            Init();
        }
        // A SIPI for a CPU that does not wait for one is ignored (Intel SDM vol. 3A, 9.4).
        if ((signals & VcpuSignals.StartUp) != 0 && _interrupts!.TryTakeStartUp(out byte page) && _waitsForSipi)
        {
            StartUp(page);
        }
    }

    private void Init()
    {
        if (Index == 0)
        {
            _handler.BootProcessorInit();
            return;
        }
        _vcpu.InitState();
        _incomplete = false;
        _mayBeQueued = false;
        _withdrawn = null;
        _nmiWithdrawn = false;
        _guestTrap = null;
        _halted = false;
        _isReleased = null;
        _waitsForSipi = true;
    }

    private void StartUp(byte page)
    {
        _vcpu.GetSystem(out SystemRegisters system);
        system.Cs = system.Cs with { Selector = (ushort)(page << 8), Base = (ulong)page << 12 };
        _ = _vcpu.TrySetSystem(system);
        _vcpu.GetGeneral(out GeneralRegisters general);
        general.Rip = 0;
        _vcpu.SetGeneral(general);
        _waitsForSipi = false;
    }

    private void Sleep()
    {
        _activity = _halted ? VcpuActivity.Halted : VcpuActivity.WaitingForSipi;
        _vcpu.GetGeneral(out GeneralRegisters registers);
        VcpuSignals waking = VcpuSignals.Init;
        waking |= _waitsForSipi ? VcpuSignals.StartUp : VcpuSignals.NonMaskable;
        if (!_waitsForSipi && (registers.Rflags & InterruptFlag) != 0)
        {
            waking |= VcpuSignals.Interrupt;
        }
        _asleepForGood = (waking & VcpuSignals.Interrupt) == 0 && (Signals & waking) == 0 && _interrupts is not { ExpectsNonMaskable: true };
        if (_asleepForGood)
        {
            _controller.CheckForDeadHalt();
        }
        bool signalled = MustNotSleep(waking);
        while (!signalled && !_attention)
        {
            _awake.Reset();
            if (!_attention && !MustNotSleep(waking))
            {
                _awake.Wait();
            }
            signalled = MustNotSleep(waking);
        }
        _asleepForGood = false;
        _halted = _halted && !signalled;
    }

    /// <summary>
    /// Sleeps in place of spinning: that would cost the host a processor, and hide that the machine has halted for good. Nothing tells of a
    /// write to memory, so it is looked at, ever more seldom.
    /// </summary>
    private void AwaitRelease(Func<bool> isReleased)
    {
        const VcpuSignals waking = VcpuSignals.Init | VcpuSignals.NonMaskable;
        _activity = VcpuActivity.WaitingForRelease;
        _asleepForGood = true;
        _controller.CheckForDeadHalt();
        int milliseconds = 1;
        while (!_attention && (Signals & waking) == 0 && !isReleased())
        {
            _awake.Reset();
            if (!_attention && (Signals & waking) == 0)
            {
                _awake.Wait(milliseconds);
                milliseconds = Math.Min(milliseconds * 2, LongestReleaseWait);
            }
        }
        _asleepForGood = false;
        if ((Signals & waking) != 0 || isReleased())
        {
            _isReleased = null;
        }
    }

    private bool MustNotSleep(VcpuSignals waking) =>
        (Signals & waking) != 0
        || (_halted && (_nmiWithdrawn || (_withdrawn is not null && (waking & VcpuSignals.Interrupt) != 0)));

    /// <summary>Hands over what is pending; false when one is caught, which is then kept until the machine goes on.</summary>
    private bool DeliverInterrupts(ArmedTraps traps)
    {
        if (_interrupts is null)
        {
            return true;
        }
        if (_nmiWithdrawn || ((_interrupts.Pending & VcpuSignals.NonMaskable) != 0 && _interrupts.TryTakeNonMaskable()))
        {
            _nmiWithdrawn = false;
            _vcpu.InjectNmi();
            _mayBeQueued = true;
            LastInterrupts.Record(_controller.Clock.Now, InterruptRing.NonMaskable);
        }
        bool wanted = _withdrawn is not null || (_interrupts.Pending & VcpuSignals.Interrupt) != 0;
        if (wanted && _vcpu.CanInjectInterrupt)
        {
            if (_withdrawn is { } withdrawn)
            {
                _withdrawn = null;
                Inject(withdrawn);
            }
            else if (_interrupts.TryAcknowledge(out byte vector))
            {
                LastInterrupts.Record(_controller.Clock.Now, vector);
                if (traps.Catches.Interrupt(Index, vector) is { } message)
                {
                    _withdrawn = vector;
                    RaiseStop(Caught(message));
                    return false;
                }
                Inject(vector);
            }
            wanted = (_interrupts.Pending & VcpuSignals.Interrupt) != 0;
        }
        _vcpu.WantInterruptWindow = wanted;
        return true;
    }

    private void Inject(byte vector)
    {
        _vcpu.InjectInterrupt(vector);
        _mayBeQueued = true;
    }

    /// <summary>
    /// What was injected and did not reach the guest would reach it in the next single step: it is kept until the CPU runs.
    /// </summary>
    private void WithdrawInterrupts()
    {
        if (!_mayBeQueued)
        {
            return;
        }
        _mayBeQueued = false;
        if (_vcpu.TryWithdrawInterrupt(out byte vector))
        {
            _withdrawn = vector;
        }
        _nmiWithdrawn |= _vcpu.TryWithdrawNmi();
    }

    private void CatchUpWithTime() => _vcpu.SetTimeStopped(_controller.Clock.TimeStopped);
}
