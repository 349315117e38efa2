using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>Broken and hostile streams: each gets its stated reply, and the session goes on to answer a good packet.</summary>
public sealed class HostileStreamTests
{
    private const string Malformed = "+<E16>";

    /// <summary>Streams and what is said to them, by kind of damage.</summary>
    public static TheoryData<string, string> Framing => new()
    {
        { "hello", "" },
        { "\0\0\u00FF\u00FE", "" },
        { "#b4", "" },
        { "+++++", "" },
        { "-----", "" },
        { "\u0003", "" },
        { "$#00", "+<>" },
        { "$#01", "-" },
        { "$qC#00", "-" },
        { "$qC#zz", "-" },
        { "$qC#bz", "-" },
        { "$qC#b", "-" },
        { "$qC#", "-" },
        { "$qC#\u0003", "-" },
        { "$qC#b\u0003", "-" },
        { "$qC#B4", "+<QC1>" },
        { "$qC#b4b4", "+<QC1>" },
        { "$qC", "" },
        { "$", "" },
        { "$$$$", "" },
        { "$g$g$g", "" },
        { "$m}", "" },
        { "$}}}}", "" },
        { Conversation.Frame("m}"), "+<E4a>" },
        { Conversation.Frame("}"), "+<E4a>" },
        { Conversation.Frame("q}c"), "+<QC1>" },
        { Conversation.Frame("}QC"), "+<QC1>" },
        { Conversation.Frame("\u0003"), "+<>" },
        { Conversation.Frame("\0"), "+<>" },
        { Conversation.Frame("\u00FF\u00FF"), "+<>" },
        { Conversation.Frame("q"), "+<>" },
        { Conversation.Frame(":::"), "+<>" },
        { Conversation.Frame(new string('q', 5000)), "+<>" },
        { Conversation.Frame(new string('m', GdbSession.PacketSize)), Malformed },
        { Conversation.Frame(new string('m', GdbSession.PacketSize + 1)), "+<E07>" },
        { Conversation.Frame(new string('m', 3 * GdbSession.PacketSize)), "+<E07>" },
        { Conversation.Frame(new string('m', GdbSession.PacketSize + 1) + "}"), "+<E07>" },
        { "$" + new string('m', GdbSession.PacketSize + 1) + "#00", "-" },
        { "$" + new string('m', GdbSession.PacketSize + 1), "" },
        { Conversation.Frame("X1000," + "1:".PadRight(GdbSession.PacketSize, '}')), "+<E07>" },
        { "\u0003" + Conversation.Frame("qC") + "\u0003\u0003", "+<QC1>" },
        { Conversation.Frame("qC") + Conversation.Frame("qC") + Conversation.Frame("qC"), "+<QC1>+<QC1>+<QC1>" },
        { Conversation.Frame("qC") + string.Concat(Enumerable.Repeat("-+", 12)), "+" + string.Concat(Enumerable.Repeat("<QC1>", 13)) },
        { Conversation.Frame("qC") + new string('-', 10), "+" + string.Concat(Enumerable.Repeat("<QC1>", 11)) },
        { string.Concat(Enumerable.Repeat("$g#00", 500)), new string('-', 500) },
    };

    /// <summary>Packets whose error is a number.</summary>
    public static TheoryData<string, string> NumberedErrors => new()
    {
        { "m", Malformed },
        { "m,", Malformed },
        { "m1000", Malformed },
        { "m1000,", Malformed },
        { "m,4", Malformed },
        { "mxyz,4", Malformed },
        { "m1000,zz", Malformed },
        { "m1000,4,4", Malformed },
        { "m1000,4 ", Malformed },
        { "m 1000,4", Malformed },
        { "m-1,4", Malformed },
        { "m1000,-4", Malformed },
        { "m0x1000,4", Malformed },
        { "m11112222333344445,1", Malformed },
        { "m1000,11112222333344445", Malformed },
        { "m00000000000000000001000,1", "+<90>" },
        { "mffffffffffffffff,1", "+<E0e>" },
        { "mffffffffffffffff,ffffffffffffffff", "+<E0e>" },
        { "m0,ffffffffffffffff", "+<E0e>" },
        { "x", Malformed },
        { "x1000", Malformed },
        { "x1000,4;", Malformed },
        { "xffffffffffffffff,2", "+<E0e>" },
        { "p", Malformed },
        { "pzz", Malformed },
        { "p1ff", Malformed },
        { "pffffffff", Malformed },
        { "p100000000", Malformed },
        { "pffffffffffffffffff", Malformed },
        { "p0,0", Malformed },
        { "p-1", Malformed },
        { "qThreadExtraInfo", Malformed },
        { "qThreadExtraInfo,", Malformed },
        { "qThreadExtraInfo,zz", Malformed },
        { "qThreadExtraInfo,3", "+<E03>" },
        { "qThreadExtraInfo,-1", "+<E03>" },
        { "qXfer", "+<>" },
        { "qXfer:", "+<>" },
        { "qXfer:features", "+<>" },
        { "qXfer:features:read", Malformed },
        { "qXfer:features:read:target.xml", Malformed },
        { "qXfer:features:read:target.xml:0", Malformed },
        { "qXfer:features:read:target.xml:0,", Malformed },
        { "qXfer:features:read:target.xml:zz,10", Malformed },
        { "qXfer:features:read:target.xml:-1,10", Malformed },
        { "qXfer:features:read:target.xml:ffffffffffffffff,10", Malformed },
        { "qXfer:features:read:target.xml:7fffffff,ffffffffffffffff", Malformed },
        { "qXfer:features:read:other.xml:0,10", Malformed },
        { "qXfer:features:read:../target.xml:0,10", Malformed },
        { "qXfer:features:read:target.xml:0,0", "+<m>" },
        { "qXfer:memory-map:read:x:0,10", Malformed },
        { "qXfer:threads:read:x:0,10", Malformed },
        { "qXfer:threads:read::1,10", Malformed },
    };

