namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>Real mode: gdb is to disassemble 16-bit code, and the current instruction is at CS * 16 + IP.</summary>
public sealed class Complaint05Tests
{
    [Fact]
    public async Task A_boot_sector_is_disassembled_as_16_bit_code_without_setting_anything_in_gdb()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(
            "modes.bin", ["--wait", .. ModeSession.Flat, "--set", "debug.gdb.architecture=i8086"]);

        // 7C07h: mov $0x7c0,%ax; mov %ax,%ds. CS is 7C0h there.
        Transcript session = await DebuggerSession.RunAsync(machine, null, """
            # architecture
            show architecture
            # break
            break *0x7c07
            continue
            x/2i $pc
            printf "pc %x, cs %x, eip %x\n", $pc, $cs, $ip
            stepi
            x/i $pc
            # end
            kill
            """);

        session.Says("architecture", "(currently \"i8086\")");
        session.Says("break", "Breakpoint 1, 0x00007c07 in");
        session.Says("break", "=> 0x7c07:\tmov    $0x7c0,%ax");
        session.Says("break", "pc 7c07, cs 7c0, eip 7\n");
        session.Says("break", "=> 0x7c0a:\tmov    %ax,%ds");
    }

    [Fact]
    public async Task The_architecture_i8086_is_accepted_with_a_boot_sectors_symbols()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync(
            "hello-real.bin", ["--wait", .. ModeSession.Flat, "--set", "debug.gdb.architecture=i8086"]);

        Transcript session = await DebuggerSession.RunAsync(machine, "hello-real.debug", """
            # set
            set architecture i8086
            show architecture
            # break
            break print
            continue
            x/i $pc
            # finish
            stepi
            stepi
            x/2i $pc
            # end
            delete
            continue
            """);

        session.Says("set", "set to \"i8086\"");
        session.Says("break", "<print>:\tlods   %ds:(%si),%al");
        session.NeverSays("'g' packet");
        session.GuestSays("hello from real mode\n");
    }

    [Fact]
    public async Task Writing_cs_and_ip_moves_to_another_segment()
    {
        await using RunningMachine machine = await RunningMachine.StartAsync("modes.bin", ["--wait", .. ModeSession.Flat]);

        Transcript session = await DebuggerSession.RunAsync(machine, "modes.debug", """
            # move
            set $cs = 0x7c0
            set $ip = 7
            maintenance flush register-cache
            printf "pc %x, base %x\n", $pc, $cs_base
            stepi
            printf "ax %x\n", $rax & 0xffff
            # end
            continue
            """);

        session.Says("move", "pc 7c07, base 7c00\n");
        session.Says("move", "ax 7c0\n");
        session.GuestSays("RpPCLr\n");
    }
}
