using OsDevHv.Devices;
using OsDevHv.Machine.Time;

namespace OsDevHv.Tests.Interrupts;

public sealed class MachineTimersTests : IDisposable
{
    private readonly HostTime _time = new();
    private readonly MachineClock _clock;
    private readonly MachineTimers _timers;
    private readonly MachineTimers.Alarm _alarm;
    private readonly Listener _device = new();

    public MachineTimersTests()
    {
        _clock = new MachineClock(_time);
        _timers = new MachineTimers(_clock);
        _alarm = _timers.Add(new Lock());
        _alarm.Device = _device;
        _clock.Start();
    }

    [Fact]
    public void An_alarm_that_an_access_sets_and_that_is_due_goes_off_when_the_access_is_served()
    {
        _timers.ServingAccess();
        _alarm.SetAlarm(_alarm.Now);

        Assert.Equal(0, _device.Alarms);
        _timers.AccessServed();

        Assert.Equal(1, _device.Alarms);
    }

    [Fact]
    public void An_alarm_that_an_access_sets_for_later_goes_off_later()
    {
        _timers.ServingAccess();
        _alarm.SetAlarm(_alarm.Now + 1000);
        _timers.AccessServed();

        Assert.Equal(0, _device.Alarms);
        _time.Now += 1000;
        _timers.GoOff();

        Assert.Equal(1, _device.Alarms);
    }

    [Fact]
    public void The_timers_thread_lets_an_alarm_go_off_that_an_access_set()
    {
        _timers.Start();
        _timers.ServingAccess();
        _alarm.SetAlarm(_alarm.Now + 1);
        _timers.AccessServed();
        _time.Now += 1;

        Assert.True(_device.WentOff.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_earlier_alarm_goes_off_though_the_host_s_timer_was_set_to_a_later_one()
    {
        _timers.Start();
        _timers.Add(new Lock()).SetAlarm(_clock.Now + 3_600_000_000_000);
        _alarm.SetAlarm(_alarm.Now + 1);
        _time.Now += 1;

        Assert.True(_device.WentOff.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_alarm_goes_off_that_replaces_an_earlier_one_taken_back()
    {
        _timers.Start();
        _alarm.SetAlarm(_alarm.Now + 1_000_000);
        _alarm.SetAlarm(_alarm.Now + 2_000_000);
        _time.Now += 2_000_000;

        Assert.True(_device.WentOff.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_alarm_set_before_a_stop_goes_off_after_it()
    {
        _timers.Start();
        _alarm.SetAlarm(_alarm.Now + 1_000_000);
        _clock.Stop();
        _time.Now += 5_000_000;
        Assert.Equal(0, _device.Alarms);
        _clock.Start();
        _time.Now += 1_000_000;

        Assert.True(_device.WentOff.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _timers.Dispose();
        _device.WentOff.Dispose();
    }

    private sealed class Listener : ITimedDevice
    {
        public ManualResetEventSlim WentOff { get; } = new();

        public int Alarms { get; private set; }

        public void OnAlarm()
        {
            Alarms++;
            WentOff.Set();
        }
    }
}
