using System.Xml;
using CsCheck;
using OsDevHv.Suites.Reports;

namespace OsDevHv.Tests.Suites.Reports;

public sealed class ReportTextTests
{
    [Theory]
    [InlineData("plain\n\ttext\n", "plain\n\ttext\n")]
    [InlineData("a\r\nb\r", "a\nb")]
    [InlineData("\x1b[1;31mred\x1b[0m", "red")]
    [InlineData("\x1b[2J\x1b[?25lx", "x")]
    [InlineData("\x1b]0;title\ax", "x")]
    [InlineData("\x1b]8;;http://a\x1b\\link", "link")]
    [InlineData("\x1b(Bx\x1b=y\x1bMz", "xyz")]
    [InlineData("\x1b[31", "")]
    [InlineData("\x1b[31\nnext", "\nnext")]
    [InlineData("\x1b]0;cut off\nnext", "\nnext")]
    [InlineData("end\x1b", "end")]
    [InlineData("\0\a\x7f", "\u2400\u2407\u2421")]
    [InlineData("\u009b31m\ufffe\uffff", "\ufffd31m\ufffd\ufffd")]
    [InlineData("\U0001f600 \u00e9", "\U0001f600 \u00e9")]
    public void Control_is_taken_out_of_text(string text, string expected) => Assert.Equal(expected, ReportText.Clean(text));

    [Fact]
    public void Half_a_character_becomes_the_replacement_character()
    {
        string high = new('\ud83d', 1);
        string low = new('\ude00', 1);

        Assert.Equal("a\ufffdb\ufffd", ReportText.Clean($"a{high}b{low}"));
        Assert.Equal("\ufffd", ReportText.Clean(high));
    }

    [Fact]
    public void Clean_text_is_XML_whatever_it_was_and_stays_as_it_is() =>
        Gen.String[Gen.Char['\0', '\uffff'], 0, 200].Sample(static text =>
        {
            string clean = ReportText.Clean(text);
            XmlConvert.VerifyXmlChars(clean);
            return ReportText.Clean(clean) == clean;
        });

    [Fact]
    public void Of_a_long_text_the_end_is_kept_from_the_beginning_of_a_line()
    {
        string text = string.Join('\n', Enumerable.Range(0, 1000));

        string tail = ReportText.Tail(text, 20);

        Assert.Matches(@"^\[\d+ characters left out\]\n\d{3}\n(\d{3}\n)+999$", tail);
        Assert.Equal(text, ReportText.Tail(text, text.Length));
    }

    [Theory]
    [InlineData("", 3, "")]
    [InlineData("a\nb\n\n", 3, "a|b")]
    [InlineData("a\nb\nc", 2, "b|c")]
    public void The_last_lines_are_those_with_something_in_them(string text, int most, string expected) =>
        Assert.Equal(expected, string.Join('|', ReportText.LastLines(text, most)));
}
