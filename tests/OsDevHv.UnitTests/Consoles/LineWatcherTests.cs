using System.Text;
using OsDevHv.Machine.Consoles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class LineWatcherTests
{
    private readonly List<string> _found = [];

    [Fact]
    public void A_line_is_matched_when_it_ends()
    {
        LineWatcher watcher = For("PANIC");

        watcher.Observe("all well\nKERNEL PANIC: out of "u8);
        int beforeEnd = _found.Count;
        watcher.Observe("memory\r\nmore"u8);

        Assert.Equal(0, beforeEnd);
        Assert.Equal(["KERNEL PANIC: out of memory"], _found);
    }

    [Fact]
    public void A_line_without_an_end_is_matched_at_a_pause()
    {
        LineWatcher watcher = For("PANIC");
        watcher.Observe("PANIC"u8);

        watcher.ObservePause();

        Assert.Equal(["PANIC"], _found);
    }

    [Fact]
    public void A_line_goes_on_after_a_pause()
    {
        LineWatcher watcher = For("^KERNEL PANIC$");
        watcher.Observe("KERNEL "u8);

        watcher.ObservePause();
        watcher.Observe("PANIC\n"u8);

        Assert.Equal(["KERNEL PANIC"], _found);
    }

    [Fact]
    public void Only_the_first_match_is_told()
    {
        LineWatcher watcher = For("panic");

        watcher.Observe("panic 1\npanic 2\n"u8);

        Assert.Equal(["panic 1"], _found);
    }

    [Fact]
    public void Anchors_mean_the_line()
    {
        LineWatcher watcher = For("^panic$");

        watcher.Observe("no panic\npanic not\npanic\r\n"u8);

        Assert.Equal(["panic"], _found);
    }

    [Theory]
    [InlineData(LineWatcher.LongestLine - 6)]
    [InlineData(LineWatcher.LongestLine - 3)]
    [InlineData(LineWatcher.LongestLine)]
    [InlineData(3 * LineWatcher.LongestLine - 3)]
    public void A_match_is_found_wherever_it_lies_in_a_long_line(int before)
    {
        LineWatcher watcher = For("PANIC!");

        watcher.Observe(Encoding.ASCII.GetBytes(new string('.', before) + "PANIC!" + new string('.', 10_000) + "\n"));

        Assert.Single(_found);
    }

    [Fact]
    public void Bytes_that_are_no_text_do_no_harm()
    {
        LineWatcher watcher = For("panic");

        watcher.Observe([0xff, 0xc3, 0x28, 0, 0x1b, (byte)'p', (byte)'a', (byte)'n', (byte)'i', (byte)'c', 0x80, (byte)'\n']);

        Assert.Single(_found);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(?=x)")]
    public void A_pattern_that_cannot_be_matched_in_linear_time_is_refused(string pattern)
    {
        ConsoleException error = Assert.Throws<ConsoleException>(() => For(pattern));

        Assert.Contains(pattern, error.Message, StringComparison.Ordinal);
    }

    private LineWatcher For(string pattern) => new(pattern, _found.Add);
}
