using CsCheck;
using OsDevHv.Machine.Consoles;

namespace OsDevHv.Tests.Consoles;

public sealed class ConsoleBacklogTests
{
    [Fact]
    public void It_is_read_on_from_where_it_was_read_to()
    {
        var backlog = new ConsoleBacklog();
        byte[] buffer = new byte[3];
        long position = 0;

        backlog.Append("abcd"u8);
        int first = backlog.Read(ref position, buffer, out _);
        int second = backlog.Read(ref position, buffer, out _);
        int third = backlog.Read(ref position, buffer, out _);

        Assert.Equal([3, 1, 0], [first, second, third]);
        Assert.Equal((byte)'d', buffer[0]);
    }

    [Fact]
    public void Who_reads_too_late_gets_the_newest_and_learns_how_much_he_missed()
    {
        var backlog = new ConsoleBacklog();
        byte[] buffer = new byte[2];
        long position = 0;

        backlog.Append(new byte[ConsoleBacklog.Capacity]);
        backlog.Append("xyz"u8);
        _ = backlog.Read(ref position, buffer, out long missed);

        Assert.Equal((3, 5), (missed, position));
    }

    [Fact]
    public void A_position_ahead_of_the_output_is_refused()
    {
        long position = 1;

        Assert.Throws<ArgumentOutOfRangeException>(() => new ConsoleBacklog().Read(ref position, [], out _));
    }

    [Fact]
    public void Whatever_is_appended_the_newest_bytes_are_kept_in_order() =>
        Gen.Int[0, 3 * ConsoleBacklog.Capacity / 2].Array[1, 6].Sample(sizes =>
        {
            var backlog = new ConsoleBacklog();
            long written = 0;
            foreach (int size in sizes)
            {
                backlog.Append([.. Enumerable.Range(0, size).Select(i => Value(written + i))]);
                written += size;
            }

            byte[] all = new byte[2 * ConsoleBacklog.Capacity];
            long position = 0;
            int count = backlog.Read(ref position, all, out long missed);

            Assert.Equal(Math.Min(written, ConsoleBacklog.Capacity), count);
            Assert.Equal(written - count, missed);
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(Value(missed + i), all[i]);
            }
        }, iter: 20);

    private static byte Value(long position) => (byte)((position * 2654435761) >> 11);
}
