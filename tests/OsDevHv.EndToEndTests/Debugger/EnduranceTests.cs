using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>The same thing many times over; too slow for the slowest host.</summary>
public sealed partial class EnduranceTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task A_breakpoint_in_a_loop_is_hit_a_thousand_times_without_a_miss(int bits)
    {
        string kernel = $"spinner{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");
        // Ten instructions behind its beginning the function is in its loop of fewer, which counts once a round.
        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # loop
            break spin
            continue
            stepi 10
            printf "loop %lx counter %lx\n", $pc, &spin_count
            detach
            """);
        Match addresses = Addresses().Match(session.Section("loop"));
        ulong counter = ulong.Parse(addresses.Groups["counter"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        await using RspClient client = await RspClient.ConnectAsync(machine.Port);

        Assert.Equal("OK", await client.AskAsync($"Z0,{addresses.Groups["loop"].Value},1"));
        Assert.StartsWith("T05", await client.AskAsync("vCont;c"), StringComparison.Ordinal);
        uint before = await client.ReadUInt32Async(counter);
        for (int i = 0; i < 1000; i++)
        {
            Assert.StartsWith("T05", await client.AskAsync("vCont;c"), StringComparison.Ordinal);
        }

        Assert.Equal(before + 1000, await client.ReadUInt32Async(counter));
    }

    [Fact]
    public async Task Two_hundred_debuggers_come_and_go_while_the_guest_echoes_its_input_unchanged()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("echo64.elf");
        await machine.UntilItSaysAsync("ready\n");
        var sent = new StringBuilder();

        for (int i = 0; i < 200; i++)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"line {i}: the brown fox jumps over the lazy dog\n");
            sent.Append(line);
            await machine.Input.WriteAsync(line.AsMemory(), TestContext.Current.CancellationToken);
            await machine.Input.FlushAsync(TestContext.Current.CancellationToken);
            await using RspClient client = await RspClient.ConnectAsync(machine.Port);
            Assert.StartsWith("T", await client.AskAsync("?"), StringComparison.Ordinal);
            Assert.Equal("OK", await client.AskAsync("D"));
        }

        await machine.Input.WriteAsync("q".AsMemory(), TestContext.Current.CancellationToken);
        await machine.Input.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(33, await machine.ExitAsync());
        Assert.StartsWith($"ready\n{sent}q", machine.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("loop (?<loop>[0-9a-f]+) counter (?<counter>[0-9a-f]+)")]
    private static partial Regex Addresses();
}
