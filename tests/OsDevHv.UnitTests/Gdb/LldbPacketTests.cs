using System.Text;
using System.Text.Json;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>LLDB's packets, per docs/resources/lldbgdbremote in LLVM's sources.</summary>
public sealed class LldbPacketTests
{
    [Theory]
    [InlineData("QThreadSuffixSupported", "<OK>")]
    [InlineData("QListThreadsInStopReply", "<OK>")]
    [InlineData("QEnableErrorStrings", "<OK>")]
    [InlineData("qVAttachOrWaitSupported", "<>")]
    [InlineData("qShlibInfoAddr", "<>")]
    [InlineData("_M1000,rwx", "<>")]
    [InlineData("_m1000", "<>")]
    [InlineData("qMemoryRegionInfo:0", "<start:0;size:1000;>")]
    [InlineData("qMemoryRegionInfo:1234", "<start:1000;size:1000;permissions:rx;>")]
    [InlineData("qMemoryRegionInfo:2000", "<start:2000;size:ffffffff800fe000;>")]
    [InlineData("qMemoryRegionInfo:ffffffff80100800", "<start:ffffffff80100000;size:1000;permissions:rwx;>")]
    [InlineData("qMemoryRegionInfo:ffffffffffffffff", "<start:ffffffff80101000;size:7fefefff;>")]
    public void A_packet_gets_its_reply(string packet, string reply) =>
        Assert.Equal(reply, Conversation.Ask(new FakeMachine(), packet));

    [Theory]
    [InlineData("qMemoryRegionInfo")]
    [InlineData("qMemoryRegionInfo:")]
    [InlineData("qMemoryRegionInfo:x")]
    [InlineData("qMemoryRegionInfo:1ffffffffffffffff")]
    public void A_region_that_cannot_be_told_is_an_answer_with_an_error_in_it_for_an_error_reply_makes_LLDB_never_ask_again(string packet) =>
        Assert.StartsWith("<error:", Conversation.Ask(new FakeMachine(), packet), StringComparison.Ordinal);

    [Theory]
    [InlineData(TargetArchitecture.X86_64, "x86_64-unknown-unknown", "8")]
    [InlineData(TargetArchitecture.I386, "i386-unknown-unknown", "4")]
    public void The_host_and_the_process_are_the_machines_not_the_ones_that_the_server_runs_on(
        TargetArchitecture architecture, string triple, string pointer)
    {
        string said = Conversation.Ask(new FakeMachine(architecture), "qHostInfo", "qProcessInfo");

        string common = $"triple:{Conversation.Hex(triple)};ptrsize:{pointer};endian:little;";
        Assert.Equal($"<{common}watchpoint_exceptions_received:after;vm-page-size:4096;><pid:1;{common}>", said);
    }

