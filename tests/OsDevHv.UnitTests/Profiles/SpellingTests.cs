using OsDevHv.Profiles.Diagnostics;

namespace OsDevHv.Tests.Profiles;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("ca", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_edits_and_swaps_of_neighbours(string a, string b, int expected)
    {
        Assert.Equal(expected, Spelling.Distance(a, b));
        Assert.Equal(expected, Spelling.Distance(b, a));
    }

    [Theory]
    [InlineData("cuont", "count")]
    [InlineData("COUNT", "count")]
    [InlineData("size", null)]
    [InlineData("ports", "port")]
    [InlineData("", null)]
    public void The_nearest_word_is_one_that_could_have_been_meant(string given, string? expected)
    {
        var nearest = Spelling.Nearest(given, ["count", "port", "irq", "kernel"]);

        Assert.Equal(expected, nearest);
    }

    [Fact]
    public void The_first_of_equally_near_words_is_offered()
    {
        var nearest = Spelling.Nearest("com9", ["com1", "com2"]);

        Assert.Equal("com1", nearest);
    }
}
