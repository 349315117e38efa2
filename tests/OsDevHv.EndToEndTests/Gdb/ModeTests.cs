using OsDevHv.EndToEndTests.Debugger;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>One session follows a kernel through every mode of the processor, with breakpoints and steps in each.</summary>
[Trait("Suite", "debugger")]
public sealed class ModeTests(ModeSession session) : IClassFixture<ModeSession>
{
    [Theory]
    [InlineData("real")]
    [InlineData("protected16")]
    [InlineData("protected32")]
    [InlineData("compatibility")]
    [InlineData("long")]
    [InlineData("real_again")]
    public void Breakpoints_and_steps_work_in_each_mode_and_registers_are_what_the_kernel_read_itself(string mode)
    {
        session.Session.Says(mode, $", {mode}_recorded () at");
        session.Session.Says(mode, "same: 1 1 1 1\n");
        session.Session.Says(mode, "stepped: 1\n");
    }

    [Fact]
    public void In_real_mode_the_pc_is_linear_and_ip_the_offset() => session.Session.Says("linear", "base 7c00, pc - ip 7c00\n");

    [Fact]
    public void The_offset_can_be_seen_instead()
    {
        session.Session.Says("offset", "off: $pc is the offset");
        session.Session.Says("offset", "pc - ip 0\n");
    }

    [Fact]
    public void A_stop_in_another_mode_says_that_the_disassembly_is_for_another_one()
    {
        session.Session.Says("real", "the CPU is in real mode: gdb shows its 16-bit code as 64-bit code; 'monitor disassemble' shows it as it is");
        session.Session.Says("compatibility", "the CPU is in compatibility mode: gdb shows its 32-bit code as 64-bit code");
    }

    [Fact]
    public void The_kernel_goes_through_all_modes()
    {
        Assert.Equal("RpPCLr\n", session.Session.GuestOutput);
        Assert.Equal(33, session.ExitCode);
    }

    [Fact]
    public async Task Virtual_8086_mode_has_breakpoints_steps_and_a_linear_pc()
    {
        Host.NeedsVirtual8086();
        await using RunningMachine machine = await RunningMachine.StartAsync("modes.bin", ["--wait", .. ModeSession.Flat]);

        Transcript v86 = await DebuggerSession.RunAsync(machine, "modes.debug", """
            # v86
            set {char}&with_v86 = 1
            break v86_recorded
            continue
            printf "same: %d\n", $cs == *(unsigned short*)&in_v86 && $ss == *((unsigned short*)&in_v86 + 1)
            printf "base %x, pc - ip %x, VM %d\n", $cs_base, $pc - $ip, ($eflags >> 17) & 1
            set $before = $pc
            stepi
            printf "stepped: %d\n", $pc == $before + 1
            info threads
            # refused
            set $cs_limit = 0
            # end
            continue
            """);

        v86.Says("v86", ", v86_recorded () at");
        v86.Says("v86", "same: 1\n");
        v86.Says("v86", "base 7c00, pc - ip 7c00, VM 1\n");
        v86.Says("v86", "stepped: 1\n");
        v86.Says("v86", "virtual-8086 mode, CPL 3");
        v86.Says("refused", "E.in virtual-8086 mode the selector makes the base, limit and attributes of cs");
        v86.GuestSays("RpPVCLr\n");
    }
}

/// <summary>The session of <see cref="ModeTests"/>.</summary>
public sealed class ModeSession : SessionFixture
{
    private static readonly string[] s_modes = ["real", "protected16", "protected32", "compatibility", "long", "real_again"];

    /// <summary>How <c>modes.bin</c> is booted.</summary>
    internal static readonly string[] Flat = ["--set", "boot.protocol=flat", "--set", "boot.flat.mode=real"];

    /// <inheritdoc/>
    protected override string Kernel => "modes.bin";

    /// <inheritdoc/>
    protected override string Symbols => "modes.debug";

    /// <inheritdoc/>
    protected override string[] Options => Flat;

    /// <inheritdoc/>
    protected override string Script =>
        """
        # prepare
        define look
          set $in = (unsigned short *)&$arg0
          printf "same: %d %d %d %d\n", $cs == $in[0], $ss == $in[1], $cr0 == *(unsigned int *)($in + 2), $efer == *(unsigned int *)($in + 4)
          set $before = $pc
          stepi
          printf "stepped: %d\n", $pc == $before + 1
        end

        """
        + string.Concat(s_modes.Select(static mode => $"""
            # {mode}
            tbreak {mode}_recorded
            continue
            look in_{mode}

            """))
        + """
        # linear
        printf "base %x, pc - ip %x\n", $cs_base, $pc - $ip
        # offset
        monitor linear-pc off
        maintenance flush register-cache
        monitor linear-pc
        printf "pc - ip %x\n", $pc - $ip
        monitor linear-pc on
        maintenance flush register-cache
        # end
        continue
        """;
}
