using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

internal sealed class TestClock : IDeviceClock
{
    public long Now { get; set; }

    public long Alarm { get; private set; } = IDeviceClock.Never;

    public void SetAlarm(long time) => Alarm = time;
}
