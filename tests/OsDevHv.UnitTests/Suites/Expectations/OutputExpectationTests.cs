using System.Text;
using CsCheck;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Tests.Suites.Expectations;

/// <summary>What is expected of output.</summary>
public sealed class OutputExpectationTests
{
    [Theory]
    [InlineData("a b c\n", null)]
    [InlineData("a\nb\nc\n", null)]
    [InlineData("xa\ny\nb c", null)]
    [InlineData("c b a\n", "'b'")]
    [InlineData("a\nc\nb\n", "'c'")]
    [InlineData("", "'a'")]
    public void Patterns_are_found_one_after_the_other(string output, string? missing)
    {
        var sequence = new PatternSequence([new("a"), new("b"), new("c")]);

        Each(output, piece => sequence.Take("com1", piece));

        Assert.Equal(missing, sequence.Missing?.ToString());
    }

    [Fact]
    public void One_occurrence_is_not_found_twice()
    {
        var sequence = new PatternSequence([new("ab"), new("b")]);

        Each("ab\n", piece => sequence.Take("com1", piece));

        Assert.Equal("'b'", sequence.Missing?.ToString());
    }

    [Fact]
    public void In_a_long_line_what_two_pieces_share_is_not_found_twice()
    {
        Gen.Int[1, 3 * LineReader.LongestPiece].Sample(at =>
        {
            var sequence = new PatternSequence([new("needle"), new("needle")]);

            Each($"{new string('x', at)}needle{new string('x', 9000)}\n", piece => sequence.Take("com1", piece));

            return sequence.Last is not null && sequence.Missing is not null;
        });
    }

    [Fact]
    public void A_regular_expression_does_not_cross_lines()
    {
        var sequence = new PatternSequence([new("^b.*d$", IsRegex: true)]);

        Each("b\nd\n", piece => sequence.Take("com1", piece));
        Assert.NotNull(sequence.Missing);

        Each("b d\n", piece => sequence.Take("com1", piece));
        Assert.Null(sequence.Missing);
    }

    [Fact]
    public void Output_is_expected_of_a_port_in_an_order_of_its_own()
    {
        var watch = new OutputWatch(new Expectation { Output = [new("one"), new("two", Port: "com2"), new("three")] });

        Each("two\n", piece => watch.Take("com2", piece));
        Each("one\nthree\n", piece => watch.Take("com1", piece));

        Assert.Empty(watch.Failures());
    }

    [Fact]
    public void What_is_missing_is_told_with_what_was_found_and_the_last_line()
    {
        var watch = new OutputWatch(new Expectation { Output = [new("one"), new("two")] });

        Each("one\nthree\n", piece => watch.Take("com1", piece));

        Assert.Equal(["output: expected 'two' after 'one'; it was not printed, com1 ends with 'three'"], watch.Failures());
    }

    [Fact]
    public void What_must_be_absent_is_told_with_its_line_and_port()
    {
        var watch = new OutputWatch(new Expectation { Absent = [new("panic"), new("oops", Port: "com2")] });

        Each("oops\na panic: 3\n", piece => watch.Take("com1", piece));

        var failure = Assert.Single(watch.Failures());
        Assert.Contains("'panic'", failure, StringComparison.Ordinal);
        Assert.Contains("com1: 'a panic: 3'", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_that_has_no_line_feed_ends_the_run()
    {
        var watch = new OutputWatch(new Expectation { Until = new("login:") });

        watch.LookForEnd("com1", "log");
        Assert.False(watch.IsDone);

        watch.LookForEnd("com1", "login: ");
        Assert.True(watch.IsDone);
        Assert.Empty(watch.Failures());
    }

    [Fact]
    public void An_end_that_never_came_is_a_failure()
    {
        var watch = new OutputWatch(new Expectation { Until = new("login:") });

        Assert.Contains("nothing was printed", Assert.Single(watch.Failures()), StringComparison.Ordinal);
    }

    private static void Each(string output, Action<LinePiece> take)
    {
        var reader = new LineReader(take);
        reader.Write(Encoding.UTF8.GetBytes(output));
        reader.Finish();
    }
}
