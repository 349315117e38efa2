using OsDevHv.Devices;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Interrupts;

/// <summary>A vCPU's time stamp counter in terms of machine time, as of the last look at it.</summary>
/// <remarks>The vCPU's thread looks at the counter before it takes the lock under which the result is used.</remarks>
internal sealed class GuestTsc(MachineClock clock) : ITscClock
{
    private const uint TimeStampCounter = 0x10;

    private ulong _counter;
    private long _time;

    /// <summary>The counter's rate in kHz; 0 until it is known.</summary>
    public uint Kilohertz { get; set; }

    /// <summary>Looks at the counter. The vCPU's thread.</summary>
    public void Look(IVcpu vcpu)
    {
        if (vcpu.TryGetMsr(TimeStampCounter, out ulong counter))
        {
            // The time after the counter: a deadline may come late by the call between them, never early.
            _counter = counter;
            _time = clock.Now;
        }
    }

    /// <inheritdoc/>
    public long TimeOf(ulong deadline)
    {
        if (deadline <= _counter || Kilohertz == 0)
        {
            return _time;
        }
        UInt128 wait = ((UInt128)(deadline - _counter) * 1_000_000 + (Kilohertz - 1)) / Kilohertz;
        return wait >= (ulong)(IDeviceClock.Never - _time) ? IDeviceClock.Never - 1 : _time + (long)wait;
    }
}
