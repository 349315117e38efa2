namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>Model-specific registers, for which users of other stubs have the guest execute RDMSR: here they are registers.</summary>
public sealed class Complaint11Tests
{
    [Fact]
    public async Task Model_specific_registers_are_read_and_written_without_executing_anything_in_the_guest()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("debuggee64.elf", "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, "debuggee64.elf", """
            # read
            set $before = $pc
            output/x $apic_base
            echo \n
            p $pat
            p $mtrr_cap
            # write
            set $lstar = 0xffffffff80001000
            set $star = 0x0023000800000000UL
            set $fmask = 0x200UL
            p/x {(long)$lstar, (long)$star, (long)$fmask}
            p $fmask
            # time
            set $first = $tsc
            printf "stands still: %d\n", $first == $tsc
            set $tsc = 1000
            printf "tsc %d\n", $tsc
            # refused
            set $lstar = 0x1234567890123456
            # type
            set $pat = 2UL
            # unmoved
            printf "pc: %d\n", $pc == $before
            # end
            kill
            """);

        session.Says("read", "0xfee00900\n");
        session.Says("read", "[ PA0=6 PA1=4 PA2=7 PA3=0 PA4=6 PA5=4 PA6=7 PA7=0 ]");
        session.Says("write", "{0xffffffff80001000, 0x23000800000000, 0x200}");
        session.Says("write", "[ IF IOPL=0 ]");
        session.Says("time", "stands still: 1\n");
        session.Says("time", "tsc 1000\n");
        session.Says("refused", "E.lstar must be a canonical address, 1234567890123456h is none");
        session.Says("type", "E.2h is no value of pat");
        session.Says("unmoved", "pc: 1\n");
    }
}
