namespace OsDevHv.Devices;

/// <summary>Where a picture lies in guest memory, rows from the top, pixels from the left. Its numbers have been checked by who made
/// it.</summary>
/// <param name="Address">Guest-physical address of its first pixel.</param>
/// <param name="Format">How each pixel lies in memory.</param>
/// <param name="Width">Pixels in a row, 1 to 16384.</param>
/// <param name="Height">Rows, 1 to 16384.</param>
/// <param name="Stride">Bytes from a row to the next, at least <see cref="RowBytes"/>.</param>
public readonly record struct FrameLayout(ulong Address, PixelFormat Format, int Width, int Height, int Stride)
{
    /// <summary>The bytes of a row that are pixels.</summary>
    public int RowBytes => Width * Format.BytesPerPixel();

    /// <summary>The bytes from the first pixel to the end of the last; what follows the last row's pixels is not part of it.</summary>
    public ulong Length => ((ulong)Stride * (ulong)(Height - 1)) + (ulong)RowBytes;
}
