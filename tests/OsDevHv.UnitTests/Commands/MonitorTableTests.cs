using OsDevHv.Machine.Commands;

namespace OsDevHv.Tests.Commands;

/// <summary>How commands are found, and what is said when they are not.</summary>
public sealed class MonitorTableTests
{
    [Fact]
    public void Help_lists_every_command_with_its_usage()
    {
        string help = PagedMachine.InLongMode().Run("help");

        Assert.Contains("walk VA [cplN] [r|w|x]   the page tables' entries for an address, and what each access would meet\n", help, StringComparison.Ordinal);
        Assert.Contains("idt [VECTOR]             the gates of the IDT; in real mode the interrupt vectors\n", help, StringComparison.Ordinal);
        Assert.Equal(help, PagedMachine.InLongMode().Run(""));
    }

    [Fact]
    public void Help_of_a_command_tells_its_usage_its_other_names_and_what_it_needs() => Assert.Equal(
        """
        monitor phys VA: the physical address of a linear one
        Also: gva2gpa
        The machine must be stopped.

        """,
        PagedMachine.InLongMode().Run("help phys"));

    [Theory]
    [InlineData("waalk", "there is no command 'waalk'; did you mean 'walk'? 'monitor help' lists them\n")]
    [InlineData("info gtd", "there is no command 'info gtd'; did you mean 'info gdt'? 'monitor help' lists them\n")]
    [InlineData("zzzzzzzz", "there is no command 'zzzzzzzz'; 'monitor help' lists them\n")]
    [InlineData("help waalk", "there is no command 'waalk'; did you mean 'walk'? 'monitor help' lists them\n")]
    public void An_unknown_command_names_the_nearest(string command, string answer) =>
        Assert.Equal(answer, PagedMachine.InLongMode().Run(command));

    [Fact]
    public void An_unambiguous_beginning_is_enough() =>
        Assert.Equal(PagedMachine.InLongMode().Run("walk 400000"), PagedMachine.InLongMode().Run("wal 400000"));

    [Fact]
    public void An_ambiguous_beginning_lists_what_it_may_be() =>
        Assert.Equal("'m' may be any of maps, msr\n", PagedMachine.InLongMode().Run("m"));

    [Fact]
    public void An_exact_name_wins_over_longer_ones() =>
        Assert.Equal("0x5000: 0x00000000\n", PagedMachine.InLongMode().MapPage(PagedMachine.Present).Run("xp 5000"));

    [Fact]
    public void Info_and_the_bare_name_are_the_same_command() =>
        Assert.Equal(PagedMachine.InLongMode().Run("gdt"), PagedMachine.InLongMode().Run("info gdt"));

    [Fact]
    public void Info_alone_lists_what_there_is() =>
        Assert.Equal("info what? maps, regs, cpuid, gdt, ldt, idt, tss\n", PagedMachine.InLongMode().Run("info"));

    [Theory]
    [InlineData("walk 400000")]
    [InlineData("regs")]
    [InlineData("cpu 0 backtrace")]
    public void A_running_machine_is_not_looked_at(string command) =>
        Assert.Equal("the machine is running; stop it first\n", PagedMachine.InLongMode().Run(command, isStopped: false));

    [Theory]
    [InlineData("cpu", "which CPU?\n")]
    [InlineData("cpu 1 regs", "there is no CPU 1; they are 0 to 0\n")]
    [InlineData("cpu -1 regs", "there is no CPU -1; they are 0 to 0\n")]
    [InlineData("cpu x regs", "there is no CPU x; they are 0 to 0\n")]
    public void A_CPU_that_is_not_there_is_said_so(string command, string answer) => Assert.Equal(answer, PagedMachine.InLongMode().Run(command));

    [Fact]
    public async Task A_command_gets_the_CPU_that_the_debugger_looks_at_or_that_is_named()
    {
        var table = new MonitorTable(
            [new MonitorCommand("which", "", "", static call => $"{call.Vcpu} {call.Rest}")], static () => true, cpus: 4);

        Assert.Equal("2 a  b", await table.RunAsync("which a  b", 2));
        Assert.Equal("3 a  b", await table.RunAsync("cpu 3 which a  b", 2));
    }
}
