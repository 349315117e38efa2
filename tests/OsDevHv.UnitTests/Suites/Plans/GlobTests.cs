using OsDevHv.Suites.Plans;

namespace OsDevHv.Tests.Suites.Plans;

/// <summary>Patterns of files: POSIX Shell Command Language, 2.13, and ** as bash's globstar.</summary>
public sealed class GlobTests : IDisposable
{
    private readonly SuiteBench _bench = new();

    public GlobTests()
    {
        foreach (string name in "b/2.elf b/1.elf b/10.elf b/x.bin b/.hidden.elf b/c/3.elf b/c/d/4.elf b/.git/5.elf a+b.elf [x].elf top.elf".Split(' '))
        {
            _bench.With(name, "");
        }
    }

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("b/*.elf", "b/1.elf b/10.elf b/2.elf")]
    [InlineData("b/?.elf", "b/1.elf b/2.elf")]
    [InlineData("b/[12].elf", "b/1.elf b/2.elf")]
    [InlineData("b/[!1].elf", "b/2.elf")]
    [InlineData("b/[0-1]*.elf", "b/1.elf b/10.elf")]
    [InlineData("b/.*.elf", "b/.hidden.elf")]
    [InlineData("b/**/*.elf", "b/1.elf b/10.elf b/2.elf b/c/3.elf b/c/d/4.elf")]
    [InlineData("**/4.elf", "b/c/d/4.elf")]
    [InlineData("b/c/**", "b/c/3.elf b/c/d/4.elf")]
    [InlineData("*/c/*.elf", "b/c/3.elf")]
    [InlineData("b/1.elf", "b/1.elf")]
    [InlineData("a+*.elf", "a+b.elf")]
    [InlineData("[[]x].elf", "[x].elf")]
    [InlineData("b/[z-a].elf", "")]
    [InlineData("no/*.elf", "")]
    [InlineData("b/*.ELF", "")]
    [InlineData("b/c", "")]
    public void A_pattern_matches_files_in_the_order_of_their_names(string pattern, string files)
    {
        Assert.Equal(files.Split(' ', StringSplitOptions.RemoveEmptyEntries), Glob.Expand(pattern, _bench.Directory));
    }

    [Fact]
    public void An_absolute_pattern_gives_absolute_paths()
    {
        Assert.Equal([_bench.At("top.elf")], Glob.Expand(_bench.At("t*.elf"), "/"));
    }

    [Theory]
    [InlineData("a*", true)]
    [InlineData("a?", true)]
    [InlineData("[a]", true)]
    [InlineData("a.elf", false)]
    public void A_pattern_has_a_special_character(string path, bool isPattern) => Assert.Equal(isPattern, Glob.IsPattern(path));
}
