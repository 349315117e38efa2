using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Resuming, stop replies, Ctrl-C, and who runs.</summary>
public sealed class ResumeTests
{
    private const string Registers0 = "thread:1;06:0000000000000000;07:0000000000000000;10:0010000000000000;11:02000000;>";

    [Theory]
    [InlineData("vCont;c", "Continue Continue")]
    [InlineData("vCont;C05", "Continue Continue")]
    [InlineData("vCont;s:1;c", "Step Continue")]
    [InlineData("vCont;s:2", "Stay Step")]
    [InlineData("vCont;S05:2;c:-1", "Continue Step")]
    [InlineData("vCont;c:2;s", "Step Continue")]
    [InlineData("vCont;s:1;c:1", "Step Stay")]
    [InlineData("vCont;t:1;c", "Stay Continue")]
    [InlineData("vCont;c:0", "Continue Stay")]
    [InlineData("c", "Continue Continue")]
    [InlineData("C05", "Continue Continue")]
    [InlineData("s", "Step Continue")]
    [InlineData("S05", "Step Continue")]
    public void A_resume_says_what_each_cpu_does(string packet, string actions)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        string said = Conversation.Ask(machine, packet);

        Assert.Equal("<T05" + Registers0, said);
        Assert.Contains("resume " + actions, machine.Calls);
    }

    [Fact]
    public void The_guests_output_is_waited_for_before_each_stop_is_reported()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        Conversation.Ask(machine, "vCont;c", "s");

        Assert.Equal(2, machine.OutputSettled);
    }

    [Theory]
    [InlineData("Hc2", "c", "Stay Continue")]
    [InlineData("Hc2", "s", "Stay Step")]
    [InlineData("Hg2", "s", "Continue Step")]
    [InlineData("Hg2", "vCont;c:0", "Stay Continue")]
    public void The_selected_thread_is_the_one_resumed(string selection, string packet, string actions)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        Conversation.Ask(machine, selection, packet);

        Assert.Contains("resume " + actions, machine.Calls);
    }

    [Theory]
    [InlineData("c1800")]
    [InlineData("C05;1800")]
    public void An_address_moves_the_thread_before_it_runs(string packet)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        Conversation.Ask(machine, packet);

        Assert.Equal(0x1800ul, machine.Cpu(0).Rip);
        Assert.Contains("resume Continue Continue", machine.Calls);
    }

    [Fact]
    public void A_refused_address_resumes_nothing()
    {
        FakeMachine machine = new() { Refusal = "not canonical" };

        string said = Conversation.Ask(machine, "c8000000000000000");

        Assert.Equal("<E.not canonical>", said);
        Assert.DoesNotContain("resume Continue Continue", machine.Calls);
    }

    [Theory]
    [InlineData(StopKind.Attached, 0, "T05")]
    [InlineData(StopKind.Interrupted, 2, "T02")]
    [InlineData(StopKind.StepDone, 5, "T05")]
    [InlineData(StopKind.SoftwareBreakpoint, 5, "T05swbreak:;")]
    [InlineData(StopKind.HardwareBreakpoint, 5, "T05hwbreak:;")]
    [InlineData(StopKind.WriteWatchpoint, 5, "T05watch:ffff800000001234;")]
    [InlineData(StopKind.ReadWatchpoint, 5, "T05rwatch:ffff800000001234;")]
    [InlineData(StopKind.AccessWatchpoint, 5, "T05awatch:ffff800000001234;")]
    [InlineData(StopKind.Crashed, 11, "T0b")]
    [InlineData(StopKind.Crashed, 3, "T03")]
    [InlineData(StopKind.Crashed, 0, "T06")]
    [InlineData(StopKind.Crashed, 256, "T06")]
    public void A_stop_is_reported_with_signal_and_reason(StopKind kind, int signal, string start)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(kind, 0, signal, 0xFFFF_8000_0000_1234) };

        string said = Conversation.Ask(machine, "qSupported:swbreak+;hwbreak+", "vCont;c");

        Assert.EndsWith("<" + start + Registers0, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopKind.SoftwareBreakpoint)]
    [InlineData(StopKind.HardwareBreakpoint)]
    public void Breakpoint_reasons_are_kept_from_a_client_that_does_not_know_them(StopKind kind)
    {
        FakeMachine machine = new() { NextStop = new StopEvent(kind, 0, 5) };

        string said = Conversation.Ask(machine, "vCont;c");

        Assert.Equal("<T05" + Registers0, said);
    }

    [Fact]
    public void The_stopped_thread_is_selected()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 1, 5) };
        machine.Cpu(1).Rip = 0x1234;

        string said = Conversation.Ask(machine, "vCont;c", "qC", "p10");

        Assert.Equal(
            "<T05thread:2;06:0000000000000000;07:0000000000000000;10:3412000000000000;11:02000000;><QC2><3412000000000000>", said);
    }

    [Fact]
    public void A_stop_of_a_32_bit_target_brings_its_registers()
    {
        FakeMachine machine = new(TargetArchitecture.I386);

        string said = Conversation.Ask(machine, "?");

        Assert.Equal("<T05thread:1;04:00000000;05:00000000;08:00100000;09:02000000;>", said);
    }

    [Fact]
    public void A_stop_message_is_shown_before_the_stop()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.Crashed, 0, 11, 0, "triple fault at 1000h") };

        string said = Conversation.Ask(machine, "vCont;c");

        Assert.Equal($"<O{Conversation.Hex("triple fault at 1000h\n")}><T0b{Registers0}", said);
    }

    [Fact]
    public void A_stop_without_readable_registers_is_still_reported()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.Crashed, 0, 6), ReadRefusal = "gone" };

        string said = Conversation.Ask(machine, "vCont;c");

        Assert.Equal("<T06thread:1;>", said);
    }

    [Fact]
    public void The_end_of_the_run_is_an_exit_and_stays_one()
    {
        FakeMachine machine = new();
        machine.Memory(0x1000)[0] = 0xF4;

        string said = Conversation.Ask(machine, "vCont;c", "?", "vCont;c", "s", "qC");

        Assert.Equal("<W21><W21><W21><W21><QC1>", said);
        Assert.Single(machine.Calls, static call => call.StartsWith("resume", StringComparison.Ordinal));
        Assert.Single(machine.Calls, "detach");
    }

    [Fact]
    public void Ctrl_C_stops_the_running_machine()
    {
        string said = Conversation.Send(Spinner(), Conversation.Frame("vCont;c") + "\u0003");

        Assert.Equal("+<T02" + Registers0, said);
    }

    [Fact]
    public void Ctrl_C_glued_to_the_next_packet_comes_first()
    {
        string said = Conversation.Send(Spinner(), Conversation.Frame("vCont;c") + "\u0003" + Conversation.Frame("qC") + "+");

        Assert.Equal("+<T02" + Registers0 + "+<QC1>", said);
    }

    [Fact]
    public void Many_Ctrl_C_make_one_stop()
    {
        string said = Conversation.Send(Spinner(), Conversation.Frame("vCont;c") + new string('\u0003', 100));

        Assert.Equal("+<T02" + Registers0, said);
    }

    [Fact]
    public void Ctrl_C_while_stopped_is_ignored()
    {
        FakeMachine machine = new();

        string said = Conversation.Send(machine, "\u0003" + Conversation.Frame("qC") + "\u0003\u0003");

        Assert.Equal("+<QC1>", said);
        Assert.DoesNotContain("interrupt", machine.Calls);
    }

    [Theory]
    [InlineData("g", "<E10>")]
    [InlineData("?", "<E10>")]
    [InlineData("m1000,1", "<E10>")]
    [InlineData("qC", "<E10>")]
    [InlineData("vCont;c", "<E.the machine is running; interrupt it first>")]
    [InlineData("M1000,1:00", "<E.the machine is running; interrupt it first>")]
    [InlineData("D", "<E.the machine is running; interrupt it first>")]
    [InlineData("qAttached", "<1>")]
    [InlineData("vCont?", "<vCont;c;C;s;S;t;r>")]
    [InlineData("vMustReplyEmpty", "<>")]
    [InlineData("vKill;1", "<OK>")]
    [InlineData("k", "")]
    public void A_packet_while_running_gets_its_reply(string packet, string reply)
    {
        string said = Conversation.Ask(Spinner(), "vCont;c", packet);

        Assert.Equal(reply, said);
    }

    [Fact]
    public void Hanging_up_while_running_stops_the_machine_before_it_is_let_go()
    {
        FakeMachine machine = Spinner();

        Conversation.Ask(machine, "vCont;c");

        Assert.Equal(["attach", "resume Continue Continue", "interrupt", "detach"], machine.Calls);
    }

    [Fact]
    public void Killing_while_running_does_not_detach()
    {
        FakeMachine machine = Spinner();

        Conversation.Ask(machine, "vCont;c", "k");

        Assert.Equal(["attach", "resume Continue Continue", "kill"], machine.Calls);
    }

    private static FakeMachine Spinner()
    {
        FakeMachine machine = new();
        machine.Memory(0x1000)[0] = 0xEB;
        machine.Memory(0x1001)[0] = 0xFE;
        return machine;
    }
}
