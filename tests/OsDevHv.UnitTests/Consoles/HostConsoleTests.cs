using System.Text;
using OsDevHv.Machine.Consoles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class HostConsoleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public void After_a_drain_all_output_was_passed_on_in_order()
    {
        var end = new FakeEnd();
        using var console = new HostConsole("com1", end, watcher: null, discards: false);
        string text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} "));

        Write(console, text);
        bool drained = console.Drain(CancellationToken.None);

        Assert.True(drained);
        Assert.Equal(text, end.Received);
    }

    [Fact]
    public void A_null_connection_keeps_its_output_for_those_who_look_on()
    {
        using var console = new HostConsole("com1", new NullEnd(), watcher: null, discards: true, new ConsoleBacklog());
        byte[] kept = new byte[10];
        long position = 0;

        Write(console, "hello");
        console.Drain(CancellationToken.None);

        Assert.Equal(5, console.Backlog!.Read(ref position, kept, out _));
        Assert.Equal("hello", Encoding.ASCII.GetString(kept, 0, 5));
    }

    [Fact]
    public void A_device_on_a_connection_without_input_takes_what_is_offered()
    {
        using var console = new HostConsole("com1", new NullEnd(), watcher: null, discards: true);
        bool connected = console.TryConnectInput(static bytes => Math.Min(bytes.Length, 2));

        int taken = console.Offer("abc"u8);

        Assert.False(connected);
        Assert.Equal(2, taken);
    }

    [Fact]
    public void What_is_offered_to_no_device_is_not_taken()
    {
        using var console = new HostConsole("debugcon", new FakeEnd(), watcher: null, discards: false);

        Assert.Equal(0, console.Offer("abc"u8));
    }

    [Fact]
    public void A_drain_finds_a_panic_without_a_line_feed()
    {
        string? panic = null;
        using var console = new HostConsole("com1", new FakeEnd(), new ConsoleWatchers(new LineWatcher("PANIC", line => panic = line), null), discards: false);

        Write(console, "ok\nPANIC: halted");
        console.Drain(CancellationToken.None);

        Assert.Equal("PANIC: halted", panic);
    }

    [Fact]
    public void A_null_connection_is_watched_for_a_panic()
    {
        string? panic = null;
        using var console = new HostConsole("com1", new NullEnd(), new ConsoleWatchers(new LineWatcher("PANIC", line => panic = line), null), discards: true);

        Write(console, "PANIC\n");
        console.Drain(CancellationToken.None);

        Assert.Equal("PANIC", panic);
    }

    [Fact]
    public void A_slow_reader_congests_the_console_and_a_fast_one_makes_room()
    {
        var end = new FakeEnd();
        using var console = new HostConsole("com1", end, watcher: null, discards: false);
        using var room = new ManualResetEventSlim();
        console.OnRoom(room.Set);
        end.HoldUp();

        int written = 0;
        while (!console.IsCongested)
        {
            console.Write((byte)'x');
            written++;
        }

        bool roomEarly = room.IsSet;
        end.GoOn();
        bool roomThen = room.Wait(Limit, TestContext.Current.CancellationToken);

        Assert.InRange(written, OutputQueue.HighWater, OutputQueue.HighWater);
        Assert.False(roomEarly);
        Assert.True(roomThen);
        Assert.Equal(0, console.Dropped);
    }

    [Fact]
    public void Input_waits_until_the_device_has_room()
    {
        using var console = new HostConsole("com1", new FakeEnd("hello"), watcher: null, discards: false);
        var received = new StringBuilder();
        using var all = new ManualResetEventSlim();

        // Room for one byte at a time, and never for the next one before it was asked for again.
        bool room = true;
        bool connected = console.TryConnectInput(bytes =>
        {
            if (!room)
            {
                room = true;
                console.InputRoom();
                return 0;
            }

            room = false;
            received.Append((char)bytes[0]);
            if (received.Length == 5)
            {
                all.Set();
            }

            return 1;
        });
        bool arrived = all.Wait(Limit, TestContext.Current.CancellationToken);

        Assert.True(connected);
        Assert.True(arrived);
        Assert.Equal("hello", received.ToString());
    }

    [Fact]
    public void Input_goes_to_one_device()
    {
        using var console = new HostConsole("com1", new FakeEnd(), watcher: null, discards: false);
        console.TryConnectInput(bytes => bytes.Length);

        bool second = console.TryConnectInput(bytes => bytes.Length);

        Assert.False(second);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_device_without_room()
    {
        var console = new HostConsole("com1", new FakeEnd("hello"), watcher: null, discards: false);
        using var offered = new ManualResetEventSlim();
        console.TryConnectInput(_ =>
        {
            offered.Set();
            return 0;
        });
        offered.Wait(Limit, TestContext.Current.CancellationToken);

        Task closing = Task.Run(console.Dispose, TestContext.Current.CancellationToken);
        Task first = await Task.WhenAny(closing, Task.Delay(Limit, TestContext.Current.CancellationToken));

        Assert.Same(closing, first);
    }

    private static void Write(HostConsole console, string text)
    {
        foreach (char c in text)
        {
            // As a vCPU does: pause, outside any lock, while the console is congested.
            while (console.IsCongested)
            {
                Thread.Yield();
            }

            console.Write((byte)c);
        }
    }
}
