using System.Globalization;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>The exact reply to each packet that we have, per the GDB manual, appendix E.</summary>
public sealed class PacketReplyTests
{
    [Theory]
    [InlineData("?", "<T05thread:1;06:0000000000000000;07:0000000000000000;10:0010000000000000;11:02000000;>")]
    [InlineData("qAttached", "<1>")]
    [InlineData("qAttached:1", "<1>")]
    [InlineData("qC", "<QC1>")]
    [InlineData("qfThreadInfo", "<m1,2>")]
    [InlineData("qsThreadInfo", "<l>")]
    [InlineData("qThreadExtraInfo,2", "<68616c746564>")]
    [InlineData("T1", "<OK>")]
    [InlineData("T2", "<OK>")]
    [InlineData("Hg0", "<OK>")]
    [InlineData("Hg1", "<OK>")]
    [InlineData("Hg2", "<OK>")]
    [InlineData("Hc-1", "<OK>")]
    [InlineData("Hc0", "<OK>")]
    [InlineData("vCont?", "<vCont;c;C;s;S;t;r>")]
    [InlineData("m1000,4", "<90909090>")]
    [InlineData("mffffffff80100000,2", "<9090>")]
    [InlineData("m0,0", "<>")]
    [InlineData("x1000,3", "<b\u0090\u0090\u0090>")]
    [InlineData("x0,0", "<b>")]
    [InlineData("m5000,1", "<E0e>")]
    [InlineData("x5000,1", "<E0e>")]
    [InlineData("M1000,2:abCD", "<OK>")]
    [InlineData("M1000,0:", "<OK>")]
    [InlineData("M5000,1:00", "<E.unmapped>")]
    [InlineData("X1000,0:", "<OK>")]
    [InlineData("X1000,3:abc", "<OK>")]
    [InlineData("X5000,1:a", "<E.unmapped>")]
    [InlineData("p10", "<0010000000000000>")]
    [InlineData("p11", "<02000000>")]
    [InlineData("P0=0123456789abcdef", "<OK>")]
    [InlineData("Z0,1000,1", "<OK>")]
    [InlineData("Z1,1000,1", "<OK>")]
    [InlineData("Z2,1000,8", "<OK>")]
    [InlineData("Z3,1000,4", "<OK>")]
    [InlineData("Z4,1000,2", "<OK>")]
    [InlineData("z0,1000,1", "<OK>")]
    [InlineData("qRcmd,", "<OK>")]
    [InlineData("vMustReplyEmpty", "<>")]
    [InlineData("!", "<OK>")]
    [InlineData("R00", "")]
    [InlineData("qSymbol::", "<OK>")]
    [InlineData("qTStatus", "<>")]
    [InlineData("vRun;6b", "<E.the kernel is the profile's: leave 'set remote exec-file' empty>")]
    [InlineData("vContinue", "<>")]
    [InlineData("QNonStop:1", "<OK>")]
    [InlineData("Z5,1000,1", "<>")]
    [InlineData("qXfer:auxv:read::0,10", "<>")]
    [InlineData("qXfer:features:write:target.xml:0:a", "<>")]
    [InlineData("Z0,1000,1;X3,220127", "<OK>")]
    [InlineData("Z0,1000,1;X3,220127X3,220027", "<OK>")]
    [InlineData("Z1,1000,1;X3,220127;X3,220027", "<OK>")]
    [InlineData("Z0,1000,1;", "<OK>")]
    [InlineData("Z0,1000,1;X4,220127", "<E.a condition's or command's bytecode is not as long as it says, or not in hexadecimal>")]
    [InlineData("Z0,1000,1;X3,22zz27", "<E.a condition's or command's bytecode is not as long as it says, or not in hexadecimal>")]
    [InlineData("Z0,1000,1;X0,", "<E.a breakpoint has up to 64 conditions and commands of 1 to 4096 bytes each>")]
    [InlineData("Z0,1000,1;Xffffffff,22", "<E.a breakpoint has up to 64 conditions and commands of 1 to 4096 bytes each>")]
    [InlineData("Z0,1000,1;cmds:0,X3,220127", "<OK>")]
    [InlineData("Z0,1000,1;X3,220127;cmds:1,X3,220127X1,27", "<OK>")]
    [InlineData("Z0,1000,1;cmds:", "<E.a breakpoint's commands are cmds:PERSIST,Xlength,bytecode>")]
    [InlineData("Z0,1000,1;cmds:1", "<E.a breakpoint's commands are cmds:PERSIST,Xlength,bytecode>")]
    [InlineData("Z0,1000,1;cmds:1,", "<E.behind a breakpoint come conditions and commands as ;Xlength,bytecode>")]
    [InlineData("Z0,1000,1;cmds:1,X1,27;cmds:1,X1,27", "<E.behind a breakpoint come conditions and commands as ;Xlength,bytecode>")]
    [InlineData("qXfer:libraries:read::0,fff", "<l<library-list version=\"1.0\"/>\n>")]
    [InlineData("qXfer:libraries:read:x:0,fff", "<E16>")]
    [InlineData("D", "<OK>")]
    [InlineData("D;1", "<OK>")]
    [InlineData("vKill;1", "<OK>")]
    [InlineData("k", "")]
    public void A_packet_gets_its_reply(string packet, string reply)
    {
        string said = Conversation.Ask(new FakeMachine(), packet);

        Assert.Equal(reply, said);
    }

