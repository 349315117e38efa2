using System.Net;
using System.Net.Sockets;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Several connections: one controls, the others watch.</summary>
public sealed class SharingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_watching_connection_reads_what_the_controlling_one_does()
    {
        FakeMachine machine = new();
        machine.Cpu(0).Rip = 0x1234;
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);

        Assert.Equal("3412000000000000", await watches.AskAsync("p10"));
        Assert.Equal("90909090", await watches.AskAsync("m1000,4"));
        Assert.StartsWith("T05thread:1;", await watches.AskAsync("?"), StringComparison.Ordinal);
        Assert.Equal("m1,2", await watches.AskAsync("qfThreadInfo"));
        Assert.Equal(["attach"], machine.Calls.Where(static call => call != "look"));
    }

    [Theory]
    [InlineData("M1000,1:00")]
    [InlineData("X1000,1:a")]
    [InlineData("P0=0000000000000000")]
    [InlineData("Z0,1000,1")]
    [InlineData("Z2,1000,1")]
    [InlineData("R00")]
    [InlineData("vRun;")]
    [InlineData("vKill;1")]
    public async Task What_would_change_the_machine_is_refused_in_words(string packet)
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);

        Assert.Equal("E." + SharedView.OnlyWatches, await watches.AskAsync(packet));
        Assert.Equal(["attach"], machine.Calls.Where(static call => call != "look"));
    }

    [Fact]
    public async Task Non_stop_mode_is_refused_in_words()
    {
        await using GdbServer server = Start(new FakeMachine());
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);

        Assert.Equal("E.a connection that only watches has no non-stop mode", await watches.AskAsync("QNonStop:1"));
    }

    [Fact]
    public async Task Resuming_from_a_watching_connection_waits_for_the_next_stop()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer first = await Peer.ConnectAsync(server);
        await using Peer second = await Peer.ConnectAsync(server);
        await first.SendAsync("vCont;c");
        await second.SendAsync("vCont;s:1");
        Assert.Equal("E10", await first.AskAsync("g"));
        Assert.Equal("E10", await second.AskAsync("g"));

        string stop = await controls.AskAsync("vCont;s:1");

        Assert.Equal(stop, await first.ReceiveAsync());
        Assert.Equal(stop, await second.ReceiveAsync());
        Assert.Single(machine.Calls, static call => call.StartsWith("resume", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watching_connection_is_not_told_of_a_breakpoint_that_it_has_not_set()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.SoftwareBreakpoint, 0, 5) };
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);
        await watches.AskAsync("qSupported:swbreak+");
        await controls.AskAsync("qSupported:swbreak+");
        await watches.SendAsync("vCont;c");
        Assert.Equal("E10", await watches.AskAsync("g"));

        Assert.StartsWith("T05swbreak:;", await controls.AskAsync("vCont;c"), StringComparison.Ordinal);
        Assert.StartsWith("T05thread:1;", await watches.ReceiveAsync(), StringComparison.Ordinal);
        Assert.StartsWith("T05thread:1;", await watches.AskAsync("?"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_on_a_watching_connection_ends_its_wait_and_leaves_the_machine_running()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);
        await controls.SendAsync("vCont;c");
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        string stop = await watches.AskAsync("vCont;c", andInterrupt: true);

        Assert.StartsWith("T02thread:1;", stop, StringComparison.Ordinal);
        Assert.Equal("90909090", await watches.AskAsync("m1000,4"));
        Assert.Contains("look while running", machine.Calls);
        Assert.DoesNotContain("interrupt", machine.Calls);
        Assert.False(machine.IsStopped);
    }

    [Fact]
    public async Task Attaching_to_watch_a_running_machine_leaves_it_running()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await controls.SendAsync("vCont;c");
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        await using Peer watches = await Peer.ConnectAsync(server);

        Assert.StartsWith("T05thread:1;", await watches.AskAsync("?"), StringComparison.Ordinal);
        Assert.False(machine.IsStopped);
    }

    [Fact]
    public async Task When_the_controlling_one_leaves_the_first_that_asks_takes_over()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        Peer controls = await Peer.ConnectAsync(server);
        await using Peer first = await Peer.ConnectAsync(server);
        await using Peer second = await Peer.ConnectAsync(server);
        Assert.Equal("QC1", await first.AskAsync("qC"));
        await controls.DisposeAsync();
        await machine.Detached.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        string taken = await AskUntilAsync(second, "Z0,1800,1", static reply => reply == "OK");

        Assert.Equal("OK", taken);
        Assert.Equal("E." + SharedView.OnlyWatches, await first.AskAsync("M1000,1:00"));
        Assert.Equal("OK", await second.AskAsync("M1000,1:42"));
        Assert.Equal(["attach", "detach", "attach", "insert Software 1800 1"], machine.Calls.Where(static call => call != "look"));
    }

    [Theory]
    [InlineData("info cpus", true)]
    [InlineData("help", true)]
    [InlineData("reset", false)]
    public async Task A_watching_connection_may_only_ask_the_monitor(string command, bool allowed)
    {
        FakeMachine machine = new() { MonitorOutput = "fine\n" };
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);

        string said = await watches.AskAsync("qRcmd," + Conversation.Hex(command));

        Assert.Equal(allowed, said == "O" + Conversation.Hex("fine\n"));
        Assert.Equal(allowed, machine.Calls.Contains($"monitor {command}"));
    }

    [Fact]
    public async Task Killing_from_a_watching_connection_ends_just_that()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using (Peer watches = await Peer.ConnectAsync(server))
        {
            Assert.Equal("QC1", await watches.AskAsync("qC"));
            await watches.SendAsync("k");
            Assert.Equal("", await watches.ReceiveAsync());
        }

        Assert.Equal("QC1", await controls.AskAsync("qC"));
        Assert.Equal(["attach"], machine.Calls.Where(static call => call != "look"));
    }

    [Fact]
    public async Task The_end_of_the_run_is_told_to_all_that_wait()
    {
        FakeMachine machine = new();
        GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer watches = await Peer.ConnectAsync(server);
        await watches.SendAsync("vCont;c");
        Assert.Equal("E10", await watches.AskAsync("g"));
        await controls.SendAsync("vCont;c");
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        machine.Stop(new StopEvent(StopKind.Exited, 0, 7));
        await server.DisposeAsync();

        Assert.Equal("W07", await controls.ReceiveAsync());
        Assert.Equal("W07", await watches.ReceiveAsync());
    }

    [Fact]
    public async Task A_stalled_watching_connection_holds_up_nobody()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await using Peer stalled = await Peer.ConnectAsync(server);
        for (int i = 0; i < 200; i++)
        {
            await stalled.SendAsync("qXfer:features:read:target.xml:0,20000"); // 3 MB of answers that it does not take.
        }

        for (int i = 0; i < 100; i++)
        {
            Assert.StartsWith("T05", await controls.AskAsync("vCont;s:1"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_thousand_connections_leave_no_thread_and_no_descriptor_behind()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        await using Peer controls = await Peer.ConnectAsync(server);
        await ConnectAndLeaveAsync(server, 20);
        int descriptors = Descriptors();

        await ConnectAndLeaveAsync(server, 1000);

        // Other tests have descriptors of their own meanwhile; a leak would be a thousand.
        Assert.InRange(Descriptors(), 0, descriptors + 300);
        Assert.Equal("QC1", await controls.AskAsync("qC"));
        Assert.True(SpinWait.SpinUntil(static () => SessionThreads() <= 40, Limit), $"{SessionThreads()} threads");
    }

    private static async Task ConnectAndLeaveAsync(GdbServer server, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await using Peer peer = await Peer.ConnectAsync(server);
            if (i % 3 == 0)
            {
                Assert.Equal("QC1", await peer.AskAsync("qC"));
            }
            else if (i % 3 == 1)
            {
                await peer.SendAsync("m1000,100");
            }
        }
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static int SessionThreads() => Directory.GetDirectories("/proc/self/task").Count(static task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).StartsWith("gdb session", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has just ended.
        }
    });

    private static async Task<string> AskUntilAsync(Peer peer, string packet, Func<string, bool> isIt)
    {
        using CancellationTokenSource limit = new(Limit);
        while (true)
        {
            string reply = await peer.AskAsync(packet);
            if (isIt(reply) || limit.IsCancellationRequested)
            {
                return reply;
            }

            await Task.Yield();
        }
    }

    private static GdbServer Start(FakeMachine machine) => GdbServer.Start(machine, new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>A client without acknowledgements.</summary>
    private sealed class Peer : IAsyncDisposable
    {
        private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        private readonly StringBuilder received = new();

        public static async Task<Peer> ConnectAsync(GdbServer server)
        {
            Peer peer = new();
            await peer.socket.ConnectAsync(server.LocalEndPoint);
            Assert.Equal("OK", await peer.AskAsync("QStartNoAckMode"));
            return peer;
        }

        public async Task<string> AskAsync(string payload, bool andInterrupt = false)
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(Conversation.Frame(payload) + (andInterrupt ? "\u0003" : "")));
            return await ReceiveAsync();
        }

        public async Task SendAsync(string payload) => await socket.SendAsync(Encoding.Latin1.GetBytes(Conversation.Frame(payload)));

        /// <summary>The next frame's payload, or nothing at the end of the stream.</summary>
        public async Task<string> ReceiveAsync()
        {
            using CancellationTokenSource limit = new(Limit);
            byte[] buffer = new byte[65536];
            while (true)
            {
                string text = received.ToString();
                int end = text.IndexOf('#', StringComparison.Ordinal);
                if (end >= 0 && end + 2 < text.Length)
                {
                    received.Remove(0, end + 3);
                    string frame = text[text.IndexOf('$', StringComparison.Ordinal)..(end + 3)];
                    return Conversation.Read(frame)[1..^1];
                }

                int read = await socket.ReceiveAsync(buffer, limit.Token);
                if (read == 0)
                {
                    return "";
                }

                received.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
