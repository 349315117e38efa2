using OsDevHv.Machine.Time;

namespace OsDevHv.Tests.Interrupts;

public sealed class MachineClockTests
{
    private readonly HostTime _host = new();

    [Fact]
    public void It_stands_at_zero_until_it_is_started()
    {
        var clock = new MachineClock(_host);

        _host.Now += 700;

        Assert.Equal((0L, 0L), (clock.Now, clock.TimeStopped));
    }

    [Fact]
    public void It_goes_with_the_hosts_time_and_not_while_stopped()
    {
        var clock = new MachineClock(_host);
        clock.Start();
        _host.Now += 100;
        clock.Stop();
        _host.Now += 1_000_000;
        long stopped = clock.Now;
        clock.Start();
        _host.Now += 23;

        Assert.Equal((100L, 123L, 1_000_000L), (stopped, clock.Now, clock.TimeStopped));
    }

    [Fact]
    public void Stops_add_up()
    {
        var clock = new MachineClock(_host);
        clock.Start();
        for (int i = 0; i < 3; i++)
        {
            clock.Stop();
            _host.Now += 10;
            clock.Start();
            _host.Now += 1;
        }

        Assert.Equal((3L, 30L), (clock.Now, clock.TimeStopped));
    }

    [Fact]
    public void It_can_be_made_to_go_on_while_the_machine_is_stopped()
    {
        var clock = new MachineClock(_host) { StopsWithMachine = false };
        clock.Start();
        clock.Stop();
        _host.Now += 50;

        Assert.Equal((50L, 0L), (clock.Now, clock.TimeStopped));
    }

    [Fact]
    public void It_never_goes_back_even_when_the_hosts_clock_does()
    {
        var clock = new MachineClock(_host);
        clock.Start();
        _host.Now += 100;
        long first = clock.Now;
        _host.Now -= 40;

        Assert.Equal(first, clock.Now);
    }
}
