using CsCheck;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Running;

namespace OsDevHv.Tests.Suites.Running;

public sealed class CaseFilterTests
{
    private static readonly TestCase[] s_cases =
    [
        SomeCases.Case("mem/alloc[cpus=1]") with { Tags = ["fast"] },
        SomeCases.Case("mem/alloc[cpus=8]") with { Tags = ["smp", "slow"] },
        SomeCases.Case("irq/timer (one shot)") with { Tags = ["fast", "time"] },
        SomeCases.Case("irq/and"),
    ];

    [Theory]
    [InlineData("alloc", "0 1")]
    [InlineData("mem/", "0 1")]
    [InlineData("Alloc", "")]
    [InlineData("mem/*", "0 1")]
    [InlineData("alloc*", "0 1")]
    [InlineData("*cpus=?]", "0 1")]
    [InlineData("alloc[cpus=8]", "1")]
    [InlineData("tag:fast", "0 2")]
    [InlineData("tag:s*", "1")]
    [InlineData("tag:fas", "")]
    [InlineData("suite:irq", "2 3")]
    [InlineData("not tag:fast", "1 3")]
    [InlineData("!tag:fast", "1 3")]
    [InlineData("tag:fast and suite:irq", "2")]
    [InlineData("tag:fast suite:irq", "2")]
    [InlineData("tag:smp or tag:time", "1 2")]
    [InlineData("tag:smp or tag:fast suite:irq", "1 2")]
    [InlineData("(tag:smp or tag:fast) suite:irq", "2")]
    [InlineData("not (tag:smp or tag:fast)", "3")]
    [InlineData("/cpus=[0-7]/", "0")]
    [InlineData("/^irq\\//", "2 3")]
    [InlineData("\"timer (one\"", "2")]
    [InlineData("\"and\"", "3")]
    [InlineData("not not alloc", "0 1")]
    public void An_expression_chooses_cases(string text, string expected)
    {
        Assert.True(CaseFilter.TryParse(text, out CaseFilter? filter, out string? error), error);

        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, s_cases.Length).Where(place => filter.Matches(s_cases[place]))));
    }

    [Theory]
    [InlineData("", "character 1: a word is missing")]
    [InlineData("a and", "character 6: a word is missing")]
    [InlineData("or a", "character 1: a word is missing")]
    [InlineData("not", "character 4: a word is missing")]
    [InlineData("tag:", "character 5: a word is missing")]
    [InlineData("a (b or c", "character 3: '(' has no end")]
    [InlineData("a)", "character 2: ')' has no beginning")]
    [InlineData("\"a", "character 1: '\"' has no end")]
    [InlineData("/a", "the regular expression has no '/' at its end")]
    [InlineData("/(/", "character 1: ")]
    public void What_is_wrong_is_said_with_its_place(string text, string words)
    {
        Assert.False(CaseFilter.TryParse(text, out _, out string? error));

        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_filters_choose_what_any_of_them_chooses()
    {
        Assert.True(CaseFilter.TryParse("tag:smp", out CaseFilter? first, out _));
        Assert.True(CaseFilter.TryParse("tag:time", out CaseFilter? second, out _));

        var both = CaseFilter.AnyOf([first, second]);

        Assert.Equal([false, true, true, false], s_cases.Select(both.Matches));
        Assert.All(s_cases, static testCase => Assert.True(CaseFilter.AnyOf([]).Matches(testCase)));
    }

    [Fact]
    public void Any_text_is_an_expression_or_an_error() =>
        Gen.String[Gen.Char["ab*?/()!\"\\[ :tgnorad\u00e9"], 0, 40].Sample(static text =>
        {
            bool read = CaseFilter.TryParse(text, out CaseFilter? filter, out string? error);
            _ = filter?.Matches(s_cases[0]);
            return read == (filter is not null) && read == (error is null);
        });

    [Fact]
    public void A_nest_of_parentheses_is_refused_rather_than_overflow_the_stack()
    {
        Assert.False(CaseFilter.TryParse(new string('(', 100_000), out _, out string? error));

        Assert.Contains("nested too deeply", error, StringComparison.Ordinal);
    }
}
