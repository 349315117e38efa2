namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>gdb's <c>monitor</c> commands, in one session.</summary>
public sealed class MonitorTests(MonitorSession session) : IClassFixture<MonitorSession>
{
    [Fact]
    public void Help_lists_the_commands()
    {
        session.Session.Says("help", "vcpus                    what each vCPU is doing");
        session.Session.Says("help", "reset");
        session.Session.Says("help", "quit");
    }

    [Fact]
    public void Info_vcpus_says_where_each_is() => session.Session.Says("vcpus", "vCPU 0: stopped in long mode, CPL 0 at ");

    [Fact]
    public void Info_breakpoints_says_how_each_is_made() => session.Session.Says("breakpoints", "h: breakpoint, ");

    [Fact]
    public void Info_memory_shows_the_ram() => session.Session.Says("memory", "RAM");

    [Fact]
    public void Info_host_says_how_breakpoints_are_made() =>
        session.Session.Says("host", $"software breakpoints: {Host.Abilities.SoftwareBreakpoints}");

    [Fact]
    public void Info_unclaimed_lists_the_kernels_probing() => session.Session.Says("unclaimed", "d0000000");

    [Fact]
    public void An_unknown_command_is_told_so() => session.Session.Says("unknown", "there is no command 'nonsense'");

    [Fact]
    public void A_checkpoint_says_how_large_it_is() => session.Session.Says("checkpoint", "KiB");

    [Fact]
    public void After_a_restore_memory_is_as_it_was_at_the_checkpoint()
    {
        session.Session.Says("changed", "= 4242");
        session.Session.Says("restored", "back at checkpoint early");
        session.Session.Says("restored", "= 16");
    }

    [Fact]
    public void A_restore_by_a_wrong_name_says_so() => session.Session.Says("wrong checkpoint", "there is no checkpoint 'late'");

    [Fact]
    public void After_a_reset_the_kernel_starts_again()
    {
        session.Session.Says("again", "Breakpoint 1, kernel_main ()");
        Assert.Equal(2, session.Session.GuestOutput.Split("debuggee: start\n").Length - 1);
    }

    [Fact]
    public void After_a_reset_RAM_is_empty() => session.Session.Says("ram", "0x700000:\t0x0000000000000000");

    [Fact]
    public void Quit_ends_the_run_as_stopped_by_the_user() => Assert.Equal(130, session.ExitCode);
}

/// <summary>The session of <see cref="MonitorTests"/>.</summary>
public sealed class MonitorSession : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => "debuggee64.elf";

    /// <inheritdoc/>
    protected override string Script => """
        # help
        monitor help
        # start
        break kernel_main
        tbreak string_in
        continue
        continue
        # vcpus
        monitor info vcpus
        # breakpoints
        set breakpoint always-inserted on
        monitor info breakpoints
        # memory
        monitor info memory
        # host
        monitor info host
        # unclaimed
        monitor info unclaimed
        # unknown
        monitor nonsense
        # checkpoint
        monitor checkpoint early
        # changed
        set var exit_value = 4242
        print exit_value
        # restored
        monitor restore early
        maintenance flush register-cache
        print exit_value
        # wrong checkpoint
        monitor restore late
        # reset
        set {long}0x700000 = 0x5a5a
        monitor reset
        maintenance flush register-cache
        # ram
        x/1xg 0x700000
        # again
        continue
        tbreak *register_probe
        continue
        # quit
        monitor quit
        """;
}
