using System.Net;
using System.Net.Sockets;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>The server on its socket: one client at a time, whatever way it leaves.</summary>
public sealed class GdbServerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>What a gdb says from connecting to resuming, and then Ctrl-C.</summary>
    private static readonly string[] Script =
    [
        "+", Conversation.Frame("qSupported:swbreak+"), "+", Conversation.Frame("QStartNoAckMode"), "+", Conversation.Frame("?"),
        Conversation.Frame("Z0,1004,1"), Conversation.Frame("vCont;s:1"), Conversation.Frame("vCont;c"), Conversation.Frame("z0,1004,1"),
        Conversation.Frame("vCont;c"), "\u0003", Conversation.Frame("g"), Conversation.Frame("vCont;c"), "$m1000",
    ];

    public static TheoryData<int> ScriptLengths => [.. Enumerable.Range(0, Script.Length + 1)];

    [Theory]
    [MemberData(nameof(ScriptLengths))]
    public async Task A_client_killed_at_any_packet_leaves_the_machine_detached_once(int length)
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        using (Socket client = await ConnectAsync(server))
        {
            client.LingerState = new LingerOption(true, 0); // The kernel resets the connection, as for a killed process with unread data.
            await client.SendAsync(Encoding.Latin1.GetBytes(string.Concat(Script[..length])));
        }

        await machine.Detached.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        using Socket next = await ConnectAsync(server);
        string said = await ExchangeAsync(next, Conversation.Frame("qC"));

        Assert.Equal("+<QC1>", said);
        Assert.Single(machine.Calls, static call => call.StartsWith("detach", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_client_watches_and_the_first_goes_on()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        using Socket first = await ConnectAsync(server);
        using Socket second = await ConnectAsync(server);

        string refusal = await ExchangeAsync(second, Conversation.Frame("M1000,1:00"));
        string said = await ExchangeAsync(first, Conversation.Frame("qC"));

        Assert.Equal($"+<E.{SharedView.OnlyWatches}>", refusal);
        Assert.Equal("+<QC1>", said);
        Assert.Equal(["attach"], machine.Calls);
    }

    [Fact]
    public async Task A_detached_client_finds_the_connection_closed_and_may_come_back()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        using (Socket first = await ConnectAsync(server))
        {
            Assert.Equal("+<OK>", await ExchangeAsync(first, Conversation.Frame("D")));
            Assert.Equal(0, await first.ReceiveAsync(new byte[1]));
        }

        using Socket second = await ConnectAsync(server);
        string said = await ExchangeAsync(second, Conversation.Frame("qC"));

        Assert.Equal("+<QC1>", said);
        Assert.Equal(["attach", "detach", "attach"], machine.Calls);
    }

    [Fact]
    public async Task A_late_stop_is_reported_without_the_client_saying_anything()
    {
        FakeMachine machine = new();
        await using GdbServer server = Start(machine);
        using Socket client = await ConnectAsync(server);
        Assert.Equal("+", await ExchangeAsync(client, Conversation.Frame("vCont;c"), frames: 0));
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        machine.Stop(new StopEvent(StopKind.Crashed, 1, 11, 0, "died"));
        string said = await ExchangeAsync(client, "", frames: 2);

        Assert.StartsWith($"<O{Conversation.Hex("died\n")}><T0bthread:2;", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_the_server_still_reports_the_end_of_the_run()
    {
        FakeMachine machine = new();
        GdbServer server = Start(machine);
        using Socket client = await ConnectAsync(server);
        await ExchangeAsync(client, Conversation.Frame("vCont;c"), frames: 0);
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        machine.Stop(new StopEvent(StopKind.Exited, 0, 7));
        await server.DisposeAsync();
        string said = await ExchangeAsync(client, "", frames: 1);

        Assert.Equal("<W07>", said);
        Assert.Single(machine.Calls, "detach");
    }

    [Fact]
    public async Task Closing_the_server_while_the_machine_runs_detaches()
    {
        FakeMachine machine = new();
        GdbServer server = Start(machine);
        using Socket client = await ConnectAsync(server);
        await ExchangeAsync(client, Conversation.Frame("vCont;c"), frames: 0);
        await machine.Spinning.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        await server.DisposeAsync();

        Assert.Equal(["attach", "resume Continue Continue", "interrupt", "detach"], machine.Calls);
        Assert.False(server.HasClient);
    }

    [Fact]
    public async Task An_address_in_use_is_an_error_at_once()
    {
        await using GdbServer server = Start(new FakeMachine());

        Assert.Throws<SocketException>(() => GdbServer.Start(new FakeMachine(), server.LocalEndPoint));
    }

    private static GdbServer Start(FakeMachine machine) => GdbServer.Start(machine, new IPEndPoint(IPAddress.Loopback, 0));

    private static async Task<Socket> ConnectAsync(GdbServer server)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.LocalEndPoint);
        return socket;
    }

    /// <summary>Sends and reads until so many frames (or, for none, anything) came.</summary>
    private static async Task<string> ExchangeAsync(Socket socket, string stream, int frames = 1)
    {
        using CancellationTokenSource limit = new(Limit);
        await socket.SendAsync(Encoding.Latin1.GetBytes(stream), limit.Token);
        StringBuilder raw = new();
        byte[] buffer = new byte[4096];
        do
        {
            int read = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.NotEqual(0, read);
            raw.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        while (raw.ToString().Count(static c => c == '#') < frames || (frames > 0 && raw[^3] != '#'));

        return Conversation.Read(raw.ToString());
    }
}
