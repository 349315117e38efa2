using BigGustave;

namespace OsDevHv.EndToEndTests.Display;

/// <summary>Compares what the program wrote with the pictures that lie beside this file. Those were drawn from the kernels' descriptions by
/// another program.</summary>
internal static class Pictures
{
    /// <summary>Asserts that a file is a stored picture, pixel by pixel.</summary>
    public static void AssertSame(string stored, string file)
    {
        Png expected = Png.Open(Path.Combine(AppContext.BaseDirectory, "Display", stored));
        Png actual = Png.Open(file);
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        for (int y = 0; y < expected.Height; y++)
        {
            for (int x = 0; x < expected.Width; x++)
            {
                Pixel wanted = expected.GetPixel(x, y), got = actual.GetPixel(x, y);
                Assert.True(
                    (wanted.R, wanted.G, wanted.B) == (got.R, got.G, got.B) && got.A == byte.MaxValue,
                    $"{stored}: the pixel at {x}, {y} is {got}, not {wanted}");
            }
        }
    }
}
