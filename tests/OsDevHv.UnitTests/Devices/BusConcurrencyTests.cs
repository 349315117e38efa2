using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class BusConcurrencyTests
{
    private const int Threads = 4;
    private const int AccessesOfEach = 20_000;

    [Fact]
    public void Many_threads_never_meet_inside_a_device()
    {
        Exclusive device = new();
        PortBus ports = new();
        MmioBus memory = new();
        DeviceSlot slot = new("shared", device);
        Assert.True(ports.TryMap(slot, 0x10, 1, 0, out _));
        Assert.True(ports.TryMap(slot, 0x20, 1, 0, out _));
        Assert.True(memory.TryMap(slot, 0x1000, 1, 0, out _));

        RunOnThreads(i =>
        {
            ports.Write(0x10, 1, 0);
            ports.Read(0x20, 1);
            memory.Write(0x1000, 1, 0);
            lock (slot.Lock)
            {
                device.Enter();
            }
        });

        Assert.Equal(0, device.Meetings);
        Assert.Equal(4 * Threads * AccessesOfEach, device.Calls);
    }

    [Fact]
    public void Slots_that_share_a_lock_exclude_each_other()
    {
        Lock shared = new();

        DeviceSlot first = new("first", new RecordingDevice(1), shared);
        DeviceSlot second = new("second", new RecordingDevice(1), shared);

        first.Lock.Enter();
        Assert.True(second.Lock.IsHeldByCurrentThread);
        first.Lock.Exit();
    }

    [Fact]
    public void Unclaimed_accesses_from_many_threads_are_all_counted()
    {
        PortBus bus = new();

        RunOnThreads(i => bus.Read((ushort)(i & 7), 1));

        Assert.Equal(Threads * AccessesOfEach, bus.Unclaimed.Total);
        Assert.Equal(Threads * AccessesOfEach, bus.Unclaimed.Snapshot().Sum(access => access.Count));
    }

    [Fact]
    public void Mapping_while_the_bus_is_in_use_disturbs_nobody()
    {
        PortBus bus = new();
        Exclusive device = new();
        Assert.True(bus.TryMap(new DeviceSlot("there", device), 0x8000, 1, 0, out _));

        RunOnThreads(i =>
        {
            bus.Read(0x8000, 1);
            if (i < 100)
            {
                bus.TryMap(new DeviceSlot("new", new RecordingDevice(1)), (ushort)i, 1, 0, out _);
            }
        });

        Assert.Equal(Threads * AccessesOfEach, device.Calls);
    }

    [Fact]
    public void A_pin_that_many_threads_drive_ends_low_with_as_many_falls_as_rises()
    {
        EdgeCounter output = new();
        InterruptPin pin = new(output);
        IInterruptLine[] lines = [pin.AddLine(), pin.AddLine(), pin.AddLine(), pin.AddLine()];
        int next = -1;
        ThreadLocal<IInterruptLine> own = new(() => lines[Interlocked.Increment(ref next)]);

        RunOnThreads(i =>
        {
            own.Value!.Set(true);
            own.Value!.Set(false);
        });

        Assert.False(pin.IsHigh);
        Assert.Equal(0, output.Repeats);
        Assert.True(output.Rises > 0);
        Assert.Equal(output.Rises, output.Falls);
    }

    private static void RunOnThreads(Action<int> access)
    {
        Exception? failure = null;
        Thread[] threads = new Thread[Threads];
        for (int t = 0; t < Threads; t++)
        {
            threads[t] = new Thread(() =>
            {
                try
                {
                    for (int i = 0; i < AccessesOfEach; i++)
                    {
                        access(i);
                    }
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            });
        }

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(failure);
    }

    /// <summary>Told under the pin's lock, so it needs none of its own; a change that is none would be told out of order.</summary>
    private sealed class EdgeCounter : IInterruptLine
    {
        private bool _high;

        public int Rises { get; private set; }

        public int Falls { get; private set; }

        public int Repeats { get; private set; }

        public void Set(bool high)
        {
            Repeats += high == _high ? 1 : 0;
            Rises += high ? 1 : 0;
            Falls += high ? 0 : 1;
            _high = high;
        }
    }

    private sealed class Exclusive : IBusDevice
    {
        private int _inside;

        public int Calls { get; private set; }

        public int Meetings { get; private set; }

        public int AccessSize => 1;

        public ulong Read(ulong offset, int size)
        {
            Enter();
            return 0;
        }

        public void Write(ulong offset, int size, ulong value) => Enter();

        public void ExchangeState(StateExchange state)
        {
        }

        public void Reset()
        {
        }

        public void Enter()
        {
            Meetings += Interlocked.Exchange(ref _inside, 1);
            Calls++;
            Volatile.Write(ref _inside, 0);
        }
    }
}