    [Fact]
    public void The_process_tells_where_the_main_binary_is()
    {
        FakeMachine machine = new()
        {
            Kernel = new KernelImage("/k.elf", 0x1000, 0xFFFF_FFFF_8000_0000) { BuildId = new byte[] { 1, 0xAB } },
        };

        string said = Conversation.Ask(machine, "qProcessInfo");

        Assert.EndsWith(";main-binary-uuid:01ab;main-binary-address:ffffffff80001000;>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_has_not_been_found_has_no_address()
    {
        FakeMachine machine = new() { Kernel = new KernelImage("/vmlinux", 0x1000, null) };

        string said = Conversation.Ask(machine, "qProcessInfo", "QThreadSuffixSupported", "qOffsets");

        Assert.DoesNotContain("main-binary", said, StringComparison.Ordinal);
        Assert.EndsWith("<OK><>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thread_suffix_names_whose_registers_are_meant_for_one_packet()
    {
        FakeMachine machine = new();
        machine.Cpu(1).General[0] = 0x22;

        string said = Conversation.Ask(
            machine, "QThreadSuffixSupported", "p0;thread:0002;", "p0", "P0=1100000000000000;thread:2;", "p0;thread:2;", "qC");

        Assert.Equal("<OK><2200000000000000><0000000000000000><OK><1100000000000000><QC1>", said);
        Assert.Equal(0x11ul, machine.Cpu(1).General[0]);
        Assert.Equal(0ul, machine.Cpu(0).General[0]);
    }

    [Fact]
    public void All_registers_can_be_read_and_written_with_a_suffix()
    {
        FakeMachine machine = new();
        machine.Cpu(1).General[0] = 0x22;

        string values = Conversation.Ask(machine, "g;thread:2;").Trim('<', '>');
        string said = Conversation.Ask(machine, $"G33{values[2..]};thread:2;", "g");

        Assert.StartsWith("2200000000000000", values, StringComparison.Ordinal);
        Assert.StartsWith("<OK><0000000000000000", said, StringComparison.Ordinal);
        Assert.Equal(0x33ul, machine.Cpu(1).General[0]);
    }

    [Theory]
    [InlineData("p0;thread:0;")]
    [InlineData("p0;thread:3;")]
    [InlineData("p0;thread:-1;")]
    [InlineData("p0;thread:2")]
    [InlineData("p0;thread:")]
    [InlineData("g;thread:ffffffffffffffffff;")]
    public void A_suffix_that_names_no_thread_is_an_error(string packet) =>
        Assert.Equal("<E03>", Conversation.Ask(new FakeMachine(), packet));

    [Fact]
    public void Stop_replies_list_the_threads_where_LLDB_wants_that()
    {
        FakeMachine machine = new();
        machine.Cpu(1).Rip = 0xFFF0;

        string said = Conversation.Ask(machine, "QListThreadsInStopReply", "?", "vCont;s:1");

        Assert.Equal(2, said.Split("threads:1,2;thread-pcs:").Length - 1);
        Assert.Contains("threads:1,2;thread-pcs:1000,fff0;>", said, StringComparison.Ordinal);
        Assert.EndsWith("threads:1,2;thread-pcs:1001,fff0;>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_the_run_lists_no_threads()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.Exited, 0, 3) };

        Assert.EndsWith("<W03>", Conversation.Ask(machine, "QListThreadsInStopReply", "c"), StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_come_with_a_number_and_their_words_in_hexadecimal_where_LLDB_wants_that()
    {
        string said = Conversation.Ask(new FakeMachine(), "QEnableErrorStrings", "m5000,1");

        Assert.Equal($"<OK><E0e;{Conversation.Hex("no memory at 5000h")}>", said);
    }

    [Fact]
    public void LLDB_reads_memory_in_binary_without_a_prefix_and_first_asks_at_0()
    {
        FakeMachine machine = new();
        "a}b"u8.CopyTo(machine.Memory(0x1000));

        string said = Conversation.Ask(machine, "QThreadSuffixSupported", "x0,0", "x1000,3");

        Assert.Equal("<OK><OK><a}]b>", said);
    }

    [Fact]
    public void The_servers_version_is_told()
    {
        string said = Conversation.Ask(new FakeMachine(), "qGDBServerVersion");

        Assert.Matches(@"^<name:osdevhv;version:\d+\.\d+\.\d+;>$", said);
    }

    [Fact]
    public void Registers_are_described_from_the_table_to_its_end()
    {
        FakeMachine machine = new();
        RegisterLayout layout = RegisterLayout.For(TargetArchitecture.X86_64);

        string[] said = [.. Enumerable.Range(0, layout.Count + 1).Select(n => Conversation.Ask(machine, $"qRegisterInfo{n:x}"))];

        Assert.Equal("<E45>", said[layout.Count]);
        for (int number = 0; number < layout.Count; number++)
        {
            RegisterDescription register = layout.Registers[number];
            Assert.StartsWith($"<name:{register.Name};bitsize:{register.Bits};offset:{register.Offset};encoding:", said[number], StringComparison.Ordinal);
            Assert.Contains(";set:", said[number], StringComparison.Ordinal);
        }
    }

    // DWARF's numbers: System V psABI x86-64, figure 3.36; i386, table 2.14.
    [Theory]
    [InlineData(TargetArchitecture.X86_64, "rax", "ehframe:0;dwarf:0;")]
    [InlineData(TargetArchitecture.X86_64, "rbx", "ehframe:3;dwarf:3;")]
    [InlineData(TargetArchitecture.X86_64, "rdx", "ehframe:1;dwarf:1;generic:arg3;")]
    [InlineData(TargetArchitecture.X86_64, "rdi", "ehframe:5;dwarf:5;generic:arg1;")]
    [InlineData(TargetArchitecture.X86_64, "rbp", "ehframe:6;dwarf:6;generic:fp;")]
    [InlineData(TargetArchitecture.X86_64, "rsp", "ehframe:7;dwarf:7;generic:sp;")]
    [InlineData(TargetArchitecture.X86_64, "r15", "ehframe:15;dwarf:15;")]
    [InlineData(TargetArchitecture.X86_64, "rip", "ehframe:16;dwarf:16;generic:pc;")]
    [InlineData(TargetArchitecture.X86_64, "eflags", "ehframe:49;dwarf:49;generic:flags;")]
    [InlineData(TargetArchitecture.X86_64, "xmm0", "ehframe:17;dwarf:17;")]
    [InlineData(TargetArchitecture.X86_64, "cs", "ehframe:51;dwarf:51;")]
    [InlineData(TargetArchitecture.I386, "eax", "ehframe:0;dwarf:0;")]
    [InlineData(TargetArchitecture.I386, "ecx", "ehframe:1;dwarf:1;")]
    [InlineData(TargetArchitecture.I386, "esp", "ehframe:4;dwarf:4;generic:sp;")]
    [InlineData(TargetArchitecture.I386, "ebp", "ehframe:5;dwarf:5;generic:fp;")]
    [InlineData(TargetArchitecture.I386, "esi", "ehframe:6;dwarf:6;")]
    [InlineData(TargetArchitecture.I386, "eip", "ehframe:8;dwarf:8;generic:pc;")]
    [InlineData(TargetArchitecture.I386, "st0", "ehframe:11;dwarf:11;")]
    public void Registers_have_the_numbers_of_call_frames_and_their_roles(TargetArchitecture architecture, string name, string end)
    {
        int number = Array.FindIndex(RegisterLayout.For(architecture).Registers, register => register.Name == name);

        string said = Conversation.Ask(new FakeMachine(architecture), $"qRegisterInfo{number:x}");

        Assert.EndsWith($";{end}>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_come_with_their_registers_and_the_one_that_stopped_with_the_reason()
    {
        FakeMachine machine = new() { NextStop = new StopEvent(StopKind.WriteWatchpoint, 1, 5, 0x1800) };
        machine.Cpu(0).Rip = 0x1234;

        string said = Conversation.Ask(machine, "c", "jThreadsInfo");

        JsonElement threads = JsonDocument.Parse(Unescape(said[(said.LastIndexOf("<[", StringComparison.Ordinal) + 1)..^1])).RootElement;
        Assert.Equal(2, threads.GetArrayLength());
        Assert.Equal(1, threads[0].GetProperty("tid").GetInt32());
        Assert.Equal("CPU 0", threads[0].GetProperty("name").GetString());
        Assert.Equal("3412000000000000", threads[0].GetProperty("registers").GetProperty("16").GetString());
        Assert.False(threads[0].TryGetProperty("reason", out _));
        Assert.Equal("watchpoint", threads[1].GetProperty("reason").GetString());
        Assert.Equal(5, threads[1].GetProperty("signal").GetInt32());
        Assert.StartsWith("6144 ", threads[1].GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_gets_the_reply_that_LLDB_waits_for()
    {
        FakeMachine machine = new();

        Assert.Equal("<OK><X09>", Conversation.Ask(machine, "QThreadSuffixSupported", "k"));
        Assert.Contains("kill", machine.Calls);
    }

    private static string Unescape(string text)
    {
        StringBuilder plain = new();
        for (int at = 0; at < text.Length; at++)
        {
            plain.Append(text[at] == '}' ? (char)(text[++at] ^ 0x20) : text[at]);
        }

        return plain.ToString();
    }
}
