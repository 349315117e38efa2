using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>
/// Complaint 7: "I don't see any way to write to a physical address." With QEMU's packet, and a kernel in the upper half.
/// </summary>
public sealed class Complaint07PhysicalMemoryTests
{
    [Fact]
    public async Task Physical_addresses_are_read_searched_and_written_between_the_two_packets()
    {
        const string kernel = "limine-r6.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, """
            # linear
            break kernel_main
            continue
            set var $first = *(long *) kernel_main
            set var $second = ((long *) kernel_main)[1]
            x/1xb 0x2000
            # on
            maintenance packet Qqemu.PhyMemMode:1
            maintenance flush dcache
            maintenance packet qqemu.PhyMemMode
            # low
            x/1xb 0x2000
            # found
            find /1 0x1000, 0x4000000, $first, $second
            # write
            set var *(unsigned char *) 0x2000 = 0x5a
            x/1xb 0x2000
            # off
            maintenance packet Qqemu.PhyMemMode:0
            maintenance flush dcache
            print *(long *) kernel_main == $first
            x/1xb 0x2000
            # end
            kill
            """);

        session.Says("linear", "Cannot access memory at address 0x2000");
        session.Says("on", "received: \"1\"");
        session.Says("low", "0x2000:\t0x");
        session.Says("found", "1 pattern found");
        session.Says("write", "0x2000:\t0x5a");
        session.Says("off", "= 1");
        session.Says("off", "Cannot access memory at address 0x2000");
    }
}
