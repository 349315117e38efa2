using System.Globalization;

namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>
/// A line that executes many instructions: gdb asks for the whole line at once (<c>vCont;r</c>), and the server runs through it where it
/// can. What the user sees is as if each instruction had been stepped.
/// </summary>
[Trait("Suite", "debugger")]
public sealed class LoopTests
{
    private const int ExitPassed = 33;

    // Of 0 to 299.
    private const int Sum = 44_850;

    private const ulong Address = 0x40_0000;

    // mov ecx, 10000; again: sub ecx, 1; jnz again; mov [500000h], eax; nop; jmp .
    private const string Loop = "b91027000083e90175fb89042500005000" + "90ebfe";

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task Next_step_and_until_get_over_a_line_that_is_a_loop(int bits)
    {
        string kernel = $"loops{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # arrive
            break one_line
            continue
            delete
            # next
            while total == 0
              next
            end
            # after
            printf "total %u\n", total
            # step
            break with_call
            continue
            delete
            set var total = 0
            break called if value == 200
            while total < 19900
              next
            end
            bt 1
            # finish
            delete
            finish
            until
            # end
            continue
            """);

        session.Says("next", "behind the loop");
        session.Says("after", $"total {Sum}");
        session.Says("step", "#0  called (value");
        session.GuestSays($"one line = {Sum}\nseveral lines = {Sum}\nwith call = {Sum}\n");
        Assert.Equal(ExitPassed, await machine.ExitAsync());
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task A_range_packet_runs_to_the_first_instruction_outside(int bits)
    {
        await using RunningMachine machine = await RunningMachine.StartAsync($"spinner{bits}.elf");
        await using RspClient client = await ConnectToLoopAsync(machine);

        string stop = await RangeAsync(client);

        Assert.StartsWith("T05", stop, StringComparison.Ordinal);
        Assert.Equal((Address + 17, 0UL), (await ProgramCounterAsync(client), await CounterAsync(client)));
        Assert.Equal(Loop, await client.AskAsync($"m400000,{Loop.Length / 2:x}"));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task A_breakpoint_inside_a_range_stops_each_time_round(int bits)
    {
        await using RunningMachine machine = await RunningMachine.StartAsync($"spinner{bits}.elf");
        await using RspClient client = await ConnectToLoopAsync(machine);
        Assert.Equal("OK", await client.AskAsync("Z0,400005,1"));
        for (uint round = 0; round < 50; round++)
        {
            Assert.Contains("T05", await RangeAsync(client), StringComparison.Ordinal);
            Assert.Equal((Address + 5, 10_000UL - round), (await ProgramCounterAsync(client), await CounterAsync(client)));
        }

        Assert.Equal("OK", await client.AskAsync("z0,400005,1"));
        await RangeAsync(client);
        Assert.Equal((Address + 17, 0UL), (await ProgramCounterAsync(client), await CounterAsync(client)));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task A_watch_inside_a_range_stops_behind_the_store(int bits)
    {
        await using RunningMachine machine = await RunningMachine.StartAsync($"spinner{bits}.elf");
        await using RspClient client = await ConnectToLoopAsync(machine);
        Assert.Equal("OK", await client.AskAsync("Z2,500000,4"));

        string stop = await RangeAsync(client);

        Assert.Contains("watch:500000;", stop, StringComparison.Ordinal);
        Assert.Equal((Address + 17, 0UL), (await ProgramCounterAsync(client), await CounterAsync(client)));
    }

    [Fact]
    public async Task A_client_that_dies_in_a_range_leaves_the_guest_running_and_its_memory_as_it_was()
    {
        // again: inc eax; jmp again
        const string code = "ffc0ebfc";
        await using RunningMachine machine = await RunningMachine.StartAsync("spinner64.elf");
        await machine.UntilItSaysAsync("spinning");
        string before;
        await using (RspClient client = await RspClient.ConnectAsync(machine.Port))
        {
            before = await client.AskAsync("m100000,800");
            Assert.Equal("OK", await client.AskAsync($"M400000,4:{code}"));
            Assert.Equal("OK", await client.AskAsync("P10=0000400000000000"));
            await client.SendAsync("vCont;r400000,400004:1");
        }

        await RspClient.UntilNoneIsConnectedAsync(machine.Port);
        await using RspClient next = await RspClient.ConnectAsync(machine.Port);
        Assert.Equal(before, await next.AskAsync("m100000,800"));
        Assert.Equal(code + "0000", await next.AskAsync("m400000,6"));
    }

    private static async Task<RspClient> ConnectToLoopAsync(RunningMachine machine)
    {
        await machine.UntilItSaysAsync("spinning");
        RspClient client = await RspClient.ConnectAsync(machine.Port);
        // P is for a client that knows the description.
        await client.AskAsync("qXfer:features:read:target.xml:0,ffb");
        Assert.Equal("OK", await client.AskAsync($"M400000,{Loop.Length / 2:x}:{Loop}"));
        bool isWide = await IsWideAsync(client);
        Assert.Equal("OK", await client.AskAsync(isWide ? "P10=0000400000000000" : "P8=00004000"));
        return client;
    }

    private static async Task<string> RangeAsync(RspClient client)
    {
        await client.SendAsync("vCont;r400000,400011:1");
        return await client.ReceiveStopAsync();
    }

    private static async Task<bool> IsWideAsync(RspClient client) => (await client.AskAsync("p0")).Length == 16;

    private static async Task<ulong> ProgramCounterAsync(RspClient client) =>
        Number(await client.AskAsync(await IsWideAsync(client) ? "p10" : "p8"));

    private static async Task<ulong> CounterAsync(RspClient client) =>
        Number(await client.AskAsync(await IsWideAsync(client) ? "p2" : "p1"));

    /// <summary>Little-endian.</summary>
    private static ulong Number(string digits) =>
        ulong.Parse(
            Convert.ToHexString([.. Convert.FromHexString(digits).Reverse()]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
