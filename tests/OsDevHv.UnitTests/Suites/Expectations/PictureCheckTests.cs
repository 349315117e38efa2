using OsDevHv.Machine.Display;
using OsDevHv.Suites.Expectations;
using OsDevHv.Tests.Suites.Plans;

namespace OsDevHv.Tests.Suites.Expectations;

/// <summary>Comparing the screen with a picture.</summary>
public sealed class PictureCheckTests : IDisposable
{
    private readonly SuiteBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_picture_reads_back_as_it_was_written()
    {
        var picture = Picture.Black(3, 2);
        new byte[] { 1, 2, 3, 250, 128, 7 }.CopyTo(picture.Row(1));
        using (var file = File.Create(_bench.At("p.png")))
        {
            picture.WritePng(file);
        }

        var read = PictureCheck.Read(_bench.At("p.png"));

        Assert.Equal((3, 2), (read.Width, read.Height));
        Assert.Equal(picture.Rgb, read.Rgb);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a picture at all, though it is long enough to be one")]
    [InlineData("\u0089PNG\r\n")]
    public void What_is_no_png_is_told_with_its_name(string text)
    {
        var error = Assert.ThrowsAny<IOException>(() => PictureCheck.Read(_bench.With("p.png", text).At("p.png")));

        Assert.Contains("p.png", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(9, 0, false)]
    [InlineData(10, 0, true)]
    [InlineData(0, 1, true)]
    public void Tolerance_and_a_number_of_pixels_are_allowed_for(int tolerance, int pixels, bool passes)
    {
        var failure = PictureCheck.Compare(Wanted(tolerance, pixels), Picture.Black(4, 4), WithPixel(2, 1, 10), out var difference);

        Assert.Equal(passes, failure is null);
        Assert.Equal(passes, difference is null);
    }

    [Fact]
    public void A_failure_tells_how_many_pixels_the_first_and_both_colours()
    {
        var failure = PictureCheck.Compare(Wanted(0, 0), Picture.Black(4, 4), WithPixel(2, 1, 10), out var difference);

        Assert.Contains("1 do, the first at 2,1: 000000h expected, 00000ah shown", failure, StringComparison.Ordinal);
        Assert.Equal(0xff0000, difference![2, 1]);
        Assert.Equal(0, difference[1, 2]);
    }

    [Fact]
    public void What_a_mask_covers_is_not_looked_at()
    {
        var wanted = Wanted(0, 0) with { Masks = [new PictureMask(2, 1, 1, 1)] };

        Assert.Null(PictureCheck.Compare(wanted, Picture.Black(4, 4), WithPixel(2, 1, 255), out _));
        Assert.NotNull(PictureCheck.Compare(wanted, Picture.Black(4, 4), WithPixel(3, 1, 255), out _));
    }

    [Fact]
    public void Another_size_is_told_with_both()
    {
        var failure = PictureCheck.Compare(Wanted(0, 0), Picture.Black(4, 4), Picture.Black(5, 4), out var difference);

        Assert.Contains("4x4", failure, StringComparison.Ordinal);
        Assert.Contains("5x4", failure, StringComparison.Ordinal);
        Assert.Null(difference);
    }

    private static PictureExpectation Wanted(int tolerance, int pixels) => new("p.png", tolerance, pixels, []);

    private static Picture WithPixel(int x, int y, byte blue)
    {
        var picture = Picture.Black(4, 4);
        picture.Row(y)[(x * 3) + 2] = blue;
        return picture;
    }
}
