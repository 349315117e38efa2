namespace OsDevHv.Devices;

/// <summary>Machine time as one device sees it, with one alarm.</summary>
/// <remarks>
/// Machine time is in nanoseconds since power-on. It stands still while the machine is stopped and never goes back. Called by the device
/// under its own lock.
/// </remarks>
public interface IDeviceClock
{
    /// <summary>An alarm time that never comes.</summary>
    public const long Never = long.MaxValue;

    /// <summary>Machine time in nanoseconds, from 0.</summary>
    long Now { get; }

    /// <summary>
    /// Asks for one call of <see cref="ITimedDevice.OnAlarm"/> at <paramref name="time"/> or somewhat later, in place of an alarm asked for
    /// before; <see cref="Never"/> asks for none. A time that has passed means as soon as possible; the call is never made from within
    /// this one.
    /// </summary>
    void SetAlarm(long time);
}

/// <summary>A device that does something by itself as time passes.</summary>
public interface ITimedDevice
{
    /// <summary>
    /// Called under the device's lock at or after the time of its alarm, perhaps much later where the host is busy, perhaps once more for
    /// an alarm that was changed meanwhile: the device looks at <see cref="IDeviceClock.Now"/> for what is due.
    /// </summary>
    void OnAlarm();
}
