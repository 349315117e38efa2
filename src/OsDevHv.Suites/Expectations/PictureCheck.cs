using BigGustave;
using OsDevHv.Machine.Display;

namespace OsDevHv.Suites.Expectations;

/// <summary>Compares the screen with a picture.</summary>
internal static class PictureCheck
{
    private const int Red = 0xff0000;
    private const int Blue = 0x000060;

    /// <summary>Reads a PNG file.</summary>
    /// <exception cref="IOException">It cannot be read, or is no PNG.</exception>
    public static Picture Read(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            Png png = Png.Open(stream);
            var picture = Picture.Black(png.Width, png.Height);
            for (int y = 0; y < png.Height; y++)
            {
                Span<byte> row = picture.Row(y);
                for (int x = 0; x < png.Width; x++)
                {
                    Pixel pixel = png.GetPixel(x, y);
                    (row[x * 3], row[(x * 3) + 1], row[(x * 3) + 2]) = (pixel.R, pixel.G, pixel.B);
                }
            }

            return picture;
        }
        catch (Exception error) when (error is not (OutOfMemoryException or IOException))
        {
            throw new IOException($"{file} is not a PNG file that can be read: {error.Message}", error);
        }
    }

    /// <summary>Compares; null where all is well, else a line.</summary>
    /// <param name="wanted">What is expected.</param>
    /// <param name="expected">Its picture.</param>
    /// <param name="actual">What is shown.</param>
    /// <param name="difference">What is shown, darkened, with what differs in red and what is not looked at in blue; null where there is no
    /// such picture.</param>
    public static string? Compare(PictureExpectation wanted, Picture expected, Picture actual, out Picture? difference)
    {
        difference = null;
        if ((expected.Width, expected.Height) != (actual.Width, actual.Height))
        {
            return $"picture: expected {expected.Width}x{expected.Height} pixels as {wanted.File}; the screen has "
                + $"{actual.Width}x{actual.Height}";
        }

        var shown = Picture.Black(actual.Width, actual.Height);
        int differing = 0;
        (int X, int Y) first = default;
        for (int y = 0; y < actual.Height; y++)
        {
            for (int x = 0; x < actual.Width; x++)
            {
                bool isMasked = wanted.Masks.Any(mask => mask.Contains(x, y));
                bool differs = !isMasked && Distance(expected[x, y], actual[x, y]) > wanted.Tolerance;
                if (differs && differing++ == 0)
                {
                    first = (x, y);
                }

                Set(shown, x, y, differs ? Red : isMasked ? Blue : (actual[x, y] >> 2) & 0x3f3f3f);
            }
        }

        if (differing <= wanted.Pixels)
        {
            return null;
        }

        difference = shown;
        return $"picture: expected at most {wanted.Pixels} pixels to differ by more than {wanted.Tolerance} from {wanted.File}; "
            + $"{differing} do, the first at {first.X},{first.Y}: {expected[first.X, first.Y]:x6}h expected, {actual[first.X, first.Y]:x6}h shown";
    }

    private static int Distance(int a, int b) =>
        Math.Max(Math.Abs((a >> 16) - (b >> 16)), Math.Max(Math.Abs(((a >> 8) & 0xff) - ((b >> 8) & 0xff)), Math.Abs((a & 0xff) - (b & 0xff))));

    private static void Set(Picture picture, int x, int y, int rgb)
    {
        Span<byte> pixel = picture.Row(y).Slice(x * 3, 3);
        (pixel[0], pixel[1], pixel[2]) = ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
    }
}
