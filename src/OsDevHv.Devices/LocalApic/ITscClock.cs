namespace OsDevHv.Devices;

/// <summary>Relates a vCPU's time stamp counter to machine time, for the TSC-deadline mode of its local APIC timer.</summary>
public interface ITscClock
{
    /// <summary>
    /// The machine time (<see cref="IDeviceClock.Now"/>, nanoseconds) at which the guest's TSC reaches <paramref name="deadline"/>; any
    /// time that has passed when it already has, <see cref="IDeviceClock.Never"/> when it lies beyond. Called under the local APIC's
    /// lock, on the thread of its vCPU.
    /// </summary>
    long TimeOf(ulong deadline);
}
