using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class UnclaimedAccessesTests
{
    [Fact]
    public void Accesses_are_counted_by_address_size_and_direction()
    {
        PortBus bus = new();

        bus.Read(0x60, 1);
        bus.Read(0x60, 1);
        bus.Read(0x60, 2);
        bus.Write(0x60, 1, 0);
        bus.Write(0x20, 1, 0);

        Assert.Equal(
            [
                new UnclaimedAccess(0x20, 1, true, 1),
                new UnclaimedAccess(0x60, 1, false, 2),
                new UnclaimedAccess(0x60, 1, true, 1),
                new UnclaimedAccess(0x60, 2, false, 1),
            ],
            bus.Unclaimed.Snapshot());
        Assert.Equal(5, bus.Unclaimed.Total);
    }

    [Fact]
    public void The_observer_hears_of_the_first_access_of_each_kind_only()
    {
        Observer observer = new();
        PortBus bus = new(observer);

        bus.Write(0x43, 1, 0x36);
        bus.Write(0x43, 1, 0x36);
        bus.Read(0x43, 1);

        Assert.Equal(["w1@43", "r1@43"], observer.Heard);
    }

    [Fact]
    public void A_guest_that_sweeps_the_ports_fills_the_table_and_no_more()
    {
        Observer observer = new();
        PortBus bus = new(observer);

        for (int port = 0; port <= ushort.MaxValue; port++)
        {
            bus.Read((ushort)port, 1);
        }

        Assert.Equal(UnclaimedAccesses.Capacity, bus.Unclaimed.Snapshot().Count);
        Assert.Equal(UnclaimedAccesses.Capacity, observer.Heard.Count);
        Assert.Equal(65_536, bus.Unclaimed.Total);
        Assert.Equal(65_536 - UnclaimedAccesses.Capacity, bus.Unclaimed.Untabled);
    }

    [Fact]
    public void A_kind_that_is_in_the_full_table_is_still_counted()
    {
        PortBus bus = new();
        for (int port = 0; port < 2 * UnclaimedAccesses.Capacity; port++)
        {
            bus.Read((ushort)port, 1);
        }

        bus.Read(0, 1);

        Assert.Equal(new UnclaimedAccess(0, 1, false, 2), bus.Unclaimed.Snapshot()[0]);
    }

    private sealed class Observer : IUnclaimedObserver
    {
        public List<string> Heard { get; } = [];

        public void FirstAccess(ulong address, int size, bool isWrite) => Heard.Add($"{(isWrite ? "w" : "r")}{size}@{address:X}");
    }
}
