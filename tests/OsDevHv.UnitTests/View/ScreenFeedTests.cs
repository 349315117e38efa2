using BigGustave;
using OsDevHv.Machine.Display;
using OsDevHv.View;

namespace OsDevHv.Tests.View;

public sealed class ScreenFeedTests
{
    private readonly FakeView _machine = new() { Shown = Picture.Black(3, 2) };

    [Fact]
    public void The_revision_grows_with_a_picture_that_differs_and_with_no_other()
    {
        var feed = new ScreenFeed(_machine);

        int first = feed.Look(now: true).Revision;
        _machine.Shown = Picture.Black(3, 2);
        int same = feed.Look(now: true).Revision;
        _machine.Shown = Picture.Black(3, 2);
        _machine.Shown.Rgb[17] = 1;
        int changed = feed.Look(now: true).Revision;
        _machine.Shown = Picture.Black(2, 3);
        int turned = feed.Look(now: true).Revision;

        Assert.Equal([1, 1, 2, 3], [first, same, changed, turned]);
    }

    [Fact]
    public void However_many_look_the_machine_is_looked_at_once_in_a_while()
    {
        var feed = new ScreenFeed(_machine);

        for (int i = 0; i < 10; i++)
        {
            feed.Look();
        }

        // A long pause of the host apart, all in one interval.
        Assert.InRange(_machine.Captures, 1, 3);
    }

    [Fact]
    public void The_file_is_the_picture()
    {
        _machine.Shown!.Rgb[17] = 0x5a;

        Png png = Png.Open(new ScreenFeed(_machine).GetPng()!);

        Assert.Equal((3, 2), (png.Width, png.Height));
        Assert.Equal(0x5a, png.GetPixel(2, 1).B);
    }

    [Fact]
    public void Without_a_screen_there_is_no_file()
    {
        _machine.Shown = null;
        var feed = new ScreenFeed(_machine);

        Assert.Null(feed.GetPng());
        Assert.Equal(new ScreenState(0, 0, 0, "no screen"), feed.Look());
    }

    [Fact]
    public void A_machine_that_is_let_go_is_not_looked_at()
    {
        var feed = new ScreenFeed(_machine);

        feed.Close();
        feed.Look(now: true);

        Assert.Equal(0, _machine.Captures);
    }
}
