using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>
/// The clock that KVM itself shows a guest that asks for it (Linux, Documentation/virt/kvm/x86/msr.rst, MSR_KVM_SYSTEM_TIME_NEW), made to
/// stand still while the machine does.
/// </summary>
/// <remarks>
/// Any vCPU's thread, before it enters the guest. The lock is innermost, and is the only one that is held across an ioctl: no vCPU may run
/// before the clock is right, and whichever comes first sets it.
/// </remarks>
internal sealed class ParavirtualClock(KvmVm vm)
{
    private readonly Lock _setting = new();
    private long _timeStopped;

    /// <summary>Whether it can be set, without which a guest should not use it.</summary>
    public bool CanBeSet { get; } = vm.Check(KvmCapability.AdjustClock) > 0;

    /// <summary>Saves what it showed when the machine stopped, or sets it to that.</summary>
    public void ExchangeState(StateExchange state, SavedTime time)
    {
        lock (_setting)
        {
            _ = vm.TryGetClock(out ulong now);
            ulong since = (ulong)Math.Max(0, time.TimeStopped - _timeStopped);
            ulong saved = state.Of(now - Math.Min(now, since));
            if (state.IsRestoring && CanBeSet)
            {
                _ = vm.TrySetClock(saved);
                _timeStopped = time.TimeStopped;
            }
        }
    }

    /// <summary>Leaves out what the machine has stood still since the last call.</summary>
    /// <param name="nanoseconds">For how long it has stood still in all; never less than before.</param>
    public void SetTimeStopped(long nanoseconds)
    {
        lock (_setting)
        {
            if (nanoseconds > _timeStopped && CanBeSet)
            {
                _ = vm.TrySetClockBack(nanoseconds - _timeStopped);
                _timeStopped = nanoseconds;
            }
        }
    }
}