    /// <summary>Packets whose error is in words.</summary>
    public static TheoryData<string, string> WordedErrors => new()
    {
        { "M", "M takes an address, a length and as many bytes in hexadecimal, inside the address space" },
        { "M1000,2", "M takes an address, a length and as many bytes in hexadecimal, inside the address space" },
        { "M1000,ffffffffffffffff:00", "M takes an address, a length and as many bytes in hexadecimal, inside the address space" },
        { "Mffffffffffffffff,2:0000", "M takes an address, a length and as many bytes in hexadecimal, inside the address space" },
        { "M1000,2:zzzz", "M's length and data do not agree" },
        { "M1000,2:00", "M's length and data do not agree" },
        { "M1000,2:000", "M's length and data do not agree" },
        { "M1000,1:0000", "M's length and data do not agree" },
        { "M1000,0:00", "M's length and data do not agree" },
        { "X", "X takes an address, a length and as many bytes, inside the address space" },
        { "X1000,1", "X takes an address, a length and as many bytes, inside the address space" },
        { "X1000,5:abc", "X takes an address, a length and as many bytes, inside the address space" },
        { "X1000,2:abc", "X takes an address, a length and as many bytes, inside the address space" },
        { "X1000,ffffffffffffffff:a", "X takes an address, a length and as many bytes, inside the address space" },
        { "Xffffffffffffffff,2:ab", "X takes an address, a length and as many bytes, inside the address space" },
        { "P", "P takes the number of a register, '=' and its value" },
        { "P0", "P takes the number of a register, '=' and its value" },
        { "P1ff=00", "P takes the number of a register, '=' and its value" },
        { "Pffffffffffffffffff=00", "P takes the number of a register, '=' and its value" },
        { "P0=", "rax takes 16 hexadecimal digits" },
        { "P0=00", "rax takes 16 hexadecimal digits" },
        { "P0=000000000000000000", "rax takes 16 hexadecimal digits" },
        { "P0=zzzzzzzzzzzzzzzz", "rax takes 16 hexadecimal digits" },
        { "P12=00000100", "cs has 16 bits, 10000h does not fit" },
        { "P1f=1000000000000000", "cr8 has 4 bits, 10h does not fit" },
        { "P30=00080000", "fop has 11 bits, 800h does not fit" },
        { "G", "G takes 1216 hexadecimal digits" },
        { "G00", "G takes 1216 hexadecimal digits" },
        { "Gz", "G takes 1216 hexadecimal digits" },
        { "G" + new string('0', 1217), "G takes 1216 hexadecimal digits" },
        { "G" + new string('z', 1216), "G takes 1216 hexadecimal digits" },
        { "G" + new string('f', 1216), "cs has 16 bits, ffffffffh does not fit" },
        { "H", "H takes g or c and a thread id" },
        { "Hg", "H takes g or c and a thread id" },
        { "Hx1", "H takes g or c and a thread id" },
        { "Hgzz", "H takes g or c and a thread id" },
        { "Hg1x", "H takes g or c and a thread id" },
        { "Hg-2", "H takes g or c and a thread id" },
        { "Hgp", "H takes g or c and a thread id" },
        { "Hgp1.", "H takes g or c and a thread id" },
        { "Hgp1.zz", "H takes g or c and a thread id" },
        { "Hgp2.1", "threads are 1 to 2h" },
        { "Hg10000000000000000", "H takes g or c and a thread id" },
        { "Hg3", "threads are 1 to 2h" },
        { "Hc3", "threads are 1 to 2h" },
        { "Hg100000001", "threads are 1 to 2h" },
        { "T", "a thread id is a hexadecimal number" },
        { "Tzz", "a thread id is a hexadecimal number" },
        { "T1,", "a thread id is a hexadecimal number" },
        { "T0", "threads are 1 to 2h" },
        { "T3", "threads are 1 to 2h" },
        { "T-1", "threads are 1 to 2h" },
        { "Z", "a breakpoint has a type, an address and a length" },
        { "Z0", "a breakpoint has a type, an address and a length" },
        { "Z0,", "a breakpoint has a type, an address and a length" },
        { "Z0,1000", "a breakpoint has a type, an address and a length" },
        { "Z0,1000,", "a breakpoint has a type, an address and a length" },
        { "Z0,1000,1;X1", "behind a breakpoint come conditions and commands as ;Xlength,bytecode" },
        { "Zz,1000,1", "a breakpoint has a type, an address and a length" },
        { "Z-1,1000,1", "a breakpoint has a type, an address and a length" },
        { "Z0,1000,0", "a breakpoint's length is at least 1 and stays inside the address space" },
        { "Z2,1000,80000000", "a breakpoint's length is at least 1 and stays inside the address space" },
        { "Z2,1000,ffffffffffffffff", "a breakpoint's length is at least 1 and stays inside the address space" },
        { "Z2,ffffffffffffffff,2", "a breakpoint's length is at least 1 and stays inside the address space" },
        { "z", "a breakpoint has a type, an address and a length" },
        { "z0,1000,0", "a breakpoint's length is at least 1 and stays inside the address space" },
        { "vCont", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;q", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;C", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;Szz", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;sx", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;c:1;", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;s:1:2", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;c:", "vCont's ':' is followed by a thread id" },
        { "vCont;c:zz", "vCont's ':' is followed by a thread id" },
        { "vCont;c:3", "there is no thread 3h" },
        { "vCont;c:1;s:41", "there is no thread 41h" },
        { "vCont;r", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;r1000", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;r1000,", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;r1000,zz:1", "vCont takes actions c, C, s, S, t and r START,END" },
        { "vCont;t", "vCont would resume no thread" },
        { "czz", "resuming takes an address or nothing" },
        { "c1000x", "resuming takes an address or nothing" },
        { "s-1", "resuming takes an address or nothing" },
        { "c11112222333344445", "resuming takes an address or nothing" },
        { "C", "C and S take a signal and perhaps an address" },
        { "Szz", "C and S take a signal and perhaps an address" },
        { "C05;", "C and S take a signal and perhaps an address" },
        { "C05,1000", "resuming takes an address or nothing" },
        { "qRcmd", "qRcmd takes a command in hexadecimal" },
        { "qRcmd;00", "qRcmd takes a command in hexadecimal" },
        { "qRcmd,6", "qRcmd's command is not in hexadecimal" },
        { "qRcmd,zz", "qRcmd's command is not in hexadecimal" },
    };

    [Theory]
    [MemberData(nameof(Framing), DisableDiscoveryEnumeration = true)]
    public void A_damaged_stream_gets_its_reply_and_the_session_goes_on(string stream, string reply) => AssertReply(stream, reply);

    [Theory]
    [MemberData(nameof(NumberedErrors))]
    public void A_bad_packet_with_a_numbered_error_gets_it(string packet, string reply) => AssertReply(Conversation.Frame(packet), reply);

    [Theory]
    [MemberData(nameof(WordedErrors))]
    public void A_bad_packet_with_a_worded_error_gets_it(string packet, string words) =>
        AssertReply(Conversation.Frame(packet), $"+<E.{words}>");

    [Theory]
    [InlineData("$qC#00", "<E4a>")]
    [InlineData("$qC#", "<E4a>")]
    [InlineData("-----", "")]
    public void Without_acknowledgements_a_bad_checksum_is_an_error(string stream, string reply)
    {
        FakeMachine machine = new();

        string said = Conversation.Send(machine, Conversation.Frame("QStartNoAckMode") + "+" + stream + Conversation.Frame("qC"));

        Assert.Equal("+<OK>" + reply + "<QC1>", said);
    }

    [Fact]
    public void A_storm_of_nacks_ends_the_session()
    {
        FakeMachine machine = new();

        string said = Conversation.Send(machine, Conversation.Frame("qC") + new string('-', 1000) + Conversation.Frame("qC"));

        Assert.Equal("+" + string.Concat(Enumerable.Repeat("<QC1>", 1 + GdbSession.MaximumRetransmissions)), said);
        Assert.Equal(["attach", "detach"], machine.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("$m1000")]
    [InlineData("$m1000,4#")]
    [InlineData("$m1000,4#8")]
    [InlineData("$X1000,1:}")]
    public void Hanging_up_inside_a_frame_detaches_once_and_says_nothing(string stream)
    {
        FakeMachine machine = new();

        string said = Conversation.Send(machine, stream);

        Assert.Equal("", said);
        Assert.Equal(["attach", "detach"], machine.Calls);
    }

    /// <summary>
    /// The stream whole and byte by byte, both followed by a good packet; a frame left open is abandoned by its <c>$</c>.
    /// </summary>
    private static void AssertReply(string stream, string reply)
    {
        FakeMachine machine = new();
        string whole = Conversation.Send(machine, stream + Conversation.Frame("qC"));
        string inBytes = Conversation.Send(new FakeMachine(), stream + Conversation.Frame("qC"), chunk: stream.Length > 10_000 ? 4001 : 1);

        Assert.Equal(reply + "+<QC1>", whole);
        Assert.Equal(whole, inBytes);
        Assert.Equal(["attach", "detach"], machine.Calls.Where(static call => call is "attach" or "detach"));
    }
}
