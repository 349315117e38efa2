using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// Complaint 10: slow memory. "The main source of slowness is the number of requests"; "if a mem-read request even partially overlaps an
/// unmapped page, qemu returns an error". Packets are counted, for time depends on the host.
/// </summary>
public sealed class Complaint10Tests
{
    [Fact]
    public async Task Gdb_dumps_a_mebibyte_with_few_packets()
    {
        const string kernel = "debuggee64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");
        string file = Path.GetTempFileName();

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, $"""
            # dump
            set debug remote 1
            dump binary memory {file} 0x100000 0x200000
            set debug remote 0
            # end
            kill
            """);

        int packets = session.Section("dump").Split("Sending packet: $").Length - 1;
        Assert.InRange(packets, 1, 16);
        Assert.Equal(0x10_0000, new FileInfo(file).Length);
        File.Delete(file);
    }

    [Fact]
    public async Task Gdb_searches_64_MiB_with_one_packet()
    {
        const string kernel = "debuggee64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--set", "memory=64M");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # search
            set var *(long *) 0x3fffff8 = 0x1122334455667788
            set debug remote 1
            find /g 0x1000000, +0x3000000, 0x1122334455667788
            set debug remote 0
            # end
            kill
            """);

        session.Says("search", "0x3fffff8");
        Assert.InRange(session.Section("search").Split("Sending packet: $qSearch:memory:").Length - 1, 1, 2);
        Assert.DoesNotContain("Sending packet: $m1", session.Section("search"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_over_an_unmapped_edge_gives_what_is_before_it()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait", "--set", "memory=64M");
        await using RspClient client = await RspClient.ConnectAsync(machine.Port);

        string atEdge = await client.AskAsync("m3fffff0,20");
        string behind = await client.AskAsync("m4000000,1");

        Assert.Equal(2 * 0x10, atEdge.Length);
        Assert.Equal("E0e", behind);
    }
}
