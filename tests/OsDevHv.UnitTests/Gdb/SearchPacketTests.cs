using System.Text;
using CsCheck;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary><c>qSearch:memory</c> and <c>qCRC</c> (GDB manual, appendix E.4).</summary>
public sealed class SearchPacketTests
{
    private const string HighDigits = "ffffffff80100000";

    [Fact]
    public void The_first_place_of_the_pattern_is_told()
    {
        FakeMachine machine = new();
        "needle"u8.CopyTo(machine.Memory(0x1800));
        "needle"u8.CopyTo(machine.Memory(0x1900));

        string said = Conversation.Ask(
            machine, "qSearch:memory:1000;1000;needle", "qSearch:memory:1801;7ff;needle", "qSearch:memory:1901;6ff;needle");

        Assert.Equal("<1,1800><1,1900><0>", said);
    }

    [Theory]
    [InlineData("qSearch:memory:1800;6;needle", "<1,1800>")]
    [InlineData("qSearch:memory:1800;5;needle", "<0>")]
    [InlineData("qSearch:memory:1800;0;needle", "<0>")]
    [InlineData("qSearch:memory:17ff;6;needle", "<0>")]
    public void The_whole_pattern_lies_in_the_range(string packet, string reply)
    {
        FakeMachine machine = new();
        "needle"u8.CopyTo(machine.Memory(0x1800));

        Assert.Equal(reply, Conversation.Ask(machine, packet));
    }

    [Fact]
    public void What_is_not_mapped_is_passed_by()
    {
        FakeMachine machine = new();
        "needle"u8.CopyTo(machine.Memory(FakeMachine.HighBase + 0x10));

        string said = Conversation.Ask(machine, "qSearch:memory:0;ffffffffffffffff;needle", "qSearch:memory:0;ffffffffffffffff;nowhere");

        Assert.Equal("<1,ffffffff80100010><0>", said);
    }

    [Fact]
    public void A_pattern_that_an_unmapped_gap_cuts_is_not_found()
    {
        FakeMachine machine = new();
        "nee"u8.CopyTo(machine.Memory(0x1FFD));
        "dle"u8.CopyTo(machine.Memory(FakeMachine.HighBase));

        Assert.Equal("<0>", Conversation.Ask(machine, "qSearch:memory:1000;ffffffffffffefff;needle"));
    }

    [Theory]
    [InlineData("qSearch:memory:")]
    [InlineData("qSearch:memory:1000")]
    [InlineData("qSearch:memory:1000;10;")]
    [InlineData("qSearch:memory:1000;;a")]
    [InlineData("qCRC:")]
    [InlineData("qCRC:1000")]
    [InlineData("qCRC:ffffffffffffffff,2")]
    public void A_malformed_request_is_an_error(string packet) => Assert.Equal("<E16>", Conversation.Ask(new FakeMachine(), packet));

    [Fact]
    public void A_sum_over_a_gap_is_an_error() => Assert.Equal("<E0e>", Conversation.Ask(new FakeMachine(), "qCRC:1ff0,20"));

    [Fact]
    public void A_range_to_the_very_end_of_the_address_space_ends() =>
        Assert.Equal("<0>", Conversation.Ask(new FakeMachine(), "qSearch:memory:" + HighDigits + ";7ff00000;needle"));

    // The check value of CRC-32/MPEG-2, which has the manual's parameters.
    [Fact]
    public void The_check_sum_is_the_manuals()
    {
        FakeMachine machine = new();
        "123456789"u8.CopyTo(machine.Memory(0x1000));

        Assert.Equal("<C376e6e7><Cffffffff>", Conversation.Ask(machine, "qCRC:1000,9", "qCRC:1000,0"));
    }

    [Fact]
    public void Any_search_finds_what_a_plain_one_does()
    {
        Gen<byte[]> text = Gen.Byte[0, 2].Array[0, 60];
        Gen.Select(text, Gen.Byte[0, 2].Array[1, 4], Gen.Int[0, 60]).Sample((memory, pattern, length) =>
        {
            FakeMachine machine = new();
            memory.CopyTo(machine.Memory(0x1000));
            int found = machine.Memory(0x1000)[..length].IndexOf(pattern);

            string said = Conversation.Ask(machine, $"qSearch:memory:1000;{length:x};{Encoding.Latin1.GetString(pattern)}");

            Assert.Equal(found < 0 ? "<0>" : $"<1,{0x1000 + found:x}>", said);
        }, iter: 300);
    }
}
