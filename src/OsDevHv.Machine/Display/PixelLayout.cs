using OsDevHv.Devices;

namespace OsDevHv.Machine.Display;

/// <summary>Where the three colours are in a pixel, as a little-endian number; each has 8 bits.</summary>
/// <param name="Bytes">Bytes of a pixel.</param>
/// <param name="Red">The bit at which red begins.</param>
/// <param name="Green">The bit at which green begins.</param>
/// <param name="Blue">The bit at which blue begins.</param>
internal readonly record struct PixelLayout(int Bytes, int Red, int Green, int Blue)
{
    /// <summary>Bits of each colour.</summary>
    public const int ColorBits = 8;

    /// <summary>The layout of a format.</summary>
    public static PixelLayout Of(PixelFormat format) => format switch
    {
        PixelFormat.Xbgr8888 or PixelFormat.Abgr8888 => new(format.BytesPerPixel(), 0, 8, 16),
        _ => new(format.BytesPerPixel(), 16, 8, 0),
    };

    /// <summary>Turns a row of pixels into bytes R, G, B. What is neither red, green nor blue is not looked at: a screen has nothing
    /// behind it.</summary>
    /// <param name="pixels">The pixels.</param>
    /// <param name="rgb">As many times 3 bytes.</param>
    public void ToRgb(ReadOnlySpan<byte> pixels, Span<byte> rgb)
    {
        int red = Red / 8, green = Green / 8, blue = Blue / 8;
        for (int from = 0, to = 0; to + 3 <= rgb.Length; from += Bytes, to += 3)
        {
            rgb[to] = pixels[from + red];
            rgb[to + 1] = pixels[from + green];
            rgb[to + 2] = pixels[from + blue];
        }
    }
}
