using OsDevHv.CommandLine;
using OsDevHv.Machine;

namespace OsDevHv.Tests.CommandLine;

/// <summary>The value of <c>--screenshot</c>.</summary>
public sealed class ScreenshotArgumentTests
{
    [Theory]
    [InlineData("a.png", "a.png", ScreenshotMoment.Exit, 0)]
    [InlineData("a.png@exit", "a.png", ScreenshotMoment.Exit, 0)]
    [InlineData("a.png@failure", "a.png", ScreenshotMoment.Failure, 0)]
    [InlineData("a.png@5s", "a.png", ScreenshotMoment.Time, 5000)]
    [InlineData("a.png@500ms", "a.png", ScreenshotMoment.Time, 500)]
    [InlineData("a.png@2m", "a.png", ScreenshotMoment.Time, 120_000)]
    [InlineData("a.png@500h", "a.png", ScreenshotMoment.Time, 1_800_000_000)]
    [InlineData("me@home.png", "me@home.png", ScreenshotMoment.Exit, 0)]
    [InlineData("me@home.png@1s", "me@home.png", ScreenshotMoment.Time, 1000)]
    [InlineData("/tmp/a", "/tmp/a", ScreenshotMoment.Exit, 0)]
    public void A_file_and_a_moment_are_read(string argument, string file, ScreenshotMoment moment, long milliseconds)
    {
        Assert.True(ScreenshotArgument.TryParse(argument, out ScreenshotRequest? request, out string? error), error);

        Assert.Equal(new ScreenshotRequest(file, moment, TimeSpan.FromMilliseconds(milliseconds)), request);
    }

    [Theory]
    [InlineData("a.png@end", "'end' is no moment")]
    [InlineData("a.png@", "'' is no moment")]
    [InlineData("a.png@5", "'5' is no moment")]
    [InlineData("a.png@0s", "'0s' is no moment")]
    [InlineData("a.png@-1s", "'-1s' is no moment")]
    [InlineData("a.png@501h", "'501h' is no moment")]
    [InlineData("a.png@99999999999s", "is no moment")]
    [InlineData("", "the file's name is missing")]
    [InlineData("@5s", "the file's name is missing")]
    [InlineData("/nowhere/at/all/a.png", "there is no directory /nowhere/at/all")]
    [InlineData("/tmp", "/tmp is a directory")]
    public void What_cannot_be_is_said(string argument, string words)
    {
        Assert.False(ScreenshotArgument.TryParse(argument, out _, out string? error));

        Assert.Contains(words, error, StringComparison.Ordinal);
    }
}
