using BigGustave;

namespace OsDevHv.Machine.Display;

/// <summary>A picture in the host's memory.</summary>
/// <param name="Width">Pixels of a row, 1 to 16384.</param>
/// <param name="Height">Rows, 1 to 16384.</param>
/// <param name="Rgb">Bytes R, G, B of each pixel, row by row from the top.</param>
public sealed record Picture(int Width, int Height, byte[] Rgb)
{
    /// <summary>A black one.</summary>
    public static Picture Black(int width, int height) => new(width, height, new byte[width * height * 3]);

    /// <summary>A pixel as RRGGBBh.</summary>
    public int this[int x, int y]
    {
        get
        {
            ReadOnlySpan<byte> pixel = Rgb.AsSpan(((y * Width) + x) * 3, 3);
            return (pixel[0] << 16) | (pixel[1] << 8) | pixel[2];
        }
    }

    /// <summary>The bytes of a row.</summary>
    public Span<byte> Row(int y) => Rgb.AsSpan(y * Width * 3, Width * 3);

    /// <summary>Writes it as a PNG file of 8-bit RGBA, opaque.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void WritePng(Stream stream)
    {
        // Without an alpha channel the library would make a palette of few colours, whose rows it packs wrongly where widths are odd.
        var png = PngBuilder.Create(Width, Height, hasAlphaChannel: true);
        for (int y = 0, at = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, at += 3)
            {
                png.SetPixel(Rgb[at], Rgb[at + 1], Rgb[at + 2], x, y);
            }
        }

        png.Save(stream);
    }
}
