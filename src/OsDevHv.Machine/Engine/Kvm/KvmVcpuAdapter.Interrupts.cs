using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <content>Interrupts on their way to the guest, the task priority, and the time stamp counter.</content>
internal sealed partial class KvmVcpuAdapter
{
    private const uint TscMsr = 0x10;

    private long _timeStopped;
    private bool _counterRunsOn;

    /// <inheritdoc/>
    public uint TscKilohertz { get; } = vcpu.TscKilohertz;

    /// <inheritdoc/>
    public byte TaskPriority
    {
        get => (byte)(vcpu.RunPage.Cr8 & 0xf);
        set
        {
            var page = vcpu.RunPage;
            page.Cr8 = value & 0xfUL;
        }
    }

    /// <inheritdoc/>
    public bool TryWithdrawInterrupt(out byte vector)
    {
        vcpu.GetEvents(out var events);
        vector = events.InterruptNumber;
        if (events.InterruptInjected == 0 || events.InterruptSoft != 0)
        {
            return false;
        }

        events.InterruptInjected = 0;
        events.Flags = KvmVcpuEventParts.None;
        vcpu.SetEvents(events);
        _interruptQueued = false;
        return true;
    }

    /// <inheritdoc/>
    public bool TryWithdrawNmi()
    {
        vcpu.GetEvents(out var events);
        if ((events.NmiInjected | events.NmiPending) == 0)
        {
            return false;
        }

        // One that is on its way has masked the next already.
        events.NmiMasked = events.NmiInjected != 0 ? (byte)0 : events.NmiMasked;
        events.NmiInjected = 0;
        events.NmiPending = 0;
        events.Flags = KvmVcpuEventParts.NmiPending;
        vcpu.SetEvents(events);
        return true;
    }

    /// <inheritdoc/>
    public void SetTimeStopped(long nanoseconds)
    {
        clock.SetTimeStopped(nanoseconds);
        if (nanoseconds == _timeStopped || _counterRunsOn)
        {
            return;
        }

        // From the totals, not from their difference, so that rounding never adds up and all vCPUs get the same.
        ulong ticks = Ticks(nanoseconds, TscKilohertz) - Ticks(_timeStopped, TscKilohertz);
        _timeStopped = nanoseconds;
        _counterRunsOn = TscKilohertz == 0 || !vcpu.TryGetTscOffset(out ulong offset) || !vcpu.TrySetTscOffset(unchecked(offset - ticks));
    }

    /// <summary>
    /// Sets the time stamp counter by its offset: KVM takes a write that is close to what the counter shows for an attempt to synchronise
    /// it with another, and leaves it as it is.
    /// </summary>
    private bool TrySetCounter(ulong value) =>
        vcpu.TryGetTscOffset(out ulong offset)
        && vcpu.TryGetMsr(TscMsr, out ulong present)
        && vcpu.TrySetTscOffset(unchecked(offset + (value - present)));

    private static ulong Ticks(long nanoseconds, ulong kilohertz) => (ulong)((UInt128)(ulong)nanoseconds * kilohertz / 1_000_000);
}
