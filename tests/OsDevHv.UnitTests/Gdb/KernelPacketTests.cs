using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// The kernel's file and place: <c>qOffsets</c>, <c>qXfer:exec-file</c> and <c>vFile</c> (GDB manual, appendix E.4, E.6 and E.7).
/// </summary>
public sealed class KernelPacketTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData(0x20_0000ul, "<TextSeg=300000>")]
    [InlineData(0xFFFF_FFFF_8000_0000ul, "<TextSeg=ffffffff80100000>")]
    [InlineData(0ul, "<>")]
    public void Gdb_is_told_the_first_segments_address_of_a_kernel_that_was_moved(ulong bias, string reply)
    {
        FakeMachine machine = new() { Kernel = new KernelImage(file, 0x10_0000, bias) };

        Assert.Equal(reply, Conversation.Ask(machine, "qOffsets"));
    }

    [Fact]
    public void LLDB_is_told_the_offset_also_where_it_is_0()
    {
        FakeMachine moved = new() { Kernel = new KernelImage(file, 0x10_0000, 0x20_0000) };
        FakeMachine unmoved = new() { Kernel = new KernelImage(file, 0x10_0000, 0) };

        Assert.Equal("<OK><Text=200000;Data=200000>", Conversation.Ask(moved, "QThreadSuffixSupported", "qOffsets"));
        Assert.Equal("<OK><Text=0;Data=0>", Conversation.Ask(unmoved, "QThreadSuffixSupported", "qOffsets"));
    }

    [Fact]
    public void Without_an_ELF_file_nothing_is_offered()
    {
        string said = Conversation.Ask(new FakeMachine(), "qSupported", "qOffsets", "qXfer:exec-file:read::0,100");

        Assert.DoesNotContain("exec-file", said, StringComparison.Ordinal);
        Assert.EndsWith("<><E01>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_name_is_told_whatever_process_is_asked_for()
    {
        FakeMachine machine = new() { Kernel = new KernelImage("/a/b.elf", 0, 0) };

        string said = Conversation.Ask(machine, "qSupported", "qXfer:exec-file:read::0,100", "qXfer:exec-file:read:1:2,100");

        Assert.Contains(";qXfer:exec-file:read+", said, StringComparison.Ordinal);
        Assert.EndsWith("<l/a/b.elf><l/b.elf>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_can_be_read_piece_by_piece()
    {
        File.WriteAllBytes(file, "0123456789#"u8);

        string said = Ask(Open(file), "vFile:pread:0,4,0", "vFile:pread:0,10,8", "vFile:pread:0,4,b", "vFile:close:0", "vFile:pread:0,4,0");

        Assert.Equal("<F0><F4;0123><F3;89}\u0003><F0;><F0><F-1,9>", said);
    }

    [Fact]
    public void Its_status_has_the_size_and_says_regular_file()
    {
        File.WriteAllBytes(file, new byte[0x1234]);

        string said = Ask(Open(file), "vFile:fstat:0");

        Assert.StartsWith("<F0><F40;", said, StringComparison.Ordinal);
        byte[] status = Encoding.Latin1.GetBytes(said["<F0><F40;".Length..^1].Replace("}\u0004", "$", StringComparison.Ordinal));
        Assert.Equal(64, status.Length);
        Assert.Equal(0x1234, BinaryPrimitives.ReadInt64BigEndian(status.AsSpan(28)));
        Assert.Equal(0x8000u, BinaryPrimitives.ReadUInt32BigEndian(status.AsSpan(8)) & 0xF000);
    }

    [Theory]
    [InlineData("/etc/passwd", "0", "<F-1,2>")]
    [InlineData(null, "1", "<F-1,2>")]
    [InlineData(null, "201", "<F-1,2>")]
    public void No_other_file_can_be_opened_and_none_for_writing(string? path, string flags, string reply) =>
        Assert.Equal(reply, Ask($"vFile:open:{Conversation.Hex(path ?? file)},{flags},0"));

    [Fact]
    public void So_many_can_be_open_and_no_more()
    {
        string said = Ask([.. Enumerable.Repeat(Open(file), 9), "vFile:close:3", Open(file)]);

        Assert.Equal("<F0><F1><F2><F3><F4><F5><F6><F7><F-1,18><F0><F3>", said);
    }

    [Theory]
    [InlineData("vFile:setfs:0", "<F0>")]
    [InlineData("vFile:open:", "<F-1,16>")]
    [InlineData("vFile:open:zz,0,0", "<F-1,16>")]
    [InlineData("vFile:pread:0,0,0", "<F-1,9>")]
    [InlineData("vFile:pread:ffffffffffffffff,0,0", "<F-1,9>")]
    [InlineData("vFile:pread:0,0,ffffffffffffffff", "<F-1,16>")]
    [InlineData("vFile:pread:", "<F-1,16>")]
    [InlineData("vFile:fstat:8", "<F-1,9>")]
    [InlineData("vFile:close:8", "<F-1,9>")]
    [InlineData("vFile:close:", "<F-1,9>")]
    [InlineData("vFile:unlink:2f61", "<>")]
    [InlineData("vFile:pwrite:0,0,a", "<>")]
    [InlineData("vFile", "<>")]
    public void Every_operation_has_one_reply(string packet, string reply) => Assert.Equal(reply, Ask(packet));

    [Fact]
    public void A_read_of_more_than_a_packet_holds_gives_what_fits()
    {
        File.WriteAllBytes(file, new byte[0x30000]);

        string said = Ask(Open(file), "vFile:pread:0,30000,0");

        int start = "<F0><F".Length;
        int length = int.Parse(said[start..said.IndexOf(';', StringComparison.Ordinal)], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.InRange(length, 1, GdbSession.PacketSize / 2);
        Assert.Equal(length, said.Length - said.IndexOf(';', StringComparison.Ordinal) - 2);
    }

    private string Ask(params string[] packets) => Conversation.Ask(new FakeMachine { Kernel = new KernelImage(file, 0, 0) }, packets);

    private static string Open(string path) => $"vFile:open:{Conversation.Hex(path)},0,0";
}
