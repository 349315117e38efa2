using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Process ids, extended mode, range steps and run-length encoding, packet by packet.</summary>
public sealed class SessionModeTests
{
    private const string Registers = "06:0000000000000000;07:0000000000000000;10:0010000000000000;11:02000000;";

    [Theory]
    [InlineData("?", "<T05thread:p1.1;" + Registers + ">")]
    [InlineData("qC", "<QCp1.1>")]
    [InlineData("qfThreadInfo", "<mp1.1,p1.2>")]
    [InlineData("Hgp1.2", "<OK>")]
    [InlineData("Hgp0.0", "<OK>")]
    [InlineData("Hcp1.-1", "<OK>")]
    [InlineData("Hcp-1.-1", "<OK>")]
    [InlineData("Hgp2.1", "<E.threads are 1 to 2h>")]
    [InlineData("Hgp1.3", "<E.threads are 1 to 2h>")]
    [InlineData("Tp1.2", "<OK>")]
    [InlineData("Tp2.2", "<E.threads are 1 to 2h>")]
    [InlineData("qAttached:1", "<1>")]
    [InlineData("D;1", "<OK>")]
    [InlineData("D;2", "<E.the machine is process 1>")]
    [InlineData("vKill;1", "<OK>")]
    [InlineData("vKill;a", "<E.the machine is process 1>")]
    public void With_processes_threads_have_theirs(string packet, string reply)
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:multiprocess+", packet);

        Assert.EndsWith("multiprocess+>" + reply, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vCont;s:p1.2;c:p1.-1", "Continue Step")]
    [InlineData("vCont;s:p1", "Step Step")]
    [InlineData("vCont;c:p-1.-1", "Continue Continue")]
    public void Actions_name_threads_of_the_process(string packet, string actions)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        Conversation.Ask(machine, packet);

        Assert.Contains("resume " + actions, machine.Calls);
    }

    [Fact]
    public void The_thread_list_has_the_process_where_the_client_counts_them()
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:multiprocess+", "qXfer:threads:read::0,1000");

        Assert.Contains("<thread id=\"p1.2\" core=\"1\" name=\"CPU 1\">halted</thread>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_knows_it_is_told_that_nothing_runs()
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:no-resumed+", "vCont;t");

        Assert.EndsWith("<N>", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vCont;r1000,1010:1", 0x1010ul, "StepRange Stay")]
    [InlineData("vCont;r1000,1010:p1.1;c:p1.-1", 0x1010ul, "StepRange Continue")]
    [InlineData("vCont;r1000,1000:1", 0x1001ul, "StepRange Stay")]
    public void A_range_step_runs_to_the_end_of_its_range(string packet, ulong end, string actions)
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, packet);

        Assert.StartsWith("<T05thread:1;", said, StringComparison.Ordinal);
        Assert.Equal(end, machine.Cpu(0).Rip);
        Assert.Contains("resume " + actions, machine.Calls);
    }

    [Fact]
    public void A_range_step_ends_at_a_breakpoint()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "qSupported:swbreak+", "Z0,1004,1", "vCont;r1000,1010:1");

        Assert.Contains("<T05swbreak:;thread:1;", said, StringComparison.Ordinal);
        Assert.Equal(0x1004ul, machine.Cpu(0).Rip);
    }

    [Fact]
    public void Extended_mode_kills_starts_again_and_says_where()
    {
        FakeMachine machine = new();
        machine.Cpu(0).Rip = 0x1800;

        string said = Conversation.Ask(machine, "!", "vKill;1", "?", "qfThreadInfo", "vCont;c", $"vRun;;{Conversation.Hex("a=1")};{Conversation.Hex("b")}", "?");

        Assert.Equal(
            "<OK><OK><W00><l><E.the machine was killed; 'run' starts it again>"
            + $"<T05thread:1;{Registers}><T05thread:1;{Registers}>",
            said);
        Assert.Equal(["attach", "restart a=1 b", "detach"], machine.Calls);
    }

    [Theory]
    [InlineData("D")]
    [InlineData("?")]
    public void A_machine_killed_in_extended_mode_ends_when_the_client_leaves(string last)
    {
        FakeMachine machine = new();

        Conversation.Ask(machine, "!", "vKill;1", last);

        Assert.Equal(["attach", "kill"], machine.Calls);
    }

    [Fact]
    public void R_starts_again_without_a_reply()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "!", "R00", "qC");

        Assert.Equal("<OK><QC1>", said);
        Assert.Equal(["attach", "restart ", "detach"], machine.Calls);
    }

    [Theory]
    [InlineData("vRun;", "<T05thread:1;" + Registers + ">")]
    [InlineData("vRun;;zz", "<E.vRun's arguments are in hexadecimal>")]
    [InlineData("vRun;;6", "<E.vRun's arguments are in hexadecimal>")]
    [InlineData("vRun;6b", "<E.the kernel is the profile's: leave 'set remote exec-file' empty>")]
    [InlineData("vAttach;1", "<T05thread:1;" + Registers + ">")]
    [InlineData("vAttach;2", "<E.the machine is process 1>")]
    [InlineData("vAttach", "<E.the machine is process 1>")]
    [InlineData("QThreadEvents:1", "<OK>")]
    [InlineData("QThreadEvents:2", "<E.QThreadEvents takes 0 or 1>")]
    [InlineData("QNonStop:2", "<E.QNonStop takes 0 or 1>")]
    [InlineData("QNonStop", "<E.QNonStop takes 0 or 1>")]
    [InlineData("vStopped", "<OK>")]
    public void A_mode_packet_gets_its_reply(string packet, string reply)
    {
        string said = Conversation.Ask(new FakeMachine(), packet);

        Assert.Equal(reply, said);
    }

    [Fact]
    public void A_restart_that_fails_says_why()
    {
        string said = Conversation.Ask(new FakeMachine { Refusal = "cannot boot again: no such file" }, "vRun;", "R00");

        Assert.Equal("<E.cannot boot again: no such file><E.cannot boot again: no such file>", said);
    }

    [Fact]
    public void A_run_in_a_request_is_undone()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "M1800,8:5a0*(5b"); // '(' is 40: 11 more zeros.

        Assert.Equal("<OK>", said);
        Assert.Equal([0x5a, 0, 0, 0, 0, 0, 0, 0x5b], machine.Memory(0x1800)[..8].ToArray());
    }

    [Theory]
    [InlineData("*\"")]
    [InlineData("M1800,1:0*")]
    [InlineData("M1800,1:0*\u0010")]
    [InlineData("M1800,1:0*\u007f")]
    public void A_run_that_is_none_is_an_error(string packet)
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:error-message+", packet);

        Assert.EndsWith(
            "<E.the frame's run-length encoding is wrong, or it is too long without it>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_star_in_binary_data_is_data()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "X1800,3:0*\"");

        Assert.Equal("<OK>", said);
        Assert.Equal("0*\""u8.ToArray(), machine.Memory(0x1800)[..3].ToArray());
    }
}
