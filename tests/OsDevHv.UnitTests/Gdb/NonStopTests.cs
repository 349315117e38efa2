using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Non-stop mode, packet by packet (GDB manual, "Remote Non-Stop").</summary>
public sealed class NonStopTests
{
    private const string Registers = "06:0000000000000000;07:0000000000000000;10:0010000000000000;11:02000000;";

    [Fact]
    public void Resuming_is_answered_at_once_and_the_stop_is_a_notification()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.StepDone, 0, 5) };

        string said = Ask(machine, "QNonStop:1", "vCont;s:1", "vStopped");

        Assert.Equal($"<OK><OK>%<Stop:T05thread:1;{Registers}><OK>", said);
        Assert.Contains("resume Step Stay", machine.Calls);
    }

    [Fact]
    public void A_client_that_comes_is_told_of_one_stop_and_the_others_run_on()
    {
        FakeMachine machine = Spinner();

        string said = Ask(machine, "QNonStop:1", "?", "vStopped", "vCont;t:2", "vStopped");

        Assert.Equal($"<OK><T05thread:1;{Registers}><OK><OK>%<Stop:T00thread:2;{Registers}><OK>", said);
        Assert.Contains("resume Stay Continue", machine.Calls);
    }

    [Fact]
    public void Asked_again_all_stopped_threads_are_told_one_by_one()
    {
        FakeMachine machine = Spinner();

        string said = Ask(machine, "QNonStop:1", "?", "vStopped", "vCont;t:2", "vStopped", "?", "vStopped", "vStopped");

        Assert.EndsWith($"<OK><T05thread:1;{Registers}><T00thread:2;{Registers}><OK>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_is_ok_when_all_run()
    {
        string said = Ask(Spinner(), "QNonStop:1", "vCont;c", "?");

        Assert.Equal("<OK><OK><OK>", said);
    }

    [Fact]
    public void A_stop_of_one_lets_the_others_run_on()
    {
        FakeMachine machine = Spinner();
        machine.NextStop = new StopEvent(StopKind.SoftwareBreakpoint, 1, 5);

        string said = Ask(machine, "qSupported:swbreak+", "QNonStop:1", "vCont;c", "vStopped");

        Assert.EndsWith($"<OK><OK>%<Stop:T05swbreak:;thread:2;{Registers}><OK>", said, StringComparison.Ordinal);
        Assert.Equal(["resume Continue Continue", "resume Continue Stay"], machine.Calls.Where(IsResume).Take(2));
    }

    [Fact]
    public void Two_stops_make_one_notification_and_the_second_is_fetched()
    {
        string said = Ask(Spinner(), "QNonStop:1", "vCont;c", "vCont;t", "vStopped", "vStopped");

        Assert.Equal($"<OK><OK><OK>%<Stop:T00thread:1;{Registers}><T00thread:2;{Registers}><OK>", said);
    }

    [Fact]
    public void Memory_is_read_and_written_and_breakpoints_are_set_while_threads_run()
    {
        FakeMachine machine = Spinner();

        string said = Ask(machine, "QNonStop:1", "vCont;c", "m1000,2", "M1800,1:42", "Z0,1900,1", "z0,1900,1");

        Assert.Equal("<OK><OK><ebfe><OK><OK><OK>", said);
        Assert.Equal(0x42, machine.Memory(0x1800)[0]);
        Assert.Contains("insert Software 1900 1", machine.Calls);
        Assert.Equal("resume Continue Continue", machine.Calls.Last(IsResume));
    }

    [Fact]
    public void Registers_are_those_of_a_stopped_thread_while_others_run()
    {
        FakeMachine machine = Spinner();
        machine.Cpu(1).Rip = 0x1234;

        string said = Ask(machine, "QNonStop:1", "vCont;c:1", "Hg2", "p10", "Hg1", "p10", "G" + new string('0', 1216));

        Assert.Equal("<OK><OK><OK><3412000000000000><OK><E10><E.the thread is running; stop it first>", said);
    }

    [Fact]
    public void A_running_thread_goes_on_with_what_it_does()
    {
        FakeMachine machine = Spinner();

        Ask(machine, "QNonStop:1", "vCont;c:1", "vCont;s:1;c:2");

        Assert.Equal(["resume Continue Stay", "resume Continue Continue"], machine.Calls.Where(IsResume));
    }

    [Theory]
    [InlineData("vCtrlC")]
    [InlineData("\u0003")]
    public void Ctrl_C_stops_the_thread_that_was_resumed_last(string interrupt)
    {
        string stream = string.Concat(
            Conversation.Frame("QStartNoAckMode"), "+", Conversation.Frame("QNonStop:1"), Conversation.Frame("vCont;c:2"),
            Conversation.Frame("vCont;c:1"), interrupt == "vCtrlC" ? Conversation.Frame(interrupt) : interrupt);

        string said = Conversation.Send(Spinner(), stream, chunk: 1);

        Assert.EndsWith($"<OK>%<Stop:T02thread:1;{Registers}>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void VCtrlC_in_all_stop_mode_is_answered_and_then_stops()
    {
        string said = Ask(Spinner(), "vCont;c", "vCtrlC");

        Assert.Equal($"<OK><T02thread:1;{Registers}>", said);
    }

    [Fact]
    public void A_crash_stops_all_threads()
    {
        FakeMachine machine = Spinner();
        machine.NextStop = new StopEvent(StopKind.Crashed, 1, 11, 0, "triple fault");

        string said = Ask(machine, "QNonStop:1", "vCont;c", "vStopped", "vStopped");

        Assert.Equal($"<OK><OK>%<Stop:T0bthread:2;{Registers}><T00thread:1;{Registers}><OK>", said);
        Assert.Single(machine.Calls, IsResume);
    }

    [Fact]
    public void The_end_of_the_run_is_notified()
    {
        FakeMachine machine = Spinner();
        machine.NextStop = new StopEvent(StopKind.Exited, 0, 0x21);

        string said = Ask(machine, "qSupported:multiprocess+", "QNonStop:1", "vCont;c", "vStopped", "?");

        Assert.EndsWith("<OK><OK>%<Stop:W21;process:1><OK><W21;process:1>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Back_in_all_stop_mode_the_machine_is_stopped()
    {
        FakeMachine machine = Spinner();

        string said = Ask(machine, "QNonStop:1", "vCont;c", "QNonStop:0", "qC", "vCont;t");

        Assert.Equal("<OK><OK><OK><QC1><E.vCont would resume no thread>", said);
        Assert.Single(machine.Calls, IsResume);
    }

    [Fact]
    public void A_pause_is_not_shown_as_a_stop_of_a_running_thread()
    {
        FakeMachine machine = Spinner();
        machine.Description = "stopped in long mode, CPL 0";

        string said = Ask(machine, "QNonStop:1", "vCont;c:1", "qThreadExtraInfo,1", "qThreadExtraInfo,2");

        Assert.Equal($"<OK><OK><{Conversation.Hex("running")}><{Conversation.Hex(machine.Description)}>", said);
    }

    [Fact]
    public void Leaving_stops_the_machine_before_it_is_let_go()
    {
        FakeMachine machine = Spinner();

        Ask(machine, "QNonStop:1", "vCont;c");

        Assert.Equal(["attach", "resume Continue Continue", "interrupt", "detach"], machine.Calls);
    }

    /// <summary>Packet by packet, so that the machine goes on between them, and byte by byte.</summary>
    private static string Ask(FakeMachine machine, params string[] packets)
    {
        string said = Conversation.Send(
            machine, Conversation.Frame("QStartNoAckMode") + "+" + string.Concat(packets.Select(Conversation.Frame)), chunk: 1);
        Assert.StartsWith("+<OK>", said, StringComparison.Ordinal);
        return said["+<OK>".Length..];
    }

    private static bool IsResume(string call) => call.StartsWith("resume", StringComparison.Ordinal);

    private static FakeMachine Spinner()
    {
        FakeMachine machine = new();
        machine.Memory(0x1000)[0] = 0xEB;
        machine.Memory(0x1001)[0] = 0xFE;
        return machine;
    }
}
