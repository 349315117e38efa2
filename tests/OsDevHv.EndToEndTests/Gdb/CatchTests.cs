using OsDevHv.EndToEndTests.Debugger;
using OsDevHv.EndToEndTests.Debugger.Harness;
using Xunit;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary><c>monitor catch</c>, <c>break</c>, <c>scope</c> and conditions, in one session with gdb.</summary>
[Trait("Suite", "debugger")]
public sealed class CatchTests(CatchSession session) : IClassFixture<CatchSession>
{
    private Transcript Session => session.Session;

    [Fact]
    public void An_exception_without_an_error_code_is_caught_at_its_handler()
    {
        Session.Says("invalid", "catch 1 (exception 6): exception 6 (#UD) on CPU 0, at 8h:");
        Session.Says("invalid", "on_invalid (");
    }

    [Fact]
    public void A_page_fault_is_caught_with_its_error_code_and_CR2()
    {
        Session.Says("fault", "exception 14 (#PF) on CPU 0, error code 2h (write by supervisor, page not present), CR2 7f0000001000h, at 8h:");
        Session.Says("fault", "on_page_fault (");
    }

    [Fact]
    public void A_port_write_is_caught_with_its_value() => Session.Says("port", "(port 80 write): 5ah written to port 80h on CPU 0");

    [Fact]
    public void A_write_to_memory_that_is_no_RAM_is_caught_with_its_value() =>
        Session.Says("mmio", "12345678h written to d0000010h on CPU 0");

    [Fact]
    public void A_write_to_a_model_specific_register_is_caught_and_done()
    {
        Session.Says("msr", "(msr LSTAR write): MSR c0000082h on CPU 0: 9abcdef0h written");
        Session.Says("msr", "access_devices ()");
    }

    [Fact]
    public void Catches_are_listed_with_their_hits()
    {
        Session.Says("list", "1: exception 6; hits 1\n2: exception PF if write; hits 1\n3: port 80 write; hits 1\n");
        Session.Says("list", "5 removed");
    }

    [Fact]
    public void A_CR3_load_is_caught_by_stepping_which_is_said_to_be_slow()
    {
        Session.Says("cr3", "so every instruction is stepped");
        Session.Says("cr3", "CR3 of CPU 0 is now ");
        Session.Says("cr3", "at after_cr3 1");
    }

    [Fact]
    public void A_breakpoint_for_one_address_space_passes_the_others()
    {
        Session.Says("scope", "breakpoints that gdb puts in from now on count: CR3 ");
        Session.Says("scope", "first 1, second 3, third 5");
    }

    [Fact]
    public void A_condition_is_evaluated_in_the_machine()
    {
        Session.Says("condition", "stopped at 700");
        Session.Says("condition", "; if 2600");
        Session.Says("condition", "hits 4, passed 69");
    }

    [Fact]
    public void A_breakpoint_by_physical_address_is_hit()
    {
        Session.Says("physical", "at physical ");
        Session.Says("physical", "monitor break");
        Session.Says("physical", "called with 701");
    }

    [Fact]
    public void A_dprintf_of_agent_style_prints_from_within_the_machine_and_stops_nowhere()
    {
        Session.Says("end", "dprintf: number 998, at ");
        Session.Says("end", "dprintf: number 999, at ");
        Session.NeverSays("dprintf: number 997");
    }

    [Fact]
    public void The_kernel_has_not_noticed()
    {
        Session.GuestSays("exceptions = 2\ncalls = 1000\n");
        Assert.Equal(33, session.ExitCode);
    }
}

/// <summary>The session of <see cref="CatchTests"/>.</summary>
public sealed class CatchSession : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => "caught64.elf";

    /// <inheritdoc/>
    protected override string Script => """
        # start
        break raise_exceptions
        continue
        delete
        # invalid
        monitor catch exception 6
        monitor catch exception PF if write
        monitor catch port 80 write
        monitor catch mmio d0000000,100
        monitor catch msr LSTAR write
        continue
        backtrace 1
        # fault
        continue
        backtrace 1
        # port
        continue
        # mmio
        continue
        # msr
        continue
        backtrace 1
        # list
        monitor catch
        monitor uncatch all
        # cr3
        tbreak *&before_cr3
        continue
        monitor catch cr3
        continue
        printf "at after_cr3 %d\n", $pc == (long)&after_cr3
        monitor uncatch all
        # scope
        monitor scope cr3
        break called_often
        continue
        set $first = $rdi
        continue
        set $second = $rdi
        continue
        printf "first %d, second %d, third %d\n", $first, $second, $rdi
        monitor scope off
        delete
        # condition
        tbreak called_often if number == 700
        continue
        printf "stopped at %d\n", $rdi
        monitor breakpoints
        # physical
        eval "monitor break phys %lx", (long)&called_often
        continue
        printf "called with %d\n", $rdi
        monitor unbreak all
        # end
        set dprintf-style agent
        dprintf called_often, "dprintf: number %d, at %p\n", number, $rip
        condition $bpnum number >= 998
        continue
        """;
}