    [Fact]
    public void Supported_lists_what_is_there()
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386");

        Assert.Equal(
            "<PacketSize=40000;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;binary-upload+;ConditionalBreakpoints+;BreakpointCommands+"
            + ";qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+;qXfer:libraries:read+;QNonStop+;QThreadEvents+;no-resumed+;multiprocess+>",
            said);
    }

    [Fact]
    public void Error_messages_are_confirmed_and_used_where_the_client_takes_them()
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported:error-message+", "m5000,1");

        Assert.EndsWith(";error-message+><E.no memory at 5000h>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Acknowledgements_go_on_until_the_reply_to_QStartNoAckMode_inclusive()
    {
        string said = Conversation.Send(
            new FakeMachine(), Conversation.Frame("qC") + "+" + Conversation.Frame("QStartNoAckMode") + "+" + Conversation.Frame("qC"));

        Assert.Equal("+<QC1>+<OK><QC1>", said);
    }

    [Fact]
    public void A_nack_repeats_the_last_reply()
    {
        string said = Conversation.Send(new FakeMachine(), Conversation.Frame("qC") + "--+" + Conversation.Frame("T1") + "-");

        Assert.Equal("+<QC1><QC1><QC1>+<OK><OK>", said);
    }

    [Fact]
    public void A_nack_means_nothing_without_acknowledgements()
    {
        string said = Conversation.Send(new FakeMachine(), Conversation.Frame("QStartNoAckMode") + "+" + Conversation.Frame("qC") + "---");

        Assert.Equal("+<OK><QC1>", said);
    }

    [Fact]
    public void Binary_writes_undo_escapes()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "X1000,5:}\u0003}\u0004}]}\n\u0003");

        Assert.Equal("<OK>", said);
        Assert.Equal("#$}*\u0003"u8.ToArray(), machine.Memory(0x1000)[..5].ToArray());
    }

    [Fact]
    public void Binary_reads_escape_what_would_be_framing_or_a_run()
    {
        FakeMachine machine = new();
        "a#$}*b"u8.CopyTo(machine.Memory(0x1000));

        string said = Conversation.Ask(machine, "x1000,6");

        Assert.Equal("<ba}\u0003}\u0004}]}\nb>", said);
    }

    [Fact]
    public void Written_memory_is_read_back()
    {
        string said = Conversation.Ask(new FakeMachine(), "M1001,2:12aB", "m1000,4");

        Assert.Equal("<OK><9012ab90>", said);
    }

    [Fact]
    public void A_read_over_an_edge_gives_what_is_there()
    {
        string said = Conversation.Ask(new FakeMachine(), "m1ffe,10");

        Assert.Equal("<9090>", said);
    }

    [Fact]
    public void A_read_of_absurd_length_gives_what_is_there()
    {
        string said = Conversation.Ask(new FakeMachine(), "m1000,ffffffffffffffff");

        Assert.Equal($"<{string.Concat(Enumerable.Repeat("90", FakeMachine.PageSize))}>", said);
    }

    [Fact]
    public void Registers_and_memory_are_those_of_the_selected_thread()
    {
        FakeMachine machine = new();
        machine.Cpu(1).Rip = 0x1234;

        string said = Conversation.Ask(machine, "Hg2", "p10", "qC", "Hg0", "p10", "Hg1", "p10");

        Assert.Equal("<OK><3412000000000000><QC2><OK><3412000000000000><OK><0010000000000000>", said);
    }

    [Fact]
    public void A_single_register_is_written_alone()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "P3=efcdab8967452301");

        Assert.Equal("<OK>", said);
        Assert.Equal(0x0123_4567_89AB_CDEFul, machine.Cpu(0).General[3]);
        Assert.Contains("write General of 0", machine.Calls);
    }

    [Fact]
    public void All_registers_read_can_be_written_back()
    {
        FakeMachine machine = new();
        machine.Cpu(0).X87[79] = 0x7F;
        machine.Cpu(0).Xmm[255] = 0x55;
        string all = Conversation.Ask(machine, "g");
        machine.Cpu(0).Xmm[255] = 0;

        string said = Conversation.Ask(machine, "G" + all[1..^1], "g");

        Assert.Equal("<OK>" + all, said);
        Assert.Equal(0x55, machine.Cpu(0).Xmm[255]);
    }

    [Fact]
    public void A_refused_register_write_says_why()
    {
        FakeMachine machine = new() { Refusal = "CR0.PG needs CR0.PE" };

        string said = Conversation.Ask(machine, "P1b=0000008000000000");

        Assert.Equal("<E.CR0.PG needs CR0.PE>", said);
    }

    [Fact]
    public void A_failed_register_read_is_an_error()
    {
        FakeMachine machine = new() { ReadRefusal = "the run is over" };

        string said = Conversation.Ask(machine, "g", "p0", "qSupported:error-message+", "g");

        Assert.StartsWith("<E05><E05>", said, StringComparison.Ordinal);
        Assert.EndsWith("<E.the run is over>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Breakpoints_reach_the_target_with_kind_address_and_length()
    {
        FakeMachine machine = new();

        Conversation.Ask(machine, "Z0,1000,1", "Z1,1001,1", "Z2,1002,2", "Z3,1004,4", "Z4,1008,8", "z4,1008,8");

        Assert.Equal(
            [
                "insert Software 1000 1", "insert Hardware 1001 1", "insert WriteWatch 1002 2",
                "insert ReadWatch 1004 4", "insert AccessWatch 1008 8", "remove AccessWatch 1008 8",
            ],
            machine.Calls[1..^1]);
    }

    [Fact]
    public void A_refused_breakpoint_is_an_error_and_its_reason_is_shown_at_the_next_chance()
    {
        FakeMachine machine = new() { Refusal = "no debug register is free" };

        string said = Conversation.Ask(machine, "Z1,1000,1", "qRcmd,", "qRcmd,");

        Assert.Equal($"<E.no debug register is free><O{Conversation.Hex("no debug register is free\n")}><OK><OK>", said);
    }

    [Fact]
    public void Monitor_output_comes_in_console_packets()
    {
        FakeMachine machine = new() { MonitorOutput = new string('x', 1025) };

        string said = Conversation.Ask(machine, "qRcmd," + Conversation.Hex("info ü"));

        Assert.Equal($"<O{Conversation.Hex(new string('x', 1024))}><O78><OK>", said);
        Assert.Contains("monitor info ü", machine.Calls);
    }

    [Theory]
    [InlineData(TargetArchitecture.I386, "<architecture>i386</architecture>")]
    [InlineData(TargetArchitecture.X86_64, "<architecture>i386:x86-64</architecture>")]
    public void The_description_names_the_architecture(TargetArchitecture architecture, string element)
    {
        string said = Conversation.Ask(new FakeMachine(architecture), "qXfer:features:read:target.xml:0,10000");

        Assert.StartsWith("<l<?xml", said, StringComparison.Ordinal);
        Assert.Contains(element, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_of_a_document_make_the_whole()
    {
        FakeMachine machine = new();
        string whole = Conversation.Ask(machine, "qXfer:threads:read::0,1000");
        int length = whole.Length - "<l>".Length;

        string said = Conversation.Ask(
            machine,
            "qXfer:threads:read::0,10",
            $"qXfer:threads:read::10,{length - 0x10:x}",
            $"qXfer:threads:read::{length:x},10",
            $"qXfer:threads:read::{length + 1:x},10");

        Assert.Equal($"<m{whole[2..18]}><l{whole[18..^1]}><l><E16>", said);
    }

    [Fact]
    public void The_thread_list_names_cpus_and_escapes_what_they_do()
    {
        FakeMachine machine = new(vcpus: 1) { Description = "a < b" };

        string said = Conversation.Ask(machine, "qXfer:threads:read::0,1000");

        Assert.Equal(
            "<l<?xml version=\"1.0\"?><threads>\n<thread id=\"1\" core=\"0\" name=\"CPU 0\">a &lt; b</thread>\n</threads>\n>", said);
    }

    [Theory]
    [InlineData(TargetArchitecture.I386, "<memory type=\"ram\" start=\"0x10000\" length=\"0xffff0000\"/>")]
    [InlineData(TargetArchitecture.X86_64, "<memory type=\"ram\" start=\"0x10000\" length=\"0xffffffffffff0000\"/>")]
    public void The_memory_map_has_the_ROM_and_leaves_no_gap(TargetArchitecture architecture, string last)
    {
        string said = Conversation.Ask(new FakeMachine(architecture), "qXfer:memory-map:read::0,1000");

        Assert.Contains(
            "<memory type=\"ram\" start=\"0x0\" length=\"0xf000\"/>\n<memory type=\"rom\" start=\"0xf000\" length=\"0x1000\"/>\n"
            + last + "\n</memory-map>",
            said,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_memory_map_without_ROM_covers_all_in_two_halves()
    {
        FakeMachine machine = new() { MemoryMap = [] };

        string said = Conversation.Ask(machine, "qXfer:memory-map:read::0,1000");

        Assert.Contains(
            "<memory type=\"ram\" start=\"0x0\" length=\"0x8000000000000000\"/>\n"
            + "<memory type=\"ram\" start=\"0x8000000000000000\" length=\"0x8000000000000000\"/>",
            said,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_ROM_at_the_end_of_the_address_space_ends_the_map()
    {
        FakeMachine machine = new() { MemoryMap = [new MemoryRange(0xFFFF_FFFF_FFFF_0000, 0x10000, false)] };

        string said = Conversation.Ask(machine, "qXfer:memory-map:read::0,1000");

        Assert.Contains("start=\"0xffffffffffff0000\" length=\"0x10000\"/>\n</memory-map>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixty_four_threads_are_listed()
    {
        string said = Conversation.Ask(new FakeMachine(vcpus: 64), "qfThreadInfo", "T40", "T41");

        string all = string.Join(',', Enumerable.Range(1, 64).Select(static n => n.ToString("x", CultureInfo.InvariantCulture)));
        Assert.Equal($"<m{all}><OK><E.threads are 1 to 40h>", said);
    }

    [Fact]
    public void Nothing_is_answered_after_a_detach()
    {
        FakeMachine machine = new();

        string said = Conversation.Ask(machine, "D", "qC");

        Assert.Equal("<OK>", said);
        Assert.Equal(["attach", "detach"], machine.Calls);
    }

    [Fact]
    public void A_kill_is_not_followed_by_a_detach()
    {
        FakeMachine machine = new();

        Conversation.Ask(machine, "vKill;1");

        Assert.Equal(["attach", "kill"], machine.Calls);
    }

    [Fact]
    public void A_packet_of_exactly_the_announced_size_is_taken()
    {
        FakeMachine machine = new();
        string header = "M1000,0";
        string packet = header.PadRight(GdbSession.PacketSize, '0');

        string said = Conversation.Ask(machine, packet);

        Assert.Equal("<E.M takes an address, a length and as many bytes in hexadecimal, inside the address space>", said);
    }
}
