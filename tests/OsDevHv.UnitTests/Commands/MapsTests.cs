using System.Diagnostics;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Commands;

/// <summary><c>maps</c>: what is mapped, as ranges.</summary>
public sealed class MapsTests
{
    private const ulong P = PagedMachine.Present, W = PagedMachine.Writable, U = PagedMachine.User, Nx = PagedMachine.NoExecute;

    [Fact]
    public void Neighbours_with_the_same_permissions_are_one_range()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W);
        machine.Set64(0x4008, 0x6000 | P | W).Set64(0x4010, 0x9000 | P | W).Set64(0x4018, 0x5000 | P).Set64(0x4020, 0x6000 | P | U | Nx);

        Assert.Equal(
            """
            0x0000000000400000-0x0000000000402fff   12 KiB kernel rwx 4 KiB pages scattered
            0x0000000000403000-0x0000000000403fff    4 KiB kernel r-x 4 KiB pages to 0x5000
            0x0000000000404000-0x0000000000404fff    4 KiB user   r-- 4 KiB pages to 0x6000

            """,
            machine.Run("maps"));
    }

    [Fact]
    public void The_upper_half_comes_after_the_lower_one_with_canonical_addresses()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W);
        machine.Set64(0x1ff8, 0x2000 | P | W);

        string[] lines = machine.Run("info maps").TrimEnd('\n').Split('\n');

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("0x0000000000400000-", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("0xffffff8000400000-0xffffff8000400fff", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_and_a_limit_bound_the_list_and_it_says_how_to_go_on()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W);
        machine.Set64(0x4010, 0x6000 | P | W).Set64(0x4020, 0x7000 | P | W).Set64(0x4030, 0x8000 | P | W);

        Assert.Equal(
            """
            0x0000000000402000-0x0000000000402fff    4 KiB kernel rwx 4 KiB pages to 0x6000
            stopped after 1 ranges; 'monitor maps 0x404000' goes on

            """,
            machine.Run("maps 401000 limit 1"));
        Assert.Equal("0x0000000000404000-0x0000000000404fff    4 KiB kernel rwx 4 KiB pages to 0x7000\n", machine.Run("maps 404000 405000"));
        Assert.Equal("nothing is mapped there\n", machine.Run("maps 500000"));
    }

    [Fact]
    public void Tables_that_map_more_than_can_be_listed_come_to_an_end()
    {
        // Every entry of one table is that table: 512 times 512 times 512 times 512 pages, not two alike in a row.
        PagedMachine machine = PagedMachine.InLongMode();
        for (int i = 0; i < 512; i++)
        {
            machine.Set64(0x1000 + (i * 8), 0x1000 | P | (i % 2 == 0 ? W : 0));
        }
        long start = Stopwatch.GetTimestamp();

        string answer = machine.Run("maps limit 5");

        Assert.Contains("stopped after 5 ranges; 'monitor maps 0x", answer, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_table_whose_every_entry_is_itself_is_bounded_by_the_tables_that_are_read()
    {
        PagedMachine machine = PagedMachine.InLongMode();
        for (int i = 0; i < 512; i++)
        {
            machine.Set64(0x1000 + (i * 8), 0x1000 | P | W);
        }

        Assert.Contains("stopped after 16384 tables; 'monitor maps 0x", machine.Run("maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_paging_there_is_nothing_to_list() =>
        Assert.Equal("paging is off: linear addresses are physical ones\n", new PagedMachine().Run("maps"));

    [Theory]
    [InlineData("maps limit x", "'x' is no number for the limit; decimal, or hexadecimal with 0x\n")]
    [InlineData("maps limit", "the limit is missing\n")]
    [InlineData("maps 1 2 3", "maps [FIRST [LAST]] [limit N]\n")]
    public void Wrong_arguments_are_said_in_words(string command, string answer) => Assert.Equal(answer, PagedMachine.InLongMode().Run(command));
}
